//! `%explore`: every schedule of a scenario's small instance, or many of them,
//! until one fails.

use super::arguments::with_scenario;
use super::figures::show;
use super::options::near;
use super::perform::explore;
use super::plan::Plan;
use super::record::{FigureKind, Found, Labelled, Shown};
use super::{Context, Doing, Magic, MagicError, small};
use crate::run::Explored;
use crate::scenario::quantity::{QuantityError, count, thousands, within};
use clap::{Arg, ArgMatches, Command};
use lab::explore::{MOST, Search, replay};
use lab::trace::Trace;

pub(super) const EXPLORE: Magic = Magic {
    name: "explore",
    command: || {
        let command = with_scenario(
            "explore",
            "Searches the schedules of a scenario's small instance for one that fails",
        );
        small::without_time(searching(command))
    },
    run,
};

/// A command with the options that say how schedules are chosen.
pub(super) fn searching(command: Command) -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .global(true)
            .value_name(value)
            .help(help)
    };
    command
            .arg(option("policy", "WORD", "How schedules are chosen: exhaustive, random or pct [all of up to 1,000,000, else 100,000 more by pct]").value_parser(policy))
            .arg(
                option(
                    "max-preemptions",
                    "N",
                    "How often a worker that could go on may lose its turn [any number]",
                )
                .value_parser(preemptions),
            )
            .arg(option("schedules", "N", "Schedules that are tried at the most [1,000,000; 10,000 for random and pct]").value_parser(schedules))
            .arg(option("replay", "STRING", "Just this schedule, as an earlier search printed it"))
}

/// Ways to choose schedules.
pub(super) const POLICIES: [&str; 3] = ["exhaustive", "random", "pct"];

/// Seconds that a search may take where nothing is said.
const TIMEOUT: f64 = 600.0;

/// Schedules that are tried by lot where no number is asked for.
const BY_LOT: u64 = 10_000;

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(explored(context, matches))
}

fn policy(text: &str) -> Result<String, String> {
    if POLICIES.contains(&text) {
        return Ok(text.into());
    }
    let meant = near(text, POLICIES);
    let meant = meant
        .first()
        .map_or(String::new(), |m| format!("; did you mean `{m}`?"));
    Err(format!(
        "`{text}` is no policy{meant} Possible: {}",
        POLICIES.join(", ")
    ))
}

fn preemptions(text: &str) -> Result<u32, QuantityError> {
    Ok(within(text, count(text)?, 0, 1_000)? as u32)
}

fn schedules(text: &str) -> Result<u64, QuantityError> {
    within(text, count(text)?, 1, 100_000_000)
}

async fn explored(context: &mut Context<'_>, matches: ArgMatches) -> Result<(), MagicError> {
    let mut asked = small::asked(&matches, EXPLORE.name)?;
    asked.options.timeout.get_or_insert(TIMEOUT);
    let plan = small::plan(context, &asked, "%explore counter")?;
    let program = small::fingerprint(&plan);
    let search = search(&matches, program)?;
    let found = explore(context, &plan, search).await?;
    let (found, trace) = (of(&plan, program, &found), found.trace);
    let label = format!("schedule of {}", plan.scenario.name);
    let header = small::header(&plan);
    let trace = Trace { header, ..trace };
    let shown = Shown {
        figure: FigureKind::Ladder,
        groups: vec![Labelled { label, trace }],
        explored: Some(found),
        missing: vec![],
    };
    show(context, shown, &asked.options, None).await
}

fn search(matches: &ArgMatches, program: u32) -> Result<Search, MagicError> {
    if let Some(text) = matches.get_one::<String>("replay") {
        let turns = replay::read(program, text);
        let turns = turns.map_err(|error| {
            MagicError::usage(
                format!("--replay {text}: {error}"),
                "%explore without --replay searches anew",
            )
        })?;
        return Ok(Search::Replay(turns));
    }
    chosen(matches)
}

/// The search that was asked for, where no schedule is to be had again.
pub(super) fn chosen(matches: &ArgMatches) -> Result<Search, MagicError> {
    let most = matches.get_one::<u64>("schedules").copied();
    let preemptions = matches.get_one::<u32>("max-preemptions").copied();
    let exhaustive = |most: Option<u64>| Search::Exhaustive {
        most: most.unwrap_or(MOST),
        preemptions,
    };
    Ok(
        match matches.get_one::<String>("policy").map(String::as_str) {
            Some(policy @ ("random" | "pct")) if preemptions.is_some() => {
                return Err(MagicError::usage(
                    format!(
                        "--max-preemptions bounds an exhaustive search, and {policy} draws its turns by lot"
                    ),
                    "Leave one of the two out",
                ));
            }
            Some("random") => Search::Random {
                schedules: most.unwrap_or(BY_LOT),
            },
            Some("pct") => Search::Pct {
                schedules: most.unwrap_or(BY_LOT),
            },
            Some(_) => exhaustive(most),
            None if most.is_some() || preemptions.is_some() => exhaustive(most),
            None => Search::Auto,
        },
    )
}

/// What was found, with the verdict in words.
fn of(plan: &Plan, program: u32, explored: &Explored) -> Found {
    let workers = plan.parameters.workers;
    let plural = if workers == 1 { "" } else { "s" };
    let mut instance = format!("{} with {workers} worker{plural}", plan.scenario.name);
    for (name, value) in plan.parameters.iter() {
        instance += &format!(", {name} {value}");
    }
    let tried = thousands(explored.schedules);
    let seed = plan.seed;
    let caption = match (explored.verdict.as_str(), &explored.failure) {
        ("fails", Some(failure)) => format!(
            "{instance}: {} of {tried} schedules fail. The shortest: {failure}.",
            thousands(explored.failing)
        ),
        ("holds", _) => format!("{instance}: holds in every schedule, of which there are {tried}."),
        _ => format!(
            "{instance}: no failure in {tried} schedules ({}, seed {seed}); there are more.",
            explored.policy
        ),
    };
    Found {
        verdict: explored.verdict.clone(),
        caption,
        schedules: explored.schedules,
        interleavings: explored.complete.then_some(explored.schedules),
        policy: explored.policy.clone(),
        failing: explored.failing,
        outcomes: explored.outcomes.clone(),
        replay: explored
            .shortest
            .as_ref()
            .map(|turns| replay::write(program, turns)),
    }
}
