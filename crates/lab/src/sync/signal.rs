//! Signals between workers: an event, a condition, a barrier.

use super::Made;
use crate::memory::{Arena, Flat};
use crate::stage::{Monitor, Stage};
use std::sync::Arc;

/// Something that happens once: whoever waits for it goes on, and whoever
/// comes later does not wait.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub(crate) made: Made,
}

/// Something that workers wait for until they are notified, a lock let go
/// meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    pub(crate) made: Made,
}

/// A place where so many workers wait for each other.
#[derive(Clone, Copy, Debug)]
pub struct Barrier {
    pub(crate) made: Made,
}

/// The end of a task, which others can wait for.
#[derive(Clone, Copy, Debug)]
pub struct TaskEnd {
    pub(crate) made: Made,
}

/// Who let others go on, and when.
pub(crate) type By = Option<(u32, u64)>;

/// These wake everybody themselves: no waiter wakes the next.
fn no_room<S>(_: &S) -> bool {
    false
}

#[derive(Debug, Default)]
struct Flag {
    set: bool,
    by: By,
}

// SAFETY: plain numbers.
unsafe impl Flat for Flag {}

#[derive(Debug)]
pub(crate) struct EventState {
    pub(crate) name: String,
    flag: Monitor<Flag>,
}

impl EventState {
    /// Lets everybody who waits look again.
    pub(crate) fn rouse(&self) {
        self.flag.rouse();
    }

    pub(crate) fn new(arena: Option<&Arc<Arena>>, key: usize, name: &str) -> Self {
        EventState {
            name: name.into(),
            flag: Monitor::at(arena, key, Flag::default(), no_room),
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.flag.attempt(|flag| flag.set.then_some(())).is_some()
    }

    /// Waits until it is set; who did it, and when.
    pub(crate) async fn wait(&self, stage: &Stage) -> By {
        let look = |flag: &mut Flag| flag.set.then_some(flag.by);
        stage.wait(&self.flag, look).await
    }

    pub(crate) fn set(&self, stage: &Stage, worker: u32) {
        let by = Some((worker, stage.now()));
        self.flag
            .change_all(stage, |flag| *flag = Flag { set: true, by });
    }

    pub(crate) fn clear(&self, stage: &Stage) {
        self.flag.change_all(stage, |flag| flag.set = false);
    }
}

/// Waiters have numbers in the order in which they came; those below `served`
/// were notified.
#[derive(Debug, Default)]
struct Waiters {
    next: u64,
    served: u64,
    /// The last to notify.
    by: By,
}

// SAFETY: plain numbers.
unsafe impl Flat for Waiters {}

#[derive(Debug)]
pub(crate) struct ConditionState {
    pub(crate) name: String,
    waiters: Monitor<Waiters>,
}

impl ConditionState {
    /// Lets everybody who waits look again.
    pub(crate) fn rouse(&self) {
        self.waiters.rouse();
    }

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

    /// Waits until this number was notified; by whom, and when.
    pub(crate) async fn wait(&self, stage: &Stage, number: u64) -> By {
        stage
            .wait(&self.waiters, |waiters| {
                (number < waiters.served).then_some(waiters.by)
            })
            .await
    }

    /// Notifies so many of those that wait, the longest first; how many.
    pub(crate) fn notify(&self, stage: &Stage, worker: u32, most: u64) -> u64 {
        let by = Some((worker, stage.now()));
        self.waiters.change_all(stage, |waiters| {
            waiters.by = by;
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
    /// The last to come to the last round.
    by: By,
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
    /// Lets everybody who waits look again.
    pub(crate) fn rouse(&self) {
        self.meeting.rouse();
    }

    pub(crate) fn new(arena: Option<&Arc<Arena>>, key: usize, name: &str, workers: u32) -> Self {
        let meeting = Meeting {
            missing: workers,
            round: 0,
            by: None,
        };
        BarrierState {
            name: name.into(),
            workers,
            meeting: Monitor::at(arena, key, meeting, no_room),
        }
    }

    /// Comes to the meeting: its round, and whether this was the last to come.
    pub(crate) fn arrive(&self, stage: &Stage, worker: u32) -> (u64, bool) {
        let by = Some((worker, stage.now()));
        self.meeting.change_all(stage, |meeting| {
            let round = meeting.round;
            meeting.missing = meeting.missing.saturating_sub(1);
            if meeting.missing > 0 {
                return (round, false);
            }
            (meeting.missing, meeting.round) = (self.workers, round + 1);
            meeting.by = by;
            (round, true)
        })
    }

    /// Waits until all have come; who was the last, and when.
    pub(crate) async fn wait(&self, stage: &Stage, round: u64) -> By {
        stage
            .wait(&self.meeting, |meeting| {
                (meeting.round != round).then_some(meeting.by)
            })
            .await
    }
}
