//! How results show themselves as the value of a cell: each prints a block that
//! the evaluator takes for the kernel, which draws the figure.
//!
//! The method's name and the lines around the block are evcxr's convention for
//! rich output.

use crate::explore::Verdict;
use crate::lab::{Advised, Compared, Explored, Missing, Raced, Ran, Run};
use crate::settings::RunError;
use crate::trace::Trace;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The kind of the block: one line of JSON that says which figure shows which
/// traces.
pub const SHOWN: &str = "application/vnd.threadlab.shown+json";

/// What shows a figure as the last expression of a cell.
pub trait Show {
    /// Prints the figure's data to standard output, between two lines that mark
    /// it. The name is evcxr's.
    ///
    /// # Panics
    /// Where there is nothing but an error: the cell has failed, and its reply
    /// says why.
    fn evcxr_display(&self);
}

/// The data of a figure.
#[derive(Serialize)]
struct Shown<'s> {
    figure: &'static str,
    groups: Vec<Group<'s>>,
    explored: Option<Found<'s>>,
    missing: Vec<Absent<'s>>,
}

#[derive(Serialize)]
struct Group<'s> {
    label: &'s str,
    trace: &'s Trace,
}

#[derive(Serialize)]
struct Absent<'s> {
    label: &'s str,
    why: &'s str,
}

#[derive(Serialize)]
struct Found<'s> {
    verdict: &'static str,
    caption: &'s str,
    schedules: u64,
    interleavings: Option<u64>,
    policy: &'s str,
    failing: u64,
    outcomes: &'s BTreeMap<String, u64>,
    replay: Option<&'s str>,
}

impl Shown<'_> {
    /// In one write, so that nothing that a thread prints comes between. Nobody may
    /// be there to read it, which is no reason to fail.
    fn print(&self) {
        // Traces are plain data, which JSON can always hold.
        let json = serde_json::to_string(self).unwrap_or_default();
        let block = format!("EVCXR_BEGIN_CONTENT {SHOWN}\n{json}\nEVCXR_END_CONTENT\n");
        let mut out = io::stdout().lock();
        let _ = out.write_all(block.as_bytes()).and_then(|()| out.flush());
    }
}

fn several<'s>(figure: &'static str, runs: &'s [Ran], missing: &'s [Missing]) -> Shown<'s> {
    let group = |run: &'s Ran| Group {
        label: &run.label,
        trace: &run.trace,
    };
    let absent = |missing: &'s Missing| Absent {
        label: &missing.label,
        why: &missing.why,
    };
    Shown {
        figure,
        groups: runs.iter().map(group).collect(),
        explored: None,
        missing: missing.iter().map(absent).collect(),
    }
}

/// The method of the trait as the type's own too, for code that has not the
/// trait in scope.
macro_rules! shows {
    ($($type:ty),*) => {$(
        impl $type {
            /// Shows the figure: see [`Show`].
            pub fn evcxr_display(&self) {
                self.shown().print();
            }
        }
        impl Show for $type {
            fn evcxr_display(&self) {
                self.shown().print();
            }
        }
    )*};
}
shows!(Run, Compared, Raced, Advised, Explored);

impl<T: Show> Show for Result<T, RunError> {
    #[track_caller]
    fn evcxr_display(&self) {
        match self {
            Ok(shows) => shows.evcxr_display(),
            Err(error) => panic!("{error}"),
        }
    }
}

impl Run {
    fn shown(&self) -> Shown<'_> {
        let group = Group {
            label: self.trace.header.model.name(),
            trace: &self.trace,
        };
        Shown {
            figure: "timeline",
            groups: vec![group],
            explored: None,
            missing: vec![],
        }
    }
}

impl Compared {
    fn shown(&self) -> Shown<'_> {
        several("comparison", &self.runs, &self.missing)
    }
}

impl Raced {
    fn shown(&self) -> Shown<'_> {
        several("distribution", &self.runs, &[])
    }
}

impl Advised {
    fn shown(&self) -> Shown<'_> {
        several("decision", &self.runs, &self.missing)
    }
}

impl Explored {
    fn shown(&self) -> Shown<'_> {
        let found = &self.found;
        let verdict = match found.verdict {
            Verdict::Holds => "holds",
            Verdict::NoFailure => "no failure",
            Verdict::Fails(_) => "fails",
        };
        let group = Group {
            label: "schedule",
            trace: &found.trace,
        };
        Shown {
            figure: "ladder",
            groups: vec![group],
            explored: Some(Found {
                verdict,
                caption: &self.caption,
                schedules: found.schedules,
                interleavings: found.complete.then_some(found.schedules),
                policy: found.policy,
                failing: found.failing,
                outcomes: &found.outcomes,
                replay: self.replay.as_deref(),
            }),
            missing: vec![],
        }
    }
}
