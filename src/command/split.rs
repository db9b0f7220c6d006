//! What a cell asks for, line by line.

use super::words::words;
use crate::magic::{self, Magic, MagicError, near};
use crate::scenario;

/// One thing that a cell asks for.
#[derive(Debug)]
pub(super) enum Item {
    /// A magic and the words after its name.
    Magic {
        magic: &'static Magic,
        words: Vec<String>,
    },
    /// `name?`, or `name??` for its source.
    Help { name: String, source: bool },
}

/// Splits a cell into what it asks for; blank lines and comments are passed over.
///
/// # Errors
/// At the first line that is neither a magic nor a request for help.
pub(super) fn split(cell: &str) -> Result<Vec<Item>, MagicError> {
    if let Some(item) = python(cell)? {
        return Ok(vec![item]);
    }
    let mut items = vec![];
    for line in cell.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        if let Some((name, source)) = help(line) {
            items.push(Item::Help { name, source });
        } else if let Some(rest) = line.strip_prefix("%%") {
            return Err(cell_magic(rest));
        } else if let Some(rest) = line.strip_prefix('%') {
            items.push(magic(rest)?);
        } else {
            return Err(not_a_magic(line));
        }
    }
    Ok(items)
}

/// A cell whose first line begins with `%%python`: all below it is Python.
fn python(cell: &str) -> Result<Option<Item>, MagicError> {
    let (first, body) = cell
        .trim_start()
        .split_once('\n')
        .unwrap_or((cell.trim(), ""));
    let is_python = |rest: &&str| rest.split_whitespace().next() == Some(PYTHON);
    let Some(rest) = first.strip_prefix("%%").filter(is_python) else {
        return Ok(None);
    };
    let Item::Magic { magic, mut words } = magic(rest)? else {
        return Ok(None);
    };
    words.push(format!("--{}={body}", magic::PYTHON_BODY));
    Ok(Some(Item::Magic { magic, words }))
}

/// The cell magic whose cell is Python.
const PYTHON: &str = "python";

/// `?` or `??`, before or after a name.
fn help(line: &str) -> Option<(String, bool)> {
    let (name, marks) = match line.strip_suffix('?') {
        Some(rest) => (
            rest.trim_end_matches('?'),
            &line[rest.trim_end_matches('?').len()..],
        ),
        None => {
            let rest = line.strip_prefix('?')?;
            let name = rest.trim_start_matches('?');
            (name, &line[..line.len() - name.len()])
        }
    };
    let name = name.trim();
    let one_word = !name.contains(char::is_whitespace);
    (one_word && marks.len() <= 2).then(|| (name.to_owned(), marks.len() == 2))
}

fn magic(rest: &str) -> Result<Item, MagicError> {
    let mut words = words(rest).into_iter().map(|word| word.text);
    let name = words.next().unwrap_or_default();
    let Some(magic) = magic::find(&name) else {
        return Err(unknown_magic(&name));
    };
    Ok(Item::Magic {
        magic,
        words: words.collect(),
    })
}

fn unknown_magic(name: &str) -> MagicError {
    let names: Vec<&str> = magic::ALL.iter().map(|m| m.name).collect();
    let near = near(name, names)
        .into_iter()
        .map(|n| format!("%{n}"))
        .collect();
    MagicError::Usage {
        message: format!("there is no magic `%{name}`"),
        near,
        todo: "%lsmagic lists them all".into(),
    }
}

fn cell_magic(rest: &str) -> MagicError {
    let name = words(rest)
        .first()
        .map_or(String::new(), |word| word.text.clone());
    match magic::find(&name) {
        Some(magic) => MagicError::usage(
            format!("`%%{name}` over a cell of Rust is not there yet: Rust cells come later"),
            format!(
                "%{name} on one line {}",
                if (magic.command)().has_subcommands() {
                    "runs a scenario"
                } else {
                    "is there"
                }
            ),
        ),
        None => unknown_magic(&name),
    }
}

/// What to say of a line that is no magic.
fn not_a_magic(line: &str) -> MagicError {
    if let Some((name, called)) = line.split_once('=')
        && let called = called.trim()
        && called.starts_with('%')
    {
        return MagicError::Usage {
            message: format!(
                "`{line}`: a magic shows what it finds and gives no value to put into `{}`",
                name.trim()
            ),
            near: vec![called.into()],
            todo: "--save FILE.json keeps its data".into(),
        };
    }
    let typed = words(line);
    let first = typed.first().map_or("", |word| word.text.as_str());
    if magic::find(first).is_some() {
        return MagicError::Usage {
            message: format!("`{first}` is a magic, and magics begin with %"),
            near: vec![format!("%{line}")],
            todo: String::new(),
        };
    }
    if let Some(found) = scenario::find(first).filter(|_| typed.len() == 1) {
        let model = found.models.get(1).unwrap_or(&found.models[0]);
        return MagicError::Usage {
            message: format!("`{first}` is a scenario, which a magic runs"),
            near: vec![format!("%{model} {first}"), format!("{first}?")],
            todo: String::new(),
        };
    }
    if looks_like_python(line) {
        return MagicError::usage(
            "this looks like Python: cells here are magics or Rust, and Rust cells come later; \
             %help says how to begin",
            "",
        );
    }
    MagicError::usage(
        "Rust cells come later: for now every line of a cell is a magic; %help says how to begin",
        "",
    )
}

fn looks_like_python(line: &str) -> bool {
    let begins = [
        "import ",
        "from ",
        "def ",
        "print(",
        "class ",
        "async def ",
        "with ",
        "@",
    ];
    begins.iter().any(|word| line.starts_with(word))
        || (line.ends_with(':') && !line.contains("::"))
}

/// Whether a cell is ready to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// It is.
    Complete,
    /// Something is still open.
    Incomplete,
}

/// Whether a cell is ready to be run: magics are; a cell magic wants a body,
/// ended by a blank line; in Rust every bracket and quote has its other half.
pub fn completeness(cell: &str) -> Completeness {
    let first = cell.trim_start();
    if first.starts_with("%%") {
        let body = first.split_once('\n').map_or("", |(_, body)| body);
        let last = body.lines().last();
        let ended = !body.trim().is_empty() && last.is_some_and(|line| line.trim().is_empty());
        return if ended {
            Completeness::Complete
        } else {
            Completeness::Incomplete
        };
    }
    if first.starts_with('%') || first.starts_with('?') || open_brackets(cell) == 0 {
        Completeness::Complete
    } else {
        Completeness::Incomplete
    }
}

/// Brackets and quotes of Rust text that are still open.
fn open_brackets(text: &str) -> usize {
    let mut open = 0usize;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '/' if rest.starts_with('/') => rest = rest.find('\n').map_or("", |end| &rest[end..]),
            '/' if rest.starts_with('*') => match rest.find("*/") {
                Some(end) => rest = &rest[end + 2..],
                None => return open + 1,
            },
            '"' => match closing_quote(rest) {
                Some(end) => rest = &rest[end..],
                None => return open + 1,
            },
            // A character such as '{'; anything else after ' is a lifetime.
            '\'' => {
                let mut chars = rest.char_indices();
                let inside = chars.next();
                if let (Some((_, inside)), Some((at, '\''))) = (inside, chars.next())
                    && inside != '\\'
                {
                    rest = &rest[at + 1..];
                } else if rest.starts_with('\\') {
                    rest = rest
                        .get(1..)
                        .and_then(|r| r.find('\'').map(|end| &r[end + 1..]))
                        .unwrap_or("");
                }
            }
            _ => {}
        }
    }
    open
}

fn closing_quote(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(cell: &str) -> String {
        split(cell).unwrap_err().to_string()
    }

    #[test]
    fn a_cell_is_magics_comments_and_questions() {
        let items = split("# so\n%threads breakfast --scale 0.1 // short\n\nbreakfast??\n?%race\n")
            .unwrap();
        let shown: Vec<String> = items
            .iter()
            .map(|item| match item {
                Item::Magic { magic, words } => format!("%{} {}", magic.name, words.join(" ")),
                Item::Help { name, source } => format!("{name} {source}"),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "%threads breakfast --scale 0.1",
                "breakfast true",
                "%race false"
            ]
        );
    }

    #[test]
    fn mistakes_say_what_was_probably_meant() {
        assert!(error("%thread breakfast").contains("Did you mean `%threads`"));
        assert!(error("threads breakfast").contains("Did you mean `%threads breakfast`"));
        assert!(error("breakfast").contains("Did you mean `%threads breakfast`"));
        assert!(error("x = %compare crunch").contains("into `x`"));
        assert!(error("%%threads\nlab.task()").contains("Rust cells come later"));
    }

    #[test]
    fn rust_and_python_are_told_apart() {
        for rust in ["let x = 1;", "fn f() {}", "use std::thread;", "x"] {
            assert!(error(rust).starts_with("Rust cells come later"), "{rust}");
        }
        for python in [
            "import threading",
            "def f(x):",
            "from time import sleep",
            "for i in range(3):",
        ] {
            assert!(error(python).contains("looks like Python"), "{python}");
        }
    }

    #[test]
    fn a_cell_is_complete_when_nothing_is_open() {
        use Completeness::{Complete, Incomplete};
        for (cell, expected) in [
            ("%threads breakfast", Complete),
            ("let x = 1;", Complete),
            ("fn f() {", Incomplete),
            ("fn f() {\n}", Complete),
            ("let s = \"a {", Incomplete),
            ("let s = \"a { \\\" \";", Complete),
            ("let c = '{';", Complete),
            ("fn f<'a>(x: &'a str) {}", Complete),
            ("// an open (", Complete),
            ("/* an open", Incomplete),
            ("%%threads", Incomplete),
            ("%%threads\nlab.task()", Incomplete),
            ("%%threads\nlab.task()\n\n", Complete),
            ("", Complete),
        ] {
            assert_eq!(completeness(cell), expected, "{cell:?}");
        }
    }
}
