//! The interpreter's lock in virtual time: [`gil::State`]'s rules, waited for
//! with planned events. Beside it the one thread that async tasks share.

use super::{SIGNAL, Simulation, What, Work};
use crate::gil::{self, Version};
use crate::stage::seat::LOCK;
use crate::trace::Activity;
use crate::trace::event::Event;
use std::collections::VecDeque;

/// Nanoseconds by which a timed wait is longer than it asked for: CPython's
/// slices exceed the switch interval by 17 to 70 us (measured). Drawn by lot
/// between these: with a constant, slices could be whole loop iterations, and
/// every switch would come at the same instruction.
const TIMER: std::ops::Range<u64> = 12_000..28_000;

/// Checks of 2.7, on average, until a waiter gets the lock: its holder wants it
/// again within a tenth of a microsecond, and the waiter has to be woken first.
/// Assumed, not measured; drawn by lot up to twice as many.
const LATE_CHECKS: u64 = 200;

/// An interpreter: one process's threads.
pub(super) struct Domain {
    pub(super) lock: Lock,
    holder: Option<usize>,
    waiting: VecDeque<usize>,
    /// Those that let the lock go when asked, and wait for the switch.
    forced: Vec<usize>,
}

impl Domain {
    pub(super) fn new(lock: Lock) -> Self {
        Domain {
            lock,
            holder: None,
            waiting: VecDeque::new(),
            forced: vec![],
        }
    }
}

pub(super) enum Lock {
    None,
    /// All workers take turns on one thread, and give it up only to wait.
    OneThread {
        taken: bool,
    },
    Gil(gil::State),
}

impl Simulation<'_, '_, '_> {
    pub(super) fn is_asked_to_let_go(&self, unit: usize) -> bool {
        let domain = &self.domains[self.units[unit].domain];
        matches!(&domain.lock, Lock::Gil(gil) if gil.is_requested())
    }

    /// Takes the lock if it is free; else the unit waits for it.
    pub(super) fn take(&mut self, unit: usize) -> bool {
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
    pub(super) fn try_take(&mut self, unit: usize) -> bool {
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
    pub(super) fn wait_on(&mut self, unit: usize) {
        if let Lock::Gil(gil) = &self.domains[self.units[unit].domain].lock {
            self.units[unit].noted = gil.switches();
        }
        self.units[unit].turn += 1;
        if self.units[unit].wants.is_none() {
            self.units[unit].wants = Some(self.open(unit, Activity::Blocked));
        }
        let wait = match self.machine.gil.and_then(Version::ticks) {
            None => {
                let late = TIMER.start + self.dice.below(TIMER.end - TIMER.start);
                self.machine.switch_interval + late
            }
            // At each of so many checks the holder is there first; then it is not.
            Some(ticks) => {
                let checks = 1 + self.dice.below(2 * LATE_CHECKS);
                let iterations = checks as f64 * f64::from(ticks) / gil::INSTRUCTIONS;
                ((iterations * self.machine.pace).round() as u64).max(1)
            }
        };
        self.plan(unit, self.now + wait, What::TimedOut);
    }

    pub(super) fn timed_out(&mut self, unit: usize) {
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
            }) = self.units[holder].parts.last().copied()
        {
            let step = (self.machine.pace.round() as u64).max(1);
            let worked = self.now - since;
            let at = (since + worked.div_ceil(step) * step).min(since + left);
            self.plan(holder, at, What::LetGo);
        }
    }

    /// The holder lets the lock go because it was asked to, and waits for the
    /// switch.
    pub(super) fn let_go(&mut self, unit: usize) {
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
    pub(super) fn free_token(&mut self, unit: usize) -> bool {
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
