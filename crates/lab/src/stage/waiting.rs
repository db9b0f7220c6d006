//! Who waits for what: one number a worker, which all workers of a run see,
//! also those in other processes.

use crate::memory::{Arena, Placed};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};

const NOT_BEGUN: u32 = 0;
const GOES_ON: u32 = 1;
const ENDED: u32 = 2;
/// Numbers from here on name what is waited for.
const WAITS: u32 = 3;

/// Most workers that a table between processes has room for.
const MOST: usize = 2_048;

/// What each worker is at.
#[derive(Debug)]
pub(crate) struct Waiting {
    table: Table,
    /// Nobody can go on, and the run is to end: whoever waits falls. Each
    /// process has a copy of its own.
    given_up: AtomicBool,
    /// Only daemons are left, and the run is to end: each falls at the next thing
    /// that it does.
    let_go: AtomicBool,
    alone: Alone,
}

#[derive(Debug)]
enum Table {
    Own(Box<[AtomicU32]>, AtomicU64),
    Between(Placed<[AtomicU32; MOST]>, Placed<AtomicU64>),
}

/// What is to be done when somebody waits where nobody else is at work.
#[derive(Default)]
struct Alone(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl std::fmt::Debug for Alone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Alone")
    }
}

impl Waiting {
    pub(crate) fn new(workers: usize, arena: Option<&Arc<Arena>>) -> Self {
        let table = match arena {
            None => {
                let slots = (0..workers).map(|_| AtomicU32::new(NOT_BEGUN)).collect();
                Table::Own(slots, AtomicU64::new(0))
            }
            Some(arena) => Table::Between(
                arena.place([const { AtomicU32::new(NOT_BEGUN) }; MOST]),
                arena.place(AtomicU64::new(0)),
            ),
        };
        Waiting {
            table,
            given_up: AtomicBool::new(false),
            let_go: AtomicBool::new(false),
            alone: Alone::default(),
        }
    }

    /// One worker is at work at a time: what it waits for nobody can give, and
    /// this is then to be done.
    pub(crate) fn one_at_a_time(&self, stuck: impl Fn() + Send + Sync + 'static) {
        let _ = self.alone.0.set(Box::new(stuck));
    }

    /// Somebody is about to wait, for ever if he is alone.
    pub(super) fn is_about_to_wait(&self) {
        if let Some(stuck) = self.alone.0.get() {
            stuck();
        }
    }

    /// Ends every wait from now on with the fall of the worker.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, SeqCst);
    }

    /// Whether no wait comes to anything any more.
    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.load(SeqCst)
    }

    /// Ends whatever goes on from now on with the fall of the worker.
    pub(crate) fn let_go(&self) {
        self.let_go.store(true, SeqCst);
    }

    /// Whether only daemons are left, which nobody waits for.
    pub(crate) fn is_let_go(&self) -> bool {
        self.let_go.load(SeqCst)
    }

    /// Whether the run is to end, for the one reason or the other.
    pub(crate) fn is_to_end(&self) -> bool {
        self.is_given_up() || self.is_let_go()
    }

    fn slots(&self) -> &[AtomicU32] {
        match &self.table {
            Table::Own(slots, _) => slots,
            Table::Between(slots, _) => &slots[..],
        }
    }

    fn waits(&self) -> &AtomicU64 {
        match &self.table {
            Table::Own(_, waits) => waits,
            Table::Between(_, waits) => waits,
        }
    }

    fn set(&self, worker: u32, at: u32) {
        if let Some(slot) = self.slots().get(worker as usize) {
            slot.store(at, SeqCst);
        }
    }

    /// A worker begins its task, or goes on after a wait.
    pub(crate) fn goes_on(&self, worker: u32) {
        self.set(worker, GOES_ON);
    }

    /// A worker's task has ended.
    pub(crate) fn has_ended(&self, worker: u32) {
        self.set(worker, ENDED);
    }

    /// Whether a worker's task has ended.
    pub(crate) fn is_over(&self, worker: usize) -> bool {
        let slot = self.slots().get(worker);
        slot.is_some_and(|slot| slot.load(SeqCst) == ENDED)
    }

    /// A worker begins to wait for what has this number.
    pub(crate) fn waits_for(&self, worker: u32, key: usize) {
        self.waits().fetch_add(1, SeqCst);
        self.set(worker, WAITS + key as u32);
    }

    /// How often anybody has begun to wait.
    pub(crate) fn so_far(&self) -> u64 {
        self.waits().load(SeqCst)
    }

    /// What a worker waits for; none while it goes on.
    pub(crate) fn key(&self, worker: u32) -> Option<usize> {
        let at = self.slots().get(worker as usize)?.load(SeqCst);
        at.checked_sub(WAITS).map(|key| key as usize)
    }

    /// Whether everybody waits for somebody else: each of so many workers has
    /// begun the task that was made its own, and none of them goes on. With it
    /// the number of waits so far: who was woken and has not run since still
    /// counts as waiting, so this says something only when it stays the same for
    /// a while.
    pub(crate) fn all_wait(&self, hands: usize) -> Option<u64> {
        let waits = self.so_far();
        let mut somebody = false;
        for (id, slot) in self.slots().iter().enumerate() {
            match slot.load(SeqCst) {
                NOT_BEGUN if id < hands => return None,
                GOES_ON => return None,
                NOT_BEGUN | ENDED => {}
                _ => somebody = true,
            }
        }
        somebody.then_some(waits)
    }
}
