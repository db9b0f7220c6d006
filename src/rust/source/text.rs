//! Generated text that knows where each part of it comes from.

use std::ops::Range;

/// Where a part of generated text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A cell, by its number, from a byte of it on.
    Cell { number: usize, at: usize },
    /// Loads a variable.
    Load(String),
    /// Keeps a variable.
    Keep(String),
    /// Shows the cell's value.
    Show,
    /// Of no interest to a learner.
    Frame,
}

/// Text, and the origin of each of its parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    text: String,
    parts: Vec<(Range<usize>, Origin)>,
}

impl Source {
    /// Adds text.
    pub(crate) fn add(&mut self, text: &str, origin: Origin) {
        let from = self.text.len();
        self.text.push_str(text);
        self.parts.push((from..self.text.len(), origin));
    }

    /// Adds text of no interest to a learner.
    pub(crate) fn frame(&mut self, text: &str) {
        self.add(text, Origin::Frame);
    }

    /// Adds a part of a cell as it stands there.
    pub(crate) fn cell(&mut self, number: usize, cell: &str, range: Range<usize>) {
        let at = range.start;
        self.add(&cell[range], Origin::Cell { number, at });
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The origin of a byte.
    pub(crate) fn origin(&self, at: usize) -> &Origin {
        let part = self.parts.partition_point(|(range, _)| range.end <= at);
        self.parts
            .get(part)
            .map_or(&Origin::Frame, |(_, origin)| origin)
    }

    /// The part of a cell that a range of the text comes from, or begins with:
    /// the cell's number, and bytes of it.
    pub(crate) fn in_cell(&self, range: &Range<usize>) -> Option<(usize, Range<usize>)> {
        let first = self.parts.partition_point(|(r, _)| r.end <= range.start);
        // What is about a cell's value has our code around it.
        let within = self.parts[first..]
            .iter()
            .take_while(|(part, _)| part.start <= range.start || part.start < range.end);
        within.into_iter().find_map(|(part, origin)| {
            let Origin::Cell { number, at } = origin else {
                return None;
            };
            let from = range.start.max(part.start) - part.start + at;
            let to = range.end.min(part.end) - part.start + at;
            Some((*number, from..to.max(from)))
        })
    }

    /// The byte of the text at a line and a column, as the compiler counts them
    /// in a panic's place: from one, columns in characters.
    pub(crate) fn at(&self, line: usize, column: usize) -> Option<usize> {
        let mut from = 0;
        for _ in 1..line {
            from += self.text[from..].find('\n')? + 1;
        }
        let rest = &self.text[from..];
        let (offset, _) = rest.char_indices().nth(column.checked_sub(1)?)?;
        Some(from + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_text_is_found_in_its_cell() {
        let cell = "let ü = 1;\npanic!()";
        let mut source = Source::default();
        source.frame("fn f() {\n");
        source.cell(7, cell, 0..11);
        source.cell(7, cell, 12..20);
        source.frame("}");
        let at = source.at(2, 5).unwrap();
        assert_eq!(source.in_cell(&(at..at + 2)), Some((7, 4..6)));
        let panic = source.text().find("panic").unwrap();
        assert_eq!(source.in_cell(&(panic..panic + 5)), Some((7, 12..17)));
        assert_eq!(source.in_cell(&(0..2)), None);
        assert_eq!(source.in_cell(&(0..at + 2)), Some((7, 0..6)));
        assert_eq!(source.origin(0), &Origin::Frame);
        assert_eq!(source.at(99, 1), None);
    }
}
