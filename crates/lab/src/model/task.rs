//! One task, and how a worker carries it out where it may block its thread.

use crate::recorder::Recorder;
use crate::stage::Fallen;
use crate::trace::Ending;
use crate::trace::event::Event;
use crate::value::{Portable, Value};
use crate::worker::Worker;
use std::any::Any;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A task's name and what it does.
#[derive(Clone, Copy)]
pub(crate) struct Task<'env> {
    /// Given back when the process ends, as the body is.
    pub(crate) name: &'env str,
    pub(crate) body: &'env dyn Body,
    /// Whether the run is over when only such tasks are left.
    pub(crate) daemon: bool,
    /// The task of the same lab that was added before it: a list of what is never
    /// dropped, so that neither is there anything to drop in what has it.
    pub(crate) before: Option<&'env Task<'env>>,
}

impl std::fmt::Debug for Task<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What a task returns once it is awaited.
pub(crate) type Future<'a> = Pin<Box<dyn std::future::Future<Output = Value> + 'a>>;

/// The closure of a task, its types forgotten. The future is made and polled
/// on its own worker and need not be `Send`.
pub(crate) trait Body: Send + Sync {
    fn begin(&self, worker: Worker) -> Future<'_>;
}

pub(crate) struct Typed<F, R>(pub(crate) F, pub(crate) PhantomData<fn() -> R>);

impl<F, R> Body for Typed<F, R>
where
    F: AsyncFn(Worker) -> R + Send + Sync,
    R: Portable,
{
    fn begin(&self, worker: Worker) -> Future<'_> {
        Box::pin(async move { (self.0)(worker).await.into_value() })
    }
}

/// How a task ended, what it returned, and when.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) ending: Ending,
    pub(crate) value: Value,
    /// The moment, on the clock of the task's stage; 0 while there is none.
    pub(crate) at: u64,
}

impl End {
    /// Of a task that has not ended yet.
    pub(crate) fn none() -> Self {
        End {
            ending: Ending::Running,
            value: Value::None,
            at: 0,
        }
    }
}

/// One step of a task: its end, or that it waits.
pub(crate) type Step = Poll<End>;

/// A task that has begun.
pub(crate) struct Running<'a> {
    worker: Worker,
    name: String,
    future: Future<'a>,
}

impl<'a> Running<'a> {
    /// Records the start and begins.
    pub(crate) fn begin(task: &Task<'a>, worker: Worker, recorder: &Recorder) -> Self {
        worker.stage().enter();
        worker.shared().waiting.goes_on(worker.id());
        let pid = std::process::id();
        recorder.record(Event::Started {
            worker: worker.id(),
            at: worker.now(),
            pid,
        });
        Running {
            future: task.body.begin(worker.clone()),
            name: task.name.to_owned(),
            worker,
        }
    }

    /// Goes on until the task waits or ends; records the end. A panic is an
    /// end like any other.
    pub(crate) fn step(&mut self, context: &mut Context<'_>, recorder: &Recorder) -> Step {
        // After a panic the future is never polled again, so nobody sees what
        // it left half done.
        let poll = || catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(context)));
        let poll = self.worker.at_work(poll);
        let (ending, value) = match poll {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => (Ending::Returned, value),
            Err(payload) => {
                let ending = match payload.downcast_ref::<Fallen>() {
                    Some(Fallen(ending)) => ending.clone(),
                    None => Ending::Panicked(message(payload.as_ref())),
                };
                (ending, Value::None)
            }
        };
        Poll::Ready(self.end(ending, value, recorder))
    }

    /// Records the end, and tells those who wait for it.
    fn end(&self, ending: Ending, value: Value, recorder: &Recorder) -> End {
        self.worker.stage().leave();
        let at = self.worker.now();
        recorder.record(Event::Ended {
            worker: self.worker.id(),
            at,
            ending: ending.clone(),
            result: value.clone(),
            omitted: self.worker.omitted(),
        });
        self.worker.has_ended(&self.name);
        End { ending, value, at }
    }

    /// Goes through to the end on this thread, where every operation of the
    /// lab blocks and none leaves the future pending.
    pub(crate) fn finish(mut self, recorder: &Recorder) -> End {
        let mut context = Context::from_waker(Waker::noop());
        match self.step(&mut context, recorder) {
            Poll::Ready(end) => end,
            Poll::Pending => {
                let why = "awaited something that is not an operation of the lab; \
                           only tokio's tasks can do that";
                self.end(Ending::Panicked(why.into()), Value::None, recorder)
            }
        }
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is not text").to_owned()
}
