//! `%race`: the same race many times over, unprotected and protected.

use super::arguments::with_scenario;
use super::figures::show;
use super::perform::{Showing, perform};
use super::place::Place;
use super::plan::{Asked, Plan};
use super::record::{FigureKind, Labelled, Shown};
use super::{Context, Doing, Magic, MagicError};
use crate::scenario::ParameterValue;
use clap::ArgMatches;
use lab::trace::Model;

pub(super) const RACE: Magic = Magic {
    name: "race",
    command: || {
        with_scenario(
            "race",
            "Runs a scenario with shared state many times in threads, without and with protection",
        )
    },
    run,
};

/// Repetitions where none are asked for.
const REPEAT: u32 = 30;

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(race(context, matches))
}

async fn race(context: &mut Context<'_>, matches: ArgMatches) -> Result<(), MagicError> {
    let mut asked = Asked::new(&matches)?;
    let scenario = asked.scenario;
    if !scenario.shares {
        return Err(MagicError::usage(
            format!(
                "{} shares nothing, so its workers cannot race",
                scenario.name
            ),
            "%race counter shows a race",
        ));
    }
    asked.options.repeat.get_or_insert(REPEAT);
    if asked.values.iter().all(|(name, _)| *name != "protect") {
        let both = ["none", "lock"].map(|word| ParameterValue::Choice(word.into()));
        asked.values.push(("protect", both.into()));
    }
    let plans = asked.plans(context.session, Model::Threads)?;
    let options = &asked.options;
    let total: f64 = plans.iter().map(|plan| plan.estimate(plan.scale)).sum();
    let mut place = (!options.json && !options.no_chart).then(|| {
        let text = format!("{}: {} runs, none done yet", scenario.name, plans.len());
        Place::new(context, total, text)
    });
    let mut groups = vec![];
    for (at, plan) in plans.iter().enumerate() {
        let label = match plan.parameters.word("protect") {
            "none" => "unprotected".into(),
            word => word.to_owned(),
        };
        let label = if plans
            .iter()
            .any(|p| p.parameters.workers != plan.parameters.workers)
        {
            format!("{label}, {} workers", plan.parameters.workers)
        } else {
            label
        };
        if let Some(place) = &mut place {
            place.say(
                context,
                format!("{} {label}: running {} times", scenario.name, plan.repeat),
            );
        }
        let share = Some((at as f64 / plans.len() as f64, 1.0 / plans.len() as f64));
        let trace = perform(
            context,
            plan,
            Showing {
                share,
                ..Showing::default()
            },
        )
        .await?;
        groups.push(Labelled { label, trace });
    }
    let documented = plans.iter().all(Plan::as_documented);
    let shown = Shown {
        figure: FigureKind::Distribution,
        documented,
        groups,
    };
    show(context, shown, options, place).await
}
