//! The small instance of a scenario: the one whose schedules are gone through.

use super::plan::{Asked, Plan};
use super::{Context, MagicError};
use crate::scenario;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use lab::trace::{Header, Machine};

/// Options of runs that mean nothing where no time passes.
const OF_RUNS: [&str; 12] = [
    "scale",
    "split",
    "repeat",
    "yield_chance",
    "live",
    "no_live",
    "gil",
    "switch_interval",
    "pace",
    "machine",
    "cores",
    "python",
];

/// A magic's command that knows those options and scenarios without a small
/// instance, to refuse them in words, and does not offer them; the session's
/// defaults for such options are passed over.
pub(super) fn without_time(command: Command) -> Command {
    let hide = |command: Command, option| command.mut_arg(option, |arg| arg.hide(true));
    let command = OF_RUNS.into_iter().fold(command, hide);
    let large = scenario::ALL.iter().filter(|s| s.small().is_none());
    large.fold(command, |command, scenario| {
        command.mut_subcommand(scenario.name, |c| c.hide(true))
    })
}

/// What was asked for, unless an option was typed that means nothing to `magic`.
pub(super) fn asked(matches: &ArgMatches, magic: &str) -> Result<Asked, MagicError> {
    let typed = |option: &&str| matches.value_source(option) == Some(ValueSource::CommandLine);
    if let Some(option) = OF_RUNS.into_iter().find(|option| typed(option)) {
        return Err(MagicError::usage(
            format!(
                "--{} means nothing to %{magic}: a schedule has steps and no time",
                option.replace('_', "-")
            ),
            "%threads runs a scenario in time",
        ));
    }
    Asked::new(matches)
}

/// The plan for the small instance, with what was typed over it.
pub(super) fn plan(
    context: &Context<'_>,
    asked: &Asked,
    example: &str,
) -> Result<Plan, MagicError> {
    let scenario = asked.scenario;
    let Some(small) = scenario.small() else {
        return Err(MagicError::usage(
            format!(
                "{} shares nothing, so every order of its steps comes to the same",
                scenario.name
            ),
            format!("{example} shows what an order can do"),
        ));
    };
    let mut asked = asked.clone();
    asked.options.simulate = true;
    asked.schedules = true;
    let workers = asked.options.workers.is_some();
    let mut plan = asked.plan(context.session, scenario.shares_under())?;
    for (name, value) in small.iter() {
        if asked.values.iter().all(|(typed, _)| *typed != name) {
            plan.parameters.set(name, value.clone());
        }
    }
    if !workers {
        plan.parameters.workers = small.workers;
    }
    Ok(plan)
}

/// A number of the program whose schedules are meant: its scenario, parameters
/// and build (FNV-1a).
pub(super) fn fingerprint(plan: &Plan) -> u32 {
    let mut text = format!(
        "{} {} {}",
        env!("CARGO_PKG_VERSION"),
        plan.scenario.name,
        plan.parameters.workers
    );
    for (name, value) in plan.parameters.iter() {
        text += &format!(" {name}={value}");
    }
    text.bytes().fold(0x811C_9DC5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The header of a schedule's trace, which was made where nothing is known of
/// scenarios: a schedule has steps, on no machine.
pub(super) fn header(plan: &Plan) -> Header {
    Header {
        pace_ns: None,
        machine: Machine {
            cpu: "a step counts as 1 ns".into(),
            ..Machine::default()
        },
        ..plan.header()
    }
}
