//! Virtual time on a described machine: cores, the interpreter lock, and what
//! it costs to start.
//!
//! One thread polls the tasks. Each turn of a worker is what it asked for at
//! the board; this file decides when the turn is, by a queue of events. A
//! worker that computes needs a core and, in an interpreter, its lock; one that
//! waits has neither. Cores go round in slices where there are too few.
//!
//! A run has millions of operations, and most change nothing for anybody else.
//! So a worker goes on without an event for as long as nothing is planned
//! before the end of what it does, and no event is planned that is certain to
//! be void.

mod interpreter;
mod turn;

use super::task::{End, Running, Task};
use super::{Crew, Endings};
use crate::gil;
use crate::settings::Described;
use crate::stage::board::Board;
use crate::stage::seat::SPANS;
use crate::sync::Shared;
use crate::trace::Model;
use crate::worker::Dice;
use interpreter::{Domain, Lock};
use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use turn::Costs;

/// Nanoseconds for which a core stays with one worker while others want it
/// (the base slice of Linux's scheduler).
const SLICE: u64 = 3_000_000;
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
        awaited: crew.tasks.iter().filter(|task| !task.daemon).count(),
        next_to_start: 0,
        order: 0,
        elapsed: 0,
        dice: Dice::new(0.0, crew.settings.seed, 0),
        costs: Costs::of(machine, model),
        blocked: 0,
        changed: vec![],
        over: false,
    };
    simulation.over = simulation.awaited == 0;
    if !simulation.over {
        simulation.start();
    }
    simulation.carry_on();
    simulation.board.end();
    if simulation.left > 0 {
        simulation.elapsed = simulation.now;
    }
    Simulated {
        endings: simulation.endings,
        elapsed: simulation.elapsed,
        busy: simulation.busy,
        deadlock: simulation.left > 0 && !simulation.over,
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
    /// Those of them that the run waits for.
    awaited: usize,
    next_to_start: usize,
    /// Keeps events of one moment in the order in which they were planned.
    order: u64,
    elapsed: u64,
    /// Decides by how much timers are late.
    dice: Dice,
    costs: Costs,
    /// Units that wait for a monitor to change.
    blocked: usize,
    /// Monitors that have just changed; kept for its memory.
    changed: Vec<usize>,
    /// The run is over though not all have ended.
    over: bool,
}

/// An event that is to come. In the order of time, and of those of one moment
/// in the order in which they were planned.
#[derive(Clone, Copy, Debug)]
struct Planned {
    at: u64,
    order: u64,
    unit: usize,
    /// The turn of the unit at which it was planned.
    turn: u32,
    what: What,
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Planned {}

/// What is to happen to a unit.
#[derive(Clone, Copy, Debug)]
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
    /// Work before its next turn, the part that it is at last.
    parts: Vec<Work>,
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
    /// Whether a check point of the interpreter's lock stands before it.
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
            parts: Vec::with_capacity(2),
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
        // One after another, a daemon would keep the others waiting for ever.
        let skips = |task: &&Task<'_>| self.model == Model::Sequential && task.daemon;
        let tasks = self.crew.tasks.iter().skip(self.next_to_start);
        self.next_to_start += tasks.take_while(skips).count();
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
        self.events.push(Reverse(Planned {
            at,
            order: self.order,
            unit,
            turn: self.units[unit].turn,
            what,
        }));
    }

    fn carry_on(&mut self) {
        loop {
            while let Some(unit) = self.ready.pop_front() {
                self.go_on(unit);
            }
            let Some(Reverse(event)) = self.events.pop() else {
                return;
            };
            if self.units[event.unit].turn == event.turn {
                self.set_now(event.at);
                self.happen(event.unit, event.what);
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
                self.units[unit].parts.pop();
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
            if let Some(part) = state.parts.last_mut() {
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
                // Those that have one know already if somebody else waits.
                if self.core_queue.is_empty() {
                    self.plan_preemptions();
                }
                self.core_queue.push_back(unit);
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
            let state = &self.units[unit];
            if let (true, Some(since), Some(part)) = (state.core, state.since, state.parts.last()) {
                let at = state.slice_until.max(self.now);
                if at < since + part.left {
                    self.plan(unit, at, What::Preempt);
                }
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
            let Some(part) = self.units[unit].parts.last().copied() else {
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
            let slice = self.units[unit].slice_until;
            let keeps_core = self.core_queue.is_empty() || until <= slice;
            if keeps_core && self.ready.is_empty() && self.nothing_before(until) {
                self.busy += part.left;
                self.set_now(until);
                self.units[unit].parts.pop();
                continue;
            }
            self.units[unit].since = Some(self.now);
            self.plan(unit, until, What::Done);
            if !keeps_core {
                self.plan(unit, slice, What::Preempt);
            }
            return;
        }
    }

    /// Whether no event that still holds comes up to a moment.
    fn nothing_before(&mut self, until: u64) -> bool {
        while let Some(Reverse(event)) = self.events.peek() {
            if event.at > until {
                return true;
            }
            if self.units[event.unit].turn == event.turn {
                return false;
            }
            self.events.pop();
        }
        true
    }

    /// A unit stops to work, of its own will.
    fn wait(&mut self, unit: usize) {
        self.units[unit].turn += 1;
        self.free_token(unit);
        self.give_core_up(unit);
    }
}
