//! The virtual stage's board: workers ask here, and the scheduler that polls
//! them grants. One thread, no clock: time is a number that the scheduler sets.

use crate::trace::{Action, Op};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// What a worker asks for before it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ask {
    /// So many nanoseconds are to pass.
    Sleep(u64),
    /// So many steps are to be computed.
    Compute(u64),
    /// So many bytes are to be packed for another worker, or unpacked.
    Move(usize),
    /// It is about to touch something shared.
    Point(Point),
    /// It cannot go on before this monitor has changed.
    Blocked(usize),
}

/// An operation on something shared, by the number of what it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Point {
    /// Reads a cell.
    Load(usize),
    /// Writes a cell.
    Store(usize),
    /// Changes a cell in one step.
    Update(usize),
    /// Wants a lock.
    Acquire(usize),
    /// Lets a lock go.
    Release(usize),
    /// Gives a signal, waits for one, puts or gets.
    Signal(Sign, usize),
    /// Calls a function.
    Function,
}

/// What is done with an event, a condition, a barrier or a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sign {
    /// Waits for an event.
    Wait,
    /// Sets an event.
    Set,
    /// Takes an event back.
    Clear,
    /// Looks whether an event is set.
    Look,
    /// Notifies those that wait for a condition.
    Notify,
    /// Comes to a barrier.
    Meet,
    /// Puts into a queue.
    Put,
    /// Gets from a queue.
    Get,
    /// Closes a queue.
    Close,
    /// Waits for the end of a task.
    Join,
}

/// What the workers and the scheduler of one schedule share.
#[derive(Debug)]
pub(crate) struct Board {
    now: Cell<u64>,
    asked: Box<[Cell<Option<Ask>>]>,
    granted: Cell<Option<u32>>,
    changed: RefCell<Vec<usize>>,
    /// Whether something changed or is to be let go since this was last asked.
    news: Cell<bool>,
    /// Locks that a worker let go by dropping their guards, which happens at
    /// its next turn.
    releases: RefCell<Vec<VecDeque<usize>>>,
    ops: Option<RefCell<Vec<Op>>>,
    /// Nobody has another turn; what is dropped from now on happens nowhere.
    over: Cell<bool>,
}

impl Board {
    /// For so many workers; operations are kept if asked for.
    pub(crate) fn new(workers: usize, keeps_ops: bool) -> Rc<Self> {
        Rc::new(Board {
            now: Cell::new(0),
            asked: vec![Cell::new(None); workers].into(),
            granted: Cell::new(None),
            changed: RefCell::default(),
            news: Cell::new(false),
            releases: RefCell::new(vec![VecDeque::new(); workers]),
            ops: keeps_ops.then(RefCell::default),
            over: Cell::new(false),
        })
    }

    /// A worker's place at the board.
    pub(crate) fn place(self: &Rc<Self>, me: u32) -> Place {
        Place {
            board: self.clone(),
            me,
        }
    }

    /// Says that nobody has another turn: workers that wait for ever still hold
    /// what they hold when their tasks are dropped.
    pub(crate) fn end(&self) {
        self.over.set(true);
    }

    /// Sets the time.
    pub(crate) fn set_now(&self, now: u64) {
        self.now.set(now);
    }

    /// What a worker asks for; none while it has not asked.
    pub(crate) fn asked(&self, worker: usize) -> Option<Ask> {
        self.asked[worker].get()
    }

    /// Lets a worker go on when it is polled next.
    pub(crate) fn grant(&self, worker: usize) {
        self.granted.set(Some(worker as u32));
    }

    /// The monitors that changed since this was last asked.
    pub(crate) fn take_changed(&self) -> Vec<usize> {
        std::mem::take(&mut self.changed.borrow_mut())
    }

    /// The same, into memory that is used again.
    pub(crate) fn swap_changed(&self, changed: &mut Vec<usize>) {
        std::mem::swap(&mut *self.changed.borrow_mut(), changed);
    }

    /// Whether, since this was last asked, a monitor changed or a lock is to be
    /// let go: most turns do neither.
    pub(crate) fn take_news(&self) -> bool {
        self.news.replace(false)
    }

    /// The lock that a worker is about to let go, before anything else it does.
    pub(crate) fn next_release(&self, worker: usize) -> Option<usize> {
        self.releases.borrow()[worker].front().copied()
    }

    /// That release has its turn.
    pub(crate) fn take_release(&self, worker: usize) -> Option<usize> {
        self.releases.borrow_mut()[worker].pop_front()
    }

    /// Keeps an operation, where operations are kept.
    pub(crate) fn note(&self, worker: u32, object: &str, action: impl FnOnce() -> Action) {
        if let Some(ops) = &self.ops {
            let (at, object) = (self.now.get(), object.to_owned());
            ops.borrow_mut().push(Op {
                worker,
                at,
                object,
                action: action(),
            });
        }
    }

    /// Looks at the operations kept so far.
    pub(crate) fn look<R>(&self, at: impl FnOnce(&[Op]) -> R) -> R {
        match &self.ops {
            Some(ops) => at(&ops.borrow()),
            None => at(&[]),
        }
    }

    /// The operations kept so far.
    pub(crate) fn take_ops(&self) -> Vec<Op> {
        self.ops.as_ref().map(RefCell::take).unwrap_or_default()
    }
}

/// One worker's place at the board.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    board: Rc<Board>,
    me: u32,
}

impl Place {
    pub(crate) fn now(&self) -> u64 {
        self.board.now.get()
    }

    /// Asks, and waits for the turn.
    #[inline]
    pub(crate) fn ask(&self, ask: Ask) -> Asking<'_> {
        Asking {
            place: self,
            ask,
            asked: false,
        }
    }

    pub(crate) async fn blocked(&self, monitor: usize) {
        self.ask(Ask::Blocked(monitor)).await;
    }

    pub(crate) fn changed(&self, monitor: usize) {
        self.board.news.set(true);
        self.board.changed.borrow_mut().push(monitor);
    }

    /// Whether nobody has another turn.
    pub(crate) fn is_over(&self) -> bool {
        self.board.over.get()
    }

    /// Lets a lock go at this worker's next turn.
    pub(crate) fn release_later(&self, lock: usize) {
        self.board.news.set(true);
        self.board.releases.borrow_mut()[self.me as usize].push_back(lock);
    }

    pub(crate) fn note(&self, object: &str, action: impl FnOnce() -> Action) {
        self.board.note(self.me, object, action);
    }
}

/// Waits for the turn for what was asked. Written by hand: it is polled for each
/// operation, and as an async function it took twice as long.
#[derive(Debug)]
pub(crate) struct Asking<'p> {
    place: &'p Place,
    ask: Ask,
    asked: bool,
}

impl Future for Asking<'_> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let Place { board, me } = self.place;
        let asked = &board.asked[*me as usize];
        if self.asked && board.granted.get() == Some(*me) {
            board.granted.set(None);
            asked.set(None);
            return Poll::Ready(());
        }
        asked.set(Some(self.ask));
        self.asked = true;
        Poll::Pending
    }
}
