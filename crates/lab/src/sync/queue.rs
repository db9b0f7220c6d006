//! A queue of items between workers, with a capacity or without.

use crate::stage::{Monitor, Stage};
use crate::value::Value;
use std::collections::VecDeque;
use std::marker::PhantomData;

/// A queue of items of one type.
#[derive(Debug)]
pub struct Queue<T> {
    pub(crate) index: usize,
    pub(crate) of: PhantomData<fn() -> T>,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Queue<T> {}

#[derive(Debug)]
pub(crate) struct QueueState {
    pub(crate) name: String,
    /// The most items that it holds; 0 for any number.
    most: usize,
    items: Monitor<Items>,
}

#[derive(Debug, Default)]
struct Items {
    waiting: VecDeque<Value>,
    closed: bool,
}

impl QueueState {
    pub(crate) fn new(key: usize, name: &str, most: usize) -> Self {
        QueueState {
            name: name.into(),
            most,
            items: Monitor::new(key, Items::default(), |_| false),
        }
    }

    /// Whether an item finds room now.
    pub(crate) fn has_room(&self) -> bool {
        self.items
            .attempt(|items| self.room(items).then_some(()))
            .is_some()
    }

    /// Whether there is something to get now, or nothing will ever come.
    pub(crate) fn is_ready(&self) -> bool {
        self.items
            .attempt(|items| (!items.waiting.is_empty() || items.closed).then_some(()))
            .is_some()
    }

    fn room(&self, items: &Items) -> bool {
        self.most == 0 || items.waiting.len() < self.most || items.closed
    }

    /// Puts an item once there is room; the depth then. None when it is closed.
    pub(crate) async fn put(&self, stage: &Stage, item: Value) -> Option<usize> {
        let mut item = Some(item);
        let put = |items: &mut Items| {
            if items.closed {
                return Some(None);
            }
            self.room(items).then(|| {
                items.waiting.extend(item.take());
                Some(items.waiting.len())
            })
        };
        let depth = stage.wait(&self.items, put).await;
        self.items.change_all(stage, |_| ());
        depth
    }

    /// Gets the item that waits the longest, and the depth then; none once the
    /// queue is closed and empty.
    pub(crate) async fn get(&self, stage: &Stage) -> Option<(Value, usize)> {
        let get = |items: &mut Items| match items.waiting.pop_front() {
            Some(item) => Some(Some((item, items.waiting.len()))),
            None => items.closed.then_some(None),
        };
        let item = stage.wait(&self.items, get).await;
        self.items.change_all(stage, |_| ());
        item
    }

    pub(crate) fn close(&self, stage: &Stage) {
        self.items.change_all(stage, |items| items.closed = true);
    }
}
