//! What becomes of a session's variables after a cell.

use super::building::Ready;
use super::requests::note;
use super::running::Told;
use super::{Evaluator, failure};
use crate::rust::source::cell::Cell;
use crate::rust::source::key::Key;
use crate::rust::source::naming;
use crate::rust::source::session::{Session, Variable};
use crate::rust::wire::CellError;
use std::collections::BTreeSet;

impl Evaluator {
    /// Finds out whether the child was lost between two cells.
    pub(super) fn lose_the_gone(&mut self) {
        if self.child.as_ref().is_some_and(|child| !child.is_there()) {
            self.lose_child();
        }
    }

    /// Says what is gone with the child.
    pub(super) fn lose_child(&mut self) {
        self.child = None;
        let lost = self.lose(|_| true, "the process that held it was ended from outside");
        note(&format!(
            "the process of Rust cells was ended from outside: {}; functions and types are as before",
            failure::gone(&lost)
        ));
    }

    /// Strikes variables out; their names.
    pub(super) fn lose(&mut self, which: impl Fn(&str) -> bool, why: &str) -> Vec<String> {
        let names = self.session.variables.keys().filter(|name| which(name));
        let names: Vec<String> = names.cloned().collect();
        for name in &names {
            self.session.variables.remove(name);
            self.session.gone.insert(name.clone(), why.to_owned());
        }
        names
    }

    /// Takes over what variables there are after a cell. The store may still hold
    /// some that were forgotten, whose types are no longer what they were: only
    /// what the session knew or the cell has put there counts.
    pub(super) fn take_variables(
        &self,
        session: &mut Session,
        cell: &Cell,
        unkept: &BTreeSet<String>,
        told: Vec<Told>,
    ) {
        let before = std::mem::take(&mut session.variables);
        for Told { name, of, size } in told {
            let bound = cell.bindings.iter().find(|binding| binding.name == name);
            if unkept.contains(&name) || (bound.is_none() && !before.contains_key(&name)) {
                continue;
            }
            let known = before.get(&name).filter(|known| known.told == of);
            let mutable = match bound {
                Some(binding) => binding.mutable,
                None => before.get(&name).is_some_and(|known| known.mutable),
            };
            let named = match known {
                Some(known) => Some(known.named.clone()),
                None => naming::nameable(&of),
            };
            let function = function(session, cell, &of);
            let Some(named) = named.filter(|_| function.is_none()) else {
                let why = match function {
                    Some(f) => format!(
                        "its type is that of the function {f} alone and has no name; \
                         `let {name}: fn(u32) -> u32 = {f};` gives it one"
                    ),
                    None => format!(
                        "its type {} has no name; put a closure into a Box<dyn Fn()>",
                        naming::readable(&of)
                    ),
                };
                // Told where a later cell asks for it.
                session.gone.insert(name, why);
                continue;
            };
            session.gone.remove(&name);
            let variable = Variable {
                told: of,
                named,
                mutable,
                size,
            };
            session.variables.insert(name, variable);
        }
        for name in before.keys() {
            if !session.variables.contains_key(name) && !session.gone.contains_key(name) {
                session
                    .gone
                    .insert(name.clone(), "it was moved away".into());
            }
        }
    }

    pub(super) fn tell_of_unkept(&mut self, ready: &Ready, cell: &Cell) {
        for name in &ready.unkept {
            let why = if ready.borrowing.contains(name) {
                "it borrows, and what a cell keeps has to own what it holds"
            } else {
                "it was moved away in its own cell, or never given a value"
            };
            // Told where a later cell asks for it.
            if !self.session.variables.contains_key(name) {
                self.session.gone.insert(name.clone(), why.into());
            }
        }
        let main = cell
            .items
            .iter()
            .any(|item| item.key == Key::Named("main".into()));
        if main && !cell.runs() {
            note("`main` is defined, not run: main() runs it");
        }
    }
}

/// The function of the notebook whose own type this is.
fn function(session: &Session, cell: &Cell, told: &str) -> Option<String> {
    let path = told.strip_prefix(naming::CRATE)?.strip_prefix("::")?;
    let name = path.split('<').next()?.to_owned();
    let mut named = cell.items.iter().filter(|item| item.is_value);
    let key = Key::Named(name.clone());
    (named.any(|item| item.key == key) || session.is_value(&key)).then_some(name)
}

pub(super) fn with_lost(mut error: CellError, lost: &[String]) -> CellError {
    let lost = failure::gone(lost);
    error.value += &format!("; {lost}");
    error.traceback.push(lost);
    error
}
