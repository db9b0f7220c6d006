//! What a measured run needs around it: a server, a folder, a database. It is
//! made before the first worker starts, and is gone once it is dropped.

use lab::trace::Model;
use std::any::Any;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where surroundings are made.
#[derive(Clone, Copy, Debug)]
pub struct Site<'s> {
    /// The model of the run.
    pub model: Model,
    /// The run's private folder, which is removed after it in every case.
    pub folder: &'s Path,
}

/// What was made. This process has one thread when it is made, so that it may
/// be a process of its own, forked.
#[derive(Debug, Default)]
pub struct Surroundings {
    place: String,
    kept: Option<Box<dyn Any>>,
}

impl Surroundings {
    /// Something that the tasks find at a place, such as an address or a path,
    /// and that lasts until what is kept is dropped.
    pub(super) fn at(place: impl Into<String>, kept: impl Any) -> Self {
        Surroundings {
            place: place.into(),
            kept: Some(Box::new(kept)),
        }
    }

    /// Where the tasks find it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether the run has anything around it.
    pub fn is_some(&self) -> bool {
        self.kept.is_some()
    }
}

/// Whether a worker of this process has given up. The run has failed then, and
/// its process ends with it.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// Ends a worker that cannot go on because of what is around the run: a server
/// that does not answer, a disk that is full. The run fails with these words.
pub(super) fn give_up(why: impl std::fmt::Display) -> ! {
    GIVEN_UP.store(true, Ordering::Relaxed);
    // No panic, of which the system would write to standard error.
    std::panic::resume_unwind(Box::new(why.to_string()))
}

/// What a worker says that did not begin because another has given up.
pub const NOT_BEGUN: &str = "not begun: another worker has given up";

/// Before a worker begins: ends it if another has given up, rather than that
/// each waits for the same silent server in its turn.
pub(super) fn go_on() {
    if GIVEN_UP.load(Ordering::Relaxed) {
        give_up(NOT_BEGUN);
    }
}

/// What was wanted, or [the end](give_up) of the worker.
pub(super) fn must<R>(outcome: Result<R, impl std::fmt::Display>) -> R {
    outcome.unwrap_or_else(|why| give_up(why))
}
