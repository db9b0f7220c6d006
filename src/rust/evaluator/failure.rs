//! Why a cell failed, in words.

use super::diagnostic::{Diagnostic, pointed};
use crate::rust::source::naming;
use crate::rust::source::session::number;
use crate::rust::source::text::Source;
use crate::rust::wire::CellError;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

/// An error without a place.
pub(super) fn plain(name: &str, value: impl Into<String>) -> CellError {
    let value = value.into();
    let mut lines = value.lines();
    let first = lines.next().unwrap_or_default();
    let first = format!("\u{1b}[31m{name}\u{1b}[0m: {first}");
    CellError {
        name: name.into(),
        traceback: std::iter::once(first)
            .chain(lines.map(String::from))
            .collect(),
        value,
    }
}

/// Cells that are kept to find places in them: a panic is in one of the last,
/// or has its place told in the generated file.
const KEPT: usize = 32;

/// What was compiled last.
#[derive(Debug, Default)]
pub(super) struct Sources(VecDeque<(String, Written)>);

/// A generated crate and the cells that its parts come from.
#[derive(Debug)]
pub(super) struct Written {
    pub source: Source,
    pub cells: BTreeMap<usize, String>,
}

impl Sources {
    pub(super) fn keep(&mut self, file: &str, written: Written) {
        self.0.push_back((file.into(), written));
        while self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// The place in a cell that a place in a generated file stands for: the
    /// cell, its text, and bytes of it.
    fn place(&self, file: &str, line: usize, column: usize) -> Option<(usize, &str, Range<usize>)> {
        let (_, written) = self.0.iter().find(|(name, _)| name == file)?;
        let at = written.source.at(line, column)?;
        // A value's place may be told with the `&(` that stands before it.
        let (cell, range) = written.source.in_cell(&(at..at + "&(".len() + 1))?;
        let text = written.cells.get(&cell)?;
        // Up to the end of the name that begins there.
        let rest = &text[range.start..];
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = rest.find(|c| !word(c)).unwrap_or(rest.len()).max(1);
        let end = text.ceil_char_boundary(range.start + length);
        Some((cell, text, range.start..end))
    }
}

/// A panic, as the cell told it.
#[derive(Clone, Debug)]
pub(super) struct Panicked {
    pub thread: String,
    pub message: String,
    pub file: String,
    pub line: usize,
    pub column: usize,
}

impl Panicked {
    /// Whether it was on the thread that runs the cell.
    pub(super) fn is_main(&self) -> bool {
        self.thread == "main"
    }

    /// Where it was, in words; nothing of code that the learner did not write.
    fn place(&self, sources: &Sources) -> String {
        match sources.place(&self.file, self.line, self.column) {
            Some((cell, text, range)) => {
                let (line, column) = line_and_column(text, range.start);
                format!(" at cell {}, line {line}:{column}", number(cell))
            }
            None if self.file.is_empty() => String::new(),
            None if sources.0.iter().any(|(name, _)| *name == self.file) => String::new(),
            None => format!(" at {}:{}:{}", self.file, self.line, self.column),
        }
    }

    /// A line for standard error, of a panic that did not end the cell.
    pub(super) fn line(&self, sources: &Sources) -> String {
        let Panicked {
            thread, message, ..
        } = self;
        let place = self.place(sources);
        format!("thread '{thread}' panicked{place}:\n{message}\n")
    }

    /// The cell's error.
    pub(super) fn error(&self, sources: &Sources) -> CellError {
        let value = format!("{}\n{}", self.message, self.place(sources).trim_start());
        let value = value.trim_end();
        let mut error = plain("Panic", value);
        if let Some((cell, text, range)) = sources.place(&self.file, self.line, self.column) {
            let shown = pointed(&format!("panicked: {}", self.message), cell, text, range);
            error.traceback = shown.lines().map(String::from).collect();
        }
        error
    }
}

/// Lines and columns from one, columns in characters.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[start..].chars().count() + 1)
}

/// Errors that are shown in full.
const SHOWN: usize = 5;

/// What the compiler has against a cell.
pub(super) fn compile_error(
    diagnostics: &[Diagnostic],
    source: &Source,
    file: &str,
    cells: &BTreeMap<usize, String>,
    hints: &[String],
) -> CellError {
    let texts = cells.iter().map(|(number, text)| (*number, text.as_str()));
    let texts: BTreeMap<usize, &str> = texts.collect();
    let mut errors: Vec<&Diagnostic> = diagnostics
        .iter()
        .filter(|d| d.is_error() && !d.is_summary())
        .collect();
    // What one mistake brings about elsewhere is told once, and not of code that
    // the learner did not write.
    if errors
        .iter()
        .any(|e| place(e, source, file, &texts).is_some())
    {
        errors.retain(|error| place(error, source, file, &texts).is_some());
    }
    let mut seen = BTreeSet::new();
    errors.retain(|error| seen.insert(place(error, source, file, &texts)));
    let mut unmet = BTreeSet::new();
    errors.retain(|error| error.code() != "E0277" || unmet.insert(&error.message));
    let mut value = String::new();
    if let Some(first) = errors.first() {
        let code = first.code();
        let code = if code.is_empty() {
            String::new()
        } else {
            format!("[{code}] ")
        };
        value = format!("{code}{}", first.message);
        if let Some((cell, line, column)) = place(first, source, file, &texts) {
            value += &format!(" (cell {}, line {line}:{column})", number(cell));
        }
        if errors.len() > 1 {
            value += &format!(", and {} more", errors.len() - 1);
        }
    }
    let mut traceback: Vec<String> = errors
        .iter()
        .take(SHOWN)
        .flat_map(|error| {
            let shown = error.render(source, file, &texts) + "\n";
            shown.lines().map(String::from).collect::<Vec<_>>()
        })
        .collect();
    if errors.len() > SHOWN {
        traceback.push(format!("and {} errors more", errors.len() - SHOWN));
    }
    for hint in hints {
        traceback.push(format!("\u{1b}[96mhint\u{1b}[0m: {hint}"));
        value += &format!("\n{hint}");
    }
    CellError {
        name: "CompileError".into(),
        value,
        traceback,
    }
}

/// What the compiler warns of in a cell, by its key: values that have to be used,
/// such as errors and the guards of locks.
pub(super) fn warnings(
    cell: usize,
    diagnostics: &[Diagnostic],
    source: &Source,
    file: &str,
    cells: &BTreeMap<usize, String>,
) -> String {
    let texts = cells.iter().map(|(number, text)| (*number, text.as_str()));
    let texts: BTreeMap<usize, &str> = texts.collect();
    let told = diagnostics.iter().filter(|warning| {
        warning.code() == "unused_must_use"
            // Those of earlier cells have been told.
            && place(warning, source, file, &texts).is_some_and(|(of, ..)| of == cell)
    });
    told.map(|warning| warning.render(source, file, &texts) + "\n")
        .collect()
}

fn place(
    diagnostic: &Diagnostic,
    source: &Source,
    file: &str,
    texts: &BTreeMap<usize, &str>,
) -> Option<(usize, usize, usize)> {
    let primary = diagnostic.spans.iter().find(|span| span.is_primary)?;
    let (cell, range) = source.in_cell(&primary.range(file)?)?;
    let (line, column) = line_and_column(texts.get(&cell)?, range.start);
    Some((cell, line, column))
}

/// How a cell's process died, where it did not say so itself. `words` is the
/// end of what it wrote to standard error.
pub(super) fn death(how: &str, number: i32, words: &str) -> CellError {
    let kept = "variables are as they were before it";
    let (name, what) = match (how, number) {
        ("exit", code) => (
            "Exited",
            format!("the cell ended its process with exit status {code}"),
        ),
        (_, libc::SIGABRT) if words.contains("overflowed its stack") => (
            "StackOverflow",
            "the cell needed more stack than there is: does a function call itself without end?"
                .into(),
        ),
        (_, libc::SIGABRT) if words.contains("memory allocation of") => (
            "OutOfMemory",
            "the cell asked for more memory than there is".into(),
        ),
        (_, libc::SIGABRT) => ("Aborted", "the cell aborted (SIGABRT)".into()),
        (_, libc::SIGSEGV | libc::SIGBUS) => (
            "SegmentationFault",
            "the cell read or wrote memory that is not its own, or a thread of it needed more \
             stack than it has"
                .into(),
        ),
        (_, libc::SIGILL | libc::SIGTRAP) => (
            "IllegalInstruction",
            "the cell came to an instruction that ends it".into(),
        ),
        (_, libc::SIGFPE) => ("ArithmeticFault", "the processor refused a division".into()),
        (_, libc::SIGKILL) => (
            "Killed",
            "the cell was killed (SIGKILL): by somebody, or by the system because memory ran out"
                .into(),
        ),
        (_, signal) => ("Died", format!("the cell was ended by signal {signal}")),
    };
    plain(name, format!("{what}; {kept}"))
}

/// A `?` that ended a cell.
pub(super) fn question_mark(kind: &str, text: &str) -> CellError {
    let name = naming::readable(kind);
    let name = name
        .trim_start_matches('&')
        .split('<')
        .next()
        .unwrap_or_default();
    let plain_name = matches!(name, "str" | "String" | "Box" | "");
    plain(if plain_name { "Error" } else { name }, text)
}

/// Variables that are gone, in words.
pub(super) fn gone(names: &[String]) -> String {
    match names {
        [] => "no variable is lost".into(),
        [one] => format!("the variable `{one}` is gone"),
        many => format!(
            "the variables {} are gone",
            many.iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
