//! Holding a lock.

use super::Worker;
use crate::sync::lock::Lock;
use crate::trace::Activity;

impl Worker {
    /// Waits until the lock lets this worker in. It is held until the guard is
    /// [released](Guard::release) or dropped.
    pub async fn lock(&self, lock: &Lock) -> Guard<'_> {
        let state = &self.shared().locks[lock.index];
        if !state.try_enter(self.id()) {
            let waiting = self.open(Activity::Blocked, &state.name);
            state.enter(self.stage(), self.id()).await;
            self.close(waiting);
        }
        let span = self.open(Activity::Holding, &state.name);
        Guard {
            worker: self,
            lock: *lock,
            span,
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
#[must_use = "the lock is held only as long as its guard lives"]
pub struct Guard<'w> {
    worker: &'w Worker,
    lock: Lock,
    span: Option<u32>,
}

impl Guard<'_> {
    /// Lets the next worker in now.
    pub async fn release(self) {}
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.worker.close(self.span);
        self.worker.shared().locks[self.lock.index].leave();
    }
}
