//! The Rust that a question is about: a cell without its magics, with what is
//! open closed and what a magic puts around it.

use super::code::code_from;
use super::completeness::closing;
use crate::magic::{self, Magic};
use crate::rust::Open;

/// Rust, and the place in it that is asked about.
#[derive(Debug, PartialEq)]
pub(super) struct AskedRust {
    /// The cell's lines, blank where they are magics, behind what the magic over
    /// them puts before them.
    pub code: String,
    /// A byte of `code`.
    pub at: usize,
    /// Bytes of `code` that stand before the cell's own.
    pub ahead: usize,
}

/// The Rust at a cell's cursor, a position in bytes; none where the cursor is in
/// a magic, or in a cell of something else.
pub(super) fn asked(cell: &str, cursor: usize) -> Option<AskedRust> {
    let over = magic_of(cell).filter(|_| cell.trim_start().starts_with("%%"));
    if over.is_some_and(|magic| magic.takes_body() && !magic.takes_code()) {
        return None;
    }
    let mut code = String::new();
    if over.is_some_and(magic::goes_over_cells) {
        code = format!("{}\n", magic::BEFORE);
    }
    let ahead = code.len();
    let (mut open, mut at) = (Open::default(), 0);
    for line in cell.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        // Inside of brackets and quotes all is Rust.
        let rust = if open.is_open() {
            Some(0)
        } else {
            rust_from(bare)
        };
        let here = (at..=at + bare.len()).contains(&cursor);
        if here && rust.is_none_or(|from| cursor < at + from) {
            return None;
        }
        let from = rust.unwrap_or(bare.len());
        code.push_str(&" ".repeat(from));
        code.push_str(&line[from..]);
        open.read(&line[from..]);
        at += line.len();
    }
    let own = &code[ahead..];
    if own.trim().is_empty() {
        return None;
    }
    code.push_str(&closing(own));
    Some(AskedRust {
        at: ahead + cursor,
        code,
        ahead,
    })
}

/// Where a line's Rust begins: at once, or behind a magic that takes code; none
/// where the whole line is a magic.
fn rust_from(line: &str) -> Option<usize> {
    if !line.trim_start().starts_with(['%', '?']) {
        return Some(0);
    }
    let magic = magic_of(line).filter(|magic| magic.takes_code())?;
    Some(code_from(line, magic))
}

/// The magic that a text begins with.
fn magic_of(text: &str) -> Option<&'static Magic> {
    let word = text.split_whitespace().next()?;
    magic::find(word.strip_prefix('%')?.trim_start_matches('%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code with a mark at the place, where the cell has one.
    fn marked(cell: &str) -> Option<String> {
        let at = cell.find('|').unwrap();
        let mut asked = asked(&cell.replacen('|', "", 1), at)?;
        asked.code.insert(asked.at, '|');
        Some(asked.code)
    }

    #[test]
    fn what_is_open_is_closed() {
        assert_eq!(marked("f(|").unwrap(), "f(|)");
        assert_eq!(marked("fn g() { w.|").unwrap(), "fn g() { w.|}");
        assert_eq!(marked("f([1, {x.|\n}").unwrap(), "f([1, {x.|\n}])");
        assert_eq!(
            marked("f(\")\", x.| // (\n").unwrap(),
            "f(\")\", x.| // (\n)"
        );
        assert_eq!(marked("f(x.| // (").unwrap(), "f(x.| // (\n)");
    }

    #[test]
    fn magics_are_blank_and_keep_their_place() {
        assert_eq!(marked("%who\nx.|\n?f").unwrap(), "    \nx.|\n  ");
        assert_eq!(marked("%wh|o\nx."), None);
        assert_eq!(marked("%who|\nx."), None);
        assert_eq!(marked("%%python\nx.|"), None);
        assert_eq!(marked("|"), None);
        assert_eq!(marked("f(\n%who\nx.|)").unwrap(), "f(\n%who\nx.|)");
    }

    #[test]
    fn the_code_behind_a_magic_is_asked_about() {
        assert_eq!(marked("%timeit -n 3 é.|").unwrap(), "             é.|");
        assert_eq!(marked("%timeit -n| 3 x"), None);
        assert_eq!(marked("%timeit |"), None);
        assert_eq!(
            marked("%%timeit let n = 1;\nn.|").unwrap(),
            "         let n = 1;\nn.|"
        );
    }

    #[test]
    fn a_cell_below_a_magic_has_the_lab_that_the_magic_makes() {
        let code = marked("%%threads --gil on\nlab.|").unwrap();
        let (before, own) = code.split_once('\n').unwrap();
        assert_eq!(before, magic::BEFORE);
        assert_eq!(own, format!("{}\nlab.|", " ".repeat(18)));
    }
}
