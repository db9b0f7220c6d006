//! `%help`, `?` and Shift-Tab: the definitions, read aloud.

use super::arguments::{plain, takes_scenario};
use super::options::near;
use super::{ALL, Context, Doing, Magic, MagicError};
use crate::claim;
use crate::display::Bundle;
use crate::scenario::{self, Crew, Scenario};
use clap::{Arg, ArgMatches, Command};
use std::fmt::Write;

pub(super) const HELP: Magic = Magic {
    name: "help",
    command: || {
        plain(
            "help",
            "Says how to begin, or explains a magic or a scenario",
        )
        .arg(
            Arg::new("name")
                .value_name("NAME")
                .help("A magic or a scenario; none for how to begin"),
        )
    },
    run,
};

const BEGIN: &str = "\
Threadlab runs the scenarios of five guides to Python's concurrency for real,
in Rust workers, and shows what happened.

  %threads breakfast            two waits that overlap, drawn as a timeline
  %compare crunch               the same work under every model
  %race counter                 a race, thirty times over
  %scenarios                    all that there is to run
  %lsmagic                      all that can be typed
  breakfast?   %threads?        what a scenario or a magic takes
  breakfast??                   a scenario's source, in Python and in Rust

Every cell is magics, one a line. --scale 0.1 makes a run ten times as short.
";

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let bundle = match matches.get_one::<String>("name") {
            None => Bundle::text(BEGIN.into()),
            Some(name) => about(name)?,
        };
        context.screen.show(bundle, None);
        Ok(())
    })
}

fn about(name: &str) -> Result<Bundle, MagicError> {
    let bare = name.trim_start_matches('%');
    if let Some(magic) = super::find(bare) {
        return Ok(describe(magic));
    }
    if let Some(scenario) = scenario::find(bare) {
        return Ok(describe_scenario(scenario));
    }
    let names = ALL.iter().map(|m| m.name);
    let names = names.chain(scenario::ALL.iter().filter(|s| !s.hidden).map(|s| s.name));
    Err(MagicError::Usage {
        message: format!(
            "there is no help for `{name}`: neither a magic nor a scenario is called so"
        ),
        near: near(bare, names),
        todo: "%lsmagic lists the magics, %scenarios the scenarios".into(),
    })
}

/// What a magic is for and what it takes.
pub fn describe(magic: &Magic) -> Bundle {
    let command = (magic.command)();
    let mut text = format!("%{}", magic.name);
    if takes_scenario(&command) {
        text += " SCENARIO [--option value ...]";
    } else if command.has_subcommands() {
        text += " WORD";
    }
    for positional in command.get_positionals() {
        let name = positional.get_value_names().and_then(|names| names.first());
        let name = name.map_or("", |name| name.as_str());
        let _ = if positional.is_required_set() {
            write!(text, " {name}")
        } else {
            write!(text, " [{name}]")
        };
    }
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let _ = writeln!(text, "\n\n{about}.");
    if command.has_subcommands() {
        text += if takes_scenario(&command) {
            "\nScenarios:\n"
        } else {
            "\nWords:\n"
        };
        let words = command.get_subcommands().filter(|s| !s.is_hide_set());
        let rows = words.map(|s| {
            (
                s.get_name().to_owned(),
                s.get_about().map(ToString::to_string).unwrap_or_default(),
            )
        });
        list(&mut text, rows.collect());
    }
    let options = options(&command);
    if !options.is_empty() {
        text += "\nOptions [default]:\n";
        list(&mut text, options);
    }
    Bundle::text(text)
}

/// What a scenario is about and what it takes.
pub fn describe_scenario(scenario: &Scenario) -> Bundle {
    let mut text = format!(
        "{}: {}\n{}\n",
        scenario.name, scenario.about, scenario.section
    );
    let models: Vec<_> = scenario
        .models
        .iter()
        .map(|m| format!("%{}", m.name()))
        .collect();
    let _ = writeln!(text, "\nRuns under {}.", models.join(", "));
    text += "\nParameters [the guide's]:\n";
    let mut rows: Vec<_> = vec![];
    match scenario.crew {
        Crew::Alike { default } => {
            rows.push((
                "--workers N".into(),
                format!("units that carry it out [{default}]"),
            ));
        }
        Crew::Pool { default } => {
            rows.push((
                "--workers N".into(),
                format!("units that take one task after another [{default}]"),
            ));
        }
        Crew::Roles(roles) => {
            rows.push(("(workers)".into(), format!("fixed: {}", roles.join(", "))))
        }
    }
    for p in scenario.parameters {
        let words = if p.words().is_empty() {
            String::new()
        } else {
            format!(": {}", p.words().join(", "))
        };
        rows.push((
            format!("--{}", p.name),
            format!("{}{words} [{}]", p.about, p.default()),
        ));
    }
    list(&mut text, rows);
    let claims: Vec<_> = claim::about(scenario.name)
        .map(|c| match c.typed() {
            at if at.is_empty() => (c.id.to_owned(), c.says.to_owned()),
            at => (c.id.to_owned(), format!("{} ({at})", c.says)),
        })
        .collect();
    if !claims.is_empty() {
        text += "\nClaims of the guides that it is held against:\n";
        list(&mut text, claims);
    }
    let _ = write!(
        text,
        "\nFor example:\n  %{} {}\n",
        scenario.models.get(1).unwrap_or(&scenario.models[0]),
        scenario.name
    );
    Bundle::text(text)
}

fn options(command: &Command) -> Vec<(String, String)> {
    command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .filter_map(|arg| {
            let mut name = format!("--{}", arg.get_long()?);
            if let Some(short) = arg.get_short() {
                name = format!("-{short}, {name}");
            }
            if arg.get_action().takes_values()
                && let Some([value, ..]) = arg.get_value_names()
            {
                name += &format!(" {value}");
            }
            Some((
                name,
                arg.get_help().map(ToString::to_string).unwrap_or_default(),
            ))
        })
        .collect()
}

fn list(text: &mut String, rows: Vec<(String, String)>) {
    let width = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, about) in rows {
        let _ = writeln!(text, "  {name:width$}  {about}");
    }
}
