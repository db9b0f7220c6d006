//! Virtual time on a described machine: cores, the interpreter lock, and what
//! it costs to start.
//!
//! One thread polls the tasks. Each turn of a worker is what it asked for at
//! the board; this file decides when the turn is, by a queue of events. A
//! worker that computes needs a core and, in an interpreter, its lock; one that
//! waits has neither. Cores go round in slices where there are too few.

use super::task::{End, Running};
use super::{Crew, Endings};
use crate::gil;
use crate::settings::Described;
use crate::stage::board::{Ask, Board, Place};
use crate::stage::seat::{LOCK, SPANS};
use crate::stage::{Stage, parts};
use crate::sync::Shared;
use crate::trace::event::Event;
use crate::trace::{Action, Activity, Ending, Model};
use crate::worker::Dice;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Nanoseconds for which a core stays with one worker while others want it
/// (the base slice of Linux's scheduler).
const SLICE: u64 = 3_000_000;
/// Nanoseconds by which a timed wait is longer than it asked for: CPython's
/// slices exceed the switch interval by 17 to 70 us (measured). Drawn by lot
/// between these: with a constant, slices could be whole loop iterations, and
/// every switch would come at the same instruction.
const TIMER: std::ops::Range<u64> = 12_000..28_000;
/// Nanoseconds from a signal to the moment at which its waiter runs.
const SIGNAL: u64 = 1_000;

/// What a simulated run came to.
#[derive(Debug)]
pub(crate) struct Simulated {
    pub(crate) endings: Endings,
    /// Nanoseconds of virtual time.
    pub(crate) elapsed: u64,
    /// Nanoseconds of processor time.
    pub(crate) busy: u64,
    /// Whether the run ended because nobody could go on.
    pub(crate) deadlock: bool,
    /// What the workers of the first process shared.
    pub(crate) shared: Arc<Shared>,
}

/// Runs the crew's tasks. `shared` makes what a process's workers share.
pub(crate) fn run(
    crew: &Crew<'_, '_>,
    model: Model,
    machine: &Described,
    mut shared: impl FnMut() -> Arc<Shared>,
) -> Simulated {
    let workers = crew.tasks.len();
    let board = Board::new(workers, false);
    let own = shared();
    let units = (0..workers).map(|worker| Unit {
        shared: if model == Model::Processes {
            shared()
        } else {
            own.clone()
        },
        domain: if model == Model::Processes { worker } else { 0 },
        ..Unit::new(&own)
    });
    let lock = || match (model, machine.gil) {
        (Model::Async | Model::Sequential, _) => Lock::OneThread { taken: false },
        (_, Some(_)) => Lock::Gil(gil::State::default()),
        (_, None) => Lock::None,
    };
    let domains = if model == Model::Processes {
        workers
    } else {
        1
    };
    let mut simulation = Simulation {
        crew,
        model,
        machine,
        board,
        units: units.collect(),
        domains: (0..domains).map(|_| Domain::new(lock())).collect(),
        events: BinaryHeap::new(),
        ready: VecDeque::new(),
        cores: machine.cores.max(1),
        core_queue: VecDeque::new(),
        endings: vec![End::none(); workers],
        now: 0,
        busy: 0,
        left: workers,
        next_to_start: 0,
        order: 0,
        elapsed: 0,
        dice: Dice::new(0.0, crew.settings.seed, 0),
    };
    simulation.start();
    simulation.carry_on();
    simulation.board.end();
    if simulation.left > 0 {
        simulation.elapsed = simulation.now;
    }
    Simulated {
        endings: simulation.endings,
        elapsed: simulation.elapsed,
        busy: simulation.busy,
        deadlock: simulation.left > 0,
        shared: own,
    }
}

struct Simulation<'s, 'run, 'env> {
    crew: &'s Crew<'run, 'env>,
    model: Model,
    machine: &'s Described,
    board: Rc<Board>,
    units: Vec<Unit<'env>>,
    domains: Vec<Domain>,
    events: BinaryHeap<Reverse<Planned>>,
    /// Units that have all that they need to go on now.
    ready: VecDeque<usize>,
    /// Cores that are free.
    cores: u32,
    core_queue: VecDeque<usize>,
    endings: Endings,
    now: u64,
    busy: u64,
    left: usize,
    next_to_start: usize,
    /// Keeps events of one moment in the order in which they were planned.
    order: u64,
    elapsed: u64,
    /// Decides by how much timers are late.
    dice: Dice,
}

/// When, which of those of one moment, to which unit, at which of its turns,
/// and what.
type Planned = (u64, u64, usize, u32, What);

/// What is to happen to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Its worker begins.
    Start,
    /// Its sleep is over.
    Wake,
    /// The part of its work that it is at is done.
    Done,
    /// Others want its core.
    Preempt,
    /// It has waited an interval for the interpreter's lock.
    TimedOut,
    /// It was signalled that the lock is free.
    Signalled,
    /// It is at the check point at which it lets the lock go.
    LetGo,
}

/// A worker as the machine sees it.
struct Unit<'env> {
    running: Option<Running<'env>>,
    shared: Arc<Shared>,
    /// The interpreter that it belongs to.
    domain: usize,
    /// Counts its changes: events planned before the last one are void.
    turn: u32,
    /// Has the interpreter's lock, or needs none.
    token: bool,
    core: bool,
    /// Work before its next turn, and whether a check point stands before it.
    parts: VecDeque<Work>,
    /// When the part that it is at began; none while it is not working.
    since: Option<u64>,
    slice_until: u64,
    /// The monitor that it waits for.
    blocked: Option<usize>,
    /// Switches of the lock that it noted before it waited.
    noted: u64,
    spans: u32,
    wants: Option<u32>,
    holds: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Work {
    check: bool,
    /// Nanoseconds that are left of it.
    left: u64,
    /// Whether it checks after each step too, and not only before it.
    steps: bool,
}

impl Unit<'_> {
    fn new(shared: &Arc<Shared>) -> Self {
        Unit {
            running: None,
            shared: shared.clone(),
            domain: 0,
            turn: 0,
            token: false,
            core: false,
            parts: VecDeque::new(),
            since: None,
            slice_until: 0,
            blocked: None,
            noted: 0,
            spans: SPANS,
            wants: None,
            holds: None,
        }
    }
}

/// An interpreter: one process's threads.
struct Domain {
    lock: Lock,
    holder: Option<usize>,
    waiting: VecDeque<usize>,
    /// Those that let the lock go when asked, and wait for the switch.
    forced: Vec<usize>,
}

impl Domain {
    fn new(lock: Lock) -> Self {
        Domain {
            lock,
            holder: None,
            waiting: VecDeque::new(),
            forced: vec![],
        }
    }
}

enum Lock {
    None,
    /// All workers take turns on one thread, and give it up only to wait.
    OneThread {
        taken: bool,
    },
    Gil(gil::State),
}

impl<'env> Simulation<'_, '_, 'env> {
    fn start(&mut self) {
        let at_once = match self.model {
            Model::Sequential => 1,
            _ => self.crew.hands,
        };
        for _ in 0..at_once {
            self.start_next(None);
        }
    }

    /// Plans the start of the next unit, if one is left: at the beginning, or
    /// in the place of one that has ended, in whose process it then runs.
    fn start_next(&mut self, before: Option<usize>) {
        let unit = self.next_to_start;
        if unit == self.units.len() {
            return;
        }
        self.next_to_start += 1;
        if let Some(before) = before {
            self.units[unit].domain = self.units[before].domain;
            self.units[unit].shared = self.units[before].shared.clone();
        }
        let cost = match self.model {
            Model::Sequential => 0,
            Model::Async => self.machine.task_start,
            // Those that carry the tasks out are there before the second task.
            _ if before.is_some() => self.machine.task_start,
            Model::Threads | Model::Pool => self.machine.thread_start,
            Model::Processes => self.machine.process_start,
        };
        // The caller starts one after another; behind a gate all begin with
        // the last.
        let starts = match self.model {
            Model::Sequential | Model::Async => 1,
            _ if before.is_some() => 1,
            _ if self.crew.settings.together => self.crew.hands,
            _ => unit + 1,
        };
        let from = if before.is_some() { self.now } else { 0 };
        self.plan(unit, from + cost * starts as u64, What::Start);
    }

    fn plan(&mut self, unit: usize, at: u64, what: What) {
        self.order += 1;
        self.events
            .push(Reverse((at, self.order, unit, self.units[unit].turn, what)));
    }

    fn carry_on(&mut self) {
        loop {
            while let Some(unit) = self.ready.pop_front() {
                self.go_on(unit);
            }
            let Some(Reverse((at, _, unit, turn, what))) = self.events.pop() else {
                return;
            };
            if self.units[unit].turn == turn {
                self.set_now(at);
                self.happen(unit, what);
            }
        }
    }

    fn set_now(&mut self, now: u64) {
        self.now = now;
        self.board.set_now(now);
    }

    fn happen(&mut self, unit: usize, what: What) {
        match what {
            What::Start | What::Wake => self.want(unit),
            What::Done => {
                self.account(unit);
                self.units[unit].parts.pop_front();
                self.ready.push_back(unit);
            }
            What::Preempt => {
                self.account(unit);
                if self.core_queue.is_empty() {
                    self.units[unit].slice_until = self.now + SLICE;
                    self.ready.push_back(unit);
                } else {
                    self.give_core_up(unit);
                    self.want(unit);
                }
            }
            What::TimedOut => self.timed_out(unit),
            What::Signalled => {
                if !self.try_take(unit) {
                    self.wait_on(unit);
                }
            }
            What::LetGo => {
                self.account(unit);
                self.let_go(unit);
                self.give_core_up(unit);
            }
        }
    }

    /// Takes up the time that a unit has worked on its part.
    fn account(&mut self, unit: usize) {
        let state = &mut self.units[unit];
        state.turn += 1;
        if let Some(since) = state.since.take() {
            let worked = self.now - since;
            self.busy += worked;
            if let Some(part) = state.parts.front_mut() {
                part.left = part.left.saturating_sub(worked);
                // What was checked before it began is not checked again.
                part.check = part.steps;
            }
        }
    }

    /// A unit wants to work: first the lock, then a core.
    fn want(&mut self, unit: usize) {
        if !self.units[unit].token && !self.take(unit) {
            return;
        }
        if !self.units[unit].core {
            if self.cores == 0 {
                self.core_queue.push_back(unit);
                self.plan_preemptions();
                return;
            }
            self.cores -= 1;
            self.units[unit].core = true;
            self.units[unit].slice_until = self.now + SLICE;
        }
        self.ready.push_back(unit);
    }

    /// Somebody wants a core: those that have one give it up after their slice.
    fn plan_preemptions(&mut self) {
        for unit in 0..self.units.len() {
            if self.units[unit].core && self.units[unit].since.is_some() {
                let at = self.units[unit].slice_until.max(self.now);
                self.plan(unit, at, What::Preempt);
            }
        }
    }

    fn give_core_up(&mut self, unit: usize) {
        if !std::mem::take(&mut self.units[unit].core) {
            return;
        }
        match self.core_queue.pop_front() {
            None => self.cores += 1,
            Some(next) => {
                self.units[next].core = true;
                self.units[next].slice_until = self.now + SLICE;
                self.ready.push_back(next);
            }
        }
    }

    /// A unit that has the lock and a core works and takes its turns, until
    /// something else happens first.
    fn go_on(&mut self, unit: usize) {
        loop {
            let Some(part) = self.units[unit].parts.front().copied() else {
                if !self.turn(unit) {
                    return;
                }
                continue;
            };
            if part.check && self.is_asked_to_let_go(unit) {
                self.units[unit].turn += 1;
                self.let_go(unit);
                self.give_core_up(unit);
                return;
            }
            if !self.core_queue.is_empty() && self.now >= self.units[unit].slice_until {
                self.units[unit].turn += 1;
                self.give_core_up(unit);
                self.want(unit);
                return;
            }
            let until = self.now + part.left;
            if self.nothing_before(until) && self.ready.is_empty() && self.core_queue.is_empty() {
                self.busy += part.left;
                self.set_now(until);
                self.units[unit].parts.pop_front();
                continue;
            }
            self.units[unit].since = Some(self.now);
            self.plan(unit, until, What::Done);
            if !self.core_queue.is_empty() {
                let at = self.units[unit].slice_until;
                self.plan(unit, at, What::Preempt);
            }
            return;
        }
    }

    /// Whether no event that still holds comes up to a moment.
    fn nothing_before(&mut self, until: u64) -> bool {
        while let Some(Reverse((at, _, unit, turn, _))) = self.events.peek() {
            if self.units[*unit].turn == *turn {
                return *at > until;
            }
            self.events.pop();
        }
        true
    }

    /// A worker's turn: it goes on to what it asks for next. False when it
    /// waits now or has ended.
    fn turn(&mut self, unit: usize) -> bool {
        let recorder = self.crew.recorder;
        if self.units[unit].running.is_none() {
            let place = self.board.place(unit as u32);
            let shared = self.units[unit].shared.clone();
            let stage = Stage::Virtual(place);
            let worker = self.crew.worker_on(unit, stage, &shared, recorder);
            self.units[unit].running =
                Some(Running::begin(&self.crew.tasks[unit], worker, recorder));
        }
        self.board.grant(unit);
        let running = self.units[unit].running.as_mut();
        let step = running.map(|r| r.step(&mut Context::from_waker(Waker::noop()), recorder));
        self.release_dropped(unit);
        let Some(Poll::Pending) = step else {
            if let Some(Poll::Ready(ending)) = step {
                self.endings[unit] = ending;
            }
            self.end(unit);
            return false;
        };
        match self.board.asked(unit) {
            Some(Ask::Sleep(time)) => {
                self.wait(unit);
                self.plan(unit, self.now.saturating_add(time), What::Wake);
                false
            }
            Some(Ask::Blocked(monitor)) => {
                self.wait(unit);
                self.units[unit].blocked = Some(monitor);
                false
            }
            Some(Ask::Compute(steps)) => {
                let left = (steps as f64 * self.machine.pace).round() as u64;
                self.units[unit].parts.push_back(Work {
                    check: true,
                    left,
                    steps: true,
                });
                true
            }
            Some(Ask::Point(point)) => {
                let pace = self.machine.pace;
                let parts = parts(point, self.machine.gil);
                if let Lock::Gil(_) = self.domains[self.units[unit].domain].lock {
                    for part in parts {
                        let left = (part.share * pace).round() as u64;
                        let work = Work {
                            check: part.check,
                            left,
                            steps: false,
                        };
                        self.units[unit].parts.push_back(work);
                    }
                } else {
                    // Nobody checks in between. An operation takes some time,
                    // also at a pace of less than the clock's nanosecond.
                    let share: f64 = parts.iter().map(|part| part.share).sum();
                    let left = ((share * pace).round() as u64).max(1);
                    let work = Work {
                        check: false,
                        left,
                        steps: false,
                    };
                    self.units[unit].parts.push_back(work);
                }
                true
            }
            // It awaited something that the board knows nothing of.
            None => {
                self.endings[unit].ending = Ending::Panicked(
                    "awaited something that is not an operation of the lab, \
                     which has no virtual time"
                        .into(),
                );
                self.end(unit);
                false
            }
        }
    }

    /// Locks whose guards were dropped are let go, and whoever waits for
    /// something that changed tries again.
    fn release_dropped(&mut self, unit: usize) {
        while let Some(lock) = self.board.take_release(unit) {
            let place: Place = self.board.place(unit as u32);
            let state = &self.units[unit].shared.locks[lock];
            place.note(&state.name, || Action::Release);
            state.leave(&Stage::Virtual(place), unit as u32);
        }
        for monitor in self.board.take_changed() {
            let domain = self.units[unit].domain;
            for other in 0..self.units.len() {
                let same = self.units[other].domain == domain;
                if same && self.units[other].blocked == Some(monitor) {
                    self.units[other].blocked = None;
                    self.plan(other, self.now + SIGNAL, What::Wake);
                }
            }
        }
    }

    /// A unit stops to work, of its own will.
    fn wait(&mut self, unit: usize) {
        self.units[unit].turn += 1;
        self.free_token(unit);
        self.give_core_up(unit);
    }

    fn end(&mut self, unit: usize) {
        self.wait(unit);
        self.units[unit].running = None;
        self.left -= 1;
        self.elapsed = self.now;
        self.start_next(Some(unit));
    }

    // The interpreter's lock.

    fn is_asked_to_let_go(&self, unit: usize) -> bool {
        let domain = &self.domains[self.units[unit].domain];
        matches!(&domain.lock, Lock::Gil(gil) if gil.is_requested())
    }

    /// Takes the lock if it is free; else the unit waits for it.
    fn take(&mut self, unit: usize) -> bool {
        let domain = &mut self.domains[self.units[unit].domain];
        match &mut domain.lock {
            Lock::None => {
                self.units[unit].token = true;
                true
            }
            Lock::OneThread { taken } => {
                if std::mem::replace(taken, true) {
                    domain.waiting.push_back(unit);
                    return false;
                }
                self.units[unit].token = true;
                true
            }
            Lock::Gil(_) => {
                if self.took(unit) {
                    return true;
                }
                self.domains[self.units[unit].domain]
                    .waiting
                    .push_back(unit);
                self.wait_on(unit);
                false
            }
        }
    }

    /// A waiter takes the lock if it is free now, and goes on.
    fn try_take(&mut self, unit: usize) -> bool {
        if !self.took(unit) {
            return false;
        }
        let domain = &mut self.domains[self.units[unit].domain];
        domain.waiting.retain(|waiting| *waiting != unit);
        self.want(unit);
        true
    }

    fn took(&mut self, unit: usize) -> bool {
        let domain = &mut self.domains[self.units[unit].domain];
        let Lock::Gil(gil) = &mut domain.lock else {
            return false;
        };
        if !gil.try_take(unit as u32) {
            return false;
        }
        domain.holder = Some(unit);
        let forced = std::mem::take(&mut domain.forced);
        let state = &mut self.units[unit];
        state.turn += 1;
        state.token = true;
        let wanted = state.wants.take();
        self.close(unit, wanted);
        self.units[unit].holds = Some(self.open(unit, Activity::Holding));
        // The switch that they waited for: now they want it again.
        for unit in forced {
            self.domains[self.units[unit].domain]
                .waiting
                .push_back(unit);
            self.wait_on(unit);
        }
        true
    }

    /// Begins to wait an interval for the lock.
    fn wait_on(&mut self, unit: usize) {
        if let Lock::Gil(gil) = &self.domains[self.units[unit].domain].lock {
            self.units[unit].noted = gil.switches();
        }
        self.units[unit].turn += 1;
        if self.units[unit].wants.is_none() {
            self.units[unit].wants = Some(self.open(unit, Activity::Blocked));
        }
        let late = TIMER.start + self.dice.below(TIMER.end - TIMER.start);
        let until = self.now + self.machine.switch_interval + late;
        self.plan(unit, until, What::TimedOut);
    }

    fn timed_out(&mut self, unit: usize) {
        if self.try_take(unit) {
            return;
        }
        let noted = self.units[unit].noted;
        let domain = &mut self.domains[self.units[unit].domain];
        let Lock::Gil(gil) = &mut domain.lock else {
            return;
        };
        gil.timed_out(noted);
        let holder = domain.holder.filter(|_| gil.is_requested());
        self.wait_on(unit);
        // A holder in the middle of its steps checks after the one that it is at.
        if let Some(holder) = holder
            && let Some(since) = self.units[holder].since
            && let Some(Work {
                steps: true, left, ..
            }) = self.units[holder].parts.front().copied()
        {
            let step = (self.machine.pace.round() as u64).max(1);
            let worked = self.now - since;
            let at = (since + worked.div_ceil(step) * step).min(since + left);
            self.plan(holder, at, What::LetGo);
        }
    }

    /// The holder lets the lock go because it was asked to, and waits for the
    /// switch.
    fn let_go(&mut self, unit: usize) {
        let forced = self.free_token(unit);
        let domain = &mut self.domains[self.units[unit].domain];
        if forced {
            domain.forced.push(unit);
            self.units[unit].wants = Some(self.open(unit, Activity::Blocked));
        } else {
            self.want(unit);
        }
    }

    /// The lock is free, or goes to the next in line; true when its holder was
    /// asked for it.
    fn free_token(&mut self, unit: usize) -> bool {
        if !std::mem::take(&mut self.units[unit].token) {
            return false;
        }
        let held = self.units[unit].holds.take();
        self.close(unit, held);
        let domain = &mut self.domains[self.units[unit].domain];
        match &mut domain.lock {
            Lock::None => false,
            Lock::OneThread { taken } => {
                match domain.waiting.pop_front() {
                    None => *taken = false,
                    Some(next) => {
                        self.units[next].token = true;
                        self.want(next);
                    }
                }
                false
            }
            Lock::Gil(gil) => {
                let forced = gil.let_go(unit as u32);
                domain.holder = None;
                // One waiter is signalled; whoever is first takes the lock.
                if let Some(next) = domain.waiting.front().copied() {
                    self.plan(next, self.now + SIGNAL, What::Signalled);
                }
                forced
            }
        }
    }

    fn open(&mut self, unit: usize, activity: Activity) -> u32 {
        let span = self.units[unit].spans;
        self.units[unit].spans += 1;
        self.crew.recorder.record(Event::Opened {
            worker: unit as u32,
            span,
            at: self.now,
            activity,
            label: LOCK.into(),
        });
        span
    }

    fn close(&self, unit: usize, span: Option<u32>) {
        if let Some(span) = span {
            let worker = unit as u32;
            self.crew.recorder.record(Event::Closed {
                worker,
                span,
                at: self.now,
            });
        }
    }
}
