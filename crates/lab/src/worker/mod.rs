//! What a task can do: the operations of a worker.
//!
//! Each operation that another worker could come before is an async function;
//! it does nothing until it is awaited.

mod death;
mod guard;
mod operation;
mod signals;
mod steps;

pub use death::Death;
pub use guard::Guard;
pub use steps::Steps;

use crate::apart::{Apart, Discard};
use crate::recorder::Recorder;
use crate::settings::Alarm;
use crate::stage::Stage;
use crate::stage::board::Point;
use crate::sync::cell::{Cell, Plain};
use crate::sync::{Made, Shared};
use crate::trace::event::{Event, SIMULATED_SPANS_PER_WORKER, SPANS_PER_WORKER};
use crate::trace::{Action, Activity};
use operation::{Loading, Storing, Updating, thin};
use std::cell::Cell as LocalCell;
use std::fmt::Display;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Carries out one task. It is handed to the task and is its way to sleep,
/// compute, speak and share.
#[derive(Clone, Debug)]
pub struct Worker(Apart<Rc<Inner>>);

impl Discard for Rc<Inner> {
    #[inline(never)]
    fn discard(self) {}
}

#[derive(Debug)]
struct Inner {
    id: u32,
    stage: Stage,
    shared: Arc<Shared>,
    recorder: Arc<Recorder>,
    dice: Dice,
    alarm: Option<Alarm>,
    spans: LocalCell<u32>,
    omitted: LocalCell<u64>,
    /// Its task is being polled.
    at_work: LocalCell<bool>,
    /// Inside of what is recorded as a whole.
    unrecorded: LocalCell<bool>,
}

impl Worker {
    pub(crate) fn new(
        id: u32,
        stage: Stage,
        shared: Arc<Shared>,
        recorder: Arc<Recorder>,
        dice: Dice,
        alarm: Option<Alarm>,
    ) -> Self {
        let (spans, omitted) = (LocalCell::new(0), LocalCell::new(0));
        let (unrecorded, at_work) = (LocalCell::new(false), LocalCell::new(false));
        let inner = Inner {
            id,
            stage,
            shared,
            recorder,
            dice,
            alarm,
            spans,
            omitted,
            at_work,
            unrecorded,
        };
        Worker(Rc::new(inner).into())
    }

    /// Tells whoever carries the run out that it cannot end by itself.
    pub(crate) fn deadlocked(&self) {
        if let Some(Alarm(alarm)) = &self.0.alarm {
            alarm();
        }
    }

    /// The worker's number: the position of its task in the lab, from 0.
    #[inline]
    pub fn id(&self) -> u32 {
        self.0.id
    }

    #[inline]
    pub(crate) fn stage(&self) -> &Stage {
        &self.0.stage
    }

    /// The moment, in nanoseconds on the clock of this worker's stage: of
    /// CLOCK_MONOTONIC, or of virtual time.
    pub fn now(&self) -> u64 {
        self.0.stage.now()
    }

    #[inline]
    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// Does something as what its task does: only there can it fail.
    pub(crate) fn at_work<R>(&self, polls: impl FnOnce() -> R) -> R {
        self.0.at_work.set(true);
        let done = polls();
        self.0.at_work.set(false);
        done
    }

    /// The number of what a handle stands for.
    #[cfg_attr(not(feature = "cell"), inline)]
    fn own(&self, made: Made) -> usize {
        self.0.shared.own(made)
    }

    /// Spans that were not recorded.
    pub(crate) fn omitted(&self) -> u64 {
        self.0.omitted.get()
    }

    /// Whether what this worker does is recorded now.
    pub(crate) fn records(&self) -> bool {
        self.0.recorder.records() && !self.0.unrecorded.get()
    }

    /// Begins a span; none when nothing is recorded or there were too many.
    pub(crate) fn open(&self, activity: Activity, label: &str) -> Option<u32> {
        self.0.stage.fall_if_let_go();
        if !self.records() {
            return None;
        }
        let span = self.0.spans.get();
        // Virtual time does not pass while something is recorded.
        let most = match self.0.stage {
            Stage::Wall { .. } => SPANS_PER_WORKER,
            Stage::Virtual(_) => SIMULATED_SPANS_PER_WORKER,
        };
        if span == most {
            self.0.omitted.set(self.0.omitted.get() + 1);
            return None;
        }
        self.0.spans.set(span + 1);
        let (at, label) = (self.now(), label.into());
        self.0.recorder.record(Event::Opened {
            worker: self.id(),
            span,
            at,
            activity,
            label,
        });
        Some(span)
    }

    /// Ends a span that [`open`](Self::open) began.
    pub(crate) fn close(&self, span: Option<u32>) {
        if let Some(span) = span {
            self.0.recorder.record(Event::Closed {
                worker: self.id(),
                span,
                at: self.now(),
            });
        }
    }

    /// Records who let this worker go on.
    pub(crate) fn woken(&self, from: u32, at: u64, object: &str) {
        let (to, then, object) = (self.id(), self.now(), object.to_owned());
        self.0.recorder.record(Event::Woken {
            from,
            at,
            to,
            then,
            object,
        });
    }

    /// Says a line, of whatever can be printed: it shows under the cell while
    /// the run goes on, and stands in the trace. Not a place where another
    /// worker can come first.
    pub fn say(&self, what: impl Display) {
        self.tell(&what);
    }

    fn tell(&self, what: &dyn Display) {
        let text = what.to_string();
        self.0.recorder.say(Some(self.id()), self.now(), &text);
    }

    /// Waits for a time, as one waits for a kettle; an interpreter's lock
    /// would be given up meanwhile.
    pub fn sleep(&self, time: Duration) -> impl Future<Output = ()> {
        self.wait_for("sleep", time)
    }

    /// [Sleeps](Self::sleep) under a name that the chart shows.
    pub fn wait_for<'w>(&'w self, what: &'w str, time: Duration) -> impl Future<Output = ()> {
        thin(self, async move {
            let span = self.open(Activity::Waiting, what);
            self.0.stage.sleep(time).await;
            self.close(span);
        })
    }

    /// Lets a time pass of which nothing is recorded.
    fn pass(&self, time: Duration) -> impl Future<Output = ()> {
        thin(self, self.0.stage.sleep(time))
    }

    /// Does real input or output; an interpreter's lock is given up meanwhile.
    ///
    /// ```
    /// # use lab::Lab;
    /// let lab = Lab::new();
    /// lab.task("reader", async |w| {
    ///     let text = w.call("read", || std::fs::read_to_string("Cargo.toml")).await;
    ///     w.say(text.map_or(0, |text| text.len()));
    /// });
    /// lab.threads()?;
    /// # Ok::<(), lab::RunError>(())
    /// ```
    ///
    /// # Panics
    /// In a simulated run, which does not know how long it takes and what comes
    /// of it; [`call_known`](Self::call_known) tells it.
    pub async fn call<R>(&self, what: &str, real: impl FnOnce() -> R) -> R {
        if matches!(self.0.stage, Stage::Virtual(_)) {
            not_simulated(what);
        }
        self.call_really(what, real)
    }

    /// [Calls](Self::call) what a simulated run can do without: it lets `time`
    /// pass and takes what would have come of it from `known`.
    pub async fn call_known<R>(
        &self,
        what: &str,
        real: impl FnOnce() -> R,
        time: Duration,
        known: impl FnOnce() -> R,
    ) -> R {
        if matches!(self.0.stage, Stage::Wall { .. }) {
            return self.call_really(what, real);
        }
        let span = self.open(Activity::Waiting, what);
        self.pass(time).await;
        let result = known();
        self.close(span);
        result
    }

    fn call_really<R>(&self, what: &str, real: impl FnOnce() -> R) -> R {
        let span = self.open(Activity::Waiting, what);
        self.0.stage.leave();
        let result = real();
        self.0.stage.enter();
        self.close(span);
        result
    }

    /// [Calls](Self::call_known) what can also be awaited: under tokio the other tasks
    /// go on meanwhile, under every other model the thread blocks. Whoever calls
    /// knows how to do both; the future is polled inside of tokio's runtime.
    pub async fn call_or_await<R, F: Future<Output = R>>(
        &self,
        what: &str,
        blocking: impl FnOnce() -> R,
        awaited: impl FnOnce() -> F,
        time: Duration,
        known: impl FnOnce() -> R,
    ) -> R {
        let span = self.open(Activity::Waiting, what);
        let result = match &self.0.stage {
            Stage::Wall { waits, .. } => {
                self.0.stage.leave();
                let result = if waits.blocks() {
                    blocking()
                } else {
                    awaited().await
                };
                self.0.stage.enter();
                result
            }
            Stage::Virtual(_) => {
                self.pass(time).await;
                known()
            }
        };
        self.close(span);
        result
    }

    /// Computes for so many steps: `work` is given the steps to go through and
    /// gives the result. Under tokio it keeps all other tasks waiting, as it
    /// would in asyncio.
    ///
    /// ```
    /// # use lab::{Lab, Value};
    /// # use std::hint::black_box;
    /// let lab = Lab::new();
    /// lab.task("counter", async |w| {
    ///     w.compute(1000, |steps| steps.fold(0u64, |n, _| black_box(n + 1))).await
    /// });
    /// assert_eq!(lab.sequential()?.results(), [Value::Int(1000)]);
    /// # Ok::<(), lab::RunError>(())
    /// ```
    pub async fn compute<R>(&self, steps: u64, work: impl FnOnce(Steps<'_>) -> R) -> R {
        let span = self.open(Activity::Working, "compute");
        self.0.stage.computing(steps).await;
        let result = work(Steps::of(self, steps));
        self.close(span);
        result
    }

    /// [Computes](Self::compute) where the result is known without going
    /// through the steps: a simulated run takes it from `known`.
    pub async fn compute_known<R>(
        &self,
        steps: u64,
        work: impl FnOnce(Steps<'_>) -> R,
        known: impl FnOnce() -> R,
    ) -> R {
        if matches!(self.0.stage, Stage::Wall { .. }) {
            return self.compute(steps, work).await;
        }
        self.compute(steps, |_| known()).await
    }

    /// Does something of which only the whole is recorded, as work under a name:
    /// to record each operation would change what is measured inside. What is
    /// said inside is told all the same.
    pub async fn unrecorded<R>(&self, what: &str, inside: impl AsyncFnOnce() -> R) -> R {
        let span = self.open(Activity::Working, what);
        let before = self.0.unrecorded.replace(true);
        let result = inside().await;
        self.0.unrecorded.set(before);
        self.close(span);
        result
    }

    /// Calls a function, as an interpreter does: a place where its lock may go
    /// to another worker, on every version.
    pub async fn function<R>(&self, function: impl FnOnce() -> R) -> R {
        self.coming(Point::Function).await;
        function()
    }

    /// Reads a cell. Another worker can come before this.
    pub fn load<T: Plain>(&self, cell: &Cell<T>) -> impl Future<Output = T> {
        let cell = self.own(cell.made);
        Loading {
            coming: self.coming(Point::Load(cell)),
            cell,
            of: PhantomData,
        }
    }

    /// Writes a cell. Another worker can come before this, and so between a
    /// load and a store; with a chance to yield it is let by so often.
    pub fn store<T: Plain>(&self, cell: &Cell<T>, value: T) -> impl Future<Output = ()> {
        let cell = self.own(cell.made);
        Storing {
            coming: self.coming(Point::Store(cell)),
            cell,
            bits: value.to_bits(),
        }
    }

    /// Reads, changes and writes a cell in one step that nothing can come
    /// between; gives the value before.
    pub fn update<T: Plain>(
        &self,
        cell: &Cell<T>,
        change: impl FnMut(T) -> T,
    ) -> impl Future<Output = T> {
        let cell = self.own(cell.made);
        Updating {
            coming: self.coming(Point::Update(cell)),
            cell,
            change,
            of: PhantomData,
        }
    }

    /// Whether operations are kept.
    #[inline]
    pub(crate) fn notes(&self) -> bool {
        matches!(self.0.stage, Stage::Virtual(_))
    }

    /// Keeps an operation, where a schedule is being explored.
    #[inline]
    pub(crate) fn note(&self, object: &str, action: impl FnOnce() -> Action) {
        if let Stage::Virtual(place) = &self.0.stage {
            place.note(object, action);
        }
    }
}

/// Decides by lot, from a seed, whether to yield before a store.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    /// Of 2^32; 0 never rolls.
    chance: u64,
    state: LocalCell<u64>,
}

impl Dice {
    /// Dice of one worker, which fall with this chance (0 to 1).
    pub(crate) fn new(chance: f64, seed: u64, worker: u32) -> Self {
        // Workers next to each other must not roll alike: spread their seeds
        // (Weyl sequence with the golden ratio), and never begin at 0, where
        // xorshift stays.
        let spread = u64::from(worker + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let state = LocalCell::new((seed ^ spread) | 1);
        Dice {
            chance: (chance.clamp(0.0, 1.0) * (1u64 << 32) as f64) as u64,
            state,
        }
    }

    #[inline]
    fn roll(&self) -> bool {
        self.chance != 0 && self.next() >> 32 < self.chance
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.next() % end
    }

    #[inline]
    fn next(&self) -> u64 {
        // xorshift64, Marsaglia 2003.
        let mut x = self.state.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.state.set(x);
        x
    }
}

#[cold]
fn not_simulated(what: &str) -> ! {
    panic!(
        "\"{what}\" is real input or output, which a simulated run does not do; \
         w.call_known({what:?}, ..., time, || result) says how long it takes and what comes of it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_fall_as_often_as_their_chance_says() {
        for chance in [0.0, 0.01, 0.5, 1.0] {
            let dice = Dice::new(chance, 7, 3);
            let fell = (0..100_000).filter(|_| dice.roll()).count() as f64 / 100_000.0;
            assert!((fell - chance).abs() < 0.01, "{fell} of {chance}");
        }
    }

    #[test]
    fn the_same_seed_rolls_the_same_and_neighbours_do_not() {
        let rolls = |worker| {
            let dice = Dice::new(0.5, 7, worker);
            (0..64).map(|_| dice.roll()).collect::<Vec<_>>()
        };
        assert_eq!(rolls(1), rolls(1));
        assert_ne!(rolls(1), rolls(2));
    }
}
