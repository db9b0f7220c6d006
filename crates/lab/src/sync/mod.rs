//! What workers share: cells, locks, signals, queues. A handle is a number that
//! can be copied; the thing itself is made anew for each run, so that no run
//! sees what an earlier one left.
//!
//! Between processes the things live in memory that these share, by the same
//! code; cells are copied into each process as a global is, but for those that
//! were made to be shared.

pub(crate) mod cell;
pub(crate) mod lock;
pub(crate) mod queue;
pub(crate) mod signal;

use crate::memory::Arena;
use crate::stage::{Stage, Waiting};
use crate::value::Value;
use cell::CellState;
use lock::LockState;
use queue::QueueState;
use signal::{BarrierState, ConditionState, EventState};
use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What a handle stands for: a number among what one lab made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    lab: u32,
    number: u32,
}

impl Made {
    /// The number, where the handle is known to be one of the lab.
    #[inline]
    pub(crate) fn number(self) -> usize {
        self.number as usize
    }
}

/// Tells a lab from all others of its process.
#[derive(Clone, Copy, Debug)]
struct LabNumber(u32);

impl Default for LabNumber {
    fn default() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        LabNumber(NEXT.fetch_add(1, Relaxed))
    }
}

/// What a lab was told to make, and so what each run begins with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blueprint {
    lab: LabNumber,
    pub(crate) cells: Vec<CellPlan>,
    pub(crate) locks: Vec<(String, lock::LockKind)>,
    pub(crate) events: Vec<String>,
    pub(crate) conditions: Vec<String>,
    /// With the number of workers that meet at it.
    pub(crate) barriers: Vec<(String, u32)>,
    /// With the most items that it holds; 0 for any number.
    pub(crate) queues: Vec<(String, usize)>,
    /// Tasks whose end others wait for.
    pub(crate) ends: Vec<String>,
}

/// A cell to be made.
#[derive(Clone, Debug)]
pub(crate) struct CellPlan {
    pub(crate) name: String,
    /// Its value at the beginning.
    pub(crate) bits: u64,
    /// Whether processes share it too.
    pub(crate) shared: bool,
    /// The value that bits stand for, as a trace shows it.
    pub(crate) shown: fn(u64) -> Value,
}

impl CellPlan {
    fn build(&self, arena: Option<&Arc<Arena>>) -> Arc<CellState> {
        let arena = arena.filter(|_| self.shared);
        Arc::new(CellState::new(self, arena))
    }
}

/// The shared things of one run, as one process sees them.
#[derive(Debug)]
pub(crate) struct Shared {
    lab: LabNumber,
    pub(crate) cells: Vec<Arc<CellState>>,
    common: Arc<Common>,
}

/// What is the same in all processes of a run.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) locks: Vec<LockState>,
    pub(crate) events: Vec<EventState>,
    pub(crate) conditions: Vec<ConditionState>,
    pub(crate) barriers: Vec<BarrierState>,
    pub(crate) queues: Vec<QueueState>,
    /// Set when the task of that name has ended.
    pub(crate) ends: Vec<EventState>,
    /// What each worker is at.
    pub(crate) waiting: Arc<Waiting>,
}

impl Deref for Shared {
    type Target = Common;
    #[inline]
    fn deref(&self) -> &Common {
        &self.common
    }
}

impl Shared {
    /// The number of what a handle stands for, among what was made for this run.
    ///
    /// # Panics
    /// When another lab made it: its numbers are of other things.
    #[inline]
    pub(crate) fn own(&self, made: Made) -> usize {
        self.lab.own(made)
    }
}

impl LabNumber {
    #[inline]
    fn own(self, made: Made) -> usize {
        if made.lab != self.0 {
            of_another_lab();
        }
        made.number()
    }
}

#[cold]
fn of_another_lab() -> ! {
    panic!(
        "another lab made what is used here: cells, locks, queues and the like belong to the lab \
         that made them, and to its tasks"
    )
}

impl Common {
    /// Whether a worker waits for ever: who holds the lock that it waits for
    /// waits, over others or not, for one that this worker holds.
    pub(crate) fn waits_for_ever(&self, me: u32) -> bool {
        loop {
            let before = self.waiting.so_far();
            if !self.is_in_a_circle(me) {
                return false;
            }
            // A wait that began meanwhile may have made a circle of two moments.
            if self.waiting.so_far() == before {
                return true;
            }
        }
    }

    fn is_in_a_circle(&self, me: u32) -> bool {
        let mut seen = vec![];
        let mut next = self.waiting.key(me);
        // What is not a lock can be given by anybody.
        while let Some(lock) = next.and_then(|key| self.locks.get(key)) {
            let Some(holder) = lock.holder() else {
                return false;
            };
            if holder == me {
                return true;
            }
            if seen.contains(&holder) {
                return false;
            }
            seen.push(holder);
            next = self.waiting.key(holder);
        }
        false
    }

    /// Nobody can go on: every worker of this process that waits, or is about
    /// to, falls.
    pub(crate) fn give_up(&self) {
        self.waiting.give_up();
        self.rouse();
    }

    /// Only daemons are left: they fall too.
    pub(crate) fn let_go(&self) {
        self.waiting.let_go();
        self.rouse();
    }

    /// Lets everybody who waits look again.
    fn rouse(&self) {
        self.locks.iter().for_each(LockState::rouse);
        self.events.iter().for_each(EventState::rouse);
        self.conditions.iter().for_each(ConditionState::rouse);
        self.barriers.iter().for_each(BarrierState::rouse);
        self.queues.iter().for_each(QueueState::rouse);
        self.ends.iter().for_each(EventState::rouse);
    }

    /// What is called so that has this number among all that can be waited for.
    pub(crate) fn waited_for(&self, key: usize) -> &str {
        let names = self.locks.iter().map(|lock| &lock.name);
        let names = names.chain(self.events.iter().map(|event| &event.name));
        let names = names.chain(self.conditions.iter().map(|condition| &condition.name));
        let names = names.chain(self.barriers.iter().map(|barrier| &barrier.name));
        let names = names.chain(self.queues.iter().map(|queue| &queue.name));
        let mut names = names.chain(self.ends.iter().map(|end| &end.name));
        names.nth(key).map_or("", String::as_str)
    }

    /// A task has ended whose own worker cannot say so any more.
    pub(crate) fn has_ended(&self, worker: u32, task: &str) {
        self.waiting.has_ended(worker);
        for end in self.ends.iter().filter(|end| end.name == task) {
            end.set(&Stage::blocking(), worker);
        }
    }
}

/// Bytes in shared memory that a small thing needs at the most, its mutex and
/// its distance from the next included.
const SMALL: usize = 512;

impl Blueprint {
    /// The handle of what was made last in a list of so many.
    pub(crate) fn last_of(&self, many: usize) -> Made {
        Made {
            lab: self.lab.0,
            number: many.saturating_sub(1) as u32,
        }
    }

    /// As [`Shared::own`].
    pub(crate) fn own(&self, made: Made) -> usize {
        self.lab.own(made)
    }

    /// Everything as it is at the beginning, for so many tasks in one process.
    pub(crate) fn build(&self, tasks: usize) -> Shared {
        self.make(tasks, None, false)
    }

    /// The same for processes in virtual time: a queue has as much room as one
    /// between processes.
    pub(crate) fn build_bounded(&self, tasks: usize) -> Shared {
        self.make(tasks, None, true)
    }

    /// The memory for [`build_in`](Self::build_in).
    ///
    /// # Errors
    /// When the system gives none.
    pub(crate) fn arena(&self) -> io::Result<Arc<Arena>> {
        let small = self.cells.len()
            + self.locks.len()
            + self.events.len()
            + self.conditions.len()
            + self.barriers.len()
            + self.queues.len()
            + self.ends.len();
        Arena::create(small * SMALL + self.queues.len() * queue::ROOM + 64 * 1024)
    }

    /// Everything as it is at the beginning, in an arena where there is one.
    pub(crate) fn build_in(&self, tasks: usize, arena: Option<&Arc<Arena>>) -> Shared {
        self.make(tasks, arena, false)
    }

    /// What can be waited for is numbered through, locks first.
    fn make(&self, tasks: usize, arena: Option<&Arc<Arena>>, bounded: bool) -> Shared {
        let mut keys = 0..;
        let mut key = || keys.next().unwrap_or(usize::MAX);
        let cells = self.cells.iter().map(|cell| cell.build(arena)).collect();
        let common = Common {
            locks: self
                .locks
                .iter()
                .map(|(name, kind)| LockState::new(arena, key(), name, *kind))
                .collect(),
            events: self
                .events
                .iter()
                .map(|name| EventState::new(arena, key(), name))
                .collect(),
            conditions: self
                .conditions
                .iter()
                .map(|name| ConditionState::new(arena, key(), name))
                .collect(),
            barriers: self
                .barriers
                .iter()
                .map(|(name, n)| BarrierState::new(arena, key(), name, *n))
                .collect(),
            queues: self
                .queues
                .iter()
                .map(|(name, most)| QueueState::new(arena, bounded, key(), name, *most))
                .collect(),
            ends: self
                .ends
                .iter()
                .map(|name| EventState::new(arena, key(), name))
                .collect(),
            waiting: Arc::new(Waiting::new(tasks, arena)),
        };
        Shared {
            lab: self.lab,
            cells,
            common: Arc::new(common),
        }
    }

    /// The same things as another process of that run sees them: its cells are
    /// its own, but for those that are shared.
    pub(crate) fn build_beside(&self, first: &Shared) -> Shared {
        let cells = self.cells.iter().zip(&first.cells);
        Shared {
            lab: self.lab,
            cells: cells
                .map(|(plan, cell)| match plan.shared {
                    true => cell.clone(),
                    false => plan.build(None),
                })
                .collect(),
            common: first.common.clone(),
        }
    }
}
