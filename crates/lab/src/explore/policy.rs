//! Whose turn it is.

use super::ExploreError;
use crate::worker::Dice;
use std::collections::HashMap;

/// Chooses turns, and goes on from schedule to schedule.
pub(crate) trait Policy {
    /// One of the workers that can take the next step; none to stop before it.
    fn choose(&mut self, step: usize, ready: &[u32]) -> Result<Option<u32>, ExploreError>;
    /// What the chosen worker is about to do, in a number: the same after the same
    /// turns, or the tasks depend on something else.
    fn see(&mut self, _step: usize, _worker: u32, _about: u64) -> Result<(), ExploreError> {
        Ok(())
    }
    /// Whether a schedule is cut short at this step if somebody starves or it has
    /// no end.
    fn is_bounded(&self, _step: usize) -> bool {
        true
    }
    /// Prepares the next schedule; false when there is none.
    fn next_schedule(&mut self) -> bool;
}

/// Every schedule, by depth first: the path to the last one is all that it
/// remembers, so memory does not grow with their number.
#[derive(Debug, Default)]
pub(crate) struct Exhaustive {
    path: Vec<Branch>,
    /// The most preemptions of a schedule; none for any number.
    bound: Option<u32>,
    /// Preemptions of the schedule so far, and whose turn it was.
    preempted: u32,
    last: Option<u32>,
    /// Whether the bound has kept a schedule out.
    cut: bool,
}

impl Exhaustive {
    /// Every schedule with so many preemptions at the most.
    pub(crate) fn within(bound: Option<u32>) -> Self {
        Exhaustive {
            bound,
            ..Exhaustive::default()
        }
    }

    /// Whether the bound has kept a schedule out.
    pub(crate) fn was_cut(&self) -> bool {
        self.cut
    }
}

#[derive(Debug)]
struct Branch {
    taken: usize,
    of: usize,
    /// What the worker that has this turn was about to do.
    seen: Option<u64>,
}

impl Policy for Exhaustive {
    fn choose(&mut self, step: usize, ready: &[u32]) -> Result<Option<u32>, ExploreError> {
        if step == 0 {
            (self.preempted, self.last) = (0, None);
        }
        let goes_on = self.last.filter(|last| ready.contains(last));
        let spent = self.bound.is_some_and(|bound| self.preempted >= bound);
        let only = goes_on.filter(|_| spent);
        self.cut |= only.is_some() && ready.len() > 1;
        let choices = only.as_ref().map_or(ready, std::slice::from_ref);
        match self.path.get(step) {
            None => self.path.push(Branch {
                taken: 0,
                of: choices.len(),
                seen: None,
            }),
            Some(branch) if branch.of != choices.len() => {
                return Err(ExploreError::Outside { step: step + 1 });
            }
            Some(_) => {}
        }
        let chosen = choices[self.path[step].taken];
        self.preempted += u32::from(goes_on.is_some_and(|last| last != chosen));
        self.last = Some(chosen);
        Ok(Some(chosen))
    }

    fn see(&mut self, step: usize, _: u32, about: u64) -> Result<(), ExploreError> {
        let branch = &mut self.path[step];
        match branch.seen.replace(about) {
            Some(before) if before != about => Err(ExploreError::Outside { step: step + 1 }),
            _ => Ok(()),
        }
    }

    fn next_schedule(&mut self) -> bool {
        while let Some(branch) = self.path.last_mut() {
            branch.taken += 1;
            branch.seen = None;
            if branch.taken < branch.of {
                return true;
            }
            self.path.pop();
        }
        false
    }
}

/// What followed upon which turns in the schedules so far: those that begin alike
/// must go on alike.
#[derive(Debug, Default)]
struct Prefixes {
    /// The turns of the present schedule so far, as a number.
    turns: u64,
    /// What was about to happen, by the turns up to it.
    seen: HashMap<u64, u64>,
}

/// Beginnings that are remembered, the first that come: the short ones, which
/// most schedules share. They take about 3 MB.
const BEGINNINGS: usize = 1 << 16;

impl Prefixes {
    fn see(&mut self, step: usize, worker: u32, about: u64) -> Result<(), ExploreError> {
        // The finisher of splitmix64, so that beginnings do not get the same
        // number.
        let mut turns = if step == 0 { 0 } else { self.turns };
        turns = (turns ^ u64::from(worker)).wrapping_add(0x9E37_79B9_7F4A_7C15);
        turns = (turns ^ (turns >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        turns = (turns ^ (turns >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        self.turns = turns ^ (turns >> 31);
        match self.seen.get(&self.turns) {
            Some(before) if *before != about => Err(ExploreError::Outside { step: step + 1 }),
            Some(_) => Ok(()),
            None => {
                if self.seen.len() < BEGINNINGS {
                    self.seen.insert(self.turns, about);
                }
                Ok(())
            }
        }
    }
}

/// Each turn by lot.
#[derive(Debug)]
pub(crate) struct Random {
    dice: Dice,
    prefixes: Prefixes,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random {
            dice: Dice::new(0.0, seed, 0),
            prefixes: Prefixes::default(),
        }
    }
}

impl Policy for Random {
    fn choose(&mut self, _step: usize, ready: &[u32]) -> Result<Option<u32>, ExploreError> {
        let at = self.dice.below(ready.len() as u64) as usize;
        Ok(Some(ready[at]))
    }

    fn see(&mut self, step: usize, worker: u32, about: u64) -> Result<(), ExploreError> {
        self.prefixes.see(step, worker, about)
    }

    fn next_schedule(&mut self) -> bool {
        true
    }
}

/// Probabilistic concurrency testing: the worker of the highest priority has
/// its turn; priorities are drawn by lot, and at a few steps, drawn by lot too,
/// the one whose turn it was falls behind all others.
#[derive(Debug)]
pub(crate) struct Pct {
    dice: Dice,
    /// Highest first.
    order: Vec<u32>,
    falls: Vec<usize>,
    /// The longest schedule so far: where falls are drawn from.
    length: usize,
    prefixes: Prefixes,
}

/// Falls in a schedule. A failure that needs so many changes of turn at
/// certain places is found with a known probability.
const FALLS: usize = 2;

impl Pct {
    pub(crate) fn new(seed: u64) -> Self {
        let mut pct = Pct {
            dice: Dice::new(0.0, seed, 0),
            order: vec![],
            falls: vec![],
            length: 8,
            prefixes: Prefixes::default(),
        };
        pct.draw();
        pct
    }

    fn draw(&mut self) {
        self.order.clear();
        let length = self.length.max(1) as u64;
        self.falls = (0..FALLS)
            .map(|_| self.dice.below(length) as usize)
            .collect();
    }
}

impl Policy for Pct {
    fn choose(&mut self, step: usize, ready: &[u32]) -> Result<Option<u32>, ExploreError> {
        self.length = self.length.max(step + 1);
        for worker in ready {
            if !self.order.contains(worker) {
                let at = self.dice.below(self.order.len() as u64 + 1) as usize;
                self.order.insert(at, *worker);
            }
        }
        let first = |order: &[u32]| order.iter().copied().find(|worker| ready.contains(worker));
        let mut chosen = first(&self.order).unwrap_or(ready[0]);
        if self.falls.contains(&step) {
            self.order.retain(|worker| *worker != chosen);
            self.order.push(chosen);
            chosen = first(&self.order).unwrap_or(ready[0]);
        }
        Ok(Some(chosen))
    }

    fn see(&mut self, step: usize, worker: u32, about: u64) -> Result<(), ExploreError> {
        self.prefixes.see(step, worker, about)
    }

    fn next_schedule(&mut self) -> bool {
        self.draw();
        true
    }
}

/// The turns that it is given; past their end, the worker of the lowest number.
#[derive(Debug)]
pub(crate) struct Replay<'t>(&'t [u32]);

impl<'t> Replay<'t> {
    pub(crate) fn new(turns: &'t [u32]) -> Self {
        Replay(turns)
    }
}

impl Policy for Replay<'_> {
    fn choose(&mut self, step: usize, ready: &[u32]) -> Result<Option<u32>, ExploreError> {
        match self.0.get(step) {
            None => Ok(Some(ready[0])),
            Some(worker) if ready.contains(worker) => Ok(Some(*worker)),
            Some(_) => Err(ExploreError::NotThisProgram { step: step + 1 }),
        }
    }

    fn next_schedule(&mut self) -> bool {
        false
    }
}

/// The turns that it is given; past their end, and up to so many turns in all,
/// the worker of the lowest number. It stops there, and before a turn that
/// cannot be taken.
#[derive(Debug)]
pub(crate) struct Given<'t> {
    pub(crate) turns: &'t [u32],
    pub(crate) most: usize,
}

impl Policy for Given<'_> {
    fn choose(&mut self, step: usize, ready: &[u32]) -> Result<Option<u32>, ExploreError> {
        Ok(match self.turns.get(step) {
            Some(worker) => ready.contains(worker).then_some(*worker),
            None => (step < self.most).then_some(ready[0]),
        })
    }

    fn is_bounded(&self, _: usize) -> bool {
        false
    }

    fn next_schedule(&mut self) -> bool {
        false
    }
}
