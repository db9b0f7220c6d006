//! Waiting for shared state to change: one mechanism for all that blocks.

use super::{Stage, Waits};
use crate::memory::{self, Arena, Flat};
#[cfg(feature = "async")]
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
#[cfg(feature = "async")]
use std::task::Poll;
use std::task::Waker;

/// State that workers wait on: one mechanism for all that blocks.
///
/// At most one waiter is on its way at a time. A releaser that comes by again
/// meanwhile wakes nobody else: ten threads hammering one lock would otherwise
/// pay a system call for each release. A waiter that gets in wakes the next
/// one if there is still room.
#[derive(Debug)]
pub(crate) struct Monitor<S> {
    home: Home<S>,
    /// Whether one more waiter could get in.
    room: fn(&S) -> bool,
    /// Tells this monitor from the others of its run.
    key: usize,
}

/// Where the state lives.
#[derive(Debug)]
enum Home<S> {
    /// In the memory of one process.
    Process(Box<(Mutex<Inner<S>>, Condvar)>),
    /// In memory that all processes of the run share.
    Run(memory::Mutex<Inner<S>>),
}

#[derive(Debug)]
struct Inner<S> {
    state: S,
    /// Threads that wait for a change.
    sleeping: usize,
    /// Async tasks that wait, by ticket, the longest first.
    wakers: Vec<(u64, Waker)>,
    tickets: u64,
    on_the_way: bool,
    /// Whether a thread sleeps that was there before all were last woken.
    asleep: bool,
}

// SAFETY: `wakers` stays empty in memory that processes share: only tokio's
// tasks enter themselves there, and those are all in one process. An empty
// vector points to nothing.
unsafe impl<S: Flat> Flat for Inner<S> {}

impl<S> Inner<S> {
    fn new(state: S) -> Self {
        Inner {
            state,
            sleeping: 0,
            wakers: vec![],
            tickets: 0,
            on_the_way: false,
            asleep: false,
        }
    }
}

/// Has the state of a monitor.
enum Held<'m, S> {
    Process(MutexGuard<'m, Inner<S>>, &'m Condvar),
    Run(memory::Guard<'m, Inner<S>>),
}

impl<S> Deref for Held<'_, S> {
    type Target = Inner<S>;
    fn deref(&self) -> &Inner<S> {
        match self {
            Held::Process(inner, _) => inner,
            Held::Run(inner) => inner,
        }
    }
}

impl<S> DerefMut for Held<'_, S> {
    fn deref_mut(&mut self) -> &mut Inner<S> {
        match self {
            Held::Process(inner, _) => inner,
            Held::Run(inner) => inner,
        }
    }
}

impl<S> Held<'_, S> {
    /// Gives the state up until it has changed.
    fn wait(self) -> Self {
        match self {
            Held::Process(inner, changed) => Held::Process(
                changed.wait(inner).unwrap_or_else(PoisonError::into_inner),
                changed,
            ),
            Held::Run(inner) => Held::Run(inner.wait()),
        }
    }
}

impl<S: Flat + Send> Monitor<S> {
    /// In memory that the processes of a run share, where there is such.
    pub(crate) fn at(
        arena: Option<&Arc<Arena>>,
        key: usize,
        state: S,
        room: fn(&S) -> bool,
    ) -> Self {
        let Some(arena) = arena else {
            return Self::new(key, state, room);
        };
        Monitor {
            home: Home::Run(memory::Mutex::place(arena, Inner::new(state))),
            room,
            key,
        }
    }
}

impl<S> Monitor<S> {
    /// In the memory of this process.
    pub(crate) fn new(key: usize, state: S, room: fn(&S) -> bool) -> Self {
        Monitor {
            home: Home::Process(Box::new((Mutex::new(Inner::new(state)), Condvar::new()))),
            room,
            key,
        }
    }

    /// Tells this monitor from the others of its run.
    pub(crate) fn key(&self) -> usize {
        self.key
    }

    fn inner(&self) -> Held<'_, S> {
        match &self.home {
            // A panic while the state was held leaves it whole: the closures
            // only read and set plain fields.
            Home::Process(home) => Held::Process(
                home.0.lock().unwrap_or_else(PoisonError::into_inner),
                &home.1,
            ),
            Home::Run(inner) => Held::Run(inner.lock()),
        }
    }

    fn notify(&self, all: bool) {
        match (&self.home, all) {
            (Home::Process(home), true) => home.1.notify_all(),
            (Home::Process(home), false) => home.1.notify_one(),
            (Home::Run(inner), true) => inner.notify_all(),
            (Home::Run(inner), false) => inner.notify_one(),
        }
    }

    /// Tries once, without waiting.
    pub(crate) fn attempt<R>(&self, attempt: impl FnOnce(&mut S) -> Option<R>) -> Option<R> {
        attempt(&mut self.inner().state)
    }

    /// Tries until `attempt` gives something, waiting for a change each time
    /// that it does not.
    pub(crate) async fn until<R>(
        &self,
        stage: &Stage,
        mut attempt: impl FnMut(&mut S) -> Option<R>,
    ) -> R {
        let waits = match stage {
            Stage::Wall { waits, .. } => *waits,
            Stage::Virtual(place) => loop {
                if let Some(done) = attempt(&mut self.inner().state) {
                    return done;
                }
                place.blocked(self.key).await;
            },
        };
        match waits {
            Waits::Blocking => {
                let mut inner = self.inner();
                loop {
                    if let Some(done) = attempt(&mut inner.state) {
                        self.wake_next(inner);
                        return done;
                    }
                    inner.sleeping += 1;
                    inner.asleep = true;
                    inner = inner.wait();
                    inner.sleeping -= 1;
                    inner.on_the_way = false;
                }
            }
            #[cfg(feature = "async")]
            Waits::Tokio => {
                let place = Place {
                    monitor: self,
                    ticket: std::cell::Cell::new(None),
                };
                poll_fn(|context| {
                    let mut inner = self.inner();
                    if let Some(done) = attempt(&mut inner.state) {
                        return Poll::Ready(done);
                    }
                    inner.on_the_way = false;
                    let ticket = place.ticket.get().unwrap_or_else(|| {
                        inner.tickets += 1;
                        inner.tickets
                    });
                    place.ticket.set(Some(ticket));
                    match inner.wakers.iter_mut().find(|(t, _)| *t == ticket) {
                        Some((_, waker)) => waker.clone_from(context.waker()),
                        None => inner.wakers.push((ticket, context.waker().clone())),
                    }
                    Poll::Pending
                })
                .await
            }
        }
    }

    /// Changes the state and wakes one waiter, unless one is on its way. `change`
    /// is told whether somebody waits, as far as can be known.
    pub(crate) fn change<R>(&self, stage: &Stage, change: impl FnOnce(&mut S, bool) -> R) -> R {
        let mut inner = self.inner();
        let waits = inner.sleeping > 0 || !inner.wakers.is_empty();
        let result = change(
            &mut inner.state,
            waits || matches!(stage, Stage::Virtual(_)),
        );
        match stage {
            Stage::Wall { .. } => self.wake_next(inner),
            Stage::Virtual(place) => place.changed(self.key),
        }
        result
    }

    /// Changes the state and wakes everybody who waits, to look whether the
    /// change was for them.
    pub(crate) fn change_all<R>(&self, stage: &Stage, change: impl FnOnce(&mut S) -> R) -> R {
        let mut inner = self.inner();
        let result = change(&mut inner.state);
        self.wake_all(stage, inner);
        result
    }

    /// Tries once, without waiting; what it gives is a change, for which
    /// everybody who waits is woken.
    pub(crate) fn attempt_change<R>(
        &self,
        stage: &Stage,
        attempt: impl FnOnce(&mut S) -> Option<R>,
    ) -> Option<R> {
        let mut inner = self.inner();
        let done = attempt(&mut inner.state)?;
        self.wake_all(stage, inner);
        Some(done)
    }

    /// Lets everybody who waits look again, though nothing has changed.
    pub(crate) fn rouse(&self) {
        let inner = self.inner();
        self.wake_all(&Stage::blocking(), inner);
    }

    fn wake_all(&self, stage: &Stage, mut inner: Held<'_, S>) {
        let wakers = std::mem::take(&mut inner.wakers);
        // Those that were woken already look by themselves.
        let asleep = std::mem::take(&mut inner.asleep);
        drop(inner);
        match stage {
            Stage::Wall { .. } => {
                if asleep {
                    self.notify(true);
                }
                wakers.into_iter().for_each(|(_, waker)| waker.wake());
            }
            Stage::Virtual(place) => place.changed(self.key),
        }
    }

    fn wake_next(&self, mut inner: Held<'_, S>) {
        let waiting = inner.sleeping > 0 || !inner.wakers.is_empty();
        // Between processes, who is on its way may die there.
        let on_the_way = inner.on_the_way && matches!(self.home, Home::Process(_));
        if !waiting || on_the_way || !(self.room)(&inner.state) {
            return;
        }
        inner.on_the_way = true;
        let waker = (!inner.wakers.is_empty()).then(|| inner.wakers.remove(0).1);
        drop(inner);
        match waker {
            Some(waker) => waker.wake(),
            None => self.notify(false),
        }
    }
}

/// An async task's place among the waiters. Leaving it, with what it waited
/// for or without, hands a wake-up on that would be lost otherwise.
#[cfg(feature = "async")]
struct Place<'m, S> {
    monitor: &'m Monitor<S>,
    ticket: std::cell::Cell<Option<u64>>,
}

#[cfg(feature = "async")]
impl<S> Drop for Place<'_, S> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.get() {
            let mut inner = self.monitor.inner();
            inner.wakers.retain(|(t, _)| *t != ticket);
            inner.on_the_way = false;
            self.monitor.wake_next(inner);
        }
    }
}
