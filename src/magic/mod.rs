//! The magics: one file each, and what they share.
//!
//! A magic is one definition: its name and help, its arguments (clap), and
//! what it does. Parsing, completion, inspection, help and the command line
//! all follow from [`ALL`].

mod advise;
mod arguments;
mod cells;
mod claims;
mod compare;
mod defaults;
mod error;
mod explore;
mod figures;
mod files;
mod help;
mod ipc;
mod load;
mod looks;
mod lsmagic;
mod memory;
mod options;
mod over;
mod perform;
mod place;
mod plan;
mod python;
mod pythons;
mod race;
mod record;
mod redraw;
mod reset;
mod run;
mod rust;
mod scenarios;
mod session;
mod shown;
mod small;
mod source;
mod speedup;
mod step;
mod table;
mod time;
mod timeit;
mod turns;
mod who;
mod writefile;

pub use arguments::{BODY, CODE};
pub use arguments::{inner, parse, takes_scenario};
pub use claims::{TakenUp, all_taken_up};
pub use error::MagicError;
pub use help::{describe, describe_scenario};
pub use options::near;
pub use over::{BEFORE, Shows, Wrapped, command_over_cells, goes_over_cells, over_a_cell};
pub use rust::run as run_rust;
pub use session::{Cancel, Context, Session};
pub use source::describe as source_of;
pub use table::names as tables;

use clap::{ArgMatches, Command};
use std::pin::Pin;

/// One magic.
#[derive(Clone, Copy)]
pub struct Magic {
    /// What a learner types after `%`.
    pub name: &'static str,
    /// Its arguments and help.
    pub command: fn() -> Command,
    /// What it does with them.
    pub run: Run,
}

impl std::fmt::Debug for Magic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Magic")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What a magic does.
pub type Run = for<'a> fn(&'a mut Context<'_>, ArgMatches) -> Doing<'a>;
/// A magic at work.
pub type Doing<'a> = Pin<Box<dyn Future<Output = Result<(), MagicError>> + 'a>>;

/// Every magic, in the order in which `%lsmagic` lists them.
pub const ALL: &[Magic] = &[
    run::THREADS,
    run::PROCESSES,
    run::SEQUENTIAL,
    run::POOL,
    run::ASYNC,
    race::RACE,
    compare::COMPARE,
    explore::EXPLORE,
    step::STEP,
    speedup::SPEEDUP,
    table::TABLE,
    advise::ADVISE,
    scenarios::SCENARIOS,
    claims::CLAIMS,
    source::SOURCE,
    python::PYTHON,
    who::WHO,
    time::TIME,
    timeit::TIMEIT,
    reset::RESET,
    load::LOAD,
    writefile::WRITEFILE,
    redraw::REDRAW,
    defaults::DEFAULTS,
    lsmagic::LSMAGIC,
    help::HELP,
];

impl Magic {
    /// Whether it takes a cell's text: `%%name` over it.
    pub fn takes_body(&self) -> bool {
        self.takes(BODY)
    }

    /// Whether it takes the code that stands on its line.
    pub fn takes_code(&self) -> bool {
        self.takes(CODE)
    }

    fn takes(&self, argument: &str) -> bool {
        let command = (self.command)();
        command.get_arguments().any(|a| a.get_id() == argument)
    }
}

/// A magic by its name, without `%`.
pub fn find(name: &str) -> Option<&'static Magic> {
    ALL.iter().find(|magic| magic.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_magic_is_a_valid_definition_with_help() {
        for magic in ALL {
            let command = (magic.command)();
            command.clone().debug_assert();
            assert_eq!(command.get_name(), magic.name);
            assert!(command.get_about().is_some(), "{} has no help", magic.name);
            for arg in command.get_arguments() {
                assert!(
                    arg.get_help().is_some(),
                    "{} {} has no help",
                    magic.name,
                    arg.get_id()
                );
            }
        }
    }

    #[test]
    fn no_parameter_of_a_scenario_is_called_like_an_option() {
        for magic in ALL {
            let command = (magic.command)();
            let options: Vec<_> = command
                .get_arguments()
                .filter_map(|a| a.get_long())
                .collect();
            for scenario in command.get_subcommands() {
                for own in scenario.get_arguments().filter_map(|a| a.get_long()) {
                    assert!(!options.contains(&own), "{} --{own}", scenario.get_name());
                }
            }
        }
    }

    #[test]
    fn names_are_unique() {
        for magic in ALL {
            assert_eq!(ALL.iter().filter(|m| m.name == magic.name).count(), 1);
        }
    }
}
