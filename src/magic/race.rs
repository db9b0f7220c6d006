//! `%race`: the same race many times over, unprotected and protected.

use super::arguments::with_scenario;
use super::figures::{show, show_so_far};
use super::perform::{Showing, perform};
use super::place::Place;
use super::plan::{Asked, Plan};
use super::record::{FigureKind, Labelled, Shown};
use super::{Context, Doing, Magic, MagicError, pythons};
use crate::scenario::ParameterValue;
use clap::ArgMatches;

pub(super) const RACE: Magic = Magic {
    name: "race",
    command: || {
        pythons::without(with_scenario(
            "race",
            "Runs a scenario with shared state many times in threads, without and with protection",
        ))
    },
    run,
};

/// Repetitions where none are asked for.
const REPEAT: u32 = 30;

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(race(context, matches))
}

async fn race(context: &mut Context<'_>, matches: ArgMatches) -> Result<(), MagicError> {
    pythons::refuse(&matches, RACE.name)?;
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
    let plans = asked.plans(context.session, scenario.shares_under())?;
    let options = &asked.options;
    let total: f64 = plans.iter().map(|plan| plan.estimate(plan.scale)).sum();
    let mut place = (!options.json && !options.no_chart).then(|| {
        let text = format!("{}: {} runs, none done yet", scenario.name, plans.len());
        Place::new(context, total, text)
    });
    let mut shown = Shown {
        figure: FigureKind::Distribution,
        groups: vec![],
        explored: None,
        missing: vec![],
    };
    for (at, plan) in plans.iter().enumerate() {
        let label = label(plan, &plans);
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
        shown.groups.push(Labelled { label, trace });
        if let Some(place) = &mut place {
            show_so_far(context, &shown, options, place)?;
        }
    }
    show(context, shown, options, place).await
}

/// How the plan is protected, and whatever else tells it from the others.
fn label(plan: &Plan, plans: &[Plan]) -> String {
    let protect = match plan.parameters.word("protect") {
        "none" => "unprotected",
        word => word,
    };
    let others = plan
        .differences(plans)
        .into_iter()
        .filter(|(name, _)| *name != "protect");
    others.fold(protect.to_owned(), |label, (name, value)| {
        format!("{label}, {value} {name}")
    })
}
