//! `%threads`, `%processes`, `%sequential`, `%pool`, `%async`: one scenario,
//! for real, under one model.

use super::arguments::with_scenario;
use super::figures::show;
use super::perform::{Showing, perform};
use super::place::Place;
use super::plan::{Asked, Plan, times};
use super::pythons::Pythons;
use super::record::{FigureKind, Labelled, Shown};
use super::{Context, Doing, Magic, MagicError};
use crate::display::Stream;
use crate::figure;
use clap::ArgMatches;
use lab::trace::Model;

macro_rules! run_magic {
    ($constant:ident, $model:expr, $name:literal, $about:literal) => {
        pub(super) const $constant: Magic = Magic {
            name: $name,
            command: || with_scenario($name, $about),
            run: |context, matches| run(context, matches, $model),
        };
    };
}
run_magic!(
    THREADS,
    Model::Threads,
    "threads",
    "Runs a scenario for real, in threads"
);
run_magic!(
    PROCESSES,
    Model::Processes,
    "processes",
    "Runs a scenario for real, in processes"
);
run_magic!(
    SEQUENTIAL,
    Model::Sequential,
    "sequential",
    "Runs a scenario one task after another"
);
run_magic!(
    POOL,
    Model::Pool,
    "pool",
    "Runs a scenario on a pool of threads (rayon)"
);
run_magic!(
    ASYNC,
    Model::Async,
    "async",
    "Runs a scenario as async tasks on one thread (tokio)"
);

/// Runs expected to take longer than this are announced.
const LONG: f64 = 5.0;

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches, model: Model) -> Doing<'a> {
    Box::pin(async move {
        let asked = Asked::new(&matches)?;
        let plan = asked.plan(context.session, model)?;
        carry_out(context, &asked, &plan).await
    })
}

async fn carry_out(
    context: &mut Context<'_>,
    asked: &Asked,
    plan: &Plan,
) -> Result<(), MagicError> {
    let options = &asked.options;
    let quiet = options.json;
    if !quiet {
        announce(context, plan);
    }
    let style = options.style();
    let mut place = (!quiet && !options.no_chart).then(|| {
        let text = format!("{} under {} is running", plan.scenario.name, plan.model);
        Place::new(context, plan.estimate(plan.scale), text)
    });
    let chart = place
        .as_mut()
        .filter(|_| !options.no_live)
        .map(|place| (place, &style));
    let showing = Showing {
        says: !quiet,
        chart,
        share: None,
    };
    let trace = perform(context, plan, showing).await?;
    let mut pythons = Pythons::find(context, options).await?;
    let called = |python: &str| format!("{python}, measured");
    let twins = pythons
        .beside(context, plan, &trace, !quiet, called)
        .await?;
    let mut shown = Shown {
        figure: FigureKind::Timeline,
        groups: vec![Labelled {
            label: plan.model.name().into(),
            trace,
        }],
        explored: None,
        missing: pythons.missing,
    };
    shown.groups.extend(twins);
    show(context, shown, options, place).await
}

fn announce(context: &mut Context<'_>, plan: &Plan) {
    let seconds = plan.estimate(plan.scale);
    if seconds < LONG {
        return;
    }
    // A scale that a person would type, of one digit; the environment's comes
    // on top of it.
    let wanted = plan.scale / context.session.scale * 2.0 / seconds;
    let digit = 10f64.powf(wanted.log10().floor());
    let scale = times((wanted / digit).round(), digit);
    let shorter = plan.estimate(times(scale, context.session.scale));
    // Bytes to be written and rows to be read are not scaled.
    let hint = if shorter < 0.9 * seconds {
        format!("; --scale {scale} takes {}", figure::duration(shorter))
    } else {
        String::new()
    };
    let text = format!("about {}{hint}\n", figure::duration(seconds));
    context.screen.text(Stream::Out, &text);
}
