//! The steps of a computation, and where an interpreter comes in between.

use super::Worker;
use crate::stage::Stage;

/// Nanoseconds of computing between two looks at the interpreter's lock.
const LOOK: f64 = 1_000.0;

/// The steps of one computation, from 0 on.
#[derive(Debug)]
pub struct Steps<'w> {
    next: u64,
    /// Where the next chunk begins; at the end without an interpreter, whose
    /// pace and lock are seen to between chunks and not in each step.
    pause: u64,
    end: u64,
    worker: &'w Worker,
}

impl<'w> Steps<'w> {
    pub(super) fn of(worker: &'w Worker, steps: u64) -> Self {
        Steps {
            next: 0,
            pause: 0,
            end: steps,
            worker,
        }
    }

    /// Passes over the steps that are left, for work that is not done step by
    /// step: only an interpreter's pace and lock are seen to.
    pub fn pass(mut self) {
        while self.chunk() {
            self.next = self.pause;
        }
    }

    /// Begins the next chunk; false at the end.
    #[cold]
    fn chunk(&mut self) -> bool {
        let left = self.end - self.next;
        self.pause = self.end;
        if let Stage::Wall { seat, pace, .. } = self.worker.stage()
            && (seat.is_some() || pace.is_some())
            && left > 0
        {
            let each = pace.map_or(1.0, |pace| pace.iteration).max(0.1);
            let chunk = ((LOOK / each) as u64).clamp(1, left);
            self.pause = self.next + chunk;
            if let Some(seat) = seat {
                seat.check(chunk as f64);
            }
            if let Some(pace) = pace {
                pace.work(chunk as f64);
            }
        }
        left > 0
    }
}

impl Iterator for Steps<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        if self.next == self.pause && !self.chunk() {
            return None;
        }
        let step = self.next;
        self.next += 1;
        Some(step)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.end - self.next) as usize;
        (left, Some(left))
    }
}
