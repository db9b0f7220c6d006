//! `%redraw`: a chart again, in another style or to a file, without running
//! anything.

use super::arguments::parse;
use super::defaults::DEFAULTS;
use super::figures::show;
use super::options::RunOptions;
use super::record::Shown;
use super::{Context, Doing, Magic, MagicError, Session};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

pub(super) const REDRAW: Magic = Magic {
    name: "redraw",
    command: || {
        let command = Command::new("redraw")
            .about("Draws the last chart again, or that of a saved .json file")
            .disable_help_flag(true)
            .arg(
                Arg::new("what")
                    .value_name("last|FILE")
                    .help("The last chart, or a file that --save wrote")
                    .default_value("last"),
            );
        // The options that change how a chart looks or where it goes.
        let all = RunOptions::augment_args(Command::new("all"));
        let draws = [
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
        command.args(
            all.get_arguments()
                .filter(|a| draws.contains(&a.get_id().as_str()))
                .cloned(),
        )
    },
    run,
};

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let what = matches
            .get_one::<String>("what")
            .map_or("last", String::as_str);
        let shown = if what == "last" {
            context.session.last.clone().ok_or_else(|| {
                MagicError::usage(
                    "nothing has been drawn yet",
                    "%threads breakfast draws something",
                )
            })?
        } else {
            read(what)?
        };
        let options = options(context.session, &matches);
        show(context, shown, &options, None).await
    })
}

/// The session's options, and those that are typed over them: only a part of
/// them is defined here.
fn options(session: &Session, matches: &ArgMatches) -> RunOptions {
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

fn read(path: &str) -> Result<Shown, MagicError> {
    let failed = |source| MagicError::Read {
        path: path.into(),
        source,
    };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Shown::from_json(&text).map_err(|why| failed(std::io::Error::other(why)))
}
