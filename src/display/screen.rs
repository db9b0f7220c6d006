//! Where a command's output goes: a cell, or a terminal.

use super::Bundle;
use std::pin::Pin;

/// The answer to a question, yet to come; why there is none.
pub type Answer = Pin<Box<dyn Future<Output = Result<String, String>>>>;

/// One of a process's two standard outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Names an output that will be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayId(pub String);

/// Takes a command's output, in order.
pub trait Screen {
    /// Text, which need not be a whole line.
    fn text(&mut self, stream: Stream, text: &str);
    /// A chart or a table; with an id it can be replaced later.
    fn show(&mut self, bundle: Bundle, id: Option<&DisplayId>);
    /// The value of a cell.
    fn value(&mut self, bundle: Bundle) {
        self.show(bundle, None);
    }
    /// Puts another bundle in the place of one that was shown.
    fn replace(&mut self, bundle: Bundle, id: &DisplayId);
    /// Help or source: beside the cell where a front end can do that.
    fn page(&mut self, bundle: Bundle);
    /// Text to stand in the place of the cell.
    fn next_input(&mut self, text: String) {
        self.text(Stream::Out, &text);
    }
    /// Asks the learner for a line, one that is not to be seen if it is secret.
    fn ask(&mut self, _prompt: &str, _secret: bool) -> Answer {
        Box::pin(async { Err("there is nobody to ask here".into()) })
    }
    /// How far a long command is, from 0 to 1.
    fn progress(&mut self, share: f64, what: &str);
}
