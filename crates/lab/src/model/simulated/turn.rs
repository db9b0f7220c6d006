//! A worker's turn in virtual time: it goes on to what it asks for next, and
//! that becomes work, a wait or its end.

use super::{Model, SIGNAL, Simulation, What, Work};
use crate::model::task::{End, Running};
use crate::settings::Described;
use crate::stage::board::{Ask, Point};
use crate::stage::{Stage, parts};
use crate::trace::event::Event;
use crate::trace::{Action, Ending};
use crate::value::Value;
use std::task::{Context, Poll, Waker};

/// What operations cost, worked out once: a run has millions of them.
pub(super) struct Costs {
    pace: f64,
    load: [Work; 2],
    store: [Work; 2],
    function: [Work; 2],
    /// How many of the two parts there are.
    parts: usize,
}

impl Costs {
    pub(super) fn of(machine: &Described, model: Model) -> Self {
        let pace = machine.pace;
        let checks = machine.gil.is_some() && !matches!(model, Model::Async | Model::Sequential);
        let cost = |point| {
            let parts = parts(point, machine.gil);
            let work = |check, share: f64| Work {
                check,
                left: (share * pace).round() as u64,
                steps: false,
            };
            if checks {
                // The part that comes first stands last.
                let [first, second] = parts.map(|part| work(part.check, part.share));
                return [second, first];
            }
            // Nobody checks in between. An operation takes some time, also at a
            // pace of less than the clock's nanosecond.
            let mut whole = work(false, parts.iter().map(|part| part.share).sum());
            whole.left = whole.left.max(1);
            [whole; 2]
        };
        Costs {
            pace,
            load: cost(Point::Load(0)),
            store: cost(Point::Store(0)),
            function: cost(Point::Function),
            parts: if checks { 2 } else { 1 },
        }
    }

    /// The work that an operation is, the part that comes first last.
    fn point(&self, point: Point) -> &[Work] {
        let work = match point {
            Point::Store(_) => &self.store,
            Point::Function => &self.function,
            _ => &self.load,
        };
        &work[..self.parts]
    }
}

impl Simulation<'_, '_, '_> {
    /// A worker's turn: it goes on to what it asks for next. False when it
    /// waits now or has ended.
    pub(super) fn turn(&mut self, unit: usize) -> bool {
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
                self.blocked += 1;
                false
            }
            Some(Ask::Compute(steps)) => {
                self.units[unit].parts.push(Work {
                    check: true,
                    left: (steps as f64 * self.costs.pace).round() as u64,
                    steps: true,
                });
                true
            }
            Some(Ask::Move(bytes)) => {
                // Within a process an item is handed over as it is.
                if self.model == Model::Processes {
                    self.units[unit].parts.push(Work {
                        check: false,
                        left: self.machine.half_a_move(bytes),
                        steps: false,
                    });
                }
                true
            }
            Some(Ask::Point(point)) => {
                let work = self.costs.point(point);
                self.units[unit].parts.extend_from_slice(work);
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
        if !self.board.take_news() {
            return;
        }
        while let Some(lock) = self.board.take_release(unit) {
            let place = self.board.place(unit as u32);
            let state = &self.units[unit].shared.locks[lock];
            place.note(&state.name, || Action::Release);
            state.leave(&Stage::Virtual(place), unit as u32);
        }
        let mut changed = std::mem::take(&mut self.changed);
        self.board.swap_changed(&mut changed);
        for monitor in changed.drain(..) {
            if self.blocked > 0 {
                self.wake(monitor);
            }
        }
        self.changed = changed;
    }

    fn wake(&mut self, monitor: usize) {
        for other in 0..self.units.len() {
            let state = &mut self.units[other];
            if state.blocked == Some(monitor) {
                state.blocked = None;
                self.blocked -= 1;
                self.plan(other, self.now + SIGNAL, What::Wake);
            }
        }
    }

    fn end(&mut self, unit: usize) {
        self.wait(unit);
        self.units[unit].running = None;
        self.left -= 1;
        self.elapsed = self.now;
        self.awaited -= usize::from(!self.crew.tasks[unit].daemon);
        let processes = self.model == Model::Processes;
        match self.endings[unit].ending.clone() {
            // Who dies so takes along whoever is in the same process.
            how @ (Ending::Killed(_) | Ending::Exited(_)) if !processes => self.stop(Some(how)),
            _ if self.awaited == 0 && self.left > 0 => {
                self.stop(self.crew.dismissed().filter(|_| processes));
            }
            _ => self.start_next(Some(unit)),
        }
    }

    /// The run is over: whoever has not ended ends so, or never does.
    fn stop(&mut self, how: Option<Ending>) {
        self.over = true;
        self.events.clear();
        self.ready.clear();
        for (id, unit) in self.units.iter().enumerate() {
            if let (Some(ending), Some(_)) = (&how, &unit.running) {
                self.crew.recorder.record(Event::Ended {
                    worker: id as u32,
                    at: self.now,
                    ending: ending.clone(),
                    result: Value::None,
                    omitted: 0,
                });
                self.endings[id] = End {
                    ending: ending.clone(),
                    value: Value::None,
                    at: self.now,
                };
            }
        }
    }
}
