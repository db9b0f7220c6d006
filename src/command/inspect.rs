//! Help on what stands at the cursor, or on a name.

use super::asked::asked;
use super::words::words;
use crate::display::Bundle;
use crate::magic::{self, MagicError, Session, describe, describe_scenario, near, source_of};
use crate::rust::wire::Explained;
use crate::scenario;

/// Why tasks say `await`: the compiler's own page tells of much else.
const AWAIT: &str = "\
`.await` stands behind every operation of a worker: w.load(&cups).await
Without it nothing happens: an operation is a plan until somebody waits for it.
Each `.await` is a place where another worker may come first; between two of them nobody does where schedules are explored.
A thread's body says it too, so that the same task runs as a thread, in a process and on an event loop.
While it waits, a thread stands still; an event loop carries out other tasks.";

/// Help on the word at the cursor (a position in bytes): a magic, a scenario, an
/// option, or a name of Rust.
pub async fn inspect(cell: &str, cursor: usize, session: &mut Session) -> Option<Bundle> {
    let cursor = cell.floor_char_boundary(cursor);
    let rust = asked(cell, cursor);
    let of_magics = of_magics(cell, cursor);
    let Some(rust) = rust else { return of_magics };
    if word(cell, cursor) == "await" {
        return Some(Bundle::text(AWAIT.into()));
    }
    // In Rust a variable called `counter` is no scenario.
    let variable = of_magics.is_none() || {
        let variables = session.rust.variables();
        let name = word(cell, cursor);
        variables.iter().any(|known| known.name == name)
    };
    let found = match variable {
        true => session.rust.explain(rust.code, rust.at).await,
        false => None,
    };
    found.map(explained).or(of_magics)
}

/// The word at a byte of a text.
fn word(text: &str, at: usize) -> &str {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let from = text[..at].trim_end_matches(part).len();
    let rest = text[at..].trim_start_matches(part);
    &text[from..text.len() - rest.len()]
}

fn explained(found: Explained) -> Bundle {
    let mut bundle = Bundle::text(found.plain);
    if !found.html.is_empty() {
        bundle.data.insert("text/html".into(), found.html.into());
    }
    bundle
}

/// Help on a name that is asked for by a question mark: of a magic or a scenario,
/// else of Rust; or its source.
///
/// # Errors
/// When nothing is called so, or when it has no source of its own.
pub async fn page(name: &str, source: bool, session: &mut Session) -> Result<Bundle, MagicError> {
    if name == "await" || name == ".await" {
        return Ok(Bundle::text(AWAIT.into()));
    }
    let variables = session.rust.variables().iter().map(|known| &*known.name);
    let variables: Vec<&str> = variables.collect();
    let known = of_magic_or_scenario(name, source, &variables);
    let Err(unknown) = known else { return known };
    // Nobody who runs magics only waits for an analyser.
    if name.starts_with('%') || !session.rust.has_begun() {
        return Err(unknown);
    }
    let found = session.rust.explain(name.to_owned(), name.len()).await;
    found.map(explained).ok_or(unknown)
}

/// Help on the word at the cursor where it is of a magic.
fn of_magics(cell: &str, cursor: usize) -> Option<Bundle> {
    let cursor = cell.floor_char_boundary(cursor);
    let line_start = cell[..cursor].rfind('\n').map_or(0, |at| at + 1);
    let line = cell[line_start..].lines().next().unwrap_or_default();
    let typed = words(line);
    let word = typed
        .iter()
        .rev()
        .find(|word| word.start <= cursor - line_start)?;
    let name = word.text.trim_matches('?');
    if let Some(option) = name.strip_prefix("--") {
        let magic = magic::find(typed.first()?.text.strip_prefix('%')?)?;
        return describe_option(magic, option.split('=').next()?);
    }
    by_name(name)
}

fn of_magic_or_scenario(
    name: &str,
    source: bool,
    variables: &[&str],
) -> Result<Bundle, MagicError> {
    let bare = name.trim_start_matches('%');
    if source {
        return scenario::find(bare)
            .map(source_of)
            .ok_or_else(|| MagicError::Usage {
                message: format!(
                    "`{name}` is no scenario, and scenarios alone have a source to show"
                ),
                near: near(
                    bare,
                    scenario::ALL.iter().filter(|s| !s.hidden).map(|s| s.name),
                )
                .into_iter()
                .map(|n| format!("{n}??"))
                .collect(),
                todo: "%scenarios lists them all".into(),
            });
    }
    by_name(name).ok_or_else(|| {
        let names = magic::ALL.iter().map(|m| m.name);
        let names = names
            .chain(scenario::ALL.iter().filter(|s| !s.hidden).map(|s| s.name))
            .chain(variables.iter().copied());
        MagicError::Usage {
            message: format!(
                "there is no help for `{name}`: neither a magic nor a scenario is called so"
            ),
            near: near(bare, names)
                .into_iter()
                .map(|n| format!("{n}?"))
                .collect(),
            todo: "%lsmagic lists the magics, %scenarios the scenarios".into(),
        }
    })
}

fn by_name(name: &str) -> Option<Bundle> {
    let bare = name.trim_start_matches('%');
    magic::find(bare)
        .map(describe)
        .or_else(|| scenario::find(bare).map(describe_scenario))
}

fn describe_option(magic: &magic::Magic, name: &str) -> Option<Bundle> {
    let command = (magic.command)();
    let mut args = command
        .get_arguments()
        .chain(command.get_subcommands().flat_map(|s| {
            let inner = s.get_subcommands().flat_map(|s| s.get_arguments());
            s.get_arguments().chain(inner)
        }));
    let arg = args.find(|arg| arg.get_long() == Some(name))?;
    Some(Bundle::text(format!("--{name}: {}", arg.get_help()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cell: &str, cursor: usize) -> String {
        let bundle = of_magics(cell, cursor).expect(cell);
        bundle.data["text/plain"].as_str().unwrap().to_owned()
    }

    #[test]
    fn magics_scenarios_and_options_are_explained() {
        let cell = "# first\n%threads breakfast --scale 0.1";
        assert!(text(cell, 10).starts_with("%threads SCENARIO"));
        let scenario = text(cell, 20);
        assert!(
            scenario.contains("Masterclass 5.1") && scenario.contains("[2s]"),
            "{scenario}"
        );
        assert!(text(cell, 30).contains("Multiplies waits"));
    }

    #[test]
    fn what_is_unknown_has_no_help() {
        assert!(of_magics("let x = 1;", 4).is_none());
        assert!(
            of_magic_or_scenario("brekfast", false, &[])
                .unwrap_err()
                .to_string()
                .contains("`breakfast?`")
        );
        assert!(of_magic_or_scenario("breakfast", true, &[]).is_ok());
    }
}
