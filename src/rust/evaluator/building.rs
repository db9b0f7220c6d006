//! From a cell's text to a shared object: written, compiled, and where a
//! variable cannot be kept or loaded after all, written again without it.

use super::compile::{self, Against, CompileError, Compiled};
use super::diagnostic::{About, BORROWS, Diagnostic};
use super::failure::{self, Sources, Written};
use super::lab_hints;
use super::toolchain::Toolchain;
use crate::rust::source::cell::Cell;
use crate::rust::source::naming;
use crate::rust::source::session::Session;
use crate::rust::source::text::Source;
use crate::rust::source::write::Writing;
use crate::rust::wire::{Asked, CellError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How often a cell is written again at the most.
const TRIES: usize = 8;

/// A cell ready to be run.
#[derive(Debug)]
pub(super) struct Ready {
    /// What to load; none for a cell that only defines.
    pub shared: Option<PathBuf>,
    /// Variables that the cell does not keep,
    pub unkept: BTreeSet<String>,
    /// and those of them that borrow.
    pub borrowing: BTreeSet<String>,
    /// What the compiler warns of, as a terminal shows it.
    pub warnings: String,
    /// Items of earlier cells that do not go with it, in words,
    pub left_out: Vec<String>,
    /// and variables that are gone with them, with their types.
    pub lost: Vec<(String, String)>,
}

/// Why it is not.
#[derive(Debug)]
pub(super) enum Unready {
    /// The learner's mistake, and the codes of the compiler's errors.
    Cell(CellError, Vec<String>),
    /// Something of this machine.
    Machine(CompileError),
}

/// What to build.
#[derive(Debug)]
pub(super) struct Building<'a> {
    pub toolchain: &'a Toolchain,
    pub against: &'a Against,
    pub folder: &'a Path,
    /// The generated file's name without its extension.
    pub name: &'a str,
    pub asked: &'a Asked,
    pub text: &'a str,
    pub cell: &'a Cell,
    pub lab: bool,
    /// Whether its value is shown by `{:#?}`.
    pub pretty: bool,
}

impl Building<'_> {
    /// Builds it. Types of the session's variables may come to be named
    /// otherwise, and what of it does not go with the cell is left out.
    pub(super) async fn build(
        &self,
        session: &mut Session,
        sources: &mut Sources,
    ) -> Result<Ready, Unready> {
        let file = self.folder.join(format!("{}.rs", self.name));
        let called = format!("{}.rs", self.name);
        let object = file.with_extension("o");
        let shared = file.with_extension("so");
        let runs = self.cell.runs() || !self.asked.after.is_empty();
        let (mut unkept, mut unloaded) = (BTreeSet::new(), BTreeSet::new());
        let (mut borrowing, mut ended) = (BTreeSet::new(), BTreeSet::new());
        let (mut awaits, mut ends) = (self.cell.awaits, true);
        let (mut left_out, mut lost) = (vec![], vec![]);
        let mut warnings = String::new();
        for attempt in 1.. {
            let source = Writing {
                session,
                number: self.asked.number,
                text: self.text,
                cell: self.cell,
                lab: self.lab,
                pretty: self.pretty,
                ends,
                unkept: &unkept,
                ended: &ended,
                unloaded: &unloaded,
                before: &self.asked.before,
                after: &self.asked.after,
                timed: self.asked.timed.as_ref(),
                awaits,
            }
            .write();
            let Compiled {
                diagnostics,
                failed,
            } = compile::compile(
                self.toolchain,
                self.against,
                source.text(),
                &file,
                runs.then_some(&*object),
            )
            .await
            .map_err(Unready::Machine)?;
            let unawaited = diagnostics.iter().any(Diagnostic::is_unawaited);
            let mut again = false;
            // A closure is blamed for what the variable that keeps its result
            // would borrow for ever. Without that variable the rest may be well.
            for error in diagnostics.iter().filter(|d| d.wants_for_ever()) {
                if error.about(&source, &called).is_none() {
                    for name in self.made_at(error, &source, &called) {
                        borrowing.insert(name.clone());
                        again |= unkept.insert(name);
                    }
                }
            }
            if again && attempt < TRIES {
                continue;
            }
            // Several errors may be about one type: it changes once an attempt.
            let mut renamed = BTreeSet::new();
            for error in diagnostics.iter().filter(|d| d.is_error()) {
                match error.about(&source, &called) {
                    Some(About::Keep(name)) if is_of_keeping(error) => {
                        if error.code() != "E0382" && error.code() != "E0381" {
                            borrowing.insert(name.clone());
                            if !unkept.contains(&name) {
                                ended.insert(name.clone());
                            }
                        } else {
                            again |= ended.remove(&name);
                        }
                        again |= unkept.insert(name);
                    }
                    Some(About::Load(name)) if renamed.contains(&name) => {}
                    Some(About::Load(name)) => {
                        // A type of another crate may be published further out.
                        let variable = session.variables.get_mut(&name);
                        let outer = variable.as_ref().and_then(|v| naming::outer(&v.named));
                        match (outer, variable) {
                            (Some(outer), Some(variable)) => {
                                variable.named = outer;
                                again |= renamed.insert(name);
                            }
                            _ => again |= unloaded.insert(name),
                        }
                    }
                    // Of `match tea { ... => panic!() }` there is no type.
                    Some(About::Show) if error.code() == "E0282" && ends => {
                        ends = false;
                        again = true;
                    }
                    // An `.await` that a macro makes.
                    _ if error.code() == "E0728" && !awaits => {
                        awaits = true;
                        again = true;
                    }
                    _ if error.code() == "E0255" => {
                        let name = error.message.split('`').nth(1).unwrap_or_default();
                        let before = session.imports.len();
                        session.imports.retain(|import| import.name != name);
                        again |= session.imports.len() < before;
                    }
                    _ => {
                        if let Some(at) = self.stale(error, &source, &called, session) {
                            let (what, with_it) = session.leave_out(at);
                            left_out.push(what);
                            lost.extend(with_it);
                            again = true;
                        }
                    }
                }
            }
            if again && attempt < TRIES {
                continue;
            }
            if failed || unawaited {
                let mut cells = cells(session, self.asked.number, &self.asked.text);
                cells.retain(|_, text| !text.is_empty());
                let mut told: Vec<Diagnostic> = diagnostics;
                for diagnostic in &mut told {
                    let shows = diagnostic.about(&source, &called) == Some(About::Show);
                    if shows && diagnostic.code() == "E0599" {
                        diagnostic.message =
                            "the value of this cell cannot be shown: it has no `Debug`".into();
                        diagnostic.children.retain(|child| child.level == "help");
                    }
                    if diagnostic.is_unawaited() {
                        diagnostic.level = "error".into();
                        diagnostic.message =
                            "nothing happens until `.await`: this operation is never carried out"
                                .into();
                    }
                }
                let mut hints = self.hints(session, &told, &source, &called, &unloaded);
                hints.extend(left_out.iter().map(|what| does_not_go(what)));
                let error = failure::compile_error(&told, &source, &called, &cells, &hints);
                let codes = told.iter().filter(|d| d.is_error()).map(Diagnostic::code);
                let codes = codes.filter(|code| !code.is_empty()).map(String::from);
                return Err(Unready::Cell(error, codes.collect()));
            }
            let cells = cells(session, self.asked.number, &self.asked.text);
            warnings = failure::warnings(self.asked.number, &diagnostics, &source, &called, &cells);
            sources.keep(&called, Written { source, cells });
            break;
        }
        if !runs {
            return Ok(Ready {
                shared: None,
                unkept,
                borrowing,
                warnings,
                left_out,
                lost,
            });
        }
        compile::link(&object, &shared)
            .await
            .map_err(Unready::Machine)?;
        let _ = std::fs::remove_file(&object);
        Ok(Ready {
            shared: Some(shared),
            unkept,
            borrowing,
            warnings,
            left_out,
            lost,
        })
    }

    /// The place in the session of an item of an earlier cell that an error is
    /// about, rather than the cell: it was there before, and compiled.
    fn stale(
        &self,
        error: &Diagnostic,
        source: &Source,
        file: &str,
        session: &Session,
    ) -> Option<usize> {
        // Nothing of a cell that is only timed stays; and what a cell's attributes
        // refuse goes with it, but for them.
        let lint = !error.code().is_empty() && !error.code().starts_with('E');
        if lint || self.asked.timed.is_some() || !self.cell.attributes.is_empty() {
            return None;
        }
        let conflicts = CONFLICTS.contains(&error.code());
        let spans = error.spans.iter();
        let places = spans.filter(|span| span.is_primary || conflicts);
        let places = places.filter_map(|span| source.in_cell(&span.range(file)?));
        let places: Vec<_> = places.collect();
        let own = |(cell, _): &(usize, _)| *cell == self.asked.number;
        if !conflicts && places.iter().any(own) {
            return None;
        }
        let mut places = places.iter().filter(|place| !own(place));
        places.find_map(|(cell, range)| {
            session.items.iter().position(|item| {
                let place = item.from;
                place.cell == *cell && (place.from..place.to).contains(&range.start)
            })
        })
    }

    /// Variables of the `let`s that an error lies in.
    fn made_at(&self, error: &Diagnostic, source: &Source, file: &str) -> Vec<String> {
        let places = error.spans.iter().filter(|span| span.is_primary);
        let places = places.filter_map(|span| span.range(file));
        let in_this = places.filter_map(|place| source.in_cell(&place));
        let mut made = vec![];
        for (_, place) in in_this.filter(|(number, _)| *number == self.asked.number) {
            let holds =
                |of: &std::ops::Range<usize>| of.start <= place.start && place.end <= of.end;
            let here = self.cell.bindings.iter().filter(|made| holds(&made.made));
            made.extend(here.map(|binding| binding.name.clone()));
        }
        made
    }

    /// What to say beside what the compiler says.
    fn hints(
        &self,
        session: &Session,
        diagnostics: &[Diagnostic],
        source: &Source,
        file: &str,
        unloaded: &BTreeSet<String>,
    ) -> Vec<String> {
        let mut hints = vec![];
        if looks_like_python(&self.asked.text) {
            hints.push(
                "this looks like Python: %%python in a cell's first line runs the rest in Python"
                    .into(),
            );
        }
        let moves = |d: &Diagnostic| d.is_error() && ["E0507", "E0525"].contains(&d.code());
        if self.asked.timed.is_some() && diagnostics.iter().any(moves) {
            hints.push(
                "timed code runs many times, so it cannot move a variable away: .clone() it".into(),
            );
        }
        for error in diagnostics.iter().filter(|d| d.is_error()) {
            if let Some(About::Show) = error.about(source, file)
                && error.code() == "E0599"
            {
                hints.push(
                    "a cell shows its last expression: end it with `;`, or put #[derive(Debug)] \
                     above its type"
                        .into(),
                );
            }
            let gone = (session.gone.iter())
                .filter(|(name, _)| error.message.contains(&format!("`{name}`")));
            let gone: Vec<String> = gone
                .map(|(name, why)| format!("the variable `{name}` is gone: {why}"))
                .collect();
            if ["E0423", "E0424", "E0425"].contains(&error.code()) && !gone.is_empty() {
                hints.extend(gone);
                continue;
            }
            hints.extend(hint(error, self.lab).map(String::from));
            hints.extend(immutable(session, error));
            hints.extend(lab_hints::hint(error, self.lab));
            if error.code() == "E0282" && self.lab && self.asked.text.contains(", |") {
                hints.push("a task's body is written `async |w| { ... }`".into());
            }
            if error.code() != "E0425" && error.code() != "E0424" {
                continue;
            }
            hints.extend(near(session, &error.message));
            for name in unloaded {
                if error.message.contains(&format!("`{name}`")) {
                    let of = &session.variables[name].told;
                    let of = naming::readable(of);
                    hints.push(format!(
                        "`{name}` is there, but its type {of} cannot be named here"
                    ));
                }
            }
        }
        let mut seen = BTreeSet::new();
        hints.retain(|hint| seen.insert(hint.clone()));
        hints
    }
}

/// Errors of two items that cannot both be there.
const CONFLICTS: &[&str] = &["E0119", "E0428", "E0592"];

/// What to say of an item that was left out.
pub(super) fn does_not_go(what: &str) -> String {
    format!("{what} does not go with this cell, and is left out")
}

/// The variable that was probably meant by a name that nothing has: the compiler
/// knows of those only that the cell names.
fn near(session: &Session, message: &str) -> Option<String> {
    let name = message.split('`').nth(1)?;
    let alike = |known: &&String| *known != name && strsim::jaro_winkler(name, known) > 0.85;
    let best = session.variables.keys().filter(alike).max_by(|a, b| {
        let likeness = |known: &String| strsim::jaro_winkler(name, known);
        likeness(a).total_cmp(&likeness(b))
    })?;
    Some(format!("did you mean the variable `{best}`?"))
}

const RETURNS: &str = "a cell has no `return` of its own: put the code into a function";

/// How a variable of an earlier cell comes to be changed that was not meant to.
fn immutable(session: &Session, error: &Diagnostic) -> Option<String> {
    if !["E0384", "E0594", "E0596"].contains(&error.code()) {
        return None;
    }
    let name = error.message.split('`').nth(1)?;
    let variable = session.variables.get(name)?;
    (!variable.mutable).then(|| format!("`let mut {name} = {name};` makes `{name}` mutable"))
}

/// What to say of an error that learners often make. `lab` says whether the cell
/// uses the library.
fn hint(error: &Diagnostic, lab: bool) -> Option<&'static str> {
    let says = |text: &str| error.message.contains(text);
    let labelled = |text: &str| {
        let labels = error.spans.iter().filter_map(|span| span.label.as_deref());
        labels.into_iter().any(|label| label.contains(text))
    };
    match error.code() {
        "E0423" if says("crate `lab`") => Some(
            "there is no lab yet: let lab = Lab::new(); makes one, or %%threads above the cell",
        ),
        "E0425" if says("`lab`") => Some(
            "there is no lab yet: let lab = Lab::new(); makes one, or %%threads above the cell",
        ),
        "E0597" | "E0373" if lab => Some(
            "a task lives longer than the block that it is made in: `async move |w|` lets it take \
             what it uses along; handles and numbers are copied",
        ),
        "E0382" if lab && labelled("previous iteration of loop") => Some(
            "the first task takes it along: let it borrow, with `let list = &list;` before the loop",
        ),
        "E0596" | "E0594" if lab => Some(
            "a task cannot change what it finds: what tasks share is made by the lab, as \
             lab.cell(name, value)",
        ),
        "E0308" | "E0271" if labelled("`Kept`") || says("`Kept`") => Some(RETURNS),
        "E0308" if labelled("Duration") => Some("secs(2) and millis(20) make durations"),
        "E0069" => Some(RETURNS),
        "" if says("found keyword `async`") && lab => Some("lab.tokio() runs tasks under async"),
        _ => None,
    }
}

/// Whether it is keeping a variable that does not go, rather than the cell.
fn is_of_keeping(error: &Diagnostic) -> bool {
    BORROWS.contains(&error.code()) || ["E0310", "E0277", "E0425", "E0423"].contains(&error.code())
}

fn cells(session: &Session, number: usize, text: &str) -> BTreeMap<usize, String> {
    let mut cells = session.cells.clone();
    cells.insert(number, text.to_owned());
    cells
}

/// Whether a cell that does not compile was probably meant for Python.
fn looks_like_python(text: &str) -> bool {
    let begins = [
        "import ",
        "from ",
        "def ",
        "print(",
        "class ",
        "async def ",
        "with ",
        "elif ",
    ];
    text.lines().any(|line| {
        let line = line.trim();
        (begins.iter().any(|word| line.starts_with(word)) && !line.ends_with(';'))
            || (line.ends_with(':') && !line.ends_with("::") && !line.starts_with('\''))
    })
}
