//! A cell as a learner writes it: split into what it asks for, carried out,
//! completed, explained.

mod complete;
mod inspect;
mod split;
mod words;

pub use complete::{Completions, complete};
pub use inspect::{inspect, page};
pub use split::{Completeness, completeness};

use crate::magic::{Context, Magic, MagicError, parse};
use clap::ArgMatches;
use split::{Item, split};

/// Carries out a cell: its magics one after another, in their order. Mistakes
/// are found before the first of them starts.
///
/// # Errors
/// The first failure; what stands after it is not carried out.
pub async fn execute(context: &mut Context<'_>, cell: &str) -> Result<(), MagicError> {
    let mut steps = vec![];
    for item in split(cell)? {
        steps.push(match item {
            Item::Help { name, source } => Step::Page(page(&name, source)?),
            Item::Magic { magic, words } => {
                let matches = with_defaults(magic, &words, &context.session.defaults)?;
                Step::Magic(magic, matches)
            }
        });
    }
    for step in steps {
        match step {
            Step::Page(bundle) => context.screen.page(bundle),
            Step::Magic(magic, matches) => (magic.run)(context, matches).await?,
        }
    }
    Ok(())
}

enum Step {
    Page(crate::display::Bundle),
    Magic(&'static Magic, ArgMatches),
}

/// Reads a run magic's words after the session's defaults, so that what is
/// typed wins. A mistake is told of what was typed.
fn with_defaults(
    magic: &Magic,
    words: &[String],
    defaults: &[String],
) -> Result<ArgMatches, MagicError> {
    let typed = parse(magic, words)?;
    if defaults.is_empty() || !(magic.command)().has_subcommands() {
        return Ok(typed);
    }
    let all: Vec<String> = defaults.iter().chain(words).cloned().collect();
    parse(magic, &all)
}
