//! A queue of items between workers, with a capacity or without.

mod belt;

use super::Made;
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
    pub(crate) made: Made,
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

#[derive(Debug)]
struct Line {
    waiting: VecDeque<Value>,
    closed: bool,
    /// Bytes of what waits, and how many there may be: as many as on a belt, for
    /// processes in virtual time; else any number, and none are counted.
    bytes: Option<(usize, usize)>,
    put_by: By,
    got_by: By,
}

/// What became of an item that was put or got.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    /// When; stamped while nobody else can put or get, so that moments are in
    /// the order of what happened.
    pub(crate) at: u64,
    /// Items in the queue then.
    pub(crate) depth: usize,
    /// Who was the last to do the opposite, and so let this one go on if it waited.
    pub(crate) by: By,
}

impl Line {
    fn room(&self, most: usize) -> bool {
        let below = most == 0 || self.waiting.len() < most;
        below && self.bytes.is_none_or(|(filled, room)| filled < room)
    }

    /// Whether more was put than there is room for: the rest of the last item
    /// crosses while others are got.
    fn is_over(&self) -> bool {
        self.bytes.is_some_and(|(filled, room)| filled > room)
    }

    fn push(&mut self, item: Value) {
        if let Some((filled, _)) = &mut self.bytes {
            *filled += belt::size(&item);
        }
        self.waiting.push_back(item);
    }

    fn pop(&mut self) -> Option<Value> {
        let item = self.waiting.pop_front()?;
        if let Some((filled, _)) = &mut self.bytes {
            *filled -= belt::size(&item);
        }
        Some(item)
    }
}

impl QueueState {
    /// Lets everybody who waits look again.
    pub(crate) fn rouse(&self) {
        match &self.items {
            Items::Process(line) => line.rouse(),
            Items::Run(belt) => belt.rouse(),
        }
    }

    /// Between processes in an arena; else in one process, `bounded` in bytes as
    /// one between processes is.
    pub(crate) fn new(
        arena: Option<&Arc<Arena>>,
        bounded: bool,
        key: usize,
        name: &str,
        most: usize,
    ) -> Self {
        let line = Line {
            waiting: VecDeque::new(),
            closed: false,
            bytes: bounded.then_some((0, ROOM)),
            put_by: None,
            got_by: None,
        };
        let items = match arena {
            None => Items::Process(Monitor::new(key, line, |_| false)),
            Some(_) => Items::Run(Monitor::at(arena, key, Belt::new(), |_| false)),
        };
        QueueState {
            name: name.into(),
            most,
            items,
        }
    }

    /// Whether an item could be put at once. Asked where schedules are explored,
    /// which are those of one process.
    pub(crate) fn has_room(&self) -> bool {
        match &self.items {
            Items::Process(line) => {
                let has = |line: &mut Line| (line.closed || line.room(self.most)).then_some(());
                line.attempt(has).is_some()
            }
            Items::Run(_) => true,
        }
    }

    /// Whether a get would be done at once. Asked where [`has_room`](Self::has_room) is.
    pub(crate) fn is_ready(&self) -> bool {
        match &self.items {
            Items::Process(line) => {
                let is = |line: &mut Line| (line.closed || !line.waiting.is_empty()).then_some(());
                line.attempt(is).is_some()
            }
            Items::Run(_) => true,
        }
    }

    /// Puts an item once there is room. None when it is closed.
    /// `waits` is told once if not the whole of it finds room at once.
    pub(crate) async fn put(
        &self,
        stage: &Stage,
        worker: u32,
        item: Value,
        waits: impl FnOnce(),
    ) -> Option<Passed> {
        let mut waits = Some(waits);
        let mut waits = || waits.take().map_or((), |waits| waits());
        match &self.items {
            Items::Process(line) => {
                let mut item = Some(item);
                let put = |line: &mut Line| {
                    if line.closed {
                        return Some(None);
                    }
                    line.room(self.most).then(|| {
                        if let Some(item) = item.take() {
                            line.push(item);
                        }
                        let at = stage.now();
                        line.put_by = Some((worker, at));
                        let (depth, by) = (line.waiting.len(), line.got_by);
                        Some((Passed { at, depth, by }, line.is_over()))
                    })
                };
                let (mut passed, over) = stage.change(line, put, &mut waits).await?;
                if over {
                    waits();
                    let crossed = |line: &mut Line| (!line.is_over()).then_some(line.got_by);
                    passed.by = stage.wait(line, crossed).await;
                }
                Some(passed)
            }
            Items::Run(belt) => {
                let bytes = belt::packed(&item);
                let mut sent = 0;
                loop {
                    let put = |belt: &mut Belt| {
                        let progress = belt.put(worker, self.most, &bytes, &mut sent)?;
                        let at = stage.now();
                        belt.put_by = Some((worker, at));
                        Some((progress, at, belt.got_by))
                    };
                    let (progress, at, by) = stage.change(belt, put, &mut waits).await;
                    match progress {
                        Progress::Part => waits(),
                        Progress::Whole(depth) => return Some(Passed { at, depth, by }),
                        Progress::Closed => return None,
                    }
                }
            }
        }
    }

    /// Gets the item that waits the longest; none once the queue is closed and
    /// empty. `waits` is told once if that is not at once.
    pub(crate) async fn get(
        &self,
        stage: &Stage,
        worker: u32,
        waits: impl FnOnce(),
    ) -> Option<(Value, Passed)> {
        let mut waits = Some(waits);
        let mut waits = || waits.take().map_or((), |waits| waits());
        match &self.items {
            Items::Process(line) => {
                let get = |line: &mut Line| match line.pop() {
                    Some(item) => {
                        let at = stage.now();
                        line.got_by = Some((worker, at));
                        let (depth, by) = (line.waiting.len(), line.put_by);
                        Some(Some((item, Passed { at, depth, by })))
                    }
                    None => line.closed.then_some(None),
                };
                stage.change(line, get, waits).await
            }
            Items::Run(belt) => {
                let mut bytes = vec![];
                loop {
                    let get = |belt: &mut Belt| {
                        let progress = belt.get(worker, &mut bytes)?;
                        let at = stage.now();
                        belt.got_by = Some((worker, at));
                        Some((progress, at, belt.put_by))
                    };
                    let (progress, at, by) = stage.change(belt, get, &mut waits).await;
                    match progress {
                        Progress::Part => {}
                        // What was packed in one process of a run is unpacked
                        // in another of the same program.
                        Progress::Whole(depth) => {
                            let item = belt::unpacked(&bytes).unwrap_or_default();
                            return Some((item, Passed { at, depth, by }));
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
