//! The interpreter lock in real time: [`State`]'s rules, waited for with a
//! mutex and two conditions, as CPython does it.

use super::State;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
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
    /// Who waits for it, how many.
    waiting: AtomicU32,
    /// None where nobody asks.
    interval: Option<Duration>,
}

impl Gil {
    /// A free lock whose waiters wait this long, in nanoseconds, before they ask;
    /// none where they do not.
    pub(crate) fn new(interval: Option<u64>) -> Self {
        Gil {
            state: Mutex::default(),
            freed: Condvar::new(),
            switched: Condvar::new(),
            requested: AtomicBool::new(false),
            waiting: AtomicU32::new(0),
            interval: interval.map(|interval| Duration::from_nanos(interval.max(1_000))),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the lock is this worker's.
    pub(crate) fn take(&self, me: u32) {
        let mut state = self.state();
        if !state.try_take(me) {
            self.waiting.fetch_add(1, Relaxed);
            state = self.wait(state, me);
            self.waiting.fetch_sub(1, Relaxed);
        }
        self.requested.store(false, Relaxed);
        self.switched.notify_one();
        drop(state);
    }

    /// Waits until the lock is this worker's.
    fn wait<'g>(&'g self, mut state: MutexGuard<'g, State>, me: u32) -> MutexGuard<'g, State> {
        loop {
            let noted = state.switches();
            let Some(interval) = self.interval else {
                state = self
                    .freed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                if state.try_take(me) {
                    return state;
                }
                continue;
            };
            let (woken, wait) = self
                .freed
                .wait_timeout(state, interval)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if state.try_take(me) {
                return state;
            }
            if wait.timed_out() {
                state.timed_out(noted);
                self.requested.store(state.is_requested(), Relaxed);
            }
        }
    }

    /// Lets the lock go and wants it again at once, as 2.7 does. True when
    /// somebody else had it in between.
    pub(crate) fn offer(&self, me: u32) -> bool {
        if self.waiting.load(Relaxed) == 0 {
            return false;
        }
        let before = self.state().switches();
        self.let_go(me);
        self.take(me);
        self.state().switches() != before
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
        let (gil, inside) = (
            Arc::new(Gil::new(Some(100_000))),
            Arc::new(AtomicU64::new(0)),
        );
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
    fn who_offers_the_lock_lets_others_in_and_nobody_beside_itself() {
        let (gil, inside) = (Arc::new(Gil::new(None)), Arc::new(AtomicU64::new(0)));
        let work = |me| {
            let (gil, inside) = (gil.clone(), inside.clone());
            std::thread::spawn(move || {
                gil.take(me);
                let switched = (0..20_000).filter(|_| {
                    assert_eq!(inside.fetch_add(1, Relaxed), 0);
                    inside.fetch_sub(1, Relaxed);
                    gil.offer(me)
                });
                let switched = switched.count();
                gil.let_go(me);
                assert!(!gil.is_requested(), "nobody asks");
                switched
            })
        };
        let threads: Vec<_> = (0..3).map(work).collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }

    #[test]
    fn who_let_go_when_asked_waits_a_whole_interval_for_its_next_turn() {
        let interval = Duration::from_millis(2);
        let gil = Arc::new(Gil::new(Some(interval.as_nanos() as u64)));
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
