//! Typed words become a magic's arguments, or an error that says what is
//! possible instead.

use super::options::{Many, RunOptions, near, parameter};
use super::{Magic, MagicError};
use crate::scenario::{self, Crew, ParameterValue, Scenario};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Args, Command};

/// Reads the words after a magic's name. `sign` is what stands before the
/// name: `%` in a cell, nothing on the command line.
///
/// # Errors
/// When they are not what the magic takes; nothing has happened then.
pub fn parse(magic: &Magic, words: &[String]) -> Result<ArgMatches, MagicError> {
    read(&(magic.command)(), words)
}

/// Reads words as what a command takes.
///
/// # Errors
/// When they are not.
pub(super) fn read(command: &Command, words: &[String]) -> Result<ArgMatches, MagicError> {
    let command = command.clone();
    let command = negatives(command.no_binary_name(true).args_override_self(true));
    command
        .clone()
        .try_get_matches_from(words)
        .map_err(|error| explain(inner(&command, words.first()).unwrap_or(&command), &error))
}

/// The command within a command that a first word leads to and that has commands
/// of its own: `start` of `%step start counter`.
pub fn inner<'c>(command: &'c Command, first: Option<&String>) -> Option<&'c Command> {
    command
        .find_subcommand(first?)
        .filter(|c| c.has_subcommands())
}

/// Lets values be negative: `--scale -1` is a value out of range, not an option
/// `-1`.
fn negatives(command: Command) -> Command {
    let negative = |arg: Arg| {
        let takes = arg.get_action().takes_values() && !arg.is_positional();
        arg.allow_negative_numbers(takes)
    };
    command.mut_args(negative).mut_subcommands(negatives)
}

/// What a command with scenarios calls its word for one.
const SCENARIO: &str = "SCENARIO";

/// Whether a command takes a scenario, and with it the options of a run.
pub fn takes_scenario(command: &Command) -> bool {
    command.get_subcommand_value_name() == Some(SCENARIO)
}

/// A magic's command that takes a scenario, with the options of a run and, in
/// each scenario's subcommand, its own parameters.
pub(super) fn with_scenario(name: &'static str, about: &'static str) -> Command {
    let scenarios = scenario::ALL.iter().map(|scenario| {
        let parameters = scenario.parameters.iter().map(|&p| {
            Arg::new(p.name)
                .long(p.name)
                .help(format!("{} [{}]", p.about, p.default()))
                .value_name(value_name(&p))
                .value_parser(move |text: &str| parameter(p, text))
        });
        Command::new(scenario.name)
            .aliases(scenario.aliases.iter().copied())
            .about(scenario.about)
            .args(parameters)
            .hide(scenario.hidden)
            .disable_help_flag(true)
    });
    RunOptions::augment_args(Command::new(name))
        .about(about)
        .subcommands(scenarios)
        .subcommand_required(true)
        .subcommand_value_name(SCENARIO)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
}

/// A magic's command without a scenario.
pub(super) fn plain(name: &'static str, about: &'static str) -> Command {
    Command::new(name).about(about).disable_help_flag(true)
}

/// What commands call the text of a cell below a magic,
pub const BODY: &str = "body";
/// and code on the magic's own line.
pub const CODE: &str = "code";

/// The argument of a magic that stands over a cell of its own kind.
pub(super) fn body() -> Arg {
    text(BODY).help("The cell's text")
}

/// The argument of a magic that is followed by code.
pub(super) fn code() -> Arg {
    text(CODE).help("The code")
}

fn text(name: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("TEXT")
        .allow_hyphen_values(true)
        .hide(true)
}

/// Values that were typed for a scenario's own parameters.
pub(super) type Typed = Vec<(&'static str, Vec<ParameterValue>)>;

/// The scenario and the values of its own parameters that were typed.
pub(super) fn scenario_of(matches: &ArgMatches) -> Option<(&'static Scenario, Typed)> {
    let (name, typed) = matches.subcommand()?;
    let scenario = scenario::find(name)?;
    let values = scenario.parameters.iter().filter_map(|p| {
        let Many(values) = typed.get_one::<Many<ParameterValue>>(p.name)?;
        Some((p.name, values.clone()))
    });
    Some((scenario, values.collect()))
}

fn value_name(parameter: &scenario::Parameter) -> &'static str {
    use scenario::ParameterKind;
    match parameter.kind {
        ParameterKind::Count { .. } | ParameterKind::Steps { .. } => "N",
        ParameterKind::Seconds { .. } => "TIME",
        ParameterKind::Size { .. } => "SIZE",
        ParameterKind::Text { .. } => "TEXT",
        ParameterKind::Choice { .. } => "WORD",
    }
}

/// clap's error in our words: what was given, what was probably meant, what
/// to type.
fn explain(command: &Command, error: &clap::Error) -> MagicError {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let name = command.get_display_name().unwrap_or(command.get_name());
    let help = name.split(' ').next().unwrap_or(name);
    let words = || {
        command
            .get_subcommands()
            .filter(|s| !s.is_hide_set())
            .map(Command::get_name)
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let given = text(ContextKind::InvalidSubcommand);
            let (message, todo) = if takes_scenario(command) {
                let message = format!("no scenario is called `{given}`");
                (message, "%scenarios lists them all".into())
            } else {
                let possible: Vec<_> = words().collect();
                let message = format!("%{name} does not know `{given}`");
                (message, format!("Possible: {}", possible.join(", ")))
            };
            MagicError::Usage {
                message,
                near: near(&given, words()),
                todo,
            }
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let all: Vec<_> = words().collect();
            if takes_scenario(command) {
                let over = super::find(name).is_some_and(super::goes_over_cells);
                let over = if over {
                    format!(". In a cell's first line, %%{name} runs the tasks that stand below it")
                } else {
                    String::new()
                };
                // The one that the guides begin with, where it is among them.
                let first = all.iter().find(|word| **word == "breakfast");
                let example = first.or(all.first()).copied().unwrap_or_default();
                return MagicError::usage(
                    format!("%{name} takes a scenario, and none was given"),
                    format!("%scenarios lists them; for example %{name} {example}{over}"),
                );
            }
            MagicError::usage(
                format!("%{name} takes a word, and none was given"),
                format!(
                    "Possible: {}; for example %{name} {}",
                    all.join(", "),
                    all[0]
                ),
            )
        }
        ErrorKind::UnknownArgument => {
            let given = text(ContextKind::InvalidArg);
            if !given.starts_with('-') || given == "--help" {
                return MagicError::usage(
                    format!("%{name} does not know what to do with `{given}`"),
                    format!("%{help}? shows what it takes"),
                );
            }
            let scenarios = command.get_subcommands();
            let scenarios = scenarios.filter(|_| takes_scenario(command));
            let all: Vec<String> = command
                .get_arguments()
                .chain(scenarios.flat_map(Command::get_arguments))
                .filter(|arg| !arg.is_hide_set())
                .filter_map(|arg| Some(format!("--{}", arg.get_long()?)))
                .collect();
            let mut near = near(
                given.split('=').next().unwrap_or(&given),
                all.iter().map(String::as_str),
            );
            near.dedup();
            MagicError::Usage {
                message: format!("%{name} has no option `{given}`{}", elsewhere(&given)),
                near,
                todo: format!("%{help}? shows its options"),
            }
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let option = text(ContextKind::InvalidArg);
            let option = option.split(' ').next().unwrap_or_default().to_owned();
            let given = text(ContextKind::InvalidValue);
            let why = std::error::Error::source(error).map(ToString::to_string);
            if given.is_empty() {
                return MagicError::usage(
                    format!("{option} takes a value, and none was given"),
                    format!("%{help}? shows which"),
                );
            }
            let why = why.unwrap_or_else(|| "that is not possible".into());
            MagicError::usage(
                format!("{option} {given}: {why}"),
                format!("%{help}? shows its options"),
            )
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::MissingRequiredArgument => {
            let missing = text(ContextKind::InvalidArg);
            MagicError::usage(
                format!("%{name} needs {missing}"),
                format!("%{help}? shows what it takes"),
            )
        }
        _ => {
            let said = error.to_string();
            let said = said
                .trim_start_matches("error: ")
                .lines()
                .next()
                .unwrap_or_default();
            MagicError::usage(said, format!("%{help}? shows what it takes"))
        }
    }
}

/// Says it where an option is one of another scenario only.
fn elsewhere(given: &str) -> String {
    let option = given
        .trim_start_matches('-')
        .split('=')
        .next()
        .unwrap_or_default();
    let have: Vec<_> = scenario::ALL
        .iter()
        .filter(|s| !s.hidden && s.parameters.iter().any(|p| p.name == option))
        .map(|s| s.name)
        .collect();
    if have.is_empty() {
        String::new()
    } else {
        format!(" here; {} has it", have.join(", "))
    }
}

/// A scenario that takes `--workers`, for those that do not.
pub(super) fn takes_workers() -> &'static str {
    scenario::ALL
        .iter()
        .find(|s| !matches!(s.crew, Crew::Roles(_)) && !s.hidden)
        .map_or("another scenario", |s| s.name)
}
