//! A queue of items between workers, with a capacity or without.

mod belt;

use super::signal::By;
use crate::memory::Arena;
use crate::stage::{Monitor, Stage};
use crate::value::Value;
use belt::{Belt, Progress};
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::Arc;

pub(crate) use belt::ROOM;

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
    items: Items,
}

/// Where the items are.
#[derive(Debug)]
enum Items {
    /// In the memory of one process.
    Process(Monitor<Line>),
    /// In memory that all processes of the run share, as bytes.
    Run(Monitor<Belt>),
}

#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<Value>,
    closed: bool,
    put_by: By,
    got_by: By,
}

/// What became of an item that was put or got.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    /// Items in the queue then.
    pub(crate) depth: usize,
    /// Who was the last to do the opposite, and so let this one go on if it waited.
    pub(crate) by: By,
}

impl QueueState {
    pub(crate) fn new(arena: Option<&Arc<Arena>>, key: usize, name: &str, most: usize) -> Self {
        let items = match arena {
            None => Items::Process(Monitor::new(key, Line::default(), |_| false)),
            Some(_) => Items::Run(Monitor::at(arena, key, Belt::new(), |_| false)),
        };
        QueueState {
            name: name.into(),
            most,
            items,
        }
    }

    /// Whether the whole of an item finds room now.
    pub(crate) fn has_room(&self, item: &Value) -> bool {
        match &self.items {
            Items::Process(line) => line.attempt(|line| self.room(line).then_some(())),
            Items::Run(belt) => {
                let size = belt::size(item);
                belt.attempt(|belt| belt.has_room(self.most, size).then_some(()))
            }
        }
        .is_some()
    }

    /// Whether there is something to get now, or nothing will ever come.
    pub(crate) fn is_ready(&self) -> bool {
        match &self.items {
            Items::Process(line) => {
                line.attempt(|line| (!line.waiting.is_empty() || line.closed).then_some(()))
            }
            Items::Run(belt) => belt.attempt(|belt| belt.is_ready().then_some(())),
        }
        .is_some()
    }

    fn room(&self, line: &Line) -> bool {
        self.most == 0 || line.waiting.len() < self.most || line.closed
    }

    /// Puts an item once there is room. None when it is closed.
    pub(crate) async fn put(&self, stage: &Stage, worker: u32, item: Value) -> Option<Passed> {
        match &self.items {
            Items::Process(line) => {
                let mut item = Some(item);
                let put = |line: &mut Line| {
                    if line.closed {
                        return Some(None);
                    }
                    self.room(line).then(|| {
                        line.waiting.extend(item.take());
                        line.put_by = Some((worker, stage.now()));
                        let (depth, by) = (line.waiting.len(), line.got_by);
                        Some(Passed { depth, by })
                    })
                };
                let passed = stage.wait(line, put).await;
                line.change_all(stage, |_| ());
                passed
            }
            Items::Run(belt) => {
                let bytes = belt::packed(&item);
                let mut sent = 0;
                loop {
                    let put = |belt: &mut Belt| belt.put(worker, self.most, &bytes, &mut sent);
                    let progress = stage.wait(belt, put).await;
                    let put = Some((worker, stage.now()));
                    let by = belt.change_all(stage, |belt| {
                        belt.put_by = put;
                        belt.got_by
                    });
                    match progress {
                        Progress::Part => {}
                        Progress::Whole(depth) => return Some(Passed { depth, by }),
                        Progress::Closed => return None,
                    }
                }
            }
        }
    }

    /// Gets the item that waits the longest; none once the queue is closed and
    /// empty.
    pub(crate) async fn get(&self, stage: &Stage, worker: u32) -> Option<(Value, Passed)> {
        match &self.items {
            Items::Process(line) => {
                let get = |line: &mut Line| match line.waiting.pop_front() {
                    Some(item) => {
                        line.got_by = Some((worker, stage.now()));
                        let (depth, by) = (line.waiting.len(), line.put_by);
                        Some(Some((item, Passed { depth, by })))
                    }
                    None => line.closed.then_some(None),
                };
                let item = stage.wait(line, get).await;
                line.change_all(stage, |_| ());
                item
            }
            Items::Run(belt) => {
                let mut bytes = vec![];
                loop {
                    let get = |belt: &mut Belt| belt.get(worker, &mut bytes);
                    let progress = stage.wait(belt, get).await;
                    let got = Some((worker, stage.now()));
                    let by = belt.change_all(stage, |belt| {
                        belt.got_by = got;
                        belt.put_by
                    });
                    match progress {
                        Progress::Part => {}
                        // What was packed in one process of a run is unpacked
                        // in another of the same program.
                        Progress::Whole(depth) => {
                            let item = belt::unpacked(&bytes).unwrap_or_default();
                            return Some((item, Passed { depth, by }));
                        }
                        Progress::Closed => return None,
                    }
                }
            }
        }
    }

    pub(crate) fn close(&self, stage: &Stage) {
        match &self.items {
            Items::Process(line) => line.change_all(stage, |line| line.closed = true),
            Items::Run(belt) => belt.change_all(stage, Belt::close),
        }
    }
}
