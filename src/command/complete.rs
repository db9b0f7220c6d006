//! What could stand at the cursor: magics, scenarios, options, values.

use super::asked::asked;
use super::words::{Word, words};
use crate::magic::{self, Magic, Session, inner, takes_scenario};
use crate::scenario::{self, Scenario};
use clap::{Arg, Command};
use lab::gil::Version;
use lab::trace::Model;

/// What could stand at a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completions {
    /// The words, whole.
    pub matches: Vec<String>,
    /// The part of the cell that a match replaces, in bytes.
    pub replaces: std::ops::Range<usize>,
}

/// What could stand at the cursor, a position in bytes: of magics where the line
/// is one, else of Rust, with the magics beside it that the line could become.
/// Nothing is run.
pub async fn complete(cell: &str, cursor: usize, session: &mut Session) -> Completions {
    let cursor = cell.floor_char_boundary(cursor);
    let magics = of_magics(cell, cursor, session);
    let Some(rust) = asked(cell, cursor) else {
        return magics;
    };
    let found = session.rust.complete(rust.code, rust.at).await;
    if found.matches.is_empty() {
        return magics;
    }
    let in_cell = |at: usize| at.saturating_sub(rust.ahead);
    let replaces = in_cell(found.from)..in_cell(found.to);
    let beside = replaces == magics.replaces;
    let magics = magics.matches.into_iter().filter(|_| beside);
    Completions {
        matches: found.matches.into_iter().chain(magics).collect(),
        replaces,
    }
}

/// What could stand at the cursor where the line is a magic.
fn of_magics(cell: &str, cursor: usize, session: &Session) -> Completions {
    let cursor = cell.floor_char_boundary(cursor);
    let line_start = cell[..cursor].rfind('\n').map_or(0, |at| at + 1);
    let line = &cell[line_start..cursor];
    let typed = words(line);
    // The word that the cursor is in; an empty one after a blank.
    let (before, current) = match typed.split_last() {
        Some((last, before)) if !line.ends_with(char::is_whitespace) => (before, last.clone()),
        _ => (
            typed.as_slice(),
            Word {
                text: String::new(),
                start: line.len(),
            },
        ),
    };
    let (matches, start) = candidates(before, &current, session);
    Completions {
        matches,
        replaces: line_start + start..cursor,
    }
}

fn candidates(before: &[Word], current: &Word, session: &Session) -> (Vec<String>, usize) {
    let Some((first, rest)) = before.split_first() else {
        return at_beginning(current);
    };
    let name = first.text.strip_prefix("%%");
    let name = name.or_else(|| first.text.strip_prefix('%'));
    let Some(magic) = name.and_then(magic::find) else {
        return (vec![], current.start);
    };
    let over = magic::command_over_cells(magic).filter(|_| first.text.starts_with("%%"));
    let whole = over.unwrap_or_else(|| (magic.command)());
    let (command, rest) = match inner(&whole, rest.first().map(|word| &word.text)) {
        Some(inner) => (inner, &rest[1..]),
        None => (&whole, rest),
    };
    let scenario = rest
        .iter()
        .find_map(|word| scenario::find(&word.text))
        .filter(|_| takes_scenario(command));
    let sub = scenario.and_then(|s| command.find_subcommand(s.name));
    let options: Vec<&Arg> = command
        .get_arguments()
        .chain(sub.into_iter().flat_map(Command::get_arguments))
        .collect();
    let takes_value = |word: &str| {
        let arg = options
            .iter()
            .find(|a| a.get_long().is_some_and(|long| word == format!("--{long}")))?;
        arg.get_action().takes_values().then_some(*arg)
    };
    if let Some((option, typed)) = current.text.split_once('=') {
        let start = current.start + option.len() + 1;
        return (
            takes_value(option).map_or(vec![], |arg| values(arg, scenario, typed)),
            start,
        );
    }
    if let Some(arg) = rest.last().and_then(|word| takes_value(&word.text)) {
        let (done, typed) = current
            .text
            .rsplit_once(',')
            .map_or(("", current.text.as_str()), |(d, t)| (d, t));
        let start = current.start + if done.is_empty() { 0 } else { done.len() + 1 };
        return (values(arg, scenario, typed), start);
    }
    if current.text.starts_with('-') {
        let longs = options
            .iter()
            .filter(|a| !a.is_hide_set())
            .filter_map(|a| a.get_long());
        return (
            beginning_with(&current.text, longs.map(|long| format!("--{long}"))),
            current.start,
        );
    }
    let names: Vec<String> = match magic.name {
        "source" | "claims" => visible().map(|s| s.name.into()).collect(),
        "help" => magic::ALL
            .iter()
            .map(|m| m.name.into())
            .chain(visible().map(|s| s.name.into()))
            .collect(),
        "redraw" => vec!["last".into()],
        "load" | "writefile" => return (files(&current.text), current.start),
        "table" => magic::tables().map(String::from).collect(),
        _ if scenario.is_none() && takes_scenario(command) => {
            runs_under(magic).map(|s| s.name.into()).collect()
        }
        "step" if rest.is_empty() => {
            let words = ["start", "back", "auto"].map(String::from);
            words.into_iter().chain(session.ready()).collect()
        }
        _ => vec![],
    };
    (
        beginning_with(&current.text, names.into_iter()),
        current.start,
    )
}

/// The first word of a line: a magic, with its sign or before it is typed; or
/// a name after a question mark.
fn at_beginning(current: &Word) -> (Vec<String>, usize) {
    let bare = current.text.trim_start_matches(['%', '?']);
    if current.text.starts_with("%%") {
        let over = |m: &&Magic| m.takes_body() || magic::goes_over_cells(m);
        let names = magic::ALL.iter().filter(over).map(|m| m.name);
        let matches = names.filter(|name| name.starts_with(bare));
        return (
            matches.map(|name| format!("%%{name}")).collect(),
            current.start,
        );
    }
    let magics = magic::ALL
        .iter()
        .map(|m| m.name)
        .filter(|name| name.starts_with(bare));
    if current.text.starts_with('?') {
        let start = current.start + current.text.len() - bare.len();
        let names = magics
            .map(String::from)
            .chain(visible().map(|s| s.name.into()));
        return (beginning_with(bare, names), start);
    }
    (
        magics.map(|name| format!("%{name}")).collect(),
        current.start,
    )
}

fn values(arg: &Arg, scenario: Option<&Scenario>, typed: &str) -> Vec<String> {
    let words: Vec<&str> = match arg.get_id().as_str() {
        "theme" => vec!["light", "dark"],
        "policy" => vec!["exhaustive", "random", "pct"],
        "machine" => vec!["guide", "here"],
        "pace" => vec!["native"],
        "gil" => ["off", "on"]
            .iter()
            .chain(Version::names())
            .copied()
            .collect(),
        "start" => lab::Start::ALL.map(lab::Start::name).to_vec(),
        "models" => match scenario {
            Some(scenario) => scenario.models.iter().map(|m| m.name()).collect(),
            None => Model::ALL.map(Model::name).to_vec(),
        },
        id => {
            let parameter = scenario.and_then(|s| s.parameters.iter().find(|p| p.name == id));
            parameter.map_or(vec![], |p| p.words().to_vec())
        }
    };
    beginning_with(typed, words.into_iter().map(String::from))
}

/// Files and folders whose path begins as typed; hidden ones where a dot is.
fn files(typed: &str) -> Vec<String> {
    let name = typed.rsplit('/').next().unwrap_or_default();
    let folder = &typed[..typed.len() - name.len()];
    let within = if folder.is_empty() { "." } else { folder };
    let entries = std::fs::read_dir(within).into_iter().flatten().flatten();
    let mut found: Vec<String> = entries
        .filter_map(|entry| {
            let called = entry.file_name().into_string().ok()?;
            let offered =
                called.starts_with(name) && (!name.is_empty() || !called.starts_with('.'));
            let end = if entry.path().is_dir() { "/" } else { "" };
            offered.then(|| format!("{folder}{called}{end}"))
        })
        .collect();
    found.sort();
    found
}

fn visible() -> impl Iterator<Item = &'static Scenario> {
    scenario::ALL.iter().copied().filter(|s| !s.hidden)
}

/// The scenarios that a magic can run.
fn runs_under(magic: &'static Magic) -> impl Iterator<Item = &'static Scenario> {
    visible().filter(|s| {
        let model = Model::ALL.into_iter().find(|m| m.name() == magic.name);
        model.map_or(
            match magic.name {
                "race" => s.shares,
                "explore" | "step" => s.small.is_some(),
                _ => true,
            },
            |model| s.models.contains(&model),
        )
    })
}

fn beginning_with(typed: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let typed = typed.replace('_', "-");
    names
        .filter(|name| name.replace('_', "-").starts_with(&typed))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Program;

    fn session() -> Session {
        Session::new(Program {
            path: "unused".into(),
            arguments: vec![],
        })
    }

    fn at_end(cell: &str) -> (Vec<String>, usize) {
        let completions = of_magics(cell, cell.len(), &session());
        (completions.matches, completions.replaces.start)
    }

    #[test]
    fn magics_are_offered_with_and_without_their_sign() {
        assert_eq!(at_end("%thr"), (vec!["%threads".into()], 0));
        assert_eq!(at_end("thr"), (vec!["%threads".into()], 0));
        assert_eq!(
            at_end("%threads breakfast\n%seq"),
            (vec!["%sequential".into()], 19)
        );
    }

    #[test]
    fn scenarios_are_offered_that_the_magic_can_run() {
        assert_eq!(at_end("%threads break"), (vec!["breakfast".into()], 9));
        let pool = at_end("%pool ").0;
        assert!(pool.contains(&"crunch".into()) && !pool.contains(&"orders".into()));
        assert_eq!(at_end("%race count").0, ["counter"]);
        assert_eq!(at_end("%race orders").0, [""; 0]);
        assert_eq!(at_end("%threads two_").0, ["two-chais"]);
    }

    #[test]
    fn steps_are_offered_and_what_a_schedule_can_start_with() {
        assert_eq!(at_end("%step ").0, ["start", "back", "auto"]);
        assert_eq!(at_end("%step start co").0, ["counter", "condition"]);
        assert_eq!(at_end("%step start breakf").0, [""; 0]);
        assert_eq!(at_end("%step start counter --prot").0, ["--protect"]);
        assert_eq!(at_end("%step start counter --protect r").0, ["rlock"]);
        assert_eq!(at_end("%step start counter --gi").0, [""; 0]);
        assert_eq!(at_end("%step A ").0, [""; 0]);
    }

    #[test]
    fn options_are_those_of_the_magic_and_of_the_scenario() {
        assert_eq!(at_end("%threads breakfast --mi").0, ["--milk"]);
        assert_eq!(
            at_end("%threads breakfast --sc"),
            (vec!["--scale".into()], 19)
        );
        assert!(at_end("%threads orders --mi").0.is_empty());
    }

    #[test]
    fn values_are_offered_where_there_are_only_so_many() {
        assert_eq!(at_end("%threads counter --protect r").0, ["rlock"]);
        assert_eq!(
            at_end("%threads counter --protect=se"),
            (vec!["semaphore".into()], 27)
        );
        assert_eq!(
            at_end("%compare crunch --models threads,p"),
            (vec!["pool".into(), "processes".into()], 33)
        );
        assert_eq!(at_end("%threads breakfast --theme ").0, ["light", "dark"]);
        assert!(at_end("%threads breakfast --scale ").0.is_empty());
    }

    #[test]
    fn magics_over_cells_have_two_signs_and_the_same_options() {
        assert_eq!(at_end("%%timei"), (vec!["%%timeit".into()], 0));
        assert_eq!(at_end("%%lsm").0, [""; 0]);
        assert_eq!(at_end("%%timeit --lo").0, ["--loops"]);
        assert_eq!(at_end("%%threads --sc").0, [""; 0]);
        assert_eq!(at_end("%threads --sc").0, ["--scale"]);
        assert_eq!(at_end("%%compare --models thr").0, ["threads"]);
    }

    #[test]
    fn files_are_offered_where_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["ab.rs", "ac.rs", ".ad", "b"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("af")).unwrap();
        let at = folder.path().display().to_string();
        let named = |name: &str| format!("{at}/{name}");
        let (found, start) = at_end(&format!("%load {at}/a"));
        assert_eq!(found, ["ab.rs", "ac.rs", "af/"].map(named));
        assert_eq!(start, 6);
        assert_eq!(at_end(&format!("%load {at}/.")).0, [named(".ad")]);
    }

    #[test]
    fn no_place_in_any_text_is_beyond_it() {
        for cell in [
            "",
            "%",
            "?",
            "ü%thr",
            "%threads 'ü",
            "%threads breakfast --protect=ü,",
        ] {
            for cursor in 0..cell.len() + 3 {
                let completions = of_magics(cell, cursor, &session());
                assert!(
                    completions.replaces.end <= cell.len(),
                    "{cell:?} at {cursor}"
                );
                assert!(
                    cell.get(completions.replaces.clone()).is_some(),
                    "{cell:?} at {cursor}"
                );
            }
        }
    }
}
