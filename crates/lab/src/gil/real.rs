//! The interpreter lock in real time: [`State`]'s rules, waited for with a
//! mutex and two conditions, as CPython does it.

use super::State;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A real lock; one for each process.
#[derive(Debug)]
pub(crate) struct Gil {
    state: Mutex<State>,
    freed: Condvar,
    switched: Condvar,
    /// A copy of the request that can be read in every step of a loop.
    requested: AtomicBool,
    interval: Duration,
}

impl Gil {
    /// A free lock whose waiters wait this long, in nanoseconds, before they ask.
    pub(crate) fn new(interval: u64) -> Self {
        Gil {
            state: Mutex::default(),
            freed: Condvar::new(),
            switched: Condvar::new(),
            requested: AtomicBool::new(false),
            interval: Duration::from_nanos(interval.max(1_000)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the lock is this worker's.
    pub(crate) fn take(&self, me: u32) {
        let mut state = self.state();
        while !state.try_take(me) {
            let noted = state.switches();
            let (woken, wait) = self
                .freed
                .wait_timeout(state, self.interval)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if wait.timed_out() {
                state.timed_out(noted);
                self.requested.store(state.is_requested(), Relaxed);
            }
        }
        self.requested.store(false, Relaxed);
        self.switched.notify_one();
    }

    /// Lets the lock go; if a waiter asked for it, waits until somebody has it.
    pub(crate) fn let_go(&self, me: u32) {
        let mut state = self.state();
        let forced = state.let_go(me);
        self.requested.store(false, Relaxed);
        self.freed.notify_one();
        while forced && !state.has_switched_from(me) {
            state = self
                .switched
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether the holder is asked to let go at its next check point.
    #[inline]
    pub(crate) fn is_requested(&self) -> bool {
        self.requested.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;
    use std::time::Instant;

    /// A check point; true when the lock was let go at it.
    fn check(gil: &Gil, me: u32) -> bool {
        if !gil.is_requested() {
            return false;
        }
        gil.let_go(me);
        gil.take(me);
        true
    }

    #[test]
    fn nobody_is_inside_with_another() {
        let (gil, inside) = (Arc::new(Gil::new(100_000)), Arc::new(AtomicU64::new(0)));
        let work = |me| {
            let (gil, inside) = (gil.clone(), inside.clone());
            std::thread::spawn(move || {
                gil.take(me);
                for _ in 0..2_000_000 {
                    assert_eq!(inside.fetch_add(1, Relaxed), 0);
                    inside.fetch_sub(1, Relaxed);
                    check(&gil, me);
                }
                gil.let_go(me);
            })
        };
        let threads: Vec<_> = (0..3).map(work).collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    }

    #[test]
    fn who_let_go_when_asked_waits_a_whole_interval_for_its_next_turn() {
        let interval = Duration::from_millis(2);
        let gil = Arc::new(Gil::new(interval.as_nanos() as u64));
        let waits = |me| {
            let gil = gil.clone();
            std::thread::spawn(move || {
                let mut waits = vec![];
                gil.take(me);
                let until = Instant::now() + Duration::from_millis(80);
                while Instant::now() < until {
                    let asked = Instant::now();
                    if check(&gil, me) {
                        waits.push(asked.elapsed());
                    }
                }
                gil.let_go(me);
                // The last ends early if the other has come to its end.
                waits.pop();
                waits
            })
        };
        let threads: Vec<_> = (0..2).map(waits).collect();
        let waits: Vec<_> = threads
            .into_iter()
            .flat_map(|t| t.join().unwrap())
            .collect();
        assert!(waits.len() > 4, "they took turns");
        assert!(waits.iter().all(|wait| *wait >= interval), "{waits:?}");
    }
}
