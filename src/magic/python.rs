//! `%%python`: a cell of Python, run by a real Python as a program of its own.

use super::arguments::{BODY, body, plain};
use super::{Context, Doing, Magic, MagicError};
use crate::display::Stream;
use crate::run::RunFailure;
use crate::twin::{self, Absent, Cell};
use clap::{Arg, ArgMatches};
use std::time::Duration;

pub(super) const PYTHON: Magic = Magic {
    name: "python",
    command: || {
        plain(
            "python",
            "`%%python` over a cell: runs it in a real Python, as a program of its own",
        )
        .arg(
            Arg::new("exe")
                .value_name("EXE")
                .help("Which Python: a name, a version or a path [python3]")
                .default_value("python3"),
        )
        .arg(
            Arg::new("timeout")
                .long("timeout")
                .value_name("TIME")
                .help("Ends a cell that takes longer [10 minutes]")
                .value_parser(super::options::timeout),
        )
        .arg(body())
    },
    run,
};

/// Seconds that a cell may take where nothing is said.
const TIMEOUT: f64 = 600.0;

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let Some(text) = matches.get_one::<String>(BODY) else {
            return Err(MagicError::usage(
                "%python takes a cell, and this is one line",
                "Write %%python in a cell's first line, and the Python below it",
            ));
        };
        let exe = matches
            .get_one::<String>("exe")
            .map_or("python3", String::as_str);
        let seconds = matches.get_one::<f64>("timeout").copied();
        let limit = lab::secs(seconds.unwrap_or(TIMEOUT));
        carry_out(context, exe, text, limit).await
    })
}

async fn carry_out(
    context: &mut Context<'_>,
    exe: &str,
    text: &str,
    limit: Duration,
) -> Result<(), MagicError> {
    let interrupted = || MagicError::from(RunFailure::Interrupted);
    let python = tokio::select! {
        biased;
        () = context.cancel.cancelled() => return Err(interrupted()),
        python = twin::find(exe) => python?,
    };
    let mut cell = Cell::start(&python, text, limit).map_err(Absent::Start)?;
    loop {
        let news = tokio::select! {
            biased;
            () = context.cancel.cancelled() => return Err(interrupted()),
            news = cell.running.news() => news,
        };
        let Some(news) = news else { break };
        let stream = if news.stderr {
            Stream::Err
        } else {
            Stream::Out
        };
        context.screen.text(stream, &news.text);
    }
    if cell.running.is_late() {
        return Err(RunFailure::Hung {
            limit,
            words: String::new(),
        }
        .into());
    }
    if let Some(raised) = cell.raised() {
        return Err(MagicError::Raised(raised));
    }
    match cell.running.ended() {
        Some(how) => Err(MagicError::Workers(format!("the cell's Python {how}"))),
        None => Ok(()),
    }
}
