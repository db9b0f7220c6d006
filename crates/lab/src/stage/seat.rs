//! A worker's seat at its interpreter in real time: it takes the lock and lets
//! it go, and tells who had it when.

use crate::clock;
use crate::gil::{INSTRUCTIONS, Version, real::Gil};
use crate::recorder::Recorder;
use crate::trace::Activity;
use crate::trace::event::{Event, SPANS_PER_WORKER};
use std::cell::Cell;
use std::sync::Arc;

/// What traces call the lock.
pub(crate) const LOCK: &str = "interpreter lock";
/// Numbers of spans that are not the worker's own begin here.
pub(crate) const SPANS: u32 = 1 << 31;
/// Waits shorter than this, in nanoseconds, are the price of taking a free lock.
const NOTICED: u64 = 2_000;

/// One worker's relation to its interpreter's lock.
#[derive(Debug)]
pub(crate) struct Seat {
    gil: Arc<Gil>,
    pub(crate) version: Version,
    me: u32,
    recorder: Arc<Recorder>,
    next: Cell<u32>,
    holds: Cell<Option<u32>>,
    /// Instructions after which the lock is let go unasked.
    ticks: Option<f64>,
    /// Instructions since.
    ran: Cell<f64>,
}

impl Seat {
    pub(crate) fn new(gil: Arc<Gil>, version: Version, me: u32, recorder: Arc<Recorder>) -> Self {
        Seat {
            gil,
            version,
            me,
            recorder,
            next: Cell::new(SPANS),
            holds: Cell::new(None),
            ticks: version.ticks().map(f64::from),
            ran: Cell::new(0.0),
        }
    }

    /// Waits until the lock is this worker's.
    pub(crate) fn take(&self) {
        self.take_since(clock::now());
    }

    fn take_since(&self, asked: u64) {
        self.gil.take(self.me);
        let got = clock::now();
        if got - asked > NOTICED {
            let span = self.open(Activity::Blocked, asked);
            self.close(span, got);
        }
        self.holds.set(self.open(Activity::Holding, got));
    }

    /// Lets the lock go.
    pub(crate) fn let_go(&self) {
        self.close(self.holds.take(), clock::now());
        self.gil.let_go(self.me);
    }

    /// A check point before so many loop iterations: lets the lock go and takes it
    /// again if somebody asked, or, in 2.7, after so many instructions.
    #[inline]
    pub(crate) fn check(&self, iterations: f64) {
        if self.gil.is_requested() {
            let asked = clock::now();
            self.close(self.holds.take(), asked);
            self.gil.let_go(self.me);
            self.take_since(asked);
        } else if let Some(ticks) = self.ticks {
            let ran = self.ran.get() + iterations * INSTRUCTIONS;
            self.ran.set(ran);
            if ran >= ticks {
                self.ran.set(0.0);
                self.offer();
            }
        }
    }

    #[cold]
    fn offer(&self) {
        let asked = clock::now();
        if self.gil.offer(self.me) {
            let got = clock::now();
            self.close(self.holds.take(), asked);
            let span = self.open(Activity::Blocked, asked);
            self.close(span, got);
            self.holds.set(self.open(Activity::Holding, got));
        }
    }

    fn open(&self, activity: Activity, at: u64) -> Option<u32> {
        let span = self.next.get();
        if !self.recorder.records() || span == SPANS + SPANS_PER_WORKER {
            return None;
        }
        self.next.set(span + 1);
        let (worker, label) = (self.me, LOCK.into());
        self.recorder.record(Event::Opened {
            worker,
            span,
            at,
            activity,
            label,
        });
        Some(span)
    }

    fn close(&self, span: Option<u32>, at: u64) {
        if let Some(span) = span {
            self.recorder.record(Event::Closed {
                worker: self.me,
                span,
                at,
            });
        }
    }
}
