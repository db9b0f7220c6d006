//! Wall time: real waits on real threads, under a real interpreter lock where
//! one is asked for.

use crate::gil::{Version, real::Gil};
use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// How a worker waits in real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// By blocking the thread, which belongs to this worker alone.
    Blocking,
    /// By giving the thread back to tokio.
    #[cfg(feature = "async")]
    Tokio,
}

impl Waits {
    /// Whether a wait blocks the thread.
    pub(crate) fn blocks(self) -> bool {
        self == Waits::Blocking
    }

    /// Sleeps; for no time at all others are let go first, as `time.sleep(0)`
    /// and `asyncio.sleep(0)` do it.
    pub(crate) async fn sleep(self, time: Duration) {
        match self {
            Waits::Blocking if time.is_zero() => std::thread::yield_now(),
            #[cfg(feature = "async")]
            Waits::Tokio if time.is_zero() => tokio::task::yield_now().await,
            Waits::Blocking => std::thread::sleep(time),
            #[cfg(feature = "async")]
            Waits::Tokio => tokio::time::sleep(time).await,
        }
    }

    /// Lets another worker go first, if one wants to; `began` says whether this
    /// worker has given way already.
    #[cold]
    #[cfg_attr(not(feature = "async"), allow(unused_variables))]
    pub(crate) fn give_way(self, began: &mut bool, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Waits::Blocking => std::thread::yield_now(),
            #[cfg(feature = "async")]
            Waits::Tokio if !std::mem::replace(began, true) => {
                // Polled once it has asked for its task to be woken after the
                // others; what is left of it then does nothing.
                return std::pin::pin!(tokio::task::yield_now()).poll(context);
            }
            #[cfg(feature = "async")]
            Waits::Tokio => {}
        }
        Poll::Ready(())
    }
}

/// The interpreter of one process in real time: its lock, and its pace.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter {
    pub(crate) gil: Option<(Arc<Gil>, Version)>,
    pub(crate) pace: Option<Pace>,
}

/// Work that takes as long as one loop iteration of an interpreter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Iterations of [`burn`] in a nanosecond.
    rate: f64,
    /// Nanoseconds of one loop iteration.
    pub(crate) iteration: f64,
}

impl Pace {
    /// Calibrates the work that a pace of so many nanoseconds takes.
    pub(crate) fn new(iteration: f64) -> Self {
        // The fastest of several is the one that nothing came in between.
        let rate = (0..5).map(|_| {
            let (began, n) = (Instant::now(), 200_000);
            burn(n);
            n as f64 / began.elapsed().as_nanos().max(1) as f64
        });
        Pace {
            rate: rate.fold(f64::MIN_POSITIVE, f64::max),
            iteration,
        }
    }

    /// Works as long as this many loop iterations take.
    pub(crate) fn work(&self, iterations: f64) {
        burn((iterations * self.iteration * self.rate) as u64);
    }
}

fn burn(n: u64) {
    let mut x = 0u64;
    for _ in 0..n {
        x = black_box(x + 1);
    }
}
