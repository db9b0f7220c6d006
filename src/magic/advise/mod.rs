//! `%advise`: what a workload is made of, which model to take for it and why,
//! and the decision as a chart with the way of this workload.

mod profile;
mod tree;

use super::arguments::with_scenario;
use super::compare::scale_within;
use super::options::RunOptions;
use super::perform::{Showing, perform};
use super::place::Place;
use super::plan::{Asked, Plan, times};
use super::record::{Labelled, Missing, fields};
use super::{Context, Doing, Magic, MagicError};
use crate::claim;
use crate::display::{self, Stream, Table};
use crate::figure::{self, Decision, End};
use crate::run::RunFailure;
use clap::ArgMatches;
use lab::trace::{Kind, Model, Trace};
use profile::Profile;
use serde_json::{Value, json};

pub(super) const ADVISE: Magic = Magic {
    name: "advise",
    command: || {
        let command = with_scenario(
            "advise",
            "Profiles a scenario, says which model to take and why, and draws the decision",
        );
        let hide = |command: clap::Command, id| command.mut_arg(id, |arg| arg.hide(true));
        HIDDEN.into_iter().fold(command, hide)
    },
    run,
};

/// Options of runs that mean nothing here.
const HIDDEN: [&str; 3] = ["live", "no_live", "python"];

/// Rows of the inventory that the decision takes up, and what shows them.
pub(super) const CLAIMS: (&str, &[&str]) = (
    "%advise",
    &[
        "MC10.1", "MC10.2", "MC15.1-F", "CM.tree1", "CM.tree2", "OV.perf", "AT2b",
    ],
);

/// Seconds within which all runs end where no scale is asked for.
const WITHIN: f64 = 8.0;
/// Nanoseconds that a loop's iteration takes CPython.
const CPYTHON_PACE: f64 = 25.0;
/// Repetitions where none are asked for.
const REPEAT: u32 = 3;

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(advise(context, matches))
}

/// A workload, and what to do about it.
struct Advice {
    profile: Profile,
    /// The model of the run that was profiled.
    profiled: Model,
    decision: Decision,
    /// What to take and why, in sentences.
    says: Vec<String>,
}

async fn advise(context: &mut Context<'_>, matches: ArgMatches) -> Result<(), MagicError> {
    let mut asked = Asked::new(&matches)?;
    if asked.options.python.is_some() {
        return Err(MagicError::usage(
            "%advise profiles the Rust workers, so it takes no --python",
            format!("%compare {} --python runs the twin", asked.scenario.name),
        ));
    }
    asked.options.repeat.get_or_insert(REPEAT);
    let models = asked.scenario.models;
    let mut plans = vec![];
    for &model in models {
        plans.push(asked.plan(context.session, model)?);
    }
    if asked.options.scale.is_none() {
        let total = plans.iter().map(|plan| plan.estimate(1.0)).sum();
        let scale = times(scale_within(WITHIN, total), context.session.scale);
        plans.iter_mut().for_each(|plan| plan.scale = scale);
    }
    let traces = carry_out(context, &plans, &asked.options).await?;
    let work = Work {
        name: asked.scenario.name,
        models,
        missing: &[],
        shares: asked.scenario.shares,
        lock: plans.first().and_then(Plan::lock).is_some(),
    };
    show(context, &work, &traces, &asked.options)
}

/// The same of tasks that a learner's cell has run.
///
/// # Errors
/// When there is no run, or it cannot be drawn or saved.
pub(super) fn of_a_cell(
    context: &mut Context<'_>,
    runs: Vec<Labelled>,
    missing: &[Missing],
    options: &RunOptions,
) -> Result<(), MagicError> {
    let traces: Vec<Trace> = runs.into_iter().map(|run| run.trace).collect();
    let models: Vec<Model> = traces.iter().map(|trace| trace.header.model).collect();
    let first = traces.first().map(|trace| &trace.header);
    let work = Work {
        name: "the cell's tasks",
        models: &models,
        missing,
        shares: first.is_some_and(|header| header.yield_chance.is_some()),
        lock: first.is_some_and(|header| header.gil.is_some()),
    };
    show(context, &work, &traces, options)
}

/// What there is advice about.
struct Work<'w> {
    name: &'w str,
    /// Models under which it can be run.
    models: &'w [Model],
    /// Those under which it was tried in vain, and why.
    missing: &'w [Missing],
    /// Whether its workers change what they share.
    shares: bool,
    /// Whether an interpreter lock was taken, for real or simulated.
    lock: bool,
}

/// What the runs, of which the first is profiled, say about their work.
fn advice(context: &Context<'_>, work: &Work<'_>, traces: &[Trace]) -> Result<Advice, MagicError> {
    let Some(first) = traces.first() else {
        return Err(MagicError::usage("there is no run to profile", ""));
    };
    let profile = Profile::of(first);
    let mut decision = tree::decide(work.name, &profile, work.lock);
    tree::except(&mut decision, work.missing);
    let pace = first
        .header
        .pace_ns
        .unwrap_or_else(|| context.session.native_pace());
    let slower = (CPYTHON_PACE / pace.max(0.01)).max(1.0);
    let says = sentences(work, &profile, &decision, traces, slower);
    Ok(Advice {
        profile,
        profiled: first.header.model,
        decision,
        says,
    })
}

/// The runs, the one to be profiled first: one after another where that is
/// possible.
///
/// # Errors
/// When the first fails, or the learner interrupts. Of another model that fails
/// there is nothing to tell.
async fn carry_out(
    context: &mut Context<'_>,
    plans: &[Plan],
    options: &RunOptions,
) -> Result<Vec<Trace>, MagicError> {
    let total: f64 = plans.iter().map(|plan| plan.estimate(plan.scale)).sum();
    let mut place = (!options.json && !options.no_chart).then(|| {
        let text = format!("{} runs, none done yet", plans.len());
        Place::new(context, total, text)
    });
    let (mut traces, mut before) = (vec![], 0.0);
    for plan in plans {
        if let Some(place) = &mut place {
            let text = format!("{} under {} is running", plan.scenario.name, plan.model);
            place.say(context, text);
        }
        let part = plan.estimate(plan.scale) / total.max(1e-9);
        let showing = Showing {
            share: Some((before, part)),
            ..Showing::default()
        };
        before += part;
        match perform(context, plan, showing).await {
            Ok(trace) => traces.push(trace),
            Err(MagicError::Run(RunFailure::Interrupted)) => {
                return Err(RunFailure::Interrupted.into());
            }
            Err(failure) if traces.is_empty() => return Err(failure),
            Err(_) => {}
        }
    }
    if let Some(mut place) = place {
        place.say(context, format!("{} runs", traces.len()));
    }
    Ok(traces)
}

/// What to take and why.
fn sentences(
    work: &Work<'_>,
    profile: &Profile,
    decision: &Decision,
    traces: &[Trace],
    slower: f64,
) -> Vec<String> {
    let name = work.name;
    let mut says = vec![];
    let Some(end) = decision.end() else {
        return says;
    };
    says.push(format!("Take {}: {}.", end.take, end.why));
    let advised = tree::model(end);
    let in_vain = |model: Model| work.missing.iter().any(|m| m.label == model.name());
    if advised.is_some_and(in_vain) {
        return says; // nothing else is worth a word before that is mended
    }
    if let Some(model) = advised.filter(|model| !work.models.contains(model)) {
        let offered: Vec<&str> = work.models.iter().map(|m| m.name()).collect();
        says.push(format!(
            "Here there is no run of {name} under {model}, only under {}.",
            offered.join(", ")
        ));
    }
    let seconds = |trace: &Trace| claim::elapsed(trace).filter(|s| *s > 0.0);
    let timed = || {
        traces
            .iter()
            .filter_map(|t| Some((t.header.model, seconds(t)?)))
    };
    if let Some((base, alone)) = timed().next() {
        let others = timed().skip(1);
        let others: Vec<String> = others
            .map(|(model, own)| format!("{model} {:.2}x", alone / own))
            .collect();
        if !others.is_empty() {
            let kind = traces.first().map_or(Kind::Measured, |t| t.header.kind);
            says.push(format!(
                "{}, times as fast as {base} ({}): {}.",
                capital(&kind.to_string()),
                figure::duration(alone),
                others.join(", ")
            ));
        }
        let fastest = timed().min_by(|a, b| a.1.total_cmp(&b.1));
        let own = timed().find(|(model, _)| Some(*model) == advised);
        if let (Some((model, best)), Some((_, own))) = (fastest, own)
            && own > best * 1.1
        {
            says.push(format!("{model} was the fastest of these runs, by {:.0} %; cores, load and the size of the work decide that, so measure your own.", (own / best - 1.0) * 100.0));
        }
    }
    says.extend(elsewhere(name, profile, end, work.lock, slower));
    if work.shares {
        says.push("Its workers change something that they share: threads have it in common and need a lock, processes have a copy each unless it lies in shared memory.".into());
    }
    says
}

/// What to take where there is a lock and here is none, or the other way round.
fn elsewhere(name: &str, profile: &Profile, end: &End, lock: bool, slower: f64) -> Option<String> {
    if lock {
        let other = tree::decide(name, profile, false);
        let other = other.end().filter(|other| *other != end)?;
        return Some(format!(
            "Without an interpreter lock: {}, {}.",
            other.take, other.why
        ));
    }
    let there = Profile {
        computes: profile.computes * slower,
        ..*profile
    };
    let other = tree::decide(name, &there, true);
    let other = other.end().filter(|other| *other != end)?;
    let pace = if slower > 1.5 {
        format!(", where a loop takes about {slower:.0} times as long")
    } else {
        String::new()
    };
    Some(format!(
        "On a CPython with its lock{pace}: {}, {}; --gil on shows it.",
        other.take, other.why
    ))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn show(
    context: &mut Context<'_>,
    work: &Work<'_>,
    traces: &[Trace],
    options: &RunOptions,
) -> Result<(), MagicError> {
    let advice = &advice(context, work, traces)?;
    let text = serde_json::to_string_pretty(&as_json(work, advice, traces)).unwrap_or_default();
    let runs: Vec<&Trace> = traces.iter().collect();
    let figure = figure::decision(&advice.decision, &runs, &options.style())?;
    if let Some(path) = &options.save {
        for path in display::save(&figure, path, || &text)? {
            if !options.json {
                let said = format!("saved {}\n", path.display());
                context.screen.text(Stream::Out, &said);
            }
        }
    }
    if options.json {
        context.screen.text(Stream::Out, &format!("{text}\n"));
        return Ok(());
    }
    if !options.no_chart {
        let bundle = display::chart(&figure, options.accessible)?;
        context.screen.show(bundle, None);
    }
    context.screen.show(table(work, advice).bundle(), None);
    Ok(())
}

fn table(work: &Work<'_>, advice: &Advice) -> Table {
    let profile = &advice.profile;
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let rows = vec![
        row("elapsed", figure::duration(profile.elapsed)),
        row(
            "waiting",
            format!(
                "{} ({})",
                figure::duration(profile.waits),
                percent(profile.share())
            ),
        ),
        row(
            "computing",
            format!(
                "{} ({})",
                figure::duration(profile.computes),
                percent(1.0 - profile.share())
            ),
        ),
        row(
            "tasks",
            format!("{}, by {} workers", profile.tasks, profile.workers),
        ),
        row("a task computes", figure::duration(profile.task())),
        row("results and items", figure::bytes(profile.bytes as f64)),
    ];
    Table {
        title: format!(
            "{}: profile of a run under {}, scale {}",
            work.name, advice.profiled, profile.scale
        ),
        columns: vec![String::new(), "all tasks together".into()],
        rows,
        notes: advice.says.clone(),
    }
}

fn as_json(work: &Work<'_>, advice: &Advice, traces: &[Trace]) -> Value {
    let profile = &advice.profile;
    let path = advice.decision.path().into_iter();
    let path = path.map(|(fork, yes)| json!({"asks": fork.asks, "fact": fork.fact, "answer": yes}));
    let end = advice.decision.end();
    let runs = traces
        .iter()
        .map(|t| Value::Object(fields(t.header.model.name(), t)));
    json!({
        "version": lab::trace::VERSION,
        "scenario": work.name,
        "take": end.map(|end| &end.take),
        "why": end.map(|end| &end.why),
        "model": end.and_then(tree::model),
        "path": path.collect::<Vec<_>>(),
        "says": advice.says,
        "profile": {
            "model": advice.profiled,
            "scale": profile.scale,
            "elapsed": profile.elapsed,
            "waits": profile.waits,
            "computes": profile.computes,
            "share_waiting": profile.share(),
            "workers": profile.workers,
            "tasks": profile.tasks,
            "bytes": profile.bytes,
        },
        "runs": runs.collect::<Vec<_>>(),
    })
}
