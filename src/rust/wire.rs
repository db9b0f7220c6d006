//! What the kernel and the evaluator tell each other: a line of JSON each, over
//! the evaluator's standard input and output.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From the kernel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Run a cell.
    Run(Asked),
    /// What the learner typed, or why there is no input.
    Answer(Result<String, String>),
    /// End the cell that runs.
    Interrupt,
    /// Complete code at a byte of it.
    Complete {
        /// The code.
        code: String,
        /// The byte.
        at: usize,
    },
    /// Explain the name at a byte of some code.
    Explain {
        /// The code.
        code: String,
        /// The byte.
        at: usize,
    },
    /// Forget everything.
    Reset,
    /// Know again what an evaluator before this one knew: a [`Done::saved`].
    Restore(String),
}

/// A cell to be run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Its number, which its errors name.
    pub number: usize,
    /// Its text.
    pub text: String,
    /// A line of code before it,
    pub before: String,
    /// and an expression after it whose value is shown.
    pub after: String,
    /// Where the code is to be run again and again, and timed.
    #[serde(default)]
    pub timed: Option<Timed>,
}

/// How code is timed. Its samples are told as content of the type [`TIMINGS`];
/// what it defines is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timed {
    /// From which byte of the text on; what is before it runs once.
    pub from: usize,
    /// Runs that make a sample; none for as many as a sample wants.
    pub loops: Option<u64>,
    /// Samples; none for as many as a few seconds hold.
    pub repeats: Option<u64>,
}

/// The mime type of what timed code tells: an object of `loops`, the runs in each
/// sample, and `seconds`, what one run of each took.
pub const TIMINGS: &str = "application/vnd.threadlab.timings+json";

/// From the evaluator. The answer to a request ends with [`Event::Done`],
/// [`Event::Completed`] or [`Event::Explained`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// Text for the cell's standard output or error.
    Text {
        /// Standard error rather than output.
        stderr: bool,
        /// The text.
        text: String,
    },
    /// Something to be shown, by mime type.
    Rich {
        /// What it is, in each of its forms.
        data: BTreeMap<String, String>,
        /// Whether it is the cell's value.
        value: bool,
    },
    /// A line is wanted from the learner.
    Input {
        /// What to ask.
        prompt: String,
        /// Whether the line must not be shown.
        secret: bool,
    },
    /// A request is done.
    Done(Done),
    /// Code was completed.
    Completed(Completed),
    /// A name was explained; none where nothing is known of it.
    Explained(Option<Explained>),
}

/// How a cell ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// Why it failed, where it did.
    pub error: Option<CellError>,
    /// Seconds that it ran, without having been compiled; none where it did
    /// not come to its end.
    pub seconds: Option<f64>,
    /// Seconds that it took to be compiled; none where nothing was.
    #[serde(default)]
    pub compiled: Option<f64>,
    /// The variables that are there now.
    pub variables: Vec<Known>,
    /// What a new evaluator has to know to go on.
    pub saved: String,
}

/// A variable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Its type, as a learner reads it.
    pub of: String,
    /// Its size in bytes, without what it points to.
    pub size: u64,
    /// Whether it may be changed.
    pub mutable: bool,
}

/// Why a cell failed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CellError {
    /// The kind, in one word.
    pub name: String,
    /// What is wrong.
    pub value: String,
    /// What is wrong and where, as a terminal shows it.
    pub traceback: Vec<String>,
}

/// Completions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Completed {
    /// Bytes that a match replaces: from here
    pub from: usize,
    /// to here.
    pub to: usize,
    /// What could stand there.
    pub matches: Vec<String>,
}

/// What is known of a name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Explained {
    /// As plain text.
    pub plain: String,
    /// As HTML.
    pub html: String,
}
