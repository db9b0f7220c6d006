//! What workers share: cells and locks. A handle is a number that can be
//! copied; the thing itself is made anew for each run, so that no run sees
//! what an earlier one left.

pub(crate) mod cell;
pub(crate) mod lock;
pub(crate) mod queue;
pub(crate) mod signal;

use crate::stage::Stage;
use cell::CellState;
use lock::LockState;
use queue::QueueState;
use signal::{BarrierState, ConditionState, EventState};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What a lab was told to make, and so what each run begins with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blueprint {
    pub(crate) cells: Vec<(String, u64)>,
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

/// The shared things of one run.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) cells: Vec<CellState>,
    pub(crate) locks: Vec<LockState>,
    pub(crate) events: Vec<EventState>,
    pub(crate) conditions: Vec<ConditionState>,
    pub(crate) barriers: Vec<BarrierState>,
    pub(crate) queues: Vec<QueueState>,
    /// Set when the task of that name has ended.
    pub(crate) ends: Vec<EventState>,
    /// Which lock each worker waits for.
    waits: Mutex<HashMap<u32, usize>>,
}

impl Shared {
    /// A worker begins to wait for a lock. True when it will do so for ever:
    /// who holds the lock waits, over others or not, for one that this worker
    /// holds.
    pub(crate) fn waits_for_ever(&self, me: u32, lock: usize) -> bool {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.insert(me, lock);
        let mut seen = vec![];
        let mut next = Some(lock);
        while let Some(lock) = next {
            let Some(holder) = self.locks[lock].holder() else {
                return false;
            };
            if holder == me {
                return true;
            }
            if seen.contains(&holder) {
                return false;
            }
            seen.push(holder);
            next = waits.get(&holder).copied();
        }
        false
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
    pub(crate) fn has_ended(&self, task: &str) {
        for end in self.ends.iter().filter(|end| end.name == task) {
            end.put(&Stage::blocking(), true);
        }
    }

    /// It has the lock.
    pub(crate) fn waits_no_more(&self, me: u32) {
        self.waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&me);
    }
}

impl Blueprint {
    /// Everything as it is at the beginning. What can be waited for is numbered
    /// through, locks first.
    pub(crate) fn build(&self) -> Shared {
        let mut keys = 0..;
        let mut key = || keys.next().unwrap_or(usize::MAX);
        Shared {
            cells: self
                .cells
                .iter()
                .map(|(name, bits)| CellState::new(name, *bits))
                .collect(),
            locks: self
                .locks
                .iter()
                .map(|(name, kind)| LockState::new(key(), name, *kind))
                .collect(),
            events: self
                .events
                .iter()
                .map(|name| EventState::new(key(), name))
                .collect(),
            conditions: self
                .conditions
                .iter()
                .map(|name| ConditionState::new(key(), name))
                .collect(),
            barriers: self
                .barriers
                .iter()
                .map(|(name, n)| BarrierState::new(key(), name, *n))
                .collect(),
            waits: Mutex::default(),
            queues: self
                .queues
                .iter()
                .map(|(name, most)| QueueState::new(key(), name, *most))
                .collect(),
            ends: self
                .ends
                .iter()
                .map(|name| EventState::new(key(), name))
                .collect(),
        }
    }
}
