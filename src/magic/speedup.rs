//! `%speedup`: the same total work by more and more workers.

use super::arguments::with_scenario;
use super::compare::models;
use super::figures::{show, show_so_far};
use super::options::{Many, near};
use super::perform::{Showing, perform};
use super::place::Place;
use super::plan::{Asked, Plan};
use super::record::{FigureKind, Labelled, Shown};
use super::{Context, Doing, Magic, MagicError, pythons};
use crate::scenario::{Crew, ParameterKind, ParameterValue, Scenario};
use clap::{Arg, ArgMatches};
use lab::trace::Model;

pub(super) const SPEEDUP: Magic = Magic {
    name: "speedup",
    command: || {
        pythons::without(with_scenario(
            "speedup",
            "Carries the same total work out by more and more workers",
        ))
        .arg(
            Arg::new("models")
                .long("models")
                .global(true)
                .value_name("A,B")
                .help("Models to compare [threads,processes]")
                .value_parser(models),
        )
    },
    run,
};

/// Repetitions where none are asked for.
const REPEAT: u32 = 10;
/// Numbers of workers where none are asked for.
const WORKERS: [u32; 4] = [1, 2, 4, 8];

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(speedup(context, matches))
}

async fn speedup(context: &mut Context<'_>, matches: ArgMatches) -> Result<(), MagicError> {
    pythons::refuse(&matches, SPEEDUP.name)?;
    let asked = Asked::new(&matches)?;
    let models = match matches.get_one::<Many<Model>>("models") {
        Some(Many(models)) => models.clone(),
        None => vec![Model::Threads, Model::Processes],
    };
    let plans = plans(context, &asked, &models)?;
    let options = &asked.options;
    let total: f64 = plans.iter().map(|plan| plan.estimate(plan.scale)).sum();
    let name = asked.scenario.name;
    let mut place = (!options.json && !options.no_chart).then(|| {
        let text = format!("{name}: {} runs, none done yet", plans.len());
        Place::new(context, total, text)
    });
    let mut shown = Shown {
        figure: FigureKind::Speedup,
        groups: vec![],
        explored: None,
        missing: vec![],
    };
    let mut before = 0.0;
    for plan in &plans {
        if let Some(place) = &mut place
            && shown.groups.is_empty()
        {
            place.say(context, format!("{name} under {} is running", plan.model));
        }
        let part = plan.estimate(plan.scale) / total;
        let showing = Showing {
            share: Some((before, part)),
            ..Showing::default()
        };
        let trace = perform(context, plan, showing).await?;
        before += part;
        let lock = plan
            .lock()
            .map_or(String::new(), |version| format!(", gil {version}"));
        let label = format!("{}{lock}", plan.model);
        shown.groups.push(Labelled { label, trace });
        if let Some(place) = &mut place {
            show_so_far(context, &shown, options, place)?;
        }
    }
    show(context, shown, options, place).await
}

/// A plan for each model and number of workers, the total work divided among
/// them; and, for a list of cores, one that is simulated on each number of them
/// with as many workers.
fn plans(context: &Context<'_>, asked: &Asked, models: &[Model]) -> Result<Vec<Plan>, MagicError> {
    let scenario = asked.scenario;
    if !divides(scenario) {
        let fit = crate::scenario::ALL
            .iter()
            .filter(|s| !s.hidden && divides(s));
        let fit: Vec<&str> = fit.map(|s| s.name).collect();
        return Err(MagicError::Usage {
            message: format!(
                "{} has no work that could be divided among workers",
                scenario.name
            ),
            near: near(scenario.name, fit.iter().copied()),
            todo: format!("%speedup {} does", fit.first().unwrap_or(&"crunch")),
        });
    }
    let mut asked = asked.clone();
    asked.options.repeat.get_or_insert(REPEAT);
    let cores = asked.options.cores.take();
    asked.options.workers.get_or_insert_with(|| match &cores {
        // Points with a core for each worker say it all; the one that they are
        // held against has to be there.
        Some(Many(cores)) if asked.options.simulate => Many(match cores.contains(&1) {
            true => vec![],
            false => vec![1],
        }),
        _ => Many(WORKERS.into()),
    });
    let mut all = vec![];
    for &model in models {
        all.extend(asked.plans(context.session, model)?);
    }
    if let Some(Many(cores)) = cores {
        for &model in models {
            for &cores in &cores {
                let mut simulated = asked.clone();
                simulated.options.simulate = true;
                simulated.options.repeat = Some(1);
                simulated.options.cores = Some(Many(vec![cores]));
                simulated.options.workers =
                    Some(Many(vec![cores.min(crate::scenario::MOST_WORKERS)]));
                all.extend(simulated.plans(context.session, model)?);
            }
        }
    }
    if let Crew::Alike { .. } = scenario.crew {
        for plan in &mut all {
            for name in steps(scenario) {
                let share = plan.parameters.number(name) / u64::from(plan.parameters.workers);
                plan.parameters
                    .set(name, ParameterValue::Steps(share.max(1)));
            }
        }
    }
    Ok(all)
}

/// Whether more workers can take the same work: a pool's tasks, or steps that
/// are divided among workers that are all alike.
fn divides(scenario: &Scenario) -> bool {
    match scenario.crew {
        Crew::Pool { .. } => true,
        Crew::Alike { .. } => steps(scenario).next().is_some(),
        Crew::Roles(_) => false,
    }
}

/// Its parameters that are steps.
fn steps(scenario: &Scenario) -> impl Iterator<Item = &'static str> {
    let all = scenario.parameters.iter();
    all.filter(|p| matches!(p.kind, ParameterKind::Steps { .. }))
        .map(|p| p.name)
}
