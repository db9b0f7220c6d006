//! Holding a lock.

use super::Worker;
use super::operation::{Locking, thin};
use crate::stage::Stage;
use crate::stage::board::Point;
use crate::sync::lock::Lock;
use crate::trace::{Action, Activity};

impl Worker {
    /// Waits until the lock lets this worker in. It is held until the guard is
    /// [released](Guard::release) or dropped.
    pub fn lock(&self, lock: &Lock) -> impl Future<Output = Guard<'_>> {
        Locking {
            coming: self.coming(Point::Acquire(self.own(lock.made))),
            lock: *lock,
            wait: None,
        }
    }

    pub(super) async fn wait_for_lock(&self, lock: Lock) {
        let state = &self.shared().locks[lock.made.number()];
        self.note(&state.name, || Action::Wait);
        let waiting = self.open(Activity::Blocked, &state.name);
        // In virtual time the scheduler sees it when nobody can go on.
        if matches!(self.stage(), Stage::Wall { .. }) {
            let shared = self.shared();
            shared.waiting.waits_for(self.id(), state.key());
            if shared.waits_for_ever(self.id()) {
                self.deadlocked();
            }
        }
        let left = state.enter(self.stage(), self.id()).await;
        // It may have come in without a wait, which would have said so itself.
        if matches!(self.stage(), Stage::Wall { .. }) {
            self.shared().waiting.goes_on(self.id());
        }
        self.close(waiting);
        // A span that is not kept needs no arrow either.
        if let (Some(_), Some((from, at))) = (waiting, left) {
            self.woken(from, at, &state.name);
        }
    }

    /// Does `inside` while holding the lock.
    pub async fn with<R>(&self, lock: &Lock, inside: impl AsyncFnOnce() -> R) -> R {
        let _held = self.lock(lock).await;
        inside().await
    }
}

/// Holds a lock; dropping it lets the next worker in.
#[derive(Debug)]
#[must_use = "the lock is held as long as its guard has a name: `let _held = w.lock(&lock).await;`; \
              `let _ = ...` lets it go at once"]
pub struct Guard<'w> {
    pub(super) worker: &'w Worker,
    pub(super) lock: Lock,
    pub(super) span: Option<u32>,
}

impl Guard<'_> {
    /// The lock that is held.
    pub(super) fn lock_handle(&self) -> Lock {
        self.lock
    }

    /// Lets the next worker in now.
    pub fn release(self) -> impl Future<Output = ()> {
        thin(self.worker, async move {
            let (worker, lock) = (self.worker, self.lock);
            worker.coming(Point::Release(lock.made.number())).await;
            worker.close(self.span);
            std::mem::forget(self);
            worker.release(&lock);
        })
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Stage::Virtual(place) = self.worker.stage()
            && place.is_over()
        {
            return;
        }
        self.worker.close(self.span);
        match self.worker.stage() {
            // Another worker can come before this release too: it has a turn
            // of its own, for which nothing has to be awaited.
            Stage::Virtual(place) => place.release_later(self.lock.made.number()),
            Stage::Wall { .. } => self.worker.release(&self.lock),
        }
    }
}

impl Worker {
    fn release(&self, lock: &Lock) {
        let state = &self.shared().locks[lock.made.number()];
        self.note(&state.name, || Action::Release);
        state.leave(self.stage(), self.id());
    }
}
