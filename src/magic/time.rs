//! `%time`: how long some Rust takes, once.

use super::arguments::{BODY, CODE, body, code, plain};
use super::{Context, Doing, Magic, MagicError, Shows, run_rust};
use crate::display::Stream;
use crate::figure::precise;
use crate::rust::wire::{Asked, Done};
use clap::ArgMatches;

pub(super) const TIME: Magic = Magic {
    name: "time",
    command: || {
        plain(
            "time",
            "Runs Rust once and says how long it ran, and how long it took to compile: `%time CODE`, `%%time` over a cell",
        )
        .arg(code())
        .arg(body())
    },
    run,
};

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let typed = |name| matches.get_one::<String>(name).map(String::as_str);
        let text = match (typed(CODE), typed(BODY)) {
            (Some(code), Some(_)) => {
                return Err(MagicError::usage(
                    format!(
                        "%%time times the cell below it, and `{}` stands beside it",
                        code.trim()
                    ),
                    "Put that on the next line",
                ));
            }
            (Some(text), None) | (None, Some(text)) => rust("time", text)?,
            (None, None) => return Err(missing("time")),
        };
        let asked = Asked {
            number: context.number,
            text: text.to_owned(),
            ..Asked::default()
        };
        let done = run_rust(context, asked, &Shows::default()).await?;
        context.screen.text(Stream::Out, &told(&done));
        Ok(())
    })
}

/// The code, unless it is none or none of Rust.
pub(super) fn rust<'t>(magic: &str, text: &'t str) -> Result<&'t str, MagicError> {
    let first = text.trim_start();
    if first.is_empty() {
        return Err(missing(magic));
    }
    if first.starts_with('%') {
        let line = first.lines().next().unwrap_or_default();
        return Err(MagicError::usage(
            format!("%{magic} times Rust, and `{line}` is a magic"),
            "A run of a magic says itself how long it took",
        ));
    }
    Ok(text)
}

/// There is no code.
pub(super) fn missing(magic: &str) -> MagicError {
    MagicError::usage(
        format!("%{magic} takes Rust to be timed, and none was given"),
        format!(
            "For example %{magic} (1..=1_000u64).sum::<u64>(), or %%{magic} in a cell's first line with Rust below it"
        ),
    )
}

fn told(done: &Done) -> String {
    let compiled = done.compiled.map(precise);
    match (done.seconds.map(precise), compiled) {
        (Some(ran), Some(compiled)) => format!(
            "ran {ran}; before that it was compiled in {compiled} (measured, once, on this machine)\n"
        ),
        (None, Some(compiled)) => {
            format!("nothing to run: compiled in {compiled} (measured, once, on this machine)\n")
        }
        _ => "nothing to run and nothing to compile\n".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_and_compiling_are_told_apart() {
        let mut done = Done {
            seconds: Some(0.0012),
            compiled: Some(0.08),
            ..Done::default()
        };
        assert!(told(&done).starts_with("ran 1.20 ms; before that it was compiled in 80.0 ms"));
        done.seconds = None;
        assert!(told(&done).starts_with("nothing to run: compiled"));
    }

    #[test]
    fn only_rust_is_timed() {
        assert!(rust("time", "\n  x + 1").is_ok());
        let error = |text| rust("time", text).unwrap_err().to_string();
        assert!(error("\n%threads breakfast").contains("`%threads breakfast` is a magic"));
        assert!(error(" \n ").contains("none was given"));
    }
}
