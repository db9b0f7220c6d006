//! Whether a cell is ready to be run, or something in it is still open.

use crate::rust::{self, Open, nests_deeply};
use syn::parse::Parser;

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
    let (mut rust, mut open) = (String::new(), Open::default());
    for line in cell.split_inclusive('\n') {
        if open.is_open() || !begins_otherwise(line) {
            open.read(line);
            rust.push_str(line);
        }
    }
    if open.is_open() || ends(&rust) != Ends::Well {
        Completeness::Incomplete
    } else {
        Completeness::Complete
    }
}

/// Whether a line before which nothing is open is no Rust, by its beginning: a
/// magic, a question, a command or a comment of magics.
fn begins_otherwise(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('?')
        || line.starts_with('%') && !is_remainder(line)
        || is_comment(line)
        || rust::command(line).is_some()
}

/// Whether a line goes on with a division's remainder: `% 3`. A magic's name
/// follows its sign at once.
pub(super) fn is_remainder(line: &str) -> bool {
    let rest = line.strip_prefix('%');
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphabetic() || c == '%'))
        && line.len() > 1
}

/// Whether a line is a comment of magics, and nothing in Rust: `# ...`.
pub(super) fn is_comment(line: &str) -> bool {
    let rest = line.strip_prefix('#');
    rest.is_some_and(|rest| !rest.starts_with(['[', '!']))
}

/// How Rust text ends in which no bracket is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// As statements do.
    Well,
    /// Where a semicolon may follow.
    WithoutSemicolon,
    /// In the middle of an expression.
    Within,
}

/// How Rust text ends.
pub(super) fn ends(text: &str) -> Ends {
    if nests_deeply(text) {
        return Ends::Well;
    }
    // What is wrong otherwise the compiler tells.
    let broken_off = |text: &str| {
        let parsed = syn::Block::parse_within.parse_str(text);
        parsed.is_err_and(|error| error.to_string().contains("unexpected end of input"))
    };
    if !broken_off(text) {
        Ends::Well
    } else if (syn::Block::parse_within.parse_str(&format!("{text}\n;"))).is_ok() {
        Ends::WithoutSemicolon
    } else {
        Ends::Within
    }
}

/// What closes the brackets that are open at the end of Rust text.
pub(super) fn closing(text: &str) -> String {
    let closing = Open::after(text).closing();
    // Not as a part of a comment in the last line.
    let line = text.lines().last().unwrap_or_default();
    let new = !closing.is_empty() && !text.ends_with('\n') && line.contains("//");
    if new { format!("\n{closing}") } else { closing }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("/* /* */", Incomplete),
            ("let s = r#\"(\"# ;", Complete),
            ("let s = r#\"(\" ;", Incomplete),
            ("let x =", Incomplete),
            ("x +", Incomplete),
            ("let = 3;", Complete),
            ("%who\nfn f() {", Incomplete),
            ("%who\nfn f() {}", Complete),
            ("%%threads", Incomplete),
            ("%%threads\nlab.task()", Incomplete),
            ("%%threads\nlab.task()\n\n", Complete),
            ("", Complete),
            ("let s = ['\\'', '\"'];\n%who", Complete),
            ("let s = \"\n%who {\n\";", Complete),
            ("let r = 17\n    % 5;", Complete),
            ("# it's (\n:env A={\nf();", Complete),
        ] {
            assert_eq!(completeness(cell), expected, "{cell:?}");
        }
    }
}
