//! Signals and queues, as a worker uses them.

use super::operation::thin;
use super::{Guard, Worker};
use crate::stage::board::{Point, Sign};
use crate::sync::queue::{Passed, Queue};
use crate::sync::signal::{Barrier, By, Condition, Event, TaskEnd};
use crate::trace::event::Event as Told;
use crate::trace::{Action, Activity};
use crate::value::{Portable, Value};

impl Worker {
    /// Waits until an event is set; not at all if it is.
    pub fn wait(&self, event: &Event) -> impl Future<Output = ()> {
        let event = self.own(event.made);
        thin(self, async move {
            let state = &self.shared().events[event];
            self.coming(Point::Signal(Sign::Wait, event)).await;
            if !state.is_set() {
                self.note(&state.name, || Action::Wait);
                let span = self.open(Activity::Blocked, &state.name);
                let by = state.wait(self.stage()).await;
                self.let_on(span, by, &state.name);
            }
        })
    }

    /// Sets an event: whoever waits for it goes on.
    pub fn set(&self, event: &Event) -> impl Future<Output = ()> {
        let event = self.own(event.made);
        thin(self, async move {
            let state = &self.shared().events[event];
            self.coming(Point::Signal(Sign::Set, event)).await;
            self.note(&state.name, || Action::Signal);
            state.set(self.stage(), self.id());
        })
    }

    /// Takes an event back: whoever waits for it from now on waits again.
    pub fn clear(&self, event: &Event) -> impl Future<Output = ()> {
        let event = self.own(event.made);
        thin(self, async move {
            let state = &self.shared().events[event];
            self.coming(Point::Signal(Sign::Clear, event)).await;
            state.clear(self.stage());
        })
    }

    /// Whether an event is set, without waiting for it.
    pub fn is_set(&self, event: &Event) -> impl Future<Output = bool> {
        let event = self.own(event.made);
        thin(self, async move {
            self.coming(Point::Signal(Sign::Look, event)).await;
            self.shared().events[event].is_set()
        })
    }

    /// Waits to be notified, a lock let go meanwhile and taken again after.
    /// What the condition is about has to be looked at again then: somebody
    /// else may have come first.
    pub fn wait_on<'w>(
        &'w self,
        condition: &Condition,
        held: Guard<'w>,
    ) -> impl Future<Output = Guard<'w>> {
        let condition = self.own(condition.made);
        thin(self, async move {
            let state = &self.shared().conditions[condition];
            let lock = held.lock_handle();
            // The number is taken while the lock is held: no notification is missed.
            let number = state.enlist();
            held.release().await;
            self.note(&state.name, || Action::Wait);
            let span = self.open(Activity::Blocked, &state.name);
            let by = state.wait(self.stage(), number).await;
            self.let_on(span, by, &state.name);
            self.lock(&lock).await
        })
    }

    /// Notifies one of those that wait, the one that has waited longest.
    pub fn notify_one(&self, condition: &Condition) -> impl Future<Output = ()> {
        let condition = self.own(condition.made);
        thin(self, async move {
            self.notify(condition, 1).await;
        })
    }

    /// Notifies all that wait.
    pub fn notify_all(&self, condition: &Condition) -> impl Future<Output = ()> {
        let condition = self.own(condition.made);
        thin(self, async move {
            self.notify(condition, u64::MAX).await;
        })
    }

    async fn notify(&self, condition: usize, most: u64) {
        let state = &self.shared().conditions[condition];
        self.coming(Point::Signal(Sign::Notify, condition)).await;
        self.note(&state.name, || Action::Signal);
        state.notify(self.stage(), self.id(), most);
    }

    /// Waits until as many workers have come as the barrier is for. True for
    /// the last of them.
    pub fn meet(&self, barrier: &Barrier) -> impl Future<Output = bool> {
        let barrier = self.own(barrier.made);
        thin(self, async move {
            let state = &self.shared().barriers[barrier];
            self.coming(Point::Signal(Sign::Meet, barrier)).await;
            let (round, last) = state.arrive(self.stage(), self.id());
            if last {
                self.note(&state.name, || Action::Signal);
            } else {
                self.note(&state.name, || Action::Wait);
                let span = self.open(Activity::Blocked, &state.name);
                let by = state.wait(self.stage(), round).await;
                self.let_on(span, by, &state.name);
            }
            last
        })
    }

    /// Waits until a task has ended, whichever way: as one joins a thread or a
    /// process.
    pub fn join(&self, task: &TaskEnd) -> impl Future<Output = ()> {
        let task = self.own(task.made);
        thin(self, async move {
            let state = &self.shared().ends[task];
            self.coming(Point::Signal(Sign::Join, task)).await;
            if !state.is_set() {
                self.note(&state.name, || Action::Wait);
                let span = self.open(Activity::Blocked, &format!("join {}", state.name));
                let by = state.wait(self.stage()).await;
                self.let_on(span, by, &state.name);
            }
        })
    }

    /// The task has ended: whoever waits for that goes on.
    pub(crate) fn has_ended(&self, task: &str) {
        self.shared().waiting.has_ended(self.id());
        for end in self.shared().ends.iter().filter(|end| end.name == task) {
            end.set(self.stage(), self.id());
        }
    }

    /// Puts an item into a queue, waiting while it is full. False when the
    /// queue is closed.
    pub fn put<T: Portable>(&self, queue: &Queue<T>, item: T) -> impl Future<Output = bool> {
        self.put_value(self.own(queue.made), item.into_value())
    }

    fn put_value(&self, queue: usize, item: Value) -> impl Future<Output = bool> {
        thin(self, async move {
            let state = &self.shared().queues[queue];
            self.coming(Point::Signal(Sign::Put, queue)).await;
            self.stage().moving(item.size()).await;
            let noted = self.notes().then(|| item.clone());
            let mut span = None;
            let waits = || span = self.open(Activity::Blocked, &format!("put into {}", state.name));
            let put = state.put(self.stage(), self.id(), item, waits).await;
            self.let_on(span, put.and_then(|put| put.by), &state.name);
            if let Some(put) = &put {
                self.note(&state.name, || Action::Put(noted.unwrap_or_default()));
                self.count(&state.name, put);
            }
            put.is_some()
        })
    }

    /// Gets the next item of a queue, waiting while it is empty; none once it
    /// is closed and empty.
    pub async fn get<T: Portable>(&self, queue: &Queue<T>) -> Option<T> {
        // None would say that the queue is closed.
        let item = T::from_value(self.get_value(self.own(queue.made)).await?);
        Some(item.unwrap_or_else(|| of_another_type()))
    }

    fn get_value(&self, queue: usize) -> impl Future<Output = Option<Value>> {
        thin(self, async move {
            let state = &self.shared().queues[queue];
            self.coming(Point::Signal(Sign::Get, queue)).await;
            let mut span = None;
            let waits = || span = self.open(Activity::Blocked, &format!("get from {}", state.name));
            let got = state.get(self.stage(), self.id(), waits).await;
            let by = got.as_ref().and_then(|(_, got)| got.by);
            self.let_on(span, by, &state.name);
            let (item, got) = got?;
            self.stage().moving(item.size()).await;
            self.note(&state.name, || Action::Get(item.clone()));
            self.count(&state.name, &got);
            Some(item)
        })
    }

    /// Closes a queue: what is in it can still be got, and nothing put.
    pub fn close_queue<T>(&self, queue: &Queue<T>) -> impl Future<Output = ()> {
        self.close_index(self.own(queue.made))
    }

    fn close_index(&self, queue: usize) -> impl Future<Output = ()> {
        thin(self, async move {
            self.coming(Point::Signal(Sign::Close, queue)).await;
            self.shared().queues[queue].close(self.stage());
        })
    }

    /// Goes on after a wait, and tells who let it. A span that is not kept needs no
    /// arrow either.
    fn let_on(&self, span: Option<u32>, by: By, object: &str) {
        self.close(span);
        if let (Some(_), Some((from, at))) = (span, by) {
            self.woken(from, at, object);
        }
    }

    /// Records how full a queue was when an item was put or got.
    fn count(&self, name: &str, passed: &Passed) {
        if self.records() {
            self.0.recorder.record(Told::Counted {
                name: name.to_owned(),
                at: passed.at,
                value: passed.depth as f64,
            });
        }
    }
}

/// Only items of the queue's type are put in, so this is a mistake of the type's
/// own [`Portable`].
#[cold]
fn of_another_type() -> ! {
    panic!("what was put into this queue does not come back as the type of its items");
}
