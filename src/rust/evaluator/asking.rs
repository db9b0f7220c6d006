//! What the kernel asks about code that is not run: what could stand at a place,
//! and what a name means.

use super::Evaluator;
use super::analysis::{Analysis, Place};
use super::names;
use super::requests::Requests;
use crate::rust::source::cell::Cell;
use crate::rust::source::write::declarations;
use crate::rust::wire::{Completed, Explained};
use std::time::Duration;

/// How long a completion may take, since front ends give up waiting (JupyterLab
/// after a second, from the key to the list): while the analyser begins, the
/// session's own names have to do.
const PATIENCE: Duration = Duration::from_millis(700);
/// How long an explanation may take.
const LONG_PATIENCE: Duration = Duration::from_secs(5);

impl Evaluator {
    /// The analyser, started when first asked for.
    pub(super) fn analysis(&mut self) -> &Analysis {
        let program = &self.program.path;
        self.analysis
            .get_or_insert_with(|| Analysis::start(program.clone()))
    }

    /// A place in code, with the session before it.
    pub(super) fn place(&mut self, code: String, at: usize) -> Place {
        let mut before = String::new();
        for (name, specification) in &self.session.dependencies {
            before += &format!(":dep {name} = {specification}\n");
        }
        // A crate that comes or goes costs the analyser its time anew, and `lab`
        // costs it much: it is there from when something of it is named first.
        self.names_lab_when_asked |= self.names_lab(&Cell::read(&code));
        let tools = self.tools.as_ref().filter(|tools| tools.cache.has_lab());
        let tools = tools.filter(|_| self.names_lab_when_asked);
        if let Some(tools) = tools {
            before += &format!(":dep {}\n", tools.cache.lab_source());
        }
        let lab = tools.is_some();
        before += &declarations(&self.session, lab);
        Place { before, code, at }
    }

    /// What could stand at a place: of the session at once, of all else where
    /// the analyser is ready in time.
    pub(super) async fn complete(
        &mut self,
        code: String,
        at: usize,
        requests: &mut Requests,
    ) -> Completed {
        let own = names::complete(&self.session, &code, at);
        let place = self.place(code, at);
        let asked = self.analysis().complete(place);
        let asked = tokio::time::timeout(PATIENCE, asked);
        match requests.unless_interrupted(asked).await {
            Ok(Ok(Ok(found))) if !found.matches.is_empty() => names::merged(found, own),
            _ => own,
        }
    }

    pub(super) async fn explain(
        &mut self,
        code: String,
        at: usize,
        requests: &mut Requests,
    ) -> Option<Explained> {
        let own = names::explain(&self.session, &code, at);
        // An item's own text, with what the learner wrote about it, is the best
        // that can be said of it.
        if own.is_some() && names::is_item(&self.session, &code, at) {
            return own;
        }
        let end = names::word(&code, at).end;
        let place = self.place(code, end);
        let asked = self.analysis().explain(place);
        let patience = if own.is_some() {
            PATIENCE
        } else {
            LONG_PATIENCE
        };
        let asked = tokio::time::timeout(patience, asked);
        match requests.unless_interrupted(asked).await {
            Ok(Ok(Ok(Some(found)))) => Some(found),
            _ => own,
        }
    }
}
