//! Locks: a plain lock, a re-entrant one, a semaphore.

use crate::stage::Monitor;
use crate::trace::Activity;
use crate::worker::Worker;

/// A lock, a re-entrant lock or a semaphore of the lab.
#[derive(Clone, Copy, Debug)]
pub struct Lock {
    pub(crate) index: usize,
}

/// Who may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockKind {
    /// One; its own holder not again.
    Plain,
    /// One, as often as it likes.
    Reentrant,
    /// So many.
    Semaphore(u32),
}

/// The lock itself, for one run.
#[derive(Debug)]
pub(crate) struct LockState {
    pub(crate) name: String,
    monitor: Monitor<Holders>,
}

#[derive(Debug)]
struct Holders {
    kind: LockKind,
    owner: Option<u32>,
    inside: u32,
}

impl Holders {
    fn room(&self) -> bool {
        match self.kind {
            LockKind::Plain | LockKind::Reentrant => self.inside == 0,
            LockKind::Semaphore(most) => self.inside < most,
        }
    }

    fn enter(&mut self, worker: u32) -> Option<()> {
        let again = self.kind == LockKind::Reentrant && self.owner == Some(worker);
        (self.room() || again).then(|| {
            self.owner = Some(worker);
            self.inside += 1;
        })
    }
}

impl LockState {
    pub(crate) fn new(name: &str, kind: LockKind) -> Self {
        let holders = Holders {
            kind,
            owner: None,
            inside: 0,
        };
        LockState {
            name: name.into(),
            monitor: Monitor::new(holders, Holders::room),
        }
    }
}

impl Worker {
    /// Waits until the lock lets this worker in. It is held until the guard is
    /// [released](Guard::release) or dropped.
    pub async fn lock(&self, lock: &Lock) -> Guard<'_> {
        let state = &self.shared().locks[lock.index];
        if state
            .monitor
            .attempt(|holders| holders.enter(self.id()))
            .is_none()
        {
            let waiting = self.open(Activity::Blocked, &state.name);
            state
                .monitor
                .until(self.stage(), |holders| holders.enter(self.id()))
                .await;
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
        let state = &self.worker.shared().locks[self.lock.index];
        state.monitor.change(|holders| {
            holders.inside -= 1;
            if holders.inside == 0 {
                holders.owner = None;
            }
        });
    }
}
