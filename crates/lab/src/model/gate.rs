//! A gate behind which workers wait until all are there, and which hands out
//! the tasks that are left: without it the first of several short loops is over
//! before the second begins.

use super::Crew;
use crate::memory::{Flat, Placed};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A worker that died on its way must not keep the others waiting for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// Counters that all workers of a run see.
pub(super) struct Gate {
    counters: Home,
    expected: u32,
}

struct Counters {
    arrived: AtomicU32,
    next: AtomicU32,
}

// SAFETY: plain numbers.
unsafe impl Flat for Counters {}

enum Home {
    Process(Counters),
    Run(Placed<Counters>),
}

impl Gate {
    /// Closed if the run's workers start together, else open.
    pub(super) fn new(crew: &Crew<'_, '_>) -> Gate {
        let counters = Counters {
            arrived: AtomicU32::new(0),
            // The first tasks belong to the workers that are made for them.
            next: AtomicU32::new(crew.hands as u32),
        };
        Gate {
            counters: match crew.arena {
                None => Home::Process(counters),
                Some(arena) => Home::Run(arena.place(counters)),
            },
            expected: if crew.settings.together {
                crew.hands as u32
            } else {
                0
            },
        }
    }

    fn counters(&self) -> &Counters {
        match &self.counters {
            Home::Process(counters) => counters,
            Home::Run(counters) => counters,
        }
    }

    fn arrived(&self) -> &AtomicU32 {
        &self.counters().arrived
    }

    /// The next task that nobody has begun, past the last when none is left.
    pub(super) fn next_task(&self) -> usize {
        self.counters().next.fetch_add(1, Ordering::Relaxed) as usize
    }

    /// Waits until all have come. It spins and yields, so that the last one
    /// to come starts no earlier than the others.
    pub(super) fn pass(&self) {
        if self.expected == 0 {
            return;
        }
        self.arrived().fetch_add(1, Ordering::AcqRel);
        let since = Instant::now();
        while self.arrived().load(Ordering::Acquire) < self.expected && since.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
    }

    /// Lets everybody through, to the task at hand and to no further one.
    pub(super) fn give_up(&self) {
        self.counters().next.store(u32::MAX / 2, Ordering::Relaxed);
        self.arrived().store(u32::MAX / 2, Ordering::Release);
    }
}
