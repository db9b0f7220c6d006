//! What the compiler says, told of the cell that the learner wrote.

use crate::rust::source::session::number;
use crate::rust::source::text::{Origin, Source};
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// One message of the compiler (`rustc --error-format=json`).
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Diagnostic {
    pub message: String,
    code: Option<Code>,
    pub level: String,
    #[serde(default)]
    pub spans: Vec<Span>,
    #[serde(default)]
    pub children: Vec<Diagnostic>,
}

#[derive(Clone, Debug, Deserialize)]
struct Code {
    code: String,
}

/// A place that a message is about.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Span {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    pub is_primary: bool,
    pub label: Option<String>,
    suggested_replacement: Option<String>,
    expansion: Option<Box<Expansion>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Expansion {
    span: Span,
}

impl Span {
    /// Bytes of the generated text: of a macro's use, where the place is inside
    /// of one that is not the cell's.
    pub(super) fn range(&self, file: &str) -> Option<Range<usize>> {
        if self.file_name == file {
            return Some(self.byte_start..self.byte_end);
        }
        self.expansion.as_ref()?.span.range(file)
    }
}

/// What a message is about, beside what the learner wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A variable cannot be kept.
    Keep(String),
    /// A variable cannot be loaded.
    Load(String),
    /// The cell's value cannot be shown.
    Show,
}

impl Diagnostic {
    /// Reads what the compiler wrote to standard error: a message a line.
    pub(super) fn all(output: &str) -> Vec<Diagnostic> {
        output
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    pub(super) fn is_error(&self) -> bool {
        self.level.starts_with("error")
    }

    /// "aborting due to 2 previous errors" and the like, which says nothing.
    pub(super) fn is_summary(&self) -> bool {
        self.spans.is_empty() && self.code.is_none() && self.message.starts_with("aborting due to")
    }

    pub(super) fn code(&self) -> &str {
        self.code.as_ref().map_or("", |code| &code.code)
    }

    /// What of the generated code the message is about.
    pub(super) fn about(&self, source: &Source, file: &str) -> Option<About> {
        let origin = |span: &Span| Some(source.origin(span.range(file)?.start).clone());
        let of = |span: &Span| match origin(span)? {
            Origin::Keep(name) => Some(About::Keep(name)),
            Origin::Load(name) => Some(About::Load(name)),
            Origin::Show => Some(About::Show),
            _ => None,
        };
        // Where keeping one variable stands in the way of keeping another, the
        // one that holds the borrow is told beside the place of the error.
        let (primary, beside): (Vec<&Span>, Vec<&Span>) =
            self.spans.iter().partition(|span| span.is_primary);
        let borrows = beside
            .into_iter()
            .filter_map(of)
            .find(|about| matches!(about, About::Keep(_)));
        let borrows = borrows.filter(|_| BORROWS.contains(&self.code()));
        borrows.or_else(|| primary.into_iter().find_map(of))
    }

    /// Whether something would have to be borrowed for as long as a variable that
    /// is kept.
    pub(super) fn wants_for_ever(&self) -> bool {
        let labels = self.spans.iter().filter_map(|span| span.label.as_deref());
        let mut notes = labels.chain(self.children.iter().map(|child| &*child.message));
        BORROWS.contains(&self.code()) && notes.any(|note| note.contains("'static"))
    }

    /// Whether nothing happens because nobody awaits.
    pub(super) fn is_unawaited(&self) -> bool {
        self.message.starts_with("unused implementer of") && self.message.contains("Future")
    }

    /// The message as a terminal shows it, about the cells' own lines.
    pub(super) fn render(
        &self,
        source: &Source,
        file: &str,
        cells: &BTreeMap<usize, &str>,
    ) -> String {
        Rendering {
            source,
            file,
            cells,
        }
        .render(self)
    }
}

/// Errors of the borrow checker that a kept variable can be the cause of.
pub(super) const BORROWS: &[&str] = &[
    "E0381", "E0382", "E0499", "E0502", "E0503", "E0505", "E0506", "E0515", "E0521", "E0597",
    "E0716",
];

struct Rendering<'a> {
    source: &'a Source,
    file: &'a str,
    cells: &'a BTreeMap<usize, &'a str>,
}

impl Rendering<'_> {
    fn render(&self, diagnostic: &Diagnostic) -> String {
        let level = match diagnostic.level.as_str() {
            "warning" => Level::WARNING,
            _ => Level::ERROR,
        };
        let title = level.primary_title(diagnostic.message.as_str());
        let title = match &diagnostic.code {
            Some(code) => title.id(code.code.as_str()),
            None => title,
        };
        let mut groups = vec![self.snippets(Group::with_title(title), &diagnostic.spans)];
        // Where a bound of the lab is not met, its own notes say what does.
        let of_lab =
            |child: &Diagnostic| child.message.starts_with("required by a bound in `lab::");
        let of_lab = diagnostic.children.iter().any(of_lab);
        let listing = |child: &&Diagnostic| {
            child
                .message
                .starts_with("the following other types implement trait")
                || child.message.starts_with("required by a bound in")
                || child.message.contains("type-inference algorithm")
        };
        for child in (diagnostic.children.iter()).filter(|child| !(of_lab && listing(child))) {
            if let Some(group) = self.child(child) {
                groups.push(group);
            }
        }
        Renderer::styled().render(&groups)
    }

    /// The places of a message, cell by cell.
    fn snippets<'g>(&'g self, mut group: Group<'g>, spans: &'g [Span]) -> Group<'g> {
        let mut by_cell: BTreeMap<usize, Vec<(&Span, Range<usize>)>> = BTreeMap::new();
        for span in spans {
            let range = span.range(self.file);
            if let Some((cell, range)) = range.and_then(|r| self.source.in_cell(&r)) {
                by_cell.entry(cell).or_default().push((span, range));
            }
        }
        let first = spans.iter().find(|span| span.is_primary);
        let first = first.and_then(|span| self.source.in_cell(&span.range(self.file)?));
        let mut order: Vec<_> = by_cell.into_iter().collect();
        order.sort_by_key(|(cell, _)| Some(*cell) != first.as_ref().map(|(cell, _)| *cell));
        for (cell, places) in order {
            let Some(text) = self.cells.get(&cell) else {
                continue;
            };
            let mut snippet = Snippet::source(*text).path(format!("cell {}", number(cell)));
            for (span, range) in places {
                let kind = if span.is_primary {
                    AnnotationKind::Primary
                } else {
                    AnnotationKind::Context
                };
                snippet = snippet.annotation(kind.span(range).label(span.label.as_deref()));
            }
            group = group.element(snippet);
        }
        group
    }

    /// A note, or a suggestion with what it would change.
    fn child<'g>(&'g self, child: &'g Diagnostic) -> Option<Group<'g>> {
        let level = match child.level.as_str() {
            "help" => Level::HELP,
            "warning" => Level::WARNING,
            _ => Level::NOTE,
        };
        let patches: Vec<(usize, Range<usize>, &str)> = (child.spans.iter())
            .filter_map(|span| {
                let replacement = span.suggested_replacement.as_deref()?;
                let (cell, range) = self.source.in_cell(&span.range(self.file)?)?;
                Some((cell, range, replacement))
            })
            .collect();
        let suggests = child
            .spans
            .iter()
            .any(|s| s.suggested_replacement.is_some());
        let title = level.secondary_title(child.message.as_str());
        let Some((cell, ..)) = patches.first() else {
            // What it would change is not the learner's.
            let of_the_lint = child.message.starts_with("the lint level is defined");
            let own = child.message.contains("threadlab_cell");
            let told = !suggests && !own && !of_the_lint;
            return told.then(|| self.snippets(Group::with_title(title), &child.spans));
        };
        let text = self.cells.get(cell)?;
        let mut snippet = Snippet::source(*text).path(format!("cell {}", number(*cell)));
        for (_, range, replacement) in patches.iter().filter(|(of, ..)| of == cell) {
            snippet = snippet.patch(Patch::new(range.clone(), *replacement));
        }
        Some(Group::with_title(title).element(snippet))
    }
}

/// A place in a cell with something to be said of it, as a terminal shows it.
pub(super) fn pointed(title: &str, cell: usize, text: &str, range: Range<usize>) -> String {
    let snippet = Snippet::source(text)
        .path(format!("cell {}", number(cell)))
        .annotation(AnnotationKind::Primary.span(range));
    let group = Group::with_title(Level::ERROR.primary_title(title)).element(snippet);
    Renderer::styled().render(&[group])
}
