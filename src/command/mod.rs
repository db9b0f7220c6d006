//! A cell as a learner writes it: split into what it asks for, carried out,
//! completed, explained.

mod asked;
mod code;
mod complete;
mod completeness;
mod inspect;
mod split;
mod words;

pub use complete::{Completions, complete};
pub use completeness::{Completeness, completeness};
pub use inspect::{inspect, page};
pub use split::is_rust;

use crate::magic::{
    Context, Magic, MagicError, Shows, inner, over_a_cell, parse, run_rust, takes_scenario,
};
use crate::rust::wire::Asked;
use clap::{ArgMatches, Command};
use split::{Item, split};

/// Carries out a cell: its magics one after another, in their order. Mistakes
/// are found before the first of them starts.
///
/// # Errors
/// The first failure; what stands after it is not carried out.
pub async fn execute(context: &mut Context<'_>, cell: &str) -> Result<(), MagicError> {
    let mut steps = vec![];
    let is_variable = |name: &str| {
        let variables = context.session.rust.variables();
        variables.iter().any(|known| known.name == name)
    };
    for item in split(cell, &is_variable)? {
        steps.push(match item {
            Item::Help { name, source } => Step::Page(page(&name, source, context.session).await?),
            Item::Rust(text) => {
                let asked = Asked {
                    number: context.number,
                    text,
                    ..Asked::default()
                };
                Step::Rust(asked, Box::default())
            }
            Item::Over { magic, words, body } => {
                let wrapped = over_a_cell(context.session, magic.name, &words)?;
                let asked = Asked {
                    number: context.number,
                    text: body,
                    before: wrapped.before,
                    after: wrapped.after,
                    ..Asked::default()
                };
                Step::Rust(asked, Box::new(wrapped.shows))
            }
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
            Step::Rust(asked, shows) => {
                run_rust(context, asked, &shows).await?;
            }
        }
    }
    Ok(())
}

enum Step {
    Page(crate::display::Bundle),
    Magic(&'static Magic, ArgMatches),
    Rust(Asked, Box<Shows>),
}

/// Reads the words of a magic that takes a scenario after the session's
/// defaults, so that what is typed wins. A mistake is told of what was typed.
fn with_defaults(
    magic: &Magic,
    words: &[String],
    defaults: &[String],
) -> Result<ArgMatches, MagicError> {
    let typed = parse(magic, words)?;
    let command = (magic.command)();
    let (before, taking) = match inner(&command, words.first()) {
        Some(inner) => (1, inner),
        None => (0, &command),
    };
    if !takes_scenario(taking) {
        return Ok(typed);
    }
    let (leading, rest) = words.split_at(before);
    let all = leading.iter().chain(offered(taking, defaults)).chain(rest);
    parse(magic, &all.cloned().collect::<Vec<_>>())
}

/// Those of the defaults that mean something to a command: the others it hides.
fn offered<'d>(command: &Command, defaults: &'d [String]) -> Vec<&'d String> {
    let hides = |word: &str| {
        let option = word.split('=').next().unwrap_or_default();
        let mut hidden = command.get_arguments().filter(|arg| arg.is_hide_set());
        hidden.any(|arg| {
            arg.get_long()
                .is_some_and(|long| option == format!("--{long}"))
        })
    };
    let mut kept = true;
    let keep = |word: &&String| {
        // A value goes with the option before it.
        if word.starts_with("--") {
            kept = !hides(word);
        }
        kept
    };
    defaults.iter().filter(keep).collect()
}
