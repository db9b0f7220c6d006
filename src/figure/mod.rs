//! A trace, or several, drawn as a figure: SVG with its fonts inside, the same
//! in words, and the numbers that it shows as CSV.
//!
//! Pure functions of plain data. Nothing here runs anything, reads a file or a
//! clock, or knows of notebooks: making PNG and PDF of a figure and handing it
//! to a front end is the layer above.
//!
//! - [`timeline`]: what each worker did, when; [`timelines`]: several runs in one
//! - [`comparison`]: execution models beside one another and beside the guide
//! - [`distribution`]: what many runs came to
//! - [`speedup`]: how much faster more workers are, and which law that follows
//! - [`ladder`]: who read and wrote what, step by step, and what was lost
//! - [`wait_for`]: who waits for whom, and whether for ever
//! - [`handover`]: who had a lock, when, and for how long at a time
//! - [`queue_depth`]: how full a queue was
//! - [`pool`]: how busy the workers of a pool were
//! - [`memory`]: what a thread, a process, a task holds for itself and shares
//! - [`ipc`]: how fast channels are, over the size of a message
//! - [`gains`]: kinds of work beside one another, how much faster under which
//!   model
//! - [`decision`]: which model to take, and the way there
//! - [`timings`]: how long code takes that was run again and again

mod area;
mod axis;
mod bars;
mod canvas;
mod columns;
mod comparison;
mod decision;
mod distribution;
mod dots;
mod font;
mod gains;
mod handover;
mod hatch;
mod ipc;
mod ladder;
mod marker;
mod memory;
mod names;
mod page;
mod pool;
mod queue_depth;
mod ramp;
mod samples;
mod speedup;
mod stamp;
mod stats;
mod style;
pub(crate) mod table;
mod timeline;
mod timings;
mod upright;
mod wait_for;
mod whole;
mod words;

use lab::trace::Trace;

pub use comparison::comparison;
pub use decision::{Decision, End, Fork, Node, decision};
pub use distribution::distribution;
pub use font::{FACES, FAMILY};
pub use gains::{Gain, gains};
pub use handover::handover;
pub use ipc::{Channel, ChannelPoint, ipc};
pub use ladder::ladder;
pub use memory::{MemoryOfUnit, memory};
pub use pool::pool;
pub use queue_depth::queue_depth;
pub use speedup::speedup;
pub use style::{Style, Theme, UnknownTheme};
pub use timeline::{preview_timeline, spent, timeline, timelines};
pub use timings::{Timings, timings};
pub use wait_for::wait_for;
pub use words::{bytes, duration, precise};

/// A finished drawing with all that goes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Which figure it is, by the name of the function that draws it.
    pub name: &'static str,
    /// Its title, without markup.
    pub title: String,
    /// One or two sentences that say what the figure shows: its alt text.
    pub description: String,
    /// A complete SVG document with its fonts inside.
    pub svg: String,
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// The same in words: a small aligned table.
    pub text: String,
    /// The numbers that are drawn, as tidy CSV with a header row. A timeline:
    /// `scenario,model,kind,worker,activity,label,start_s,end_s` (`end_s` is
    /// empty for a span without an end). Of several runs: `scenario,model,kind,
    /// gil,workers,cores,pace_ns,scale,repeat,seed,seconds,result` (`gil` names the
    /// Python where one carried the run out). Each of the
    /// others names its columns where it writes them.
    pub csv: String,
}

/// What a guide says that a run takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Documented {
    /// The label of the group that it is held against, such as `threads`.
    pub label: String,
    /// Seconds, already multiplied by `scale`.
    pub seconds: f64,
    /// The factor that the run had on waits and computing.
    pub scale: f64,
}

impl Documented {
    /// A value that can be drawn: finite and above zero.
    fn is_usable(&self) -> bool {
        self.seconds.is_finite() && self.seconds > 0.0
    }
}

/// A trace under the name that a chart gives it.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// What the chart calls it, such as `threads` or `no lock`.
    pub label: String,
    /// What the runs left behind: one sample a run.
    pub trace: &'a Trace,
}

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// A figure of several runs was asked for without any.
    #[error("a {0} needs at least one group of runs")]
    NoGroups(&'static str),
    /// The drawing back end failed.
    #[error("the figure could not be drawn: {0}")]
    Drawing(String),
}
