//! A gate behind which workers wait until all are there: without it the first
//! of several short loops is over before the second begins.

use super::Crew;
use crate::settings::RunError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A worker that died on its way must not keep the others waiting for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// A counter in memory that forked processes share too.
pub(super) struct Gate {
    arrived: *mut AtomicU32,
    expected: u32,
}

// SAFETY: the only access to the memory is through an atomic.
unsafe impl Sync for Gate {}

impl Gate {
    /// Closed if the run's workers start together, else open.
    pub(super) fn new(crew: &Crew<'_, '_>) -> Result<Gate, RunError> {
        let expected = if crew.settings.together {
            crew.tasks.len() as u32
        } else {
            0
        };
        // SAFETY: a new anonymous mapping of one page; the result is checked.
        let page = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size_of::<AtomicU32>(),
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
        Ok(Gate {
            arrived: page.cast(),
            expected,
        })
    }

    fn arrived(&self) -> &AtomicU32 {
        // SAFETY: mapped in `new`, zeroed by the system, aligned to a page,
        // and unmapped only in `drop`.
        unsafe { &*self.arrived }
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

    /// Lets everybody through.
    pub(super) fn open(&self) {
        self.arrived().store(u32::MAX / 2, Ordering::Release);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this length; nobody refers to it now.
        unsafe { libc::munmap(self.arrived.cast(), size_of::<AtomicU32>()) };
    }
}
