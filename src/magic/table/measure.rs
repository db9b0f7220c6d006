//! The runs that a table needs: planned together, so that they end in time,
//! carried out one after another, and found again.

use crate::claim;
use crate::magic::compare::scale_within;
use crate::magic::options::{MachineName, Many, RunOptions};
use crate::magic::perform::{Showing, perform};
use crate::magic::place::Place;
use crate::magic::plan::{Asked, Plan, any_seed, times};
use crate::magic::{Context, MagicError, Session};
use crate::run::RunFailure;
use crate::scenario;
use lab::gil::Version;
use lab::trace::{Ending, Model, Trace};

/// A run that a table needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::magic) struct Needed {
    /// The scenario's name.
    pub scenario: &'static str,
    /// Execution model.
    pub model: Model,
    /// Parameters over the scenario's defaults, as a learner types them;
    /// `workers` among them.
    pub typed: &'static [(&'static str, &'static str)],
    /// On what it runs.
    pub with: With,
}

/// On what a run of a table happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::magic) enum With {
    /// This machine, without an interpreter lock.
    Here,
    /// This machine, under the newest interpreter lock.
    Lock,
    /// The guide's machine, in virtual time and at its own scale.
    Guide,
}

/// Runs that are done.
#[derive(Debug, Default)]
pub(in crate::magic) struct Runs {
    done: Vec<(Needed, Result<Trace, String>)>,
}

impl Runs {
    /// What a run left behind; none where it failed or its scenario is not
    /// there.
    pub fn of(&self, needed: &Needed) -> Option<&Trace> {
        let (_, run) = self.done.iter().find(|(own, _)| own == needed)?;
        run.as_ref().ok()
    }

    /// Median of its repetitions, in seconds.
    pub fn seconds(&self, needed: &Needed) -> Option<f64> {
        claim::elapsed(self.of(needed)?)
    }

    /// How many times as fast it is as another.
    pub fn gain(&self, needed: &Needed, over: &Needed) -> Option<f64> {
        Some(self.seconds(over)? / self.seconds(needed)?)
    }

    /// Cores that are busy on average.
    pub fn cores(&self, needed: &Needed) -> Option<f64> {
        let samples = &self.of(needed)?.samples;
        let busy: Vec<f64> = samples
            .iter()
            .map(|s| s.cpu as f64 / s.elapsed.max(1) as f64)
            .collect();
        lab::stats::median(&busy).filter(|cores| *cores > 0.0)
    }

    /// The line that a run closed with, or how it failed, workers that did not
    /// return named; nothing where its scenario is not there.
    pub fn told(&self, needed: &Needed) -> String {
        match self.done.iter().find(|(own, _)| own == needed) {
            None => String::new(),
            Some((_, Err(failure))) => failure.lines().next().unwrap_or_default().to_owned(),
            Some((_, Ok(trace))) => {
                let ends = trace.workers.iter().filter_map(|lane| {
                    let odd = !matches!(lane.ending, Ending::Returned | Ending::Running);
                    odd.then(|| format!("{} {}", lane.name, lane.ending))
                });
                let last = trace.marks.iter().rev().find(|mark| mark.worker.is_none());
                let line = last.map(|mark| mark.text.clone());
                let all: Vec<String> = ends.chain(line).filter(|s| !s.is_empty()).collect();
                all.join("; ")
            }
        }
    }

    /// Every run that there is.
    pub fn traces(&self) -> Vec<&Trace> {
        let done = self.done.iter();
        done.filter_map(|(_, run)| run.as_ref().ok()).collect()
    }
}

/// Repetitions where none are asked for.
const REPEAT: u32 = 3;

/// Carries out what a table needs, at the largest scale that ends in time where
/// none is asked for.
///
/// # Errors
/// When the learner interrupts, or asks for what a scenario does not have. A
/// run that fails is a fact of its own and stands in the table.
pub(super) async fn measure(
    context: &mut Context<'_>,
    name: &str,
    needed: &[Needed],
    options: &RunOptions,
) -> Result<Runs, MagicError> {
    let options = &RunOptions {
        seed: options.seed.or_else(|| Some(any_seed())),
        ..options.clone()
    };
    let mut plans = vec![];
    for one in needed {
        if let Some(plan) = plan(context.session, one, options)? {
            plans.push((*one, plan));
        }
    }
    if options.scale.is_none() {
        fit(&mut plans, context.session.scale);
    }
    let estimate = |plan: &Plan| plan.estimate(plan.scale);
    let total: f64 = plans.iter().map(|(_, plan)| estimate(plan)).sum();
    let mut place = (!options.json).then(|| {
        let text = format!("{name}: {} runs, none done yet", plans.len());
        Place::new(context, total, text)
    });
    let mut runs = Runs::default();
    let (mut before, of) = (0.0, plans.len());
    for (at, (one, plan)) in plans.into_iter().enumerate() {
        if let Some(place) = &mut place {
            let what = format!("{} under {}", plan.scenario.name, plan.model);
            place.say(context, format!("{name}: {what} ({} of {of})", at + 1));
        }
        let part = estimate(&plan) / total.max(1e-9);
        let showing = Showing {
            share: Some((before, part)),
            ..Showing::default()
        };
        before += part;
        let run = match perform(context, &plan, showing).await {
            Err(MagicError::Run(RunFailure::Interrupted)) => {
                return Err(RunFailure::Interrupted.into());
            }
            run => run.map_err(|failure| failure.to_string()),
        };
        runs.done.push((one, run));
    }
    if let Some(mut place) = place {
        place.say(context, format!("{name}: {of} runs"));
    }
    Ok(runs)
}

/// Seconds within which the measured runs of a table end.
const WITHIN: f64 = 9.0;

/// Gives the runs of each kind of work a scale of their own, the largest at
/// which all end in time: what waits for long does not make short what computes.
fn fit(plans: &mut [(Needed, Plan)], session: f64) {
    let kind = |one: &Needed| (one.scenario, one.typed, one.with);
    let mut kinds: Vec<(_, Vec<Plan>)> = vec![];
    for (one, plan) in plans.iter().filter(|(one, _)| one.with != With::Guide) {
        match kinds.iter_mut().find(|(own, _)| *own == kind(one)) {
            Some((_, of)) => of.push(plan.clone()),
            None => kinds.push((kind(one), vec![plan.clone()])),
        }
    }
    let need = |of: &[Plan], scale: f64| -> f64 { of.iter().map(|p| p.estimate(scale)).sum() };
    // What needs less than its part leaves the rest to the others.
    kinds.sort_by(|(_, a), (_, b)| need(a, 1.0).total_cmp(&need(b, 1.0)));
    let (mut left, mut count) = (WITHIN, kinds.len() as f64);
    for (own, of) in &kinds {
        let scale = scale_within(left / count, need(of, 1.0));
        left = (left - need(of, scale)).max(0.0);
        count -= 1.0;
        for (_, plan) in plans.iter_mut().filter(|(one, _)| kind(one) == *own) {
            plan.scale = times(scale, session);
        }
    }
}

/// The plan of a run; none where its scenario is not there or does not run so.
fn plan(
    session: &Session,
    needed: &Needed,
    options: &RunOptions,
) -> Result<Option<Plan>, MagicError> {
    let Some(scenario) = scenario::find(needed.scenario) else {
        return Ok(None);
    };
    if !scenario.models.contains(&needed.model) {
        return Ok(None);
    }
    let mut own = RunOptions {
        repeat: options.repeat.or(Some(REPEAT)),
        seed: options.seed,
        scale: options.scale,
        timeout: options.timeout,
        ..RunOptions::default()
    };
    match needed.with {
        With::Here => {}
        With::Lock => own.gil = Some(Many(vec![Some(Version::NEWEST)])),
        With::Guide => {
            own.simulate = true;
            own.machine = Some(MachineName::Guide);
            own.repeat = Some(1);
            own.scale = Some(1.0);
        }
    }
    let mut values = vec![];
    for (name, text) in needed.typed {
        let wrong = |why: String| {
            let message = format!("{} --{name} {text}: {why}", scenario.name);
            MagicError::usage(message, "This is a mistake in the table itself")
        };
        if *name == "workers" {
            let workers = text.parse().map_err(|_| wrong("no number".into()))?;
            own.workers = Some(Many(vec![workers]));
            continue;
        }
        let parameter = scenario.parameters.iter().find(|p| p.name == *name);
        let parameter = parameter.ok_or_else(|| wrong("there is no such parameter".into()))?;
        let value = parameter.parse(text).map_err(|e| wrong(e.to_string()))?;
        values.push((parameter.name, vec![value]));
    }
    let asked = Asked {
        scenario,
        values,
        options: own,
        schedules: false,
    };
    let mut plan = asked.plan(session, needed.model)?;
    if needed.with == With::Guide {
        // Virtual time costs none: the guide's own numbers.
        plan.scale = 1.0;
    }
    Ok(Some(plan))
}

#[cfg(test)]
mod tests {
    use super::super::TABLES;
    use super::*;
    use crate::run::Program;

    #[test]
    fn every_run_of_every_table_is_one_that_its_scenario_offers() {
        let session = Session::new(Program {
            path: "".into(),
            arguments: vec![],
        });
        for table in TABLES {
            for needed in (table.needs)() {
                if scenario::find(needed.scenario).is_none() {
                    continue;
                }
                let plan = plan(&session, &needed, &RunOptions::default());
                assert!(
                    matches!(plan, Ok(Some(_))),
                    "{}: {needed:?} {plan:?}",
                    table.name
                );
            }
        }
    }
}
