//! Signals between workers: an event, a condition, a barrier.

use crate::memory::{Arena, Flat};
use crate::stage::{Monitor, Stage};
use std::sync::Arc;

/// Something that happens once: whoever waits for it goes on, and whoever
/// comes later does not wait.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub(crate) index: usize,
}

/// Something that workers wait for until they are notified, a lock let go
/// meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    pub(crate) index: usize,
}

/// A place where so many workers wait for each other.
#[derive(Clone, Copy, Debug)]
pub struct Barrier {
    pub(crate) index: usize,
}

/// The end of a task, which others can wait for.
#[derive(Clone, Copy, Debug)]
pub struct TaskEnd {
    pub(crate) index: usize,
}

/// These wake everybody themselves: no waiter wakes the next.
fn no_room<S>(_: &S) -> bool {
    false
}

#[derive(Debug)]
pub(crate) struct EventState {
    pub(crate) name: String,
    is_set: Monitor<bool>,
}

impl EventState {
    pub(crate) fn new(arena: Option<&Arc<Arena>>, key: usize, name: &str) -> Self {
        EventState {
            name: name.into(),
            is_set: Monitor::at(arena, key, false, no_room),
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.attempt(|set| Some(*set)) == Some(true)
    }

    pub(crate) async fn wait(&self, stage: &Stage) {
        stage.wait(&self.is_set, |set| set.then_some(())).await;
    }

    pub(crate) fn put(&self, stage: &Stage, set: bool) {
        self.is_set.change_all(stage, |state| *state = set);
    }
}

/// Waiters have numbers in the order in which they came; those below `served`
/// were notified.
#[derive(Debug, Default)]
struct Waiters {
    next: u64,
    served: u64,
}

// SAFETY: plain numbers.
unsafe impl Flat for Waiters {}

#[derive(Debug)]
pub(crate) struct ConditionState {
    pub(crate) name: String,
    waiters: Monitor<Waiters>,
}

impl ConditionState {
    pub(crate) fn new(arena: Option<&Arc<Arena>>, key: usize, name: &str) -> Self {
        ConditionState {
            name: name.into(),
            waiters: Monitor::at(arena, key, Waiters::default(), no_room),
        }
    }

    /// Takes a number; only who has one can be notified.
    pub(crate) fn enlist(&self) -> u64 {
        let number = |waiters: &mut Waiters| {
            waiters.next += 1;
            Some(waiters.next - 1)
        };
        self.waiters.attempt(number).unwrap_or_default()
    }

    pub(crate) async fn wait(&self, stage: &Stage, number: u64) {
        stage
            .wait(&self.waiters, |waiters| {
                (number < waiters.served).then_some(())
            })
            .await;
    }

    /// Notifies so many of those that wait, the longest first; how many.
    pub(crate) fn notify(&self, stage: &Stage, most: u64) -> u64 {
        self.waiters.change_all(stage, |waiters| {
            let notified = most.min(waiters.next - waiters.served);
            waiters.served += notified;
            notified
        })
    }
}

#[derive(Debug)]
struct Meeting {
    missing: u32,
    round: u64,
}

// SAFETY: plain numbers.
unsafe impl Flat for Meeting {}

#[derive(Debug)]
pub(crate) struct BarrierState {
    pub(crate) name: String,
    workers: u32,
    meeting: Monitor<Meeting>,
}

impl BarrierState {
    pub(crate) fn new(arena: Option<&Arc<Arena>>, key: usize, name: &str, workers: u32) -> Self {
        let meeting = Meeting {
            missing: workers,
            round: 0,
        };
        BarrierState {
            name: name.into(),
            workers,
            meeting: Monitor::at(arena, key, meeting, no_room),
        }
    }

    /// Comes to the meeting: its round, and whether this was the last to come.
    pub(crate) fn arrive(&self, stage: &Stage) -> (u64, bool) {
        self.meeting.change_all(stage, |meeting| {
            let round = meeting.round;
            meeting.missing = meeting.missing.saturating_sub(1);
            if meeting.missing > 0 {
                return (round, false);
            }
            (meeting.missing, meeting.round) = (self.workers, round + 1);
            (round, true)
        })
    }

    pub(crate) async fn wait(&self, stage: &Stage, round: u64) {
        stage
            .wait(&self.meeting, |meeting| {
                (meeting.round != round).then_some(())
            })
            .await;
    }
}
