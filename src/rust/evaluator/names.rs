//! What a session's own names are, without an analyser: at once.

use crate::rust::source::key::Key;
use crate::rust::source::naming;
use crate::rust::source::session::{Session, number};
use crate::rust::wire::{Completed, Explained};
use std::collections::BTreeSet;
use std::ops::Range;

/// The word at a byte of some code, which may be empty.
pub(super) fn word(code: &str, at: usize) -> Range<usize> {
    let at = code.floor_char_boundary(at);
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let from = code[..at].rfind(|c| !part(c)).map_or(0, |before| {
        before + code[before..].chars().next().map_or(1, char::len_utf8)
    });
    let to = code[at..]
        .find(|c| !part(c))
        .map_or(code.len(), |end| at + end);
    from..to
}

/// Names of the session, and a learner's most frequent words, that could stand
/// at a place.
pub(super) fn complete(session: &Session, code: &str, at: usize) -> Completed {
    let at = code.floor_char_boundary(at);
    let from = word(code, at).start;
    let typed = &code[from..at];
    let before = code[..from].trim_end();
    let mut matches: Vec<String> = vec![];
    // What stands behind a point or a path is not of the session.
    if !typed.is_empty() && !before.ends_with('.') && !before.ends_with("::") {
        let items = session.items.iter().filter_map(|item| match &item.key {
            Key::Named(name) => Some(name.clone()),
            Key::Macro(name) => Some(format!("{name}!")),
            _ => None,
        });
        let brought = session.imports.iter().map(|import| import.name.clone());
        matches = (session.variables.keys().cloned())
            .chain(items)
            .chain(brought.filter(|name| !name.contains("::")))
            .chain(
                session
                    .dependencies
                    .keys()
                    .map(|name| name.replace('-', "_")),
            )
            .chain(
                COMMON
                    .iter()
                    .copied()
                    .chain(super::lab_names())
                    .map(String::from),
            )
            .filter(|name| name.starts_with(typed) && name != typed)
            .collect();
        matches.sort();
        matches.dedup();
    }
    Completed {
        from,
        to: at,
        matches,
    }
}

const COMMON: &[&str] = &[
    "async", "await", "break", "const", "continue", "else", "enum", "false", "fn", "for", "if",
    "impl", "let", "loop", "match", "move", "mut", "println!", "return", "static", "struct",
    "trait", "true", "use", "vec!", "while", "Option", "Result", "Some", "None", "String", "Vec",
    "std", "lab",
];

/// What the analyser found, with what the session has beside it. A function or a
/// macro stands there once, with what it takes: so does the method that a
/// private field is called like.
pub(super) fn merged(mut found: Completed, own: Completed) -> Completed {
    if found.from == own.from {
        found.matches.extend(own.matches);
    }
    let all = found.matches.clone();
    let mut seen = BTreeSet::new();
    found.matches.retain(|text| {
        let longer = |other: &String| {
            let rest = other.strip_prefix(text.as_str());
            rest.is_some_and(|rest| rest.starts_with(['(', '!']))
        };
        seen.insert(text.clone()) && !all.iter().any(longer)
    });
    found
}

/// Whether the name at a place is an item's of the session.
pub(super) fn is_item(session: &Session, code: &str, at: usize) -> bool {
    let name = &code[word(code, at)];
    let called = |key: &Key| matches!(key, Key::Named(n) | Key::Macro(n) if n == name);
    !session.variables.contains_key(name) && session.items.iter().any(|item| called(&item.key))
}

/// What the session knows of the name at a place: a variable's type, or an
/// item's text.
pub(super) fn explain(session: &Session, code: &str, at: usize) -> Option<Explained> {
    let name = &code[word(code, at)];
    let plain = match session.variables.get(name) {
        Some(variable) => {
            let mutable = if variable.mutable { "mut " } else { "" };
            let of = naming::readable(&variable.told);
            format!("let {mutable}{name}: {of}\n{} bytes", variable.size)
        }
        None => {
            let called = |item: &&crate::rust::source::session::Item| matches!(&item.key, Key::Named(n) | Key::Macro(n) if n == name);
            let item = session.items.iter().find(called)?;
            format!(
                "{}\n(cell {})",
                session.text(item.from),
                number(item.from.cell)
            )
        }
    };
    Some(Explained {
        html: String::new(),
        plain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_at_a_place_is_found() {
        assert_eq!(word("let über = 1", 6), 4..9);
        assert_eq!(word("a.b", 2), 2..3);
        assert_eq!(word("a. ", 2), 2..2);
        assert_eq!(word("x", 9), 0..1);
    }

    #[test]
    fn what_takes_something_is_offered_once() {
        let of = |matches: &[&str]| Completed {
            from: 0,
            to: 1,
            matches: matches.iter().map(|m| (*m).to_owned()).collect(),
        };
        let found = of(&["len", "len()", "le(other)", "iter().len()", "print!(…)"]);
        let both = merged(found, of(&["print!", "println!", "le", "let"]));
        let expected = [
            "len()",
            "le(other)",
            "iter().len()",
            "print!(…)",
            "println!",
            "let",
        ];
        assert_eq!(both.matches, expected);
    }

    #[test]
    fn words_are_offered_where_they_could_stand() {
        let session = Session::default();
        assert_eq!(complete(&session, "prin", 4).matches, ["println!"]);
        assert_eq!(complete(&session, "x.prin", 6).matches, [""; 0]);
        assert_eq!(complete(&session, "a::prin", 7).matches, [""; 0]);
    }
}
