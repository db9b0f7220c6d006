//! Signals and queues, as a worker uses them.

use super::{Guard, Worker};
use crate::stage::board::{Point, Sign};
use crate::sync::queue::Queue;
use crate::sync::signal::{Barrier, By, Condition, Event, TaskEnd};
use crate::trace::event::Event as Told;
use crate::trace::{Action, Activity};
use crate::value::Portable;

impl Worker {
    /// Waits until an event is set; not at all if it is.
    pub async fn wait(&self, event: &Event) {
        let state = &self.shared().events[event.index];
        self.stage()
            .point(Point::Signal(Sign::Wait, event.index), false)
            .await;
        if !state.is_set() {
            self.note(&state.name, || Action::Wait);
            let span = self.open(Activity::Blocked, &state.name);
            let by = state.wait(self.stage()).await;
            self.let_on(span, by, &state.name);
        }
    }

    /// Sets an event: whoever waits for it goes on.
    pub async fn set(&self, event: &Event) {
        let state = &self.shared().events[event.index];
        self.stage()
            .point(Point::Signal(Sign::Set, event.index), false)
            .await;
        self.note(&state.name, || Action::Signal);
        state.set(self.stage(), self.id());
    }

    /// Takes an event back: whoever waits for it from now on waits again.
    pub async fn clear(&self, event: &Event) {
        let state = &self.shared().events[event.index];
        self.stage()
            .point(Point::Signal(Sign::Clear, event.index), false)
            .await;
        state.clear(self.stage());
    }

    /// Whether an event is set, without waiting for it.
    pub async fn is_set(&self, event: &Event) -> bool {
        self.stage()
            .point(Point::Signal(Sign::Look, event.index), false)
            .await;
        self.shared().events[event.index].is_set()
    }

    /// Waits to be notified, a lock let go meanwhile and taken again after.
    /// What the condition is about has to be looked at again then: somebody
    /// else may have come first.
    pub async fn wait_on<'w>(&'w self, condition: &Condition, held: Guard<'w>) -> Guard<'w> {
        let state = &self.shared().conditions[condition.index];
        let lock = held.lock_handle();
        // The number is taken while the lock is held: no notification is missed.
        let number = state.enlist();
        held.release().await;
        self.note(&state.name, || Action::Wait);
        let span = self.open(Activity::Blocked, &state.name);
        let by = state.wait(self.stage(), number).await;
        self.let_on(span, by, &state.name);
        self.lock(&lock).await
    }

    /// Notifies one of those that wait, the one that has waited longest.
    pub async fn notify_one(&self, condition: &Condition) {
        self.notify(condition, 1).await;
    }

    /// Notifies all that wait.
    pub async fn notify_all(&self, condition: &Condition) {
        self.notify(condition, u64::MAX).await;
    }

    async fn notify(&self, condition: &Condition, most: u64) {
        let state = &self.shared().conditions[condition.index];
        self.stage()
            .point(Point::Signal(Sign::Notify, condition.index), false)
            .await;
        self.note(&state.name, || Action::Signal);
        state.notify(self.stage(), self.id(), most);
    }

    /// Waits until as many workers have come as the barrier is for. True for
    /// the last of them.
    pub async fn meet(&self, barrier: &Barrier) -> bool {
        let state = &self.shared().barriers[barrier.index];
        self.stage()
            .point(Point::Signal(Sign::Meet, barrier.index), false)
            .await;
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
    }

    /// Waits until a task has ended, whichever way: as one joins a thread or a
    /// process.
    pub async fn join(&self, task: &TaskEnd) {
        let state = &self.shared().ends[task.index];
        self.stage()
            .point(Point::Signal(Sign::Join, task.index), false)
            .await;
        if !state.is_set() {
            self.note(&state.name, || Action::Wait);
            let span = self.open(Activity::Blocked, &format!("join {}", state.name));
            let by = state.wait(self.stage()).await;
            self.let_on(span, by, &state.name);
        }
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
    pub async fn put<T: Portable>(&self, queue: &Queue<T>, item: T) -> bool {
        let state = &self.shared().queues[queue.index];
        self.stage()
            .point(Point::Signal(Sign::Put, queue.index), false)
            .await;
        let item = item.into_value();
        self.stage().moving(item.size()).await;
        let noted = self.notes().then(|| item.clone());
        let mut span = None;
        let waits = || span = self.open(Activity::Blocked, &format!("put into {}", state.name));
        let put = state.put(self.stage(), self.id(), item, waits).await;
        self.let_on(span, put.and_then(|put| put.by), &state.name);
        if let Some(put) = &put {
            self.note(&state.name, || Action::Put(noted.unwrap_or_default()));
            self.count(&state.name, put.depth as f64);
        }
        put.is_some()
    }

    /// Gets the next item of a queue, waiting while it is empty; none once it
    /// is closed and empty.
    pub async fn get<T: Portable>(&self, queue: &Queue<T>) -> Option<T> {
        let state = &self.shared().queues[queue.index];
        self.stage()
            .point(Point::Signal(Sign::Get, queue.index), false)
            .await;
        let mut span = None;
        let waits = || span = self.open(Activity::Blocked, &format!("get from {}", state.name));
        let got = state.get(self.stage(), self.id(), waits).await;
        let by = got.as_ref().and_then(|(_, got)| got.by);
        self.let_on(span, by, &state.name);
        let (item, got) = got?;
        self.stage().moving(item.size()).await;
        self.note(&state.name, || Action::Get(item.clone()));
        self.count(&state.name, got.depth as f64);
        // Only items of this type were put in.
        T::from_value(item)
    }

    /// Closes a queue: what is in it can still be got, and nothing put.
    pub async fn close_queue<T>(&self, queue: &Queue<T>) {
        self.stage()
            .point(Point::Signal(Sign::Close, queue.index), false)
            .await;
        self.shared().queues[queue.index].close(self.stage());
    }

    /// Goes on after a wait, and tells who let it. A span that is not kept needs no
    /// arrow either.
    fn let_on(&self, span: Option<u32>, by: By, object: &str) {
        self.close(span);
        if let (Some(_), Some((from, at))) = (span, by) {
            self.woken(from, at, object);
        }
    }

    /// Records the value of something that changes over time.
    fn count(&self, name: &str, value: f64) {
        if self.records() {
            let (name, at) = (name.to_owned(), self.now());
            self.0.recorder.record(Told::Counted { name, at, value });
        }
    }
}
