//! Locks: a plain lock, a re-entrant one, a semaphore.

use super::Made;
use crate::memory::{Arena, Flat};
use crate::stage::{Monitor, Stage};
use std::sync::Arc;

/// A lock, a re-entrant lock or a semaphore of the lab.
#[derive(Clone, Copy, Debug)]
pub struct Lock {
    pub(crate) made: Made,
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
    /// Who let it go last, and when.
    left: Option<(u32, u64)>,
}

// SAFETY: plain numbers.
unsafe impl Flat for Holders {}

impl Holders {
    fn room(&self) -> bool {
        match self.kind {
            LockKind::Plain | LockKind::Reentrant => self.inside == 0,
            LockKind::Semaphore(most) => self.inside < most,
        }
    }

    fn lets_in(&self, worker: u32) -> bool {
        self.room() || (self.kind == LockKind::Reentrant && self.owner == Some(worker))
    }

    fn enter(&mut self, worker: u32) -> Option<()> {
        self.lets_in(worker).then(|| {
            self.owner = Some(worker);
            self.inside += 1;
        })
    }
}

impl LockState {
    pub(crate) fn new(arena: Option<&Arc<Arena>>, key: usize, name: &str, kind: LockKind) -> Self {
        let holders = Holders {
            kind,
            owner: None,
            inside: 0,
            left: None,
        };
        LockState {
            name: name.into(),
            monitor: Monitor::at(arena, key, holders, Holders::room),
        }
    }

    /// Lets everybody who waits look again.
    pub(crate) fn rouse(&self) {
        self.monitor.rouse();
    }

    pub(crate) fn key(&self) -> usize {
        self.monitor.key()
    }

    /// Whether a worker may come in now.
    pub(crate) fn lets_in(&self, worker: u32) -> bool {
        self.monitor
            .attempt(|holders| holders.lets_in(worker).then_some(()))
            .is_some()
    }

    /// Lets a worker in if it may come in now.
    pub(crate) fn try_enter(&self, worker: u32) -> bool {
        self.monitor
            .attempt(|holders| holders.enter(worker))
            .is_some()
    }

    /// Lets a worker in as soon as it may come in.
    /// Gives who let it go last, and when.
    pub(crate) async fn enter(&self, stage: &Stage, worker: u32) -> Option<(u32, u64)> {
        let enter = |holders: &mut Holders| holders.enter(worker).map(|()| holders.left);
        stage.wait(&self.monitor, enter).await
    }

    /// Who alone could let the next in; none for a semaphore, which anybody of
    /// those inside can.
    pub(crate) fn holder(&self) -> Option<u32> {
        self.monitor.attempt(|holders| match holders.kind {
            LockKind::Semaphore(most) if most > 1 => None,
            _ => holders.owner,
        })
    }

    /// Lets the holder, or one of them, go.
    pub(crate) fn leave(&self, stage: &Stage, worker: u32) {
        self.monitor.change(stage, |holders, waits| {
            // For who waits, to tell who let it in. To look at the clock takes as
            // long as all the rest.
            holders.left = waits.then(|| (worker, stage.now()));
            holders.inside -= 1;
            if holders.inside == 0 {
                holders.owner = None;
            }
        });
    }
}
