//! `%compare`: a scenario under all its models, beside the guide's figures.

use super::arguments::with_scenario;
use super::figures::{show, show_so_far};
use super::options::{Many, near};
use super::perform::{Showing, perform};
use super::place::Place;
use super::plan::{Asked, Plan, times};
use super::pythons::Pythons;
use super::record::{FigureKind, Labelled, Shown};
use super::{Context, Doing, Magic, MagicError};
use clap::{Arg, ArgMatches};
use lab::trace::Model;

pub(super) const COMPARE: Magic = Magic {
    name: "compare",
    command: || {
        with_scenario(
            "compare",
            "Runs a scenario under all its models and compares them",
        )
        .arg(
            Arg::new("models")
                .long("models")
                .global(true)
                .value_name("A,B")
                .help("Models to compare [all of the scenario's]")
                .value_parser(models),
        )
    },
    run,
};

/// Repetitions where none are asked for.
const REPEAT: u32 = 5;
/// Seconds within which a comparison ends where no scale is asked for.
const WITHIN: f64 = 10.0;

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(compare(context, matches))
}

pub(super) fn models(text: &str) -> Result<Many<Model>, String> {
    let one = |name: &str| {
        Model::ALL
            .into_iter()
            .find(|model| model.name() == name)
            .ok_or_else(|| {
                let all = Model::ALL.map(Model::name);
                let meant = near(name, all);
                let meant = meant
                    .first()
                    .map_or(String::new(), |m| format!("; did you mean `{m}`?"));
                format!("`{name}` is no model{meant} Possible: {}", all.join(", "))
            })
    };
    text.split(',')
        .map(|name| one(name.trim()))
        .collect::<Result<_, _>>()
        .map(Many)
}

async fn compare(context: &mut Context<'_>, matches: ArgMatches) -> Result<(), MagicError> {
    let mut asked = Asked::new(&matches)?;
    asked.options.repeat.get_or_insert(REPEAT);
    let scenario = asked.scenario;
    let models = match matches.get_one::<Many<Model>>("models") {
        Some(Many(models)) => models.clone(),
        None => scenario.models.to_vec(),
    };
    let mut plans = vec![];
    for model in models {
        plans.extend(asked.plans(context.session, model)?);
    }
    let mut pythons = Pythons::find(context, &asked.options).await?;
    if asked.options.scale.is_none() {
        let scale = times(fitting_scale(&plans, &pythons), context.session.scale);
        plans.iter_mut().for_each(|plan| plan.scale = scale);
    }
    let options = &asked.options;
    let total: f64 = plans
        .iter()
        .map(|plan| estimate(plan, &pythons, plan.scale))
        .sum();
    let mut place = (!options.json && !options.no_chart).then(|| {
        let text = format!("{}: {} runs, none done yet", scenario.name, plans.len());
        Place::new(context, total, text)
    });
    let mut shown = Shown {
        figure: FigureKind::Comparison,
        groups: vec![],
        explored: None,
        missing: vec![],
    };
    // Those of a Python stand together, after the runs.
    let mut beside = vec![];
    let mut before = 0.0;
    for (at, plan) in plans.iter().enumerate() {
        let label = label(plan, &plans);
        if let Some(place) = &mut place {
            let (at, of, scale) = (at + 1, plans.len(), plan.scale);
            let text = format!(
                "{} under {label} ({at} of {of}), {} times at scale {scale}",
                scenario.name, plan.repeat
            );
            place.say(context, text);
        }
        let part = estimate(plan, &pythons, plan.scale) / total;
        let showing = Showing {
            share: Some((before, part)),
            ..Showing::default()
        };
        let trace = perform(context, plan, showing).await?;
        before += part;
        // A lock of ours makes no difference to a Python.
        let alike =
            |other: &Plan| (other.model, &other.parameters) == (plan.model, &plan.parameters);
        if !plans[..at].iter().any(alike) {
            let called = |python: &str| format!("{label}, {python}");
            let twins = pythons.beside(context, plan, &trace, false, called).await?;
            beside.extend(twins);
        }
        shown.groups.push(Labelled { label, trace });
        if let Some(place) = &mut place {
            show_so_far(context, &shown, options, place)?;
        }
    }
    beside.sort_by(|a, b| a.trace.header.python.cmp(&b.trace.header.python));
    shown.groups.extend(beside);
    shown.missing = pythons.missing;
    show(context, shown, options, place).await
}

/// Seconds that a plan and its twins are expected to take, at a scale.
fn estimate(plan: &Plan, pythons: &Pythons, scale: f64) -> f64 {
    plan.estimate(scale) + pythons.estimate(plan, scale)
}

/// The largest scale of two digits, 1 at the most, at which all plans together
/// end in time.
fn fitting_scale(plans: &[Plan], pythons: &Pythons) -> f64 {
    let total = plans.iter().map(|plan| estimate(plan, pythons, 1.0)).sum();
    scale_within(WITHIN, total)
}

/// The largest such scale at which what takes `total` seconds at scale 1 ends
/// within so many seconds.
pub(super) fn scale_within(seconds: f64, total: f64) -> f64 {
    if total <= seconds {
        return 1.0;
    }
    let wanted = seconds / total;
    let digit = 10f64.powf(wanted.log10().floor() - 1.0);
    // Written with as many digits as it has, so that 0.28 does not become
    // 0.28000000000000003 on the chart.
    let decimals = (1.0 - wanted.log10().floor()).max(0.0) as usize;
    let scale = (wanted / digit).floor() * digit;
    format!("{scale:.decimals$}").parse().unwrap_or(wanted)
}

/// The model, and whatever else tells this plan from the others.
fn label(plan: &Plan, plans: &[Plan]) -> String {
    let differences = plan.differences(plans).into_iter();
    differences.fold(
        plan.model.name().to_owned(),
        |label, (name, value)| match name {
            "workers" => format!("{label}, {value} {name}"),
            name => format!("{label}, {name} {value}"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Program;
    use crate::scenario::{self, Scenario};

    fn plans(scenario: &'static Scenario) -> Vec<Plan> {
        let session = super::super::Session::new(Program {
            path: "".into(),
            arguments: vec![],
        });
        let options = super::super::options::RunOptions {
            repeat: Some(REPEAT),
            ..Default::default()
        };
        let asked = Asked {
            scenario,
            values: vec![],
            options,
            schedules: false,
        };
        let mut plans = vec![];
        for &model in scenario.models {
            plans.extend(asked.plans(&session, model).unwrap());
        }
        plans
    }

    #[test]
    fn the_scale_makes_a_comparison_end_in_ten_seconds() {
        for name in ["orders", "chai-makers", "breakfast", "crunch"] {
            let plans = plans(scenario::find(name).unwrap());
            let scale = fitting_scale(&plans, &Pythons::default());
            let total: f64 = plans.iter().map(|plan| plan.estimate(scale)).sum();
            assert!(
                total <= WITHIN && (total > 0.8 * WITHIN || scale == 1.0),
                "{name}: {total}"
            );
            assert!(scale.to_string().len() <= 6, "{scale}");
        }
    }
}
