//! How a run is carried out, and why it could not be.

use crate::recorder::Recorder;
use std::sync::Arc;

/// How a run is carried out, beside its model.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where events go; none keeps them for the run's own trace.
    pub recorder: Option<Arc<Recorder>>,
    /// Chance to give the processor away before each store, from 0 to 1.
    pub yield_chance: f64,
    /// Seed of all that is drawn by lot.
    pub seed: u64,
    /// Whether threads and processes wait for each other before they start.
    pub together: bool,
    /// Threads of the pool; 0 takes one a task.
    pub pool: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            recorder: None,
            yield_chance: 0.0,
            seed: 0,
            together: false,
            pool: 0,
        }
    }
}

/// Why a run could not be carried out.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// The lab has no task.
    NoTasks,
    /// The system gave no thread, process or descriptor.
    System {
        /// What was asked of it, and for which worker.
        what: String,
        /// What it said.
        source: std::io::Error,
    },
    /// More worker processes than there are channels for.
    TooMany {
        /// The most there can be.
        most: usize,
    },
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RunError::NoTasks => {
                f.write_str("this lab has no task: add one with lab.task(name, async |w| ...)")
            }
            RunError::System { what, source } => write!(f, "could not {what}: {source}"),
            RunError::TooMany { most } => {
                write!(
                    f,
                    "more worker processes than the {most} that a run can have"
                )
            }
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RunError::System { source, .. } => Some(source),
            RunError::NoTasks | RunError::TooMany { .. } => None,
        }
    }
}
