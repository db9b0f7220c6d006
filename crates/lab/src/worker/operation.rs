//! Operations on what is shared, as futures written by hand: they are what is
//! awaited the most, and all of them that does not depend on the type of a value
//! is compiled here and not in the code that awaits. For that, an async function
//! will not do: rustc compiles its body where it is awaited.

use super::{Guard, Worker};
use crate::stage::Turn;
use crate::stage::board::Point;
use crate::sync::cell::Plain;
use crate::sync::lock::Lock;
use crate::trace::{Action, Activity};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// An operation that its worker waits for elsewhere than on its own stack: in a
/// cell, so that what it takes is compiled in the library alone. Everywhere else
/// nothing is allocated for it.
#[cfg(feature = "cell")]
pub(super) fn thin<'a, T>(
    worker: &'a Worker,
    operation: impl Future<Output = T> + 'a,
) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    let unawaited = Unawaited(worker);
    Box::pin(async move {
        std::mem::forget(unawaited);
        operation.await
    })
}

/// Is dropped with an operation that was never awaited, and so never happened:
/// `let _held = w.lock(&stove);` holds nothing, and would be believed to.
#[cfg(feature = "cell")]
struct Unawaited<'w>(&'w Worker);

#[cfg(feature = "cell")]
impl Drop for Unawaited<'_> {
    fn drop(&mut self) {
        self.0.never_awaited("an operation of this worker");
    }
}

#[cfg(feature = "cell")]
impl Worker {
    /// Ends the task, where it is at work and not falling already.
    #[cold]
    fn never_awaited(&self, what: &str) {
        if self.0.at_work.get() && !std::thread::panicking() {
            panic!("{what} was never awaited, so it never happened: write `.await` behind it");
        }
    }
}

#[cfg(not(feature = "cell"))]
pub(super) fn thin<'a, T>(
    _: &'a Worker,
    operation: impl Future<Output = T> + 'a,
) -> impl Future<Output = T> + 'a {
    operation
}

/// Waits until it is this worker's turn for an operation. Nothing happens before
/// it is first polled.
pub(super) struct Coming<'w> {
    worker: &'w Worker,
    point: Point,
    turn: Option<Turn<'w>>,
    #[cfg(feature = "cell")]
    awaited: bool,
}

#[cfg(feature = "cell")]
impl Drop for Coming<'_> {
    #[inline(never)]
    fn drop(&mut self) {
        if self.awaited {
            return;
        }
        let shared = self.worker.shared();
        let what = match self.point {
            Point::Acquire(lock) => format!("w.lock(&{})", shared.locks[lock].name),
            Point::Load(cell) => format!("w.load(&{})", shared.cells[cell].name),
            Point::Store(cell) => format!("w.store(&{}, ...)", shared.cells[cell].name),
            Point::Update(cell) => format!("w.update(&{}, ...)", shared.cells[cell].name),
            _ => "an operation of this worker".to_owned(),
        };
        self.worker.never_awaited(&what);
    }
}

impl Worker {
    #[inline]
    pub(super) fn coming(&self, point: Point) -> Coming<'_> {
        Coming {
            worker: self,
            point,
            turn: None,
            #[cfg(feature = "cell")]
            awaited: false,
        }
    }
}

impl Future for Coming<'_> {
    type Output = ();

    #[cfg_attr(not(feature = "cell"), inline)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        #[cfg(feature = "cell")]
        {
            self.awaited = true;
        }
        if self.turn.is_some() {
            return self.go_on(false, context);
        }
        let yields = matches!(self.point, Point::Store(_)) && self.worker.0.dice.roll();
        // Most turns in real time, of which nothing is to be kept.
        if !yields && self.worker.stage().is_free() {
            return Poll::Ready(());
        }
        self.go_on(yields, context)
    }
}

impl Coming<'_> {
    #[inline(never)]
    fn go_on(&mut self, yields: bool, context: &mut Context<'_>) -> Poll<()> {
        let stage = self.worker.stage();
        let turn = (self.turn).get_or_insert_with(|| stage.point(self.point, yields));
        Pin::new(turn).poll(context)
    }
}

/// Reads a cell.
pub(super) struct Loading<'w, T> {
    pub(super) coming: Coming<'w>,
    pub(super) cell: usize,
    pub(super) of: PhantomData<fn() -> T>,
}

impl<T: Plain> Future for Loading<'_, T> {
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let cell = self.cell;
        self.coming.load(cell, context).map(T::from_bits)
    }
}

/// Writes a cell.
pub(super) struct Storing<'w> {
    pub(super) coming: Coming<'w>,
    pub(super) cell: usize,
    pub(super) bits: u64,
}

impl Future for Storing<'_> {
    type Output = ();

    #[cfg_attr(not(feature = "cell"), inline)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        ready!(Pin::new(&mut self.coming).poll(context));
        let worker = self.coming.worker;
        let state = &worker.shared().cells[self.cell];
        state.store(self.bits);
        worker.note(&state.name, || Action::Store((state.shown)(self.bits)));
        Poll::Ready(())
    }
}

/// Changes a cell in one step.
pub(super) struct Updating<'w, T, F> {
    pub(super) coming: Coming<'w>,
    pub(super) cell: usize,
    pub(super) change: F,
    pub(super) of: PhantomData<fn() -> T>,
}

/// Nothing points into it.
impl<T, F> Unpin for Updating<'_, T, F> {}

impl<T: Plain, F: FnMut(T) -> T> Future for Updating<'_, T, F> {
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        let mut change = |bits| (this.change)(T::from_bits(bits)).to_bits();
        let before = this.coming.update(this.cell, &mut change, context);
        before.map(T::from_bits)
    }
}

impl Coming<'_> {
    #[cfg_attr(not(feature = "cell"), inline)]
    fn load(&mut self, cell: usize, context: &mut Context<'_>) -> Poll<u64> {
        ready!(Pin::new(&mut *self).poll(context));
        let state = &self.worker.shared().cells[cell];
        let bits = state.load();
        let shown = || Action::Load((state.shown)(bits));
        self.worker.note(&state.name, shown);
        Poll::Ready(bits)
    }

    #[cfg_attr(not(feature = "cell"), inline)]
    fn update(
        &mut self,
        cell: usize,
        change: &mut dyn FnMut(u64) -> u64,
        context: &mut Context<'_>,
    ) -> Poll<u64> {
        ready!(Pin::new(&mut *self).poll(context));
        let state = &self.worker.shared().cells[cell];
        let before = state.update(change);
        let shown = || Action::Update((state.shown)(state.load()));
        self.worker.note(&state.name, shown);
        Poll::Ready(before)
    }
}

/// Takes a lock.
pub(super) struct Locking<'w> {
    pub(super) coming: Coming<'w>,
    pub(super) lock: Lock,
    /// Apart, so that who need not wait carries nothing of the waiting along.
    pub(super) wait: Option<Pin<Box<dyn Future<Output = ()> + 'w>>>,
}

impl<'w> Future for Locking<'w> {
    type Output = Guard<'w>;

    #[cfg_attr(not(feature = "cell"), inline)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Guard<'w>> {
        let (worker, lock) = (self.coming.worker, self.lock);
        let state = &worker.shared().locks[lock.made.number()];
        if self.wait.is_none() {
            ready!(Pin::new(&mut self.coming).poll(context));
            if !state.try_enter(worker.id()) {
                self.wait = Some(Box::pin(worker.wait_for_lock(lock)));
            }
        }
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(context));
        }
        worker.note(&state.name, || Action::Acquire);
        let span = worker.open(Activity::Holding, &state.name);
        Poll::Ready(Guard { worker, lock, span })
    }
}
