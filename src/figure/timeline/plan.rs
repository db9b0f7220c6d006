//! How lanes are drawn, as far as it follows from how many there are and how
//! much happens on them: this is what bounds a document's size.

use super::lanes::{Lanes, Row};
use crate::figure::style::Style;
use crate::figure::words;

/// More workers than this share lines.
const MOST_LANES: usize = 48;
/// Elements that all lanes together may draw exactly; it bounds the size of the
/// document.
const MOST_PIECES: usize = 2000;
/// Columns that all lanes together may have where they show shares.
const MOST_COLUMNS: usize = 7000;
/// A piece narrower than this on average is not worth drawing exactly.
const NARROW: usize = 3;
/// More arrows than this hide what they should show.
const MOST_ARROWS: usize = 40;

/// How lanes are drawn, as far as it follows from their number.
pub(super) struct Plan {
    /// Lanes, or lines of a band.
    pub lines: usize,
    /// Whether lines stand for workers, thin and without names.
    pub band: bool,
    /// Pieces that a lane may have before it shows shares.
    pub exact: usize,
    /// Whether arrows tell who let whom go on.
    pub arrows: bool,
    /// Whether the run is over.
    pub finished: bool,
    /// Whether lanes of several runs stand below one another.
    pub several: bool,
}

impl Plan {
    pub fn of(lanes: &Lanes<'_>, style: &Style, finished: bool) -> Plan {
        let workers = lanes.rows.len();
        let band = workers > MOST_LANES;
        let lines = if band { workers.min(100) } else { workers };
        let width = style.width.clamp(320, 20_000) as usize;
        let exact = (width / NARROW).min(MOST_PIECES / lines.max(1)).max(8);
        Plan {
            lines,
            band,
            exact,
            arrows: !band && (1..=MOST_ARROWS).contains(&lanes.edges.len()),
            finished,
            several: false,
        }
    }

    /// Columns of a lane, or of a line, that shows shares in at most `width`
    /// pixels.
    pub fn columns(&self, width: i32) -> usize {
        (MOST_COLUMNS / self.lines.max(1)).clamp(1, width.max(1) as usize)
    }

    /// Whether a lane has more pieces than can be drawn one by one.
    pub fn is_dense(&self, row: &Row<'_>) -> bool {
        row.pieces.len() > self.exact
    }

    /// What a reader has to know to read the lanes.
    pub fn notes(&self, lanes: &Lanes<'_>) -> Vec<String> {
        let mut notes = Vec::new();
        if self.band {
            let each = lanes.rows.len().div_ceil(self.lines);
            let line = if each == 1 {
                "one line each".to_owned()
            } else {
                format!("up to {each} to a line, drawn as what most of them do")
            };
            notes.push(format!(
                "{}: {line}",
                words::count(lanes.rows.len(), "worker")
            ));
            let mut endings: Vec<(String, usize)> = Vec::new();
            for ending in lanes
                .rows
                .iter()
                .filter_map(|row| row.misfortune(self.finished))
            {
                match endings.iter_mut().find(|(known, _)| *known == ending) {
                    Some((_, count)) => *count += 1,
                    None => endings.push((ending, 1)),
                }
            }
            notes.extend(
                endings
                    .iter()
                    .map(|(ending, count)| format!("{} {ending}", words::thousands(*count as i64))),
            );
            let marks: usize = lanes.rows.iter().map(|row| row.marks.len()).sum();
            if marks > 0 {
                notes.push(format!("{} not drawn", words::count(marks, "print")));
            }
        } else if lanes.rows.iter().any(|row| self.is_dense(row)) {
            notes.push("full lanes: columns show shares of time".to_owned());
        }
        notes
    }
}
