//! `%defaults`: options for the rest of the session.

use super::arguments::parse;
use super::{Context, Doing, Magic, MagicError};
use crate::display::Stream;
use crate::magic::options::RunOptions;
use clap::{Arg, ArgAction, ArgMatches, Args, Command};

pub(super) const DEFAULTS: Magic = Magic {
    name: "defaults",
    command: || {
        RunOptions::augment_args(Command::new("defaults"))
            .about("Sets options of run magics for the rest of the session; alone, shows them")
            .disable_help_flag(true)
            .arg(
                Arg::new("reset")
                    .long("reset")
                    .help("Forgets what was set")
                    .action(ArgAction::SetTrue),
            )
    },
    run,
};

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        if matches.get_flag("reset") {
            context.session.defaults.clear();
        }
        let typed = typed(&matches);
        if let Some(option) = typed
            .iter()
            .find(|word| OF_ONE_RUN.contains(&word.as_str()))
        {
            return Err(MagicError::usage(
                format!("{option} is a matter of one run, so it cannot be a default"),
                format!("Type it with the run: %threads chai-makers {option} ..."),
            ));
        }
        let mut all = context.session.defaults.clone();
        all.extend(typed);
        // What is set now must go with what was set before.
        parse(&DEFAULTS, &all)?;
        context.session.defaults = all;
        let said = match context.session.defaults.as_slice() {
            [] => "no defaults are set; for example %defaults --theme dark\n".to_owned(),
            set => format!("defaults: {}\n", set.join(" ")),
        };
        context.screen.text(Stream::Out, &said);
        Ok::<(), MagicError>(())
    })
}

/// Options that not every run takes, or that would overwrite what the run
/// before it left.
const OF_ONE_RUN: [&str; 3] = ["--workers", "--save", "--json"];

/// The options as they were typed, but for `--reset`.
fn typed(matches: &ArgMatches) -> Vec<String> {
    let command = (DEFAULTS.command)();
    let options = command.get_arguments().filter(|a| a.get_id() != "reset");
    let mut words = vec![];
    for option in options {
        let (id, Some(long)) = (option.get_id().as_str(), option.get_long()) else {
            continue;
        };
        if matches.value_source(id) != Some(clap::parser::ValueSource::CommandLine) {
            continue;
        }
        if option.is_require_equals_set() {
            let raw = matches.get_raw(id).into_iter().flatten();
            let values: Vec<_> = raw.map(|value| value.to_string_lossy()).collect();
            words.push(format!("--{long}={}", values.join(",")));
            continue;
        }
        words.push(format!("--{long}"));
        if option.get_action().takes_values() {
            let raw = matches.get_raw(id).into_iter().flatten();
            words.extend(raw.map(|value| value.to_string_lossy().into_owned()));
        }
    }
    words
}
