//! Where a command's output goes: a cell, or a terminal.

use super::Bundle;

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
    /// Puts another bundle in the place of one that was shown.
    fn replace(&mut self, bundle: Bundle, id: &DisplayId);
    /// Help or source: beside the cell where a front end can do that.
    fn page(&mut self, bundle: Bundle);
    /// How far a long command is, from 0 to 1.
    fn progress(&mut self, share: f64, what: &str);
}
