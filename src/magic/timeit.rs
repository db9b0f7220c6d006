//! `%timeit`: how long some Rust takes, again and again.

use super::arguments::{BODY, CODE, body, code, plain};
use super::looks::{looks, with_looks};
use super::options::{RunOptions, times};
use super::rust::keeping;
use super::time::{missing, rust};
use super::{Context, Doing, Magic, MagicError, Shows};
use crate::display::{self, Stream};
use crate::figure::{self, Timings};
use crate::rust::wire::{Asked, Request, TIMINGS, Timed};
use clap::{Arg, ArgMatches};
use serde::{Deserialize, Serialize};

pub(super) const TIMEIT: Magic = Magic {
    name: "timeit",
    command: || {
        let number = |name: &'static str, short: char| {
            Arg::new(name).long(name).short(short).value_name("N")
        };
        let command = plain(
            "timeit",
            "Runs Rust again and again and draws how long a run takes: `%timeit CODE`, `%%timeit` over a cell; what stands beside `%%timeit` runs once, before",
        )
        .arg(
            number("loops", 'n')
                .help("Runs in a sample [as many as take 10 ms]")
                .value_parser(times),
        )
        .arg(
            number("repeats", 'r')
                .help("Samples [30, or as many as fit into 3 s, and at least 7]")
                .value_parser(times),
        )
        .arg(code())
        .arg(body());
        with_looks(command)
    },
    run,
};

/// Seconds below which the compiler has probably left nothing to be run.
const NOTHING: f64 = 1e-9;

/// What the code told of itself.
#[derive(Debug, Deserialize)]
struct Sampled {
    loops: u64,
    seconds: Vec<f64>,
}

/// What `--json` prints and `--save` keeps.
#[derive(Debug, Serialize)]
struct Record<'a> {
    code: &'a str,
    loops: u64,
    seconds: &'a [f64],
    machine: &'a lab::trace::Machine,
    date: &'a str,
    threadlab: &'a str,
}

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let typed = |name| matches.get_one::<String>(name).map(String::as_str);
        let (text, from) = text(typed(CODE), typed(BODY))?;
        let code = &text[from..];
        let options = looks(context.session, &matches);
        let asked = Asked {
            number: context.number,
            text: text.clone(),
            timed: Some(Timed {
                from,
                loops: matches.get_one("loops").copied(),
                repeats: matches.get_one("repeats").copied(),
            }),
            ..Asked::default()
        };
        let (_, told) = keeping(
            context,
            &Request::Run(asked),
            &Shows::default(),
            Some(TIMINGS),
        )
        .await?;
        let Some(told) = told else {
            return Err(MagicError::usage(
                "%timeit runs what it times, and this only defines",
                "Add the expression to be timed",
            ));
        };
        let sampled: Sampled = serde_json::from_str(&told).map_err(|error| {
            MagicError::usage(
                format!("what was measured cannot be read: {error}"),
                "Does the code print content of Threadlab's own types?",
            )
        })?;
        show(context, code.trim(), &sampled, &options)
    })
}

/// All of the code, and from which byte of it on it is timed.
fn text(code: Option<&str>, body: Option<&str>) -> Result<(String, usize), MagicError> {
    match (code, body) {
        (Some(setup), Some(body)) => {
            rust("timeit", body)?;
            // Each has blank lines for what is above it in the cell.
            let lines = setup.matches('\n').count() + 1;
            let below = body.get(lines..).unwrap_or_default();
            Ok((format!("{setup}\n{below}"), setup.len() + 1))
        }
        (Some(text), None) | (None, Some(text)) => Ok((rust("timeit", text)?.to_owned(), 0)),
        (None, None) => Err(missing("timeit")),
    }
}

fn show(
    context: &mut Context<'_>,
    code: &str,
    sampled: &Sampled,
    options: &RunOptions,
) -> Result<(), MagicError> {
    let machine = lab::machine::here();
    let date = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let version = env!("CARGO_PKG_VERSION");
    let Sampled { loops, seconds } = sampled;
    let record = || {
        let record = Record {
            code,
            loops: *loops,
            seconds,
            machine: &machine,
            date: &date,
            threadlab: version,
        };
        serde_json::to_string_pretty(&record).unwrap_or_default()
    };
    let timings = Timings {
        code,
        loops: *loops,
        seconds,
        machine: &machine,
        date: &date,
        version,
    };
    let figure = figure::timings(&timings, &options.style())?;
    let mut saved = vec![];
    if let Some(path) = &options.save {
        let json = record();
        saved = display::save(&figure, path, || &json)?;
    }
    if options.json {
        let json = record();
        context.screen.text(Stream::Out, &format!("{json}\n"));
        return Ok(());
    }
    let mut lines = format!("{}\n", figure.description);
    if seconds.iter().any(|seconds| *seconds < NOTHING) {
        lines += "Less than a nanosecond: the compiler has probably worked it out beforehand. \
                  std::hint::black_box(x) hides the value of x from it.\n";
    }
    for path in saved {
        lines += &format!("saved {}\n", path.display());
    }
    context.screen.text(Stream::Out, &lines);
    if !options.no_chart {
        let bundle = display::chart(&figure, options.accessible)?;
        context.screen.show(bundle, None);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_it_runs_before_and_all_keeps_its_line() {
        let (both, from) = text(Some("         let n = 9;"), Some("\nf(n)")).unwrap();
        assert_eq!(both, "         let n = 9;\nf(n)");
        assert_eq!(&both[from..], "f(n)");
        assert_eq!(text(None, Some("\nf(n)")).unwrap(), ("\nf(n)".into(), 0));
    }

    #[test]
    fn without_code_it_says_what_to_type() {
        let error = |code, body| text(code, body).unwrap_err().to_string();
        assert!(error(None, None).contains("For example %timeit"));
        assert!(error(Some("let n = 9;"), Some("\n")).contains("none was given"));
    }
}
