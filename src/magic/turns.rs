//! A schedule that a learner chooses turn by turn: what is kept of it from cell
//! to cell, and what is said of it. The turns alone are kept: each time they
//! are taken again from the beginning.

use super::figures::draw;
use super::options::RunOptions;
use super::place::Place;
use super::plan::Plan;
use super::record::{FigureKind, Found, Labelled, Shown};
use super::{Context, MagicError, small};
use crate::display;
use crate::scenario::quantity::thousands;
use lab::explore::{Standing, Stepped, replay};
use lab::trace::Trace;

/// Workers that have letters.
pub(super) const LETTERS: usize = 26;
/// Turns that a caption tells one by one,
const LISTED: usize = 20;
/// and that a line does, with all that happened in them.
const TOLD: usize = 10;

/// The turns so far, and where they have led to.
#[derive(Debug)]
pub(super) struct Turns {
    pub plan: Plan,
    pub options: RunOptions,
    pub stepped: Stepped,
    /// Where the ladder grows.
    pub place: Place,
}

impl Turns {
    /// Workers in the order of their turns.
    pub(super) fn workers(&self) -> Vec<u32> {
        self.stepped.turns.iter().map(|(who, _)| *who).collect()
    }

    /// Letters of the workers that can have the next turn.
    pub(super) fn ready(&self) -> Vec<String> {
        let ready = self.stepped.ready();
        ready.map(|(who, _)| letter(who).to_string()).collect()
    }

    /// Shows the ladder in its place, and keeps it for `%redraw`.
    pub(super) fn show(&mut self, context: &mut Context<'_>) -> Result<(), MagicError> {
        let shown = self.shown();
        if !self.options.no_chart {
            let figure = draw(&shown, &self.options.style())?;
            let bundle = display::chart(&figure, self.options.accessible)?;
            self.place.put(context, bundle);
        }
        context.session.last = Some(shown);
        Ok(())
    }

    fn shown(&self) -> Shown {
        let Stepped {
            outcome,
            failure,
            trace,
            ..
        } = &self.stepped;
        let verdict = match (outcome, failure) {
            (None, _) => "not ended",
            (Some(_), None) => "no failure",
            (Some(_), Some(_)) => "fails",
        };
        let found = Found {
            verdict: verdict.into(),
            caption: self.caption(),
            schedules: u64::from(outcome.is_some()),
            interleavings: None,
            policy: "by hand".into(),
            failing: u64::from(failure.is_some()),
            outcomes: outcome.iter().map(|o| (o.clone(), 1)).collect(),
            replay: outcome.as_ref().map(|_| self.replay()),
        };
        let label = format!("schedule of {}", self.plan.scenario.name);
        let header = small::header(&self.plan);
        let trace = Trace {
            header,
            ..trace.clone()
        };
        Shown {
            figure: FigureKind::Turns,
            groups: vec![Labelled { label, trace }],
            explored: Some(found),
            missing: vec![],
        }
    }

    fn replay(&self) -> String {
        replay::write(small::fingerprint(&self.plan), &self.workers())
    }

    /// Who is who, whose turns there were, and what can come next.
    fn caption(&self) -> String {
        let workers = self.workers();
        let from = workers.len().saturating_sub(LISTED);
        let letters: Vec<String> = workers[from..]
            .iter()
            .map(|who| letter(*who).to_string())
            .collect();
        let letters = letters.join(" ");
        let so_far = match (workers.len(), from) {
            (0, _) => "Nobody has had a turn yet.".into(),
            (_, 0) => format!("Turns so far: {letters}."),
            (all, _) => {
                let all = thousands(all as u64);
                format!("{all} turns so far, the last of them {letters}.")
            }
        };
        format!("{}. {so_far} {}", self.who(), self.next())
    }

    /// `A = adder 1, B = adder 2`.
    pub(super) fn who(&self) -> String {
        let lanes = (0..).zip(&self.stepped.trace.workers);
        let names: Vec<String> = lanes
            .map(|(who, lane)| format!("{} = {}", letter(who), lane.name))
            .collect();
        names.join(", ")
    }

    /// Who can go on and what each is about to do, or what it has come to; and
    /// who waits for what.
    pub(super) fn next(&self) -> String {
        let waiting: Vec<String> = (0..)
            .zip(&self.stepped.workers)
            .filter_map(|(who, standing)| match standing {
                Standing::Blocked(why) => Some(format!("{} {why}", letter(who))),
                Standing::Ready(_) | Standing::Ended(_) => None,
            })
            .collect();
        let mut said = match (&self.stepped.outcome, &self.stepped.failure) {
            (None, _) => format!("Next can be {}.", self.possible()),
            (Some(outcome), None) => format!("The end is right: it came to {outcome}."),
            (Some(_), Some(failure)) => format!("The end is wrong: {failure}."),
        };
        if !waiting.is_empty() {
            said += &format!(" {}.", waiting.join("; "));
        }
        if self.stepped.outcome.is_some() {
            said += &format!(" The same again: {}", self.again());
        }
        said
    }

    /// `A (writes total) or B (reads total)`.
    fn possible(&self) -> String {
        let ready = self.stepped.ready();
        let all: Vec<String> = ready
            .map(|(who, what)| format!("{} ({what})", letter(who)))
            .collect();
        match all.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        }
    }

    /// What to type for this same schedule.
    fn again(&self) -> String {
        let (plan, small) = (&self.plan, self.plan.scenario.small());
        let mut typed = format!("%explore {}", plan.scenario.name);
        if small.as_ref().map(|small| small.workers) != Some(plan.parameters.workers) {
            typed += &format!(" --workers {}", plan.parameters.workers);
        }
        for value in plan.parameters.iter() {
            let mut small = small.iter().flat_map(|small| small.iter());
            if !small.any(|other| other == value) {
                typed += &format!(" --{} {}", value.0, value.1);
            }
        }
        format!("{typed} --replay {}", self.replay())
    }

    /// What happened in the turns from one on, in words: `A reads total: 0; B
    /// reads total: 0`.
    pub(super) fn told(&self, from: usize) -> String {
        let turns = &self.stepped.turns[from..];
        let left_out = turns.len().saturating_sub(TOLD);
        let runs = turns[left_out..].chunk_by(|(a, _), (b, _)| a == b);
        let runs: Vec<String> = runs
            .map(|run| {
                let what: Vec<&str> = run.iter().map(|(_, what)| what.as_str()).collect();
                format!("{} {}", letter(run[0].0), what.join(", then "))
            })
            .collect();
        let before = match left_out {
            0 => String::new(),
            _ => {
                let all = thousands(turns.len() as u64);
                format!("{all} turns, the last of them: ")
            }
        };
        format!("{before}{}.", runs.join("; "))
    }

    /// Why a worker has not as many turns as it was to have: `led` is where those
    /// led that it could take.
    pub(super) fn refusal(&self, worker: u32, asked: usize, led: &Stepped) -> MagicError {
        let name = letter(worker);
        let why = match led.workers.get(worker as usize) {
            Some(Standing::Blocked(why) | Standing::Ended(why)) => why.as_str(),
            Some(Standing::Ready(_)) | None => {
                return MagicError::usage(
                    format!("there is no worker {name} here"),
                    format!("{}. {}", self.who(), self.next()),
                );
            }
        };
        match led.turns.len() - self.stepped.turns.len() {
            0 => MagicError::usage(format!("{name} has no turn: it {why}"), self.next()),
            taken => MagicError::usage(
                format!("{name} cannot take {asked} turns here: after {taken} it {why}"),
                format!("%step {name} {taken} takes those"),
            ),
        }
    }
}

/// A worker's letter.
fn letter(worker: u32) -> char {
    char::from(b'A' + (worker as usize).min(LETTERS - 1) as u8)
}
