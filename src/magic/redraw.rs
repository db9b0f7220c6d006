//! `%redraw`: a chart again, in another style or to a file, without running
//! anything.

use super::figures::show;
use super::looks::{looks, with_looks};
use super::record::Shown;
use super::{Context, Doing, Magic, MagicError};
use clap::{Arg, ArgMatches, Command};

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
        with_looks(command)
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
        let options = looks(context.session, &matches);
        show(context, shown, &options, None).await
    })
}

fn read(path: &str) -> Result<Shown, MagicError> {
    let failed = |source| MagicError::Read {
        path: path.into(),
        source,
    };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Shown::from_json(&text).map_err(|why| failed(std::io::Error::other(why)))
}
