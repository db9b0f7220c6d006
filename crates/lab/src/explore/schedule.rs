//! One schedule, step by step: no time passes, and each step is one operation
//! that another worker could have come before.

use super::ExploreError;
use super::patience::{Cut, LONGEST, Patience};
use super::policy::{Policy, Replay};
use super::words;
use crate::model::Crew;
use crate::model::task::{Running, Task};
use crate::recorder::Recorder;
use crate::stage::Stage;
use crate::stage::board::{Ask, Board, Point, Sign};
use crate::sync::Shared;
use crate::trace::collect::Collector;
use crate::trace::event::Event;
use crate::trace::{Action, Ending, Header, Op, Trace};
use crate::value::Value;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Turns in a row that daemons have at the most while another could go on: they
/// need not come to an end, and schedules have to.
const DAEMONS: u32 = 3;

/// Tasks that can be run under any schedule.
pub(crate) struct Program<'p, 'env> {
    pub(crate) crew: &'p Crew<'p, 'env>,
    /// Makes what the workers share, as it is at the beginning.
    pub(crate) shared: &'p dyn Fn() -> Arc<Shared>,
    pub(crate) header: Header,
    /// Whether every schedule's operations are kept, for who judges it.
    pub(crate) watched: bool,
}

/// What one schedule came to.
pub(crate) struct Scheduled {
    /// The workers in the order of their turns.
    pub(crate) turns: Vec<u32>,
    pub(crate) endings: Vec<(Ending, Value)>,
    /// Monitors that workers wait for, in the end, by worker.
    pub(crate) blocked: Vec<Option<usize>>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) board: Rc<Board>,
    /// What each turn was for, in words, where operations are kept.
    pub(crate) told: Vec<String>,
    /// Only daemons are left, which are not waited for.
    pub(crate) over: bool,
    /// Why it was cut short, if it was.
    pub(crate) cut: Option<Cut>,
}

impl Scheduled {
    /// Whether somebody waits who can never go on.
    pub(crate) fn is_stuck(&self) -> bool {
        !self.over && self.blocked.iter().any(Option::is_some)
    }

    /// The operations, with one for each turn that has none of its own.
    fn with_turns(&self, ops: Vec<Op>) -> Vec<Op> {
        let mut all = Vec::with_capacity(self.told.len().max(ops.len()));
        let mut ops = ops.into_iter().peekable();
        for ((at, worker), told) in (1..).zip(&self.turns).zip(&self.told) {
            // What came before the first turn counts as of step 0.
            while ops.peek().is_some_and(|op| op.at < at) {
                all.extend(ops.next());
            }
            if ops.peek().is_none_or(|op| op.at > at) {
                let (worker, object, action) = (*worker, String::new(), Action::Does(told.clone()));
                all.push(Op {
                    worker,
                    at,
                    object,
                    action,
                });
            }
        }
        all.extend(ops);
        all
    }

    /// Whether a worker can have the next turn.
    pub(crate) fn is_ready(&self, id: usize) -> bool {
        let is_at_work = || self.endings[id].0 == Ending::Running && self.blocked[id].is_none();
        !self.over && (self.board.next_release(id).is_some() || is_at_work())
    }
}

impl Program<'_, '_> {
    /// Carries out the schedule that a policy chooses.
    pub(crate) fn run(
        &self,
        policy: &mut dyn Policy,
        keeps_ops: bool,
    ) -> Result<Scheduled, ExploreError> {
        self.run_to(policy, keeps_ops, &Arc::new(Recorder::nowhere()))
    }

    /// The schedule that a policy chooses, with all that is to be shown of it. A
    /// step counts as a nanosecond.
    pub(crate) fn show(&self, policy: &mut dyn Policy) -> Result<(Scheduled, Trace), ExploreError> {
        let recorder = Arc::new(Recorder::memory());
        for (worker, task) in (0..).zip(self.crew.tasks) {
            recorder.record(Event::Worker {
                worker,
                name: task.name.to_owned(),
            });
        }
        recorder.record(Event::Began { at: 0 });
        let scheduled = self.run_to(policy, true, &recorder)?;
        let mut trace = Collector::new(self.header.clone());
        recorder
            .taken()
            .into_iter()
            .for_each(|event| trace.take(event));
        let mut trace = trace.finish();
        trace.ops = scheduled.with_turns(scheduled.board.take_ops());
        trace.elapsed = scheduled.turns.len() as u64;
        Ok((scheduled, trace))
    }

    /// The schedule of these turns, to be shown.
    pub(crate) fn trace(&self, turns: &[u32]) -> Result<Trace, ExploreError> {
        Ok(self.show(&mut Replay::new(turns))?.1)
    }

    fn run_to(
        &self,
        policy: &mut dyn Policy,
        keeps_ops: bool,
        recorder: &Arc<Recorder>,
    ) -> Result<Scheduled, ExploreError> {
        let workers = self.crew.tasks.len();
        let board = Board::new(workers, keeps_ops);
        let shared = (self.shared)();
        let mut state = Scheduled {
            turns: Vec::with_capacity(16),
            endings: vec![(Ending::Running, Value::None); workers],
            blocked: vec![None; workers],
            shared,
            board,
            told: vec![],
            cut: None,
            over: false,
        };
        let mut patience = Patience::of(workers);
        let mut running: Vec<Option<Running<'_>>> = Vec::with_capacity(workers);
        for (id, task) in self.crew.tasks.iter().enumerate() {
            let stage = Stage::Virtual(state.board.place(id as u32));
            let worker = self.crew.worker_on(id, stage, &state.shared, recorder);
            running.push(Some(Running::begin(task, worker, recorder)));
            state.advance(id, &mut running[id], recorder);
        }
        let daemon = |worker: &u32| self.crew.tasks[*worker as usize].daemon;
        let mut by_daemons = 0;
        let mut ready = Vec::with_capacity(workers);
        loop {
            ready.clear();
            ready.extend((0..workers as u32).filter(|&w| state.is_ready(w as usize)));
            let mut left = state.endings.iter().zip(self.crew.tasks);
            let is_awaited = |((ending, _), task): (&(Ending, Value), &Task<'_>)| {
                *ending == Ending::Running && !task.daemon
            };
            if !left.any(is_awaited) && ready.iter().all(daemon) {
                state.over = true;
                ready.clear();
            }
            if by_daemons >= DAEMONS && !ready.iter().all(daemon) {
                ready.retain(|worker| !daemon(worker));
            }
            let step = state.turns.len();
            if !ready.is_empty() && policy.is_bounded(step) {
                let endless = (step == LONGEST).then_some(Cut::Endless);
                state.cut = patience.starved().map(Cut::Starved).or(endless);
            }
            let chosen = match ready.is_empty() || state.cut.is_some() {
                true => None,
                false => policy.choose(step, &ready)?,
            };
            let Some(worker) = chosen else {
                state.board.end();
                return Ok(state);
            };
            if keeps_ops {
                let told = words::about_to(&state.board, &state.shared, worker);
                state.told.push(told);
            }
            policy.see(step, worker, state.fingerprint(worker, &ready))?;
            state.turns.push(worker);
            by_daemons = if daemon(&worker) { by_daemons + 1 } else { 0 };
            state.board.set_now(step as u64 + 1);
            let id = worker as usize;
            let (touched, before) = state.touches(id);
            match state.board.take_release(id) {
                Some(lock) => state.release(id, lock),
                None => {
                    state.board.grant(id);
                    state.advance(id, &mut running[id], recorder);
                }
            }
            let ended = state.endings[id].0 != Ending::Running;
            let came_of_it = ended || before.is_none() || state.value_of(touched) != before;
            patience.took(worker, &ready, came_of_it);
        }
    }
}

impl Scheduled {
    /// What is about to happen, as a number: who can go on, and what the one
    /// whose turn it is wants.
    fn fingerprint(&self, worker: u32, ready: &[u32]) -> u64 {
        let mut hash = DefaultHasher::new();
        ready.hash(&mut hash);
        let id = worker as usize;
        self.board.next_release(id).hash(&mut hash);
        match self.board.asked(id) {
            Some(Ask::Point(point)) => {
                point.hash(&mut hash);
                if let Point::Load(cell) | Point::Store(cell) | Point::Update(cell) = point {
                    self.shared.cells[cell].load().hash(&mut hash);
                }
            }
            Some(Ask::Sleep(time)) => time.hash(&mut hash),
            Some(Ask::Blocked(monitor)) => monitor.hash(&mut hash),
            Some(Ask::Compute(_) | Ask::Move(_)) | None => {}
        }
        hash.finish()
    }

    /// What the turn of a worker may change for others to see, and what that is
    /// now. None where something comes of the turn in any case.
    fn touches(&self, id: usize) -> (Option<Point>, Option<u64>) {
        if self.board.next_release(id).is_some() {
            return (None, Some(0));
        }
        match self.board.asked(id) {
            Some(Ask::Point(point)) => (Some(point), self.value_of(Some(point))),
            Some(Ask::Sleep(_)) => (None, Some(0)),
            Some(Ask::Blocked(key)) => (None, (key < self.shared.locks.len()).then_some(0)),
            Some(Ask::Compute(_) | Ask::Move(_)) | None => (None, None),
        }
    }

    /// What an operation may change, as it is now: a number that stays the same
    /// where it changes nothing. Who has a lock does not count.
    fn value_of(&self, point: Option<Point>) -> Option<u64> {
        match point {
            Some(Point::Store(cell) | Point::Update(cell)) => Some(self.shared.cells[cell].load()),
            Some(Point::Signal(Sign::Set | Sign::Clear, event)) => {
                Some(u64::from(self.shared.events[event].is_set()))
            }
            Some(Point::Signal(Sign::Look | Sign::Wait, _)) => Some(0),
            Some(Point::Signal(..)) => None,
            Some(Point::Load(_) | Point::Acquire(_) | Point::Release(_) | Point::Function)
            | None => Some(0),
        }
    }

    /// Lets a worker go on to its next operation that somebody could come
    /// before.
    fn advance(&mut self, id: usize, running: &mut Option<Running<'_>>, recorder: &Recorder) {
        let mut context = Context::from_waker(Waker::noop());
        while let Some(task) = running {
            if let Poll::Ready(ending) = task.step(&mut context, recorder) {
                self.endings[id] = (ending.ending, ending.value);
                *running = None;
            }
            self.wake();
            match running.as_ref().and(self.board.asked(id)) {
                // What nobody else can see is no step of a schedule.
                Some(Ask::Compute(_) | Ask::Move(_) | Ask::Point(Point::Function)) => {
                    self.board.grant(id)
                }
                Some(Ask::Blocked(monitor)) => {
                    self.blocked[id] = Some(monitor);
                    return;
                }
                Some(_) => return,
                None if running.is_some() => {
                    let why = "awaited something that is not an operation of the lab";
                    self.endings[id].0 = Ending::Panicked(why.into());
                    *running = None;
                }
                None => {}
            }
        }
    }

    fn release(&mut self, id: usize, lock: usize) {
        let place = self.board.place(id as u32);
        let state = &self.shared.locks[lock];
        place.note(&state.name, || Action::Release);
        state.leave(&Stage::Virtual(place), id as u32);
        self.wake();
    }

    /// Whoever waits for something that has changed can try again.
    fn wake(&mut self) {
        for monitor in self.board.take_changed() {
            for blocked in &mut self.blocked {
                if *blocked == Some(monitor) {
                    *blocked = None;
                }
            }
        }
    }
}
