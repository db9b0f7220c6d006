//! What a cell asks for, line by line.

use super::code::with_code;
use super::completeness::{Ends, ends, is_comment, is_remainder};
use super::words::words;
use crate::magic::{self, Magic, MagicError, near};
use crate::rust::{self, Open};
use crate::scenario;

/// One thing that a cell asks for.
#[derive(Debug)]
pub(super) enum Item {
    /// A magic and the words after its name.
    Magic {
        magic: &'static Magic,
        words: Vec<String>,
    },
    /// A magic over a cell of Rust: what stands below its line, where it stands.
    Over {
        magic: &'static Magic,
        words: Vec<String>,
        body: String,
    },
    /// `name?`, or `name??` for its source.
    Help { name: String, source: bool },
    /// Rust, on the lines that it has in the cell.
    Rust(String),
}

/// Splits a cell into what it asks for, in its order: magics and questions line
/// by line, and the Rust between them. Blank lines and comments are passed over.
/// `is_variable` knows the variables of Rust.
///
/// # Errors
/// At the first line that is a mistake whatever Rust says of it.
pub(super) fn split(
    cell: &str,
    is_variable: &dyn Fn(&str) -> bool,
) -> Result<Vec<Item>, MagicError> {
    if let Some(item) = cell_magic(cell)? {
        return Ok(vec![item]);
    }
    let mut items = vec![];
    // Rust since the last magic, with an empty line for each that is not.
    let (mut rust, mut open) = (String::new(), Open::default());
    let mut end = 0;
    for line in cell.split_inclusive('\n') {
        let start = end + line.len() - line.trim_start().len();
        end += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let is_known = |name: &str| is_variable(name) || names(&rust, name);
        // Inside of brackets and quotes all is Rust.
        let item = if open.is_open() || goes_on(line.trim(), &rust) {
            None
        } else {
            match one(&cell[..start], line.trim(), &is_known) {
                Ok(None) => None,
                // And so is what an expression goes on with.
                _ if ends(&rust) == Ends::Within => None,
                found => found?,
            }
        };
        match item {
            Some(item) => {
                let before = rust.matches('\n').count();
                take_rust(&mut rust, &mut items);
                rust = "\n".repeat(before + 1);
                items.push(item);
            }
            None if !open.is_open() && is_comment(line.trim()) => rust.push('\n'),
            None => {
                // What a command says is none of Rust's.
                if open.is_open() || rust::command(line).is_none() {
                    open.read(line);
                    open.read("\n");
                }
                rust.push_str(line);
                rust.push('\n');
            }
        }
    }
    take_rust(&mut rust, &mut items);
    Ok(items)
}

/// Whether a line goes on with the Rust above it: with a remainder, `% 3` or
/// `%n;`, or with a method, `.await?`.
fn goes_on(line: &str, rust: &str) -> bool {
    let name = line.strip_prefix('%').map_or("", first_word);
    let no_name = |c: char| !c.is_alphanumeric() && !"_-%".contains(c);
    line.starts_with('.') || is_remainder(line) || name.contains(no_name) && !rust.trim().is_empty()
}

fn take_rust(rust: &mut String, items: &mut Vec<Item>) {
    let says = |line: &str| !line.is_empty() && !line.starts_with("//");
    if rust.lines().any(|line| says(line.trim())) {
        items.push(Item::Rust(std::mem::take(rust)));
    }
}

/// Whether a name occurs in some Rust.
fn names(rust: &str, name: &str) -> bool {
    rust.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == name)
}

/// What a line asks for where it is no Rust. `above` is all of the cell before it.
fn one(
    above: &str,
    line: &str,
    is_variable: &dyn Fn(&str) -> bool,
) -> Result<Option<Item>, MagicError> {
    if let Some((name, source)) = help(line) {
        return Ok(Some(Item::Help { name, source }));
    }
    if let Some(rest) = line.strip_prefix("%%") {
        let message = format!("`%%{}` stands in a cell's first line", first_word(rest));
        return Err(MagicError::usage(
            message,
            "Put it there, or into a cell of its own",
        ));
    }
    if let Some(rest) = line.strip_prefix('%') {
        return magic(above, line, rest).map(Some);
    }
    match mistake(line, is_variable) {
        Some(mistake) => Err(mistake),
        None => Ok(None),
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// A magic over a whole cell, whose first line begins with `%%`.
fn cell_magic(cell: &str) -> Result<Option<Item>, MagicError> {
    let above = cell.len() - cell.trim_start().len();
    let (first, body) = cell[above..]
        .split_once('\n')
        .unwrap_or((&cell[above..], ""));
    let Some(rest) = first.strip_prefix("%%").filter(|_| help(first).is_none()) else {
        return Ok(None);
    };
    let name = first_word(rest);
    let Some(magic) = magic::find(name) else {
        return Err(unknown_magic("%%", name));
    };
    let lines = cell[..above].matches('\n').count() + 1;
    if magic.takes_body() && magic.takes_code() {
        let mut words = with_code(
            &cell[..above],
            first,
            &rest.trim_start()[name.len()..],
            magic,
        );
        let body = "\n".repeat(lines) + body;
        words.push(format!("--{}={body}", magic::BODY));
        return Ok(Some(Item::Magic { magic, words }));
    }
    let mut words: Vec<String> = words(rest).into_iter().map(|word| word.text).collect();
    words.remove(0);
    if magic.takes_body() {
        words.push(format!("--{}={body}", magic::BODY));
        return Ok(Some(Item::Magic { magic, words }));
    }
    if !magic::goes_over_cells(magic) {
        let message = format!("`%%{name}`: this magic takes one line, not a cell");
        return Err(MagicError::Usage {
            message,
            near: vec![format!("%{name}")],
            todo: String::new(),
        });
    }
    Ok(Some(Item::Over {
        magic,
        words,
        body: "\n".repeat(lines) + body,
    }))
}

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
    // `f()?` is Rust.
    let word = |c: char| c.is_alphanumeric() || "_-%:.!<>".contains(c);
    let one_word = name.chars().all(word);
    (one_word && marks.len() <= 2).then(|| (name.to_owned(), marks.len() == 2))
}

fn magic(above: &str, line: &str, rest: &str) -> Result<Item, MagicError> {
    let name = first_word(rest);
    let Some(magic) = magic::find(name) else {
        return Err(unknown_magic("%", name));
    };
    if magic.takes_code() {
        let rest = &rest.trim_start()[name.len()..];
        let words = with_code(above, line, rest, magic);
        return Ok(Item::Magic { magic, words });
    }
    let words = words(rest).into_iter().skip(1).map(|word| word.text);
    Ok(Item::Magic {
        magic,
        words: words.collect(),
    })
}

fn unknown_magic(sign: &str, name: &str) -> MagicError {
    let names = magic::ALL
        .iter()
        .filter(|magic| sign == "%" || magic.takes_body() || magic::goes_over_cells(magic));
    // What runs on tokio is called after the words that it is written with.
    let meant = if name == "tokio" { "async" } else { name };
    let near = near(meant, names.map(|m| m.name))
        .into_iter()
        .map(|n| format!("{sign}{n}"))
        .collect();
    MagicError::Usage {
        message: format!("there is no magic `{sign}{name}`"),
        near,
        todo: "%lsmagic lists them all".into(),
    }
}

/// What was probably meant by a line that is no magic and no Rust either.
fn mistake(line: &str, is_variable: &dyn Fn(&str) -> bool) -> Option<MagicError> {
    if let Some((name, called)) = line.split_once('=')
        && let called = called.trim()
        && called.starts_with('%')
    {
        return Some(MagicError::Usage {
            message: format!(
                "`{line}`: a magic shows what it finds and gives no value to put into `{}`",
                name.trim()
            ),
            near: vec![called.into()],
            todo: "--save FILE.json keeps its data".into(),
        });
    }
    let typed = words(line);
    let first = typed.first().map_or("", |word| word.text.as_str());
    let is_known = magic::find(first).is_some() || scenario::find(first).is_some();
    if !is_known || is_variable(first) {
        return None;
    }
    let second = typed.get(1).map(|word| word.text.as_str());
    // Two words side by side, or a word and an option, are no Rust.
    let meant = |word: &str| {
        word.starts_with("--")
            || scenario::find(word).is_some()
            || magic::tables().any(|t| t == word)
    };
    if magic::find(first).is_some() && second.is_none_or(meant) {
        return Some(MagicError::Usage {
            message: format!("`{first}` is a magic, and magics begin with %"),
            near: vec![format!("%{line}")],
            todo: String::new(),
        });
    }
    if let Some(found) = scenario::find(first).filter(|_| typed.len() == 1) {
        let model = found.models.get(1).unwrap_or(&found.models[0]);
        return Some(MagicError::Usage {
            message: format!("`{first}` is a scenario, which a magic runs"),
            near: vec![format!("%{model} {first}"), format!("{first}?")],
            todo: String::new(),
        });
    }
    None
}

/// Whether running a cell would run Rust, as far as can be told before.
pub fn is_rust(cell: &str) -> bool {
    let rust = |item: &Item| matches!(item, Item::Rust(_) | Item::Over { .. });
    split(cell, &|_| false).is_ok_and(|items| items.iter().any(rust))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(cell: &str) -> Result<Vec<Item>, MagicError> {
        super::split(cell, &|name| name == "known")
    }

    fn error(cell: &str) -> String {
        split(cell).unwrap_err().to_string()
    }

    fn shown(cell: &str) -> Vec<String> {
        let told = |item: &Item| match item {
            Item::Magic { magic, words } => format!("%{} {}", magic.name, words.join(" ")),
            Item::Over { magic, words, body } => {
                format!("%%{} {} {body:?}", magic.name, words.join(" "))
            }
            Item::Help { name, source } => format!("{name} {source}"),
            Item::Rust(text) => format!("{text:?}"),
        };
        split(cell).unwrap().iter().map(told).collect()
    }

    #[test]
    fn a_cell_is_magics_comments_and_questions() {
        assert_eq!(
            shown("# so\n%threads breakfast --scale 0.1 // short\n\nbreakfast??\n?%race\n"),
            [
                "%threads breakfast --scale 0.1",
                "breakfast true",
                "%race false"
            ]
        );
    }

    #[test]
    fn rust_keeps_its_lines_between_magics() {
        assert_eq!(
            shown("let a = 1;\n%lsmagic\n# note\n#[derive(Debug)]\nstruct P;\nf()?"),
            [
                "\"let a = 1;\\n\"",
                "%lsmagic ",
                "\"\\n\\n\\n#[derive(Debug)]\\nstruct P;\\nf()?\\n\""
            ]
        );
        assert_eq!(shown("// only words"), [""; 0]);
    }

    #[test]
    fn inside_of_brackets_all_is_rust() {
        assert_eq!(shown("let r = (7\n%3);"), ["\"let r = (7\\n%3);\\n\""]);
    }

    #[test]
    fn lines_of_a_string_stay_as_they_are() {
        for rust in [
            "let s = \"\n# Title\n:smile:\n%who\nbreakfast?\n\";\n",
            "quote! {\n# name\n}\n",
        ] {
            assert_eq!(shown(rust), [format!("{rust:?}")]);
        }
    }

    #[test]
    fn what_an_expression_goes_on_with_is_rust() {
        for rust in [
            "let r = 17\n    % 5;\nr",
            "let r = rest\n    %who;",
            "fetch()\n    .await?",
            "let time =\n    breakfast?",
            "let n =\n    time",
        ] {
            assert_eq!(shown(rust).len(), 1, "{rust}");
        }
        assert_eq!(shown("let x = 5\n%who").len(), 2);
        assert!(error("%who;").contains("no magic `%who;`"));
    }

    #[test]
    fn what_a_command_says_opens_nothing() {
        assert_eq!(shown(":env A=(\n%who").len(), 2);
    }

    #[test]
    fn a_magic_over_a_cell_has_the_rest_of_it() {
        assert_eq!(
            shown("%%threads --gil on\nlab.task();"),
            ["%%threads --gil on \"\\nlab.task();\""]
        );
        assert!(error("%%lsmagic\nx").contains("takes one line"));
        assert!(error("x;\n%%threads").contains("stands in a cell's first line"));
    }

    #[test]
    fn code_keeps_its_place_and_options_stand_before_it() {
        assert_eq!(
            shown("x;\n  %timeit -n 10 --theme dark  f(\"a\") // so"),
            [
                "\"x;\\n\"",
                &format!(
                    "%timeit -n 10 --theme dark --code=  \n{}f(\"a\") // so",
                    " ".repeat(30)
                )
            ]
        );
        assert_eq!(shown("%time -x.abs()"), ["%time --code=      -x.abs()"]);
        assert_eq!(
            shown("%timeit -r3 -- -n"),
            ["%timeit -r3 --code=               -n"]
        );
        assert_eq!(shown("%timeit -n 3"), ["%timeit -n 3"]);
        assert_eq!(
            shown("\n%%timeit -r 3 let n = 9;\nf(n)"),
            ["%timeit -r 3 --code=\n              let n = 9; --body=\n\nf(n)"]
        );
    }

    #[test]
    fn a_variable_of_the_same_cell_is_no_mistake() {
        assert_eq!(shown("let time = f();\ntime").len(), 1);
        assert!(error("let t = f();\ntime").contains("`%time`"));
    }

    #[test]
    fn mistakes_say_what_was_probably_meant() {
        assert!(error("%thread breakfast").contains("Did you mean `%threads`"));
        assert!(error("threads breakfast").contains("Did you mean `%threads breakfast`"));
        assert!(error("breakfast").contains("Did you mean `%threads breakfast`"));
        assert!(error("%%tokio\nx").contains("Did you mean `%%async`"));
        assert_eq!(shown("%%threads?"), ["%%threads false"]);
        assert!(error("x = %compare crunch").contains("into `x`"));
    }

    #[test]
    fn what_could_be_rust_is_rust() {
        for rust in [
            "let x = 1;",
            "fn f() {}",
            "threads(2)",
            "race = 3;",
            "known",
            "x",
        ] {
            assert_eq!(shown(rust).len(), 1, "{rust}");
        }
    }
}
