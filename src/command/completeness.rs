//! Whether a cell is ready to be run, or something in it is still open.

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
    let rust: Vec<&str> = (cell.lines())
        .filter(|line| !line.trim_start().starts_with(['%', '?']))
        .collect();
    let rust = rust.join("\n");
    if is_open(&rust) || lacks_an_end(&rust) {
        Completeness::Incomplete
    } else {
        Completeness::Complete
    }
}

/// Whether Rust text breaks off within a statement.
fn lacks_an_end(text: &str) -> bool {
    let parsed = syn::Block::parse_within.parse_str(text);
    // What is wrong otherwise the compiler tells.
    let broken_off = |error: syn::Error| error.to_string().contains("unexpected end of input");
    parsed.is_err_and(broken_off)
}

/// Whether a bracket or a quote of Rust text is still open.
pub(super) fn is_open(text: &str) -> bool {
    let (brackets, quoted) = open(text);
    quoted || !brackets.is_empty()
}

/// What closes the brackets that are open at the end of Rust text.
pub(super) fn closing(text: &str) -> String {
    let (brackets, _) = open(text);
    let closing: String = brackets.chars().rev().collect();
    // Not as a part of a comment in the last line.
    let line = text.lines().last().unwrap_or_default();
    let new = !closing.is_empty() && !text.ends_with('\n') && line.contains("//");
    if new { format!("\n{closing}") } else { closing }
}

/// What is open at the end of Rust text: the other halves of its brackets, in
/// the order of their opening, and whether a quote or a block comment is.
fn open(text: &str) -> (String, bool) {
    let mut open = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => {
                open.pop();
            }
            '/' if rest.starts_with('/') => rest = rest.find('\n').map_or("", |end| &rest[end..]),
            '/' if rest.starts_with('*') => match end_of_comment(&rest[1..]) {
                Some(end) => rest = &rest[1 + end..],
                None => return (open, true),
            },
            // A raw string: r"...", r#"..."#.
            'r' if raw_string(rest).is_some() => {
                let (begin, quote) = raw_string(rest).unwrap_or_default();
                match rest[begin..].find(&quote) {
                    Some(end) => rest = &rest[begin + end + quote.len()..],
                    None => return (open, true),
                }
            }
            '"' => match closing_quote(rest) {
                Some(end) => rest = &rest[end..],
                None => return (open, true),
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
    (open, false)
}

/// Where a block comment ends that has just begun; comments nest.
fn end_of_comment(rest: &str) -> Option<usize> {
    let mut depth = 1;
    let mut at = 0;
    while depth > 0 {
        let (opens, closes) = (rest[at..].find("/*"), rest[at..].find("*/")?);
        match opens {
            Some(opens) if opens < closes => {
                depth += 1;
                at += opens + 2;
            }
            _ => {
                depth -= 1;
                at += closes + 2;
            }
        }
    }
    Some(at)
}

/// Where the text of a raw string begins whose `r` has been read, and what ends
/// it; none where no raw string begins.
fn raw_string(rest: &str) -> Option<(usize, String)> {
    let marks = rest.len() - rest.trim_start_matches('#').len();
    rest[marks..]
        .starts_with('"')
        .then(|| (marks + 1, format!("\"{}", "#".repeat(marks))))
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
        ] {
            assert_eq!(completeness(cell), expected, "{cell:?}");
        }
    }
}
