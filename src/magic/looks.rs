//! How a chart looks and where it goes: the options for that alone, without those
//! of a run.

use super::Session;
use super::arguments::parse;
use super::defaults::DEFAULTS;
use super::options::RunOptions;
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// Their names.
pub(super) const LOOKS: [&str; 9] = [
    "save",
    "json",
    "theme",
    "width",
    "height",
    "no_title",
    "no_stamp",
    "accessible",
    "no_chart",
];

/// The command with these options.
pub(super) fn with_looks(command: Command) -> Command {
    let all = RunOptions::augment_args(Command::new("all"));
    command.args(
        all.get_arguments()
            .filter(|arg| LOOKS.contains(&arg.get_id().as_str()))
            .cloned(),
    )
}

/// The session's options, and those that are typed over them: only a part of
/// them is defined here.
pub(super) fn looks(session: &Session, matches: &ArgMatches) -> RunOptions {
    let set = parse(&DEFAULTS, &session.defaults).ok();
    let set = set.and_then(|matches| RunOptions::from_arg_matches(&matches).ok());
    let set = set.unwrap_or_default();
    RunOptions {
        save: matches.get_one("save").cloned(),
        json: matches.get_flag("json"),
        no_chart: matches.get_flag("no_chart"),
        theme: matches.get_one("theme").copied().or(set.theme),
        width: matches.get_one("width").copied().or(set.width),
        height: matches.get_one("height").copied().or(set.height),
        no_title: matches.get_flag("no_title") || set.no_title,
        no_stamp: matches.get_flag("no_stamp") || set.no_stamp,
        accessible: matches.get_flag("accessible") || set.accessible,
        ..RunOptions::default()
    }
}
