//! Schedules, explored: every order in which workers can take their steps, or
//! many of them, until one fails.
//!
//! `schedule` carries one out, `policy` chooses whose turn it is, `step` takes
//! the turns that somebody chose, [`replay`] writes a schedule as a short text.
//! Shared state is made anew for each.

mod patience;
pub(crate) mod policy;
pub mod replay;
pub(crate) mod schedule;
pub(crate) mod step;
mod words;

use crate::apart::Discard;
pub use crate::settings::ExploreError;
use crate::trace::lost::lost;
use crate::trace::{Op, Trace};
pub(crate) use patience::Cut;
pub use patience::{LONGEST, PATIENCE};
use policy::{Exhaustive, Pct, Policy, Random, Replay};
use schedule::{Program, Scheduled};
use std::collections::BTreeMap;
pub use step::{ByHand, Standing, Stepped};

/// Schedules that an exhaustive search goes through at the most. A number, not
/// a time: the verdict must not depend on the machine.
pub const MOST: u64 = 1_000_000;

/// How schedules are chosen.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Search {
    /// All of them, if there are at most [`MOST`]; else so many by
    /// [`Pct`](Search::Pct).
    Auto,
    /// All of them, up to a number.
    Exhaustive {
        /// The most that are tried.
        most: u64,
        /// How often a worker that could go on may lose its turn; none for any
        /// number. Most failures need few.
        preemptions: Option<u32>,
    },
    /// So many, each turn drawn by lot.
    Random {
        /// How many.
        schedules: u64,
    },
    /// So many by probabilistic concurrency testing (Burckhardt et al. 2010):
    /// workers have priorities by lot, and a few turns where they change.
    Pct {
        /// How many.
        schedules: u64,
    },
    /// Just this one: the workers in the order of their turns.
    Replay(Vec<u32>),
}

/// What there is to be found wrong with a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Failure {
    /// The tasks came to something else than they should.
    Wrong(String),
    /// The same, because a write was erased by one that had not seen it.
    LostUpdate(String),
    /// Workers wait for each other's locks, and nobody can go on.
    Deadlock,
    /// Workers wait for a signal that nobody is left to give.
    LostWakeUp,
    /// This worker could have gone on for [`PATIENCE`] turns in a row, had none of
    /// them, and nothing came of them.
    Starvation(String),
    /// The schedule has not ended after [`LONGEST`] turns.
    Endless,
    /// A task panicked.
    Panic(String),
}

impl Failure {
    /// The same, with the schedule before one's eyes: what was lost shows in its
    /// operations, which are kept for one schedule only.
    fn seen_in(self, trace: &Trace) -> Self {
        match self {
            Failure::Wrong(what) if !lost(&trace.ops).is_empty() => Failure::LostUpdate(what),
            failure => failure,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Wrong(what) => f.write_str(what),
            Failure::LostUpdate(what) => write!(f, "lost update: {what}"),
            Failure::Deadlock => f.write_str("deadlock: nobody can go on"),
            Failure::LostWakeUp => {
                f.write_str("lost wake-up: somebody waits for a signal that nobody will give")
            }
            Failure::Starvation(worker) => write!(
                f,
                "starvation: {worker} could go on and had none of {PATIENCE} turns in a row, of \
                 which nothing came"
            ),
            Failure::Endless => write!(f, "no end: it goes on after {LONGEST} turns"),
            Failure::Panic(message) => write!(f, "a task panicked: {message}"),
        }
    }
}

/// What exploring came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every schedule there is was tried, and none fails.
    Holds,
    /// None of those that were tried fails; there are more.
    NoFailure,
    /// One fails.
    Fails(Failure),
}

/// All that exploring found.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// What it came to.
    pub verdict: Verdict,
    /// Schedules that were tried.
    pub schedules: u64,
    /// Whether these are all that there are.
    pub complete: bool,
    /// How they were chosen, in words.
    pub policy: &'static str,
    /// Those that failed.
    pub failing: u64,
    /// What the schedules came to, and how many to each.
    pub outcomes: BTreeMap<String, u64>,
    /// The failing schedule with the fewest steps, and among those the fewest
    /// changes from worker to worker: the workers in the order of their turns.
    pub shortest: Option<Vec<u32>>,
    /// That schedule, or the last that was tried, with every operation.
    pub trace: Trace,
}

impl Discard for Exploration {
    #[inline(never)]
    fn discard(self) {}
}

/// Explores a program. `judge` says what is wrong with what a schedule came to,
/// and what it came to in words.
pub(crate) fn explore(
    program: &Program<'_, '_>,
    search: &Search,
    seed: u64,
    judge: &dyn Fn(&Scheduled) -> (String, Option<Failure>),
) -> Result<Exploration, ExploreError> {
    let mut found = Found::default();
    let (policy, complete) = match search {
        Search::Replay(turns) => {
            found.run(program, &mut Replay::new(turns), judge)?;
            ("replay", false)
        }
        Search::Random { schedules } => {
            found.search(program, &mut Random::new(seed), *schedules, judge)?;
            ("random", false)
        }
        Search::Pct { schedules } => {
            found.search(program, &mut Pct::new(seed), *schedules, judge)?;
            ("PCT", false)
        }
        Search::Exhaustive { most, preemptions } => {
            let complete = found.exhaust(program, *most, *preemptions, judge)?;
            let name = if preemptions.is_some() {
                "exhaustive within a bound"
            } else {
                "exhaustive"
            };
            (name, complete)
        }
        Search::Auto => match found.exhaust(program, MOST, None, judge)? {
            true => ("exhaustive", true),
            false if found.is_enough() => ("exhaustive", false),
            // What was tried lies close together; PCT looks farther afield.
            false => {
                let mut afield = Found::default();
                afield.search(program, &mut Pct::new(seed), AFIELD, judge)?;
                found.join(afield);
                ("exhaustive, then PCT", false)
            }
        },
    };
    let complete = complete && !found.cut;
    let shown = found
        .shortest
        .clone()
        .map(|(_, _, turns)| turns)
        .unwrap_or(found.last.clone());
    let trace = program.trace(&shown)?;
    let verdict = match found.failure {
        Some(failure) => Verdict::Fails(failure.seen_in(&trace)),
        None if complete => Verdict::Holds,
        None => Verdict::NoFailure,
    };
    Ok(Exploration {
        verdict,
        schedules: found.schedules,
        complete,
        policy,
        failing: found.failing,
        outcomes: found.outcomes,
        shortest: found.shortest.map(|(_, _, turns)| turns),
        trace,
    })
}

/// Turns that a search takes in all. Schedules that are cut short are long, and a
/// million of them would take hours; a number again, and not a time.
const TURNS: u64 = 100_000_000;

/// Schedules that are tried by PCT where there are too many for all.
const AFIELD: u64 = 100_000;

#[derive(Default)]
struct Found {
    schedules: u64,
    failing: u64,
    outcomes: BTreeMap<String, u64>,
    failure: Option<Failure>,
    /// Steps, changes of worker, and the turns themselves.
    shortest: Option<(usize, usize, Vec<u32>)>,
    last: Vec<u32>,
    turns: u64,
    /// The first schedule, to be tried again.
    first: Option<First>,
    /// A schedule had no end, and so will the others.
    endless: bool,
    /// A schedule was cut short, so there are more than were counted.
    cut: bool,
}

/// A schedule with all that came of it.
struct First {
    turns: Vec<u32>,
    ops: Vec<Op>,
    outcome: String,
}

impl Found {
    fn run(
        &mut self,
        program: &Program<'_, '_>,
        policy: &mut dyn Policy,
        judge: &dyn Fn(&Scheduled) -> (String, Option<Failure>),
    ) -> Result<(), ExploreError> {
        let scheduled = program.run(policy, program.watched || self.first.is_none())?;
        let (outcome, failure) = judge(&scheduled);
        self.schedules += 1;
        self.turns += scheduled.turns.len() as u64;
        self.endless |= failure == Some(Failure::Endless);
        self.cut |= scheduled.cut.is_some();
        if self.first.is_none() {
            self.first = Some(First {
                turns: scheduled.turns.clone(),
                ops: scheduled.board.take_ops(),
                outcome: outcome.clone(),
            });
        }
        match self.outcomes.get_mut(&outcome) {
            Some(number) => *number += 1,
            None => {
                self.outcomes.insert(outcome, 1);
            }
        }
        if let Some(failure) = failure {
            self.failing += 1;
            let turns = &scheduled.turns;
            let changes = turns.windows(2).filter(|pair| pair[0] != pair[1]).count();
            let size = (turns.len(), changes);
            if self
                .shortest
                .as_ref()
                .is_none_or(|(steps, changed, _)| size < (*steps, *changed))
            {
                self.shortest = Some((size.0, size.1, turns.clone()));
                self.failure = Some(failure);
            }
        }
        self.last = scheduled.turns;
        Ok(())
    }

    fn search(
        &mut self,
        program: &Program<'_, '_>,
        policy: &mut dyn Policy,
        schedules: u64,
        judge: &dyn Fn(&Scheduled) -> (String, Option<Failure>),
    ) -> Result<(), ExploreError> {
        for _ in 0..schedules.max(1) {
            self.run(program, policy, judge)?;
            if self.is_enough() {
                break;
            }
            policy.next_schedule();
        }
        self.again(program, judge)
    }

    fn is_enough(&self) -> bool {
        self.endless || self.turns >= TURNS
    }

    /// The first schedule once more: what the tasks did to anything outside of
    /// the lab shows in it.
    fn again(
        &self,
        program: &Program<'_, '_>,
        judge: &dyn Fn(&Scheduled) -> (String, Option<Failure>),
    ) -> Result<(), ExploreError> {
        let Some(first) = &self.first else {
            return Ok(());
        };
        let again = program.run(&mut Replay::new(&first.turns), true);
        let again = again.map_err(|error| match error {
            ExploreError::NotThisProgram { step } => ExploreError::Outside { step },
            error => error,
        })?;
        let ops = again.board.take_ops();
        let alike = first.ops.iter().zip(&ops).take_while(|(a, b)| a == b);
        let alike = alike.count();
        if alike < first.ops.len().max(ops.len()) {
            let op = first.ops.get(alike).or(ops.get(alike));
            let step = op.map_or(first.turns.len(), |op| op.at as usize);
            return Err(ExploreError::Outside { step });
        }
        if again.turns != first.turns || judge(&again).0 != first.outcome {
            let step = first.turns.len();
            return Err(ExploreError::Outside { step });
        }
        Ok(())
    }

    /// True when all schedules were tried.
    fn exhaust(
        &mut self,
        program: &Program<'_, '_>,
        most: u64,
        preemptions: Option<u32>,
        judge: &dyn Fn(&Scheduled) -> (String, Option<Failure>),
    ) -> Result<bool, ExploreError> {
        let mut policy = Exhaustive::within(preemptions);
        let complete = loop {
            self.run(program, &mut policy, judge)?;
            if !policy.next_schedule() {
                break !policy.was_cut();
            }
            if self.schedules >= most || self.is_enough() {
                break false;
            }
        };
        self.again(program, judge)?;
        Ok(complete)
    }

    fn join(&mut self, other: Found) {
        self.schedules += other.schedules;
        self.failing += other.failing;
        for (outcome, number) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += number;
        }
        if self.shortest.is_none() {
            (self.shortest, self.failure) = (other.shortest, other.failure);
        }
    }
}
