//! What stands behind a worker's operations: the stage that carries them out.
//!
//! An operation is written once, over a [`Stage`]. On the wall stage, time is
//! the clock's: an operation blocks its thread and is then ready at once, or,
//! under tokio, gives the thread to the other tasks. On the virtual stage, an
//! operation asks the scheduler and waits for its turn; time is what the
//! scheduler says.

pub(crate) mod board;
mod monitor;
pub(crate) mod seat;
mod waiting;
mod wall;

pub(crate) use monitor::Monitor;
pub(crate) use waiting::Waiting;
pub(crate) use wall::{Interpreter, Pace, Waits};

use crate::clock;
use crate::trace::Ending;
use board::{Ask, Asking, Place, Point};
use seat::Seat;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Shares of a loop iteration `x += 1` that its instructions take, from where
/// CPython 3.9 was seen to park threads: FOR_ITER, LOAD, INPLACE_ADD, STORE.
const LOAD_SHARES: [f64; 2] = [0.05, 0.27];
const STORE_SHARES: [f64; 2] = [0.29, 0.39];
/// A call to a function takes about as long as an iteration; its entry, where
/// every version checks, lies in the middle.
const FUNCTION_SHARES: [f64; 2] = [0.5, 0.5];

/// How long a worker sleeps without looking up.
const NAP: Duration = Duration::from_millis(100);

/// What unwinds a worker whose task has an end that is neither a return nor a
/// panic of its own.
pub(crate) struct Fallen(pub(crate) Ending);

/// The stage on which one worker works.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// Real time.
    Wall {
        /// How this worker waits.
        waits: Waits,
        /// Its seat at an interpreter's lock, where one is asked for.
        seat: Option<Rc<Seat>>,
        /// Its interpreter's pace, where one is asked for.
        pace: Option<Pace>,
        /// Where it says that it waits, and its number there.
        tells: Option<(Arc<Waiting>, u32)>,
    },
    /// Virtual time.
    Virtual(Place),
}

impl Stage {
    /// Of somebody who is no worker, in real time.
    pub(crate) fn blocking() -> Self {
        Stage::Wall {
            waits: Waits::Blocking,
            seat: None,
            pace: None,
            tells: None,
        }
    }

    /// The moment, in nanoseconds of the stage's clock.
    pub(crate) fn now(&self) -> u64 {
        match self {
            Stage::Wall { .. } => clock::now(),
            Stage::Virtual(place) => place.now(),
        }
    }

    /// Before the worker's first statement: takes the interpreter's lock.
    pub(crate) fn enter(&self) {
        if let Some(seat) = self.seat() {
            seat.take();
        }
    }

    /// After its last: lets the interpreter's lock go.
    pub(crate) fn leave(&self) {
        if let Some(seat) = self.seat() {
            seat.let_go();
        }
    }

    fn seat(&self) -> Option<&Seat> {
        match self {
            Stage::Wall { seat, .. } => seat.as_deref(),
            Stage::Virtual(_) => None,
        }
    }

    /// Waits for a time, the interpreter's lock let go.
    pub(crate) async fn sleep(&self, time: Duration) {
        match self {
            Stage::Wall { waits, .. } => {
                self.leave();
                self.sleep_through(*waits, time).await;
                self.enter();
                self.fall_if_to_end();
            }
            Stage::Virtual(place) => {
                let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
                place.ask(Ask::Sleep(time)).await;
            }
        }
    }

    /// Sleeps, and looks up now and then whether the run is to end meanwhile.
    async fn sleep_through(&self, waits: Waits, time: Duration) {
        let began = Instant::now();
        let mut left = time;
        while !self.is_to_end() {
            waits.sleep(left.min(NAP)).await;
            left = time.saturating_sub(began.elapsed());
            if left.is_zero() {
                break;
            }
        }
    }

    /// Before a computation, whose steps see to the interpreter themselves:
    /// in virtual time this is where its time passes.
    pub(crate) fn computing(&self, steps: u64) -> Turn<'_> {
        self.costing(Ask::Compute(steps))
    }

    /// Before an item of so many bytes is put, or after it was got: in virtual
    /// time, what it costs to pack it for another process, or to unpack it.
    pub(crate) fn moving(&self, bytes: usize) -> Turn<'_> {
        self.costing(Ask::Move(bytes))
    }

    /// What takes time in virtual time only.
    #[inline]
    fn costing(&self, ask: Ask) -> Turn<'_> {
        match self {
            Stage::Virtual(place) => Turn::Asked(place.ask(ask)),
            Stage::Wall { .. } => Turn::Given,
        }
    }

    /// Waits on a monitor, the interpreter's lock let go.
    pub(crate) async fn wait<S, R>(
        &self,
        monitor: &Monitor<S>,
        mut attempt: impl FnMut(&mut S) -> Option<R>,
    ) -> R {
        self.fall_if_to_end();
        // What need not be waited for costs nobody the lock.
        if let Some(done) = monitor.attempt(&mut attempt) {
            return done;
        }
        self.wait_on(monitor, attempt).await
    }

    /// Changes what a monitor has, waiting until that can be done, and wakes
    /// everybody who waits. `waits` is told before a wait.
    pub(crate) async fn change<S, R>(
        &self,
        monitor: &Monitor<S>,
        mut attempt: impl FnMut(&mut S) -> Option<R>,
        waits: impl FnOnce(),
    ) -> R {
        if let Some(done) = monitor.attempt_change(self, &mut attempt) {
            return done;
        }
        waits();
        let done = self.wait_on(monitor, attempt).await;
        monitor.change_all(self, |_| ());
        done
    }

    async fn wait_on<S, R>(
        &self,
        monitor: &Monitor<S>,
        mut attempt: impl FnMut(&mut S) -> Option<R>,
    ) -> R {
        self.leave();
        if let Stage::Wall {
            tells: Some((waiting, me)),
            ..
        } = self
        {
            waiting.waits_for(*me, monitor.key());
            waiting.is_about_to_wait();
            // Looked at while the state is held, so that nobody goes to sleep
            // after he was to be woken for it.
            let attempt = |state: &mut S| match waiting.is_to_end() {
                true => Some(None),
                false => attempt(state).map(Some),
            };
            let done = monitor.until(self, attempt).await;
            waiting.goes_on(*me);
            self.enter();
            return done.unwrap_or_else(|| fall());
        }
        let done = monitor.until(self, attempt).await;
        self.enter();
        done
    }

    /// Whether the run is to end, because nobody can go on or only daemons are left.
    fn is_to_end(&self) -> bool {
        self.waiting().is_some_and(Waiting::is_to_end)
    }

    /// Ends this worker's task where the run is to end.
    fn fall_if_to_end(&self) {
        if self.is_to_end() {
            fall();
        }
    }

    /// Ends this worker's task where only daemons are left. Beside a deadlock,
    /// workers may come to an end of their own; a daemon may have none.
    pub(crate) fn fall_if_let_go(&self) {
        if self.waiting().is_some_and(Waiting::is_let_go) {
            fall();
        }
    }

    fn waiting(&self) -> Option<&Waiting> {
        match self {
            Stage::Wall {
                tells: Some((waiting, _)),
                ..
            } => Some(waiting),
            _ => None,
        }
    }

    /// Whether an operation on something shared has nothing to wait for: real time
    /// without an interpreter.
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        matches!(
            self,
            Stage::Wall {
                seat: None,
                pace: None,
                ..
            }
        )
    }

    /// Before an operation on something shared: another worker may come first.
    #[inline]
    pub(crate) fn point(&self, point: Point, yields: bool) -> Turn<'_> {
        match self {
            Stage::Virtual(place) => Turn::Asked(place.ask(Ask::Point(point))),
            Stage::Wall {
                waits, seat, pace, ..
            } => {
                if seat.is_some() || pace.is_some() {
                    pass(seat.as_deref(), pace.as_ref(), point);
                }
                match yields {
                    true => Turn::Yielded(*waits, false),
                    false => Turn::Given,
                }
            }
        }
    }
}

/// Unwinds a worker that would wait for ever: its task never ends.
fn fall() -> ! {
    resume_unwind(Box::new(Fallen(Ending::Running)))
}

/// The turn for an operation on something shared. Written by hand, because it is
/// awaited for each operation of a run.
pub(crate) enum Turn<'s> {
    /// At the scheduler's board.
    Asked(Asking<'s>),
    /// At once.
    Given,
    /// After giving way to another worker, which may have begun.
    Yielded(Waits, bool),
}

impl Future for Turn<'_> {
    type Output = ();

    #[cfg_attr(not(feature = "cell"), inline)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut *self {
            Turn::Asked(asking) => Pin::new(asking).poll(context),
            Turn::Given => Poll::Ready(()),
            Turn::Yielded(waits, began) => waits.give_way(began, context),
        }
    }
}

/// What an interpreter does before a load or a store of `x += 1`: it works, and
/// lets others in where its version checks for them.
fn pass(seat: Option<&Seat>, pace: Option<&Pace>, point: Point) {
    for part in parts(point, seat.map(|seat| seat.version)) {
        if let Some(seat) = seat.filter(|_| part.check) {
            seat.check(part.share);
        }
        if let Some(pace) = pace {
            pace.work(part.share);
        }
    }
}

/// A part of a loop iteration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// Whether the interpreter checks for a request to let go before it.
    pub(crate) check: bool,
    /// How much of the iteration's time it takes.
    pub(crate) share: f64,
}

/// The parts of a loop iteration that an operation stands for, by version: up
/// to 3.9 there is a check before each instruction, later one an iteration,
/// at its backward jump.
pub(crate) fn parts(point: Point, version: Option<crate::gil::Version>) -> [Part; 2] {
    let everywhere = version.is_some_and(|version| version.checks_everywhere());
    let (shares, first, second) = match point {
        Point::Store(_) => (STORE_SHARES, false, false),
        Point::Function => (FUNCTION_SHARES, false, true),
        _ => (LOAD_SHARES, true, false),
    };
    [
        Part {
            check: first || everywhere,
            share: shares[0],
        },
        Part {
            check: everywhere || second,
            share: shares[1],
        },
    ]
}
