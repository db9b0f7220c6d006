//! A gate behind which workers wait until all are there, and which hands out
//! the tasks that are left: without it the first of several short loops is over
//! before the second begins.

use super::Crew;
use crate::settings::RunError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A worker that died on its way must not keep the others waiting for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// Counters in memory that forked processes share too.
pub(super) struct Gate {
    counters: *mut Counters,
    expected: u32,
}

struct Counters {
    arrived: AtomicU32,
    next: AtomicU32,
}

// SAFETY: the only access to the memory is through atomics.
unsafe impl Sync for Gate {}

impl Gate {
    /// Closed if the run's workers start together, else open.
    pub(super) fn new(crew: &Crew<'_, '_>) -> Result<Gate, RunError> {
        let expected = if crew.settings.together {
            crew.hands as u32
        } else {
            0
        };
        // SAFETY: a new anonymous mapping of one page; the result is checked.
        let page = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size_of::<Counters>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if page == libc::MAP_FAILED {
            let source = std::io::Error::last_os_error();
            return Err(RunError::System {
                what: "share a page of memory".into(),
                source,
            });
        }
        let gate = Gate {
            counters: page.cast(),
            expected,
        };
        // The first tasks belong to the workers that are made for them.
        gate.counters()
            .next
            .store(crew.hands as u32, Ordering::Relaxed);
        Ok(gate)
    }

    fn counters(&self) -> &Counters {
        // SAFETY: mapped in `new`, zeroed by the system, aligned to a page,
        // and unmapped only in `drop`.
        unsafe { &*self.counters }
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

impl Drop for Gate {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this length; nobody refers to it now.
        unsafe { libc::munmap(self.counters.cast(), size_of::<Counters>()) };
    }
}
