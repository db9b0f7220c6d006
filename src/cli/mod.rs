//! The command line. What magics do comes from the magics' own definitions:
//! `threadlab run threads breakfast` is `%threads breakfast`.

mod doctor;
mod install;
mod notebooks;
mod terminal;

use crate::display::Screen;
use crate::magic::{
    self, Cancel, Context, Magic, MagicError, Session, describe, describe_scenario, parse,
};
use crate::run::Program;
use crate::scenario;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use terminal::Terminal;

/// A Jupyter kernel for learning concurrency by running it.
#[derive(Debug, Parser)]
#[command(name = "threadlab", version, about)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

/// What the program can be.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// Serves a notebook; front ends start it so
    Kernel {
        /// The connection file that the front end wrote
        #[arg(short = 'f', long = "connection-file", value_name = "FILE")]
        file: PathBuf,
    },
    /// A command of the command line.
    #[command(flatten)]
    Command(Command),
}

/// Reads the command line; one that cannot be read ends the program with a
/// message.
pub fn read() -> Role {
    Cli::parse().role
}

/// What the command line can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a scenario: threads|processes|sequential|pool|async|race SCENARIO [--option value ...]
    #[command(disable_help_flag = true)]
    Run(Words),
    /// Runs a scenario under all its models and compares them
    #[command(disable_help_flag = true)]
    Compare(Words),
    /// Carries the same total work out by more and more workers
    #[command(disable_help_flag = true)]
    Speedup(Words),
    /// Fills a guide's table with measured and simulated values
    #[command(disable_help_flag = true)]
    Table(Words),
    /// Profiles a scenario and says which model to take
    #[command(disable_help_flag = true)]
    Advise(Words),
    /// Searches schedules for one that fails
    #[command(disable_help_flag = true)]
    Explore(Words),
    /// Draws a saved chart again
    #[command(disable_help_flag = true)]
    Redraw(Words),
    /// Lists the scenarios
    #[command(disable_help_flag = true)]
    Scenarios(Words),
    /// Lists what the guides claim, and what takes it up here
    #[command(disable_help_flag = true)]
    Claims(Words),
    /// Shows a scenario's source, in Python and in Rust
    #[command(disable_help_flag = true)]
    Source(Words),
    /// Tells Jupyter about this kernel
    Install(install::Options),
    /// Copies the notebooks into a folder
    Notebooks {
        /// The folder; it is made where it is missing
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Says what is there, what is missing, and what to type
    Doctor,
}

/// What a cell would say after a magic's name.
#[derive(Debug, clap::Args)]
pub struct Words {
    /// What a cell would say after the magic's name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Magics that `threadlab run` offers; the others are commands of their own.
const RUNS: [&str; 6] = [
    "threads",
    "processes",
    "sequential",
    "pool",
    "async",
    "race",
];

/// Exit status of wrong use.
const WRONG_USE: u8 = 2;

/// Does what the command line asks for.
pub fn main(command: Command) -> ExitCode {
    let result = match command {
        Command::Run(Words { words }) => return run(words),
        Command::Compare(Words { words }) => return magic_command("compare", words),
        Command::Speedup(Words { words }) => return magic_command("speedup", words),
        Command::Table(Words { words }) => return magic_command("table", words),
        Command::Advise(Words { words }) => return magic_command("advise", words),
        Command::Explore(Words { words }) => return magic_command("explore", words),
        Command::Redraw(Words { words }) => return magic_command("redraw", words),
        Command::Scenarios(Words { words }) => return magic_command("scenarios", words),
        Command::Claims(Words { words }) => return magic_command("claims", words),
        Command::Source(Words { words }) => return magic_command("source", words),
        Command::Install(options) => install::install(&options),
        Command::Notebooks { folder } => notebooks::copy(&folder),
        Command::Doctor => doctor::examine(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("threadlab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut words: Vec<String>) -> ExitCode {
    let name = if words.is_empty() {
        String::new()
    } else {
        words.remove(0)
    };
    if RUNS.contains(&name.as_str()) {
        return magic_command(&name, words);
    }
    if name == "--help" || name == "-h" {
        println!(
            "threadlab run {} SCENARIO [--option value ...]",
            RUNS.join("|")
        );
        return ExitCode::SUCCESS;
    }
    let error = MagicError::Usage {
        message: format!("`{name}` is no way to run a scenario"),
        near: magic::near(&name, RUNS),
        todo: format!("Possible: {}", RUNS.join(", ")),
    };
    fail(&error)
}

/// Does what a magic does, on the terminal.
fn magic_command(name: &str, words: Vec<String>) -> ExitCode {
    let Some(magic) = magic::find(name) else {
        return fail(&MagicError::usage(
            format!("there is no command `{name}`"),
            "threadlab --help",
        ));
    };
    if words.iter().any(|word| word == "--help" || word == "-h") {
        help(magic, &words);
        return ExitCode::SUCCESS;
    }
    match carry_out(magic, &words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn carry_out(magic: &Magic, words: &[String]) -> Result<(), MagicError> {
    let matches = parse(magic, words)?;
    let system = |source| crate::run::RunFailure::Start {
        program: "threadlab".into(),
        source,
    };
    let mut session = Session::new(Program::this().map_err(system)?);
    let mut terminal = Terminal::default();
    let cancel = Cancel::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(system)?;
    let result = tokio::task::LocalSet::new().block_on(&runtime, async {
        let asked = cancel.clone();
        tokio::task::spawn_local(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                asked.cancel();
            }
        });
        let screen: &mut dyn Screen = &mut terminal;
        let mut context = Context {
            number: 1,
            session: &mut session,
            screen,
            cancel,
        };
        (magic.run)(&mut context, matches).await
    });
    terminal.finish();
    result
}

fn help(magic: &Magic, words: &[String]) {
    let bundle = match words.iter().find_map(|word| scenario::find(word)) {
        Some(scenario) => describe_scenario(scenario),
        None => describe(magic),
    };
    if let Some(text) = bundle.data.get("text/plain").and_then(|text| text.as_str()) {
        print!("{}", for_terminal(text));
    }
}

fn fail(error: &MagicError) -> ExitCode {
    eprintln!("threadlab: {}", for_terminal(&error.to_string()));
    match error {
        MagicError::Usage { .. } => ExitCode::from(WRONG_USE),
        _ => ExitCode::FAILURE,
    }
}

/// Texts speak of magics; on the terminal they have other names.
fn for_terminal(text: &str) -> String {
    let commands = RUNS.into_iter().chain([
        "compare",
        "speedup",
        "table",
        "advise",
        "explore",
        "redraw",
        "scenarios",
        "claims",
        "source",
    ]);
    commands.fold(text.to_owned(), |text, name| {
        let typed = if RUNS.contains(&name) {
            format!("run {name}")
        } else {
            name.to_owned()
        };
        text.replace(&format!("%{name}?"), &format!("threadlab {typed} --help"))
            .replace(&format!("%{name}"), &format!("threadlab {typed}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_a_valid_definition() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_way_to_run_is_a_magic() {
        assert!(RUNS.iter().all(|name| magic::find(name).is_some()));
    }

    #[test]
    fn help_for_magics_reads_as_help_for_commands() {
        assert_eq!(
            for_terminal("%threads? shows"),
            "threadlab run threads --help shows"
        );
        assert_eq!(
            for_terminal("%scenarios lists"),
            "threadlab scenarios lists"
        );
    }
}
