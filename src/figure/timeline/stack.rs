//! Columns of time, filled from below by how many workers were in each state.

use std::ops::Range;

use plotters::style::RGBColor;

use super::lanes::{Shares, State};
use crate::figure::area::Area;
use crate::figure::canvas::Canvas;
use crate::figure::style::Palette;

/// Shares at their place.
pub(super) struct Stack<'a> {
    pub shares: &'a Shares,
    pub area: Area,
    /// Workers that fill the area's height.
    pub most: f64,
}

impl Stack<'_> {
    /// The states, on top of one another.
    pub fn fill(&self, canvas: &mut Canvas<'_>, palette: &Palette, states: &[State]) {
        let mut floor = vec![0.0; self.columns()];
        for &state in states {
            let workers = &self.shares.workers[state as usize];
            let roof: Vec<f64> = floor.iter().zip(workers).map(|(a, b)| a + b).collect();
            let colour = match state {
                State::Working => palette.working,
                State::Waiting => palette.tint(palette.waiting, 0.5),
                State::Blocked => palette.tint(palette.blocked, 0.75),
                State::Bare => palette.tint(palette.bare, 0.3),
            };
            // One shape for each run of columns in which there is any.
            let filled = |c: usize| self.height(roof[c]) != self.height(floor[c]);
            for run in runs(self.columns(), |a, b| filled(a) == filled(b)) {
                if filled(run.start) {
                    let mut outline = Vec::new();
                    self.walk(&mut outline, run.clone(), &roof, false);
                    self.walk(&mut outline, run.rev(), &floor, true);
                    canvas.polygon(&outline, colour);
                }
            }
            floor = roof;
        }
    }

    /// The sum of all states as a line.
    pub fn outline(&self, canvas: &mut Canvas<'_>, colour: RGBColor) {
        let totals = self.shares.totals();
        let bottom = self.area.bottom;
        let any = |c: usize| self.height(totals[c]) < bottom;
        for run in runs(self.columns(), |a, b| any(a) == any(b)) {
            if any(run.start) {
                let mut outline = vec![(self.edge(run.start), bottom)];
                self.walk(&mut outline, run.clone(), &totals, false);
                outline.push((self.edge(run.end), bottom));
                canvas.line(&outline, 2, colour);
            }
        }
    }

    fn columns(&self) -> usize {
        self.shares.workers[0].len()
    }

    fn edge(&self, column: usize) -> i32 {
        edge(self.area, self.columns(), column)
    }

    fn height(&self, workers: f64) -> i32 {
        self.area.bottom - (workers / self.most * f64::from(self.area.height())).round() as i32
    }

    /// Adds the corners of the steps over `columns`; steps of the same height are
    /// one. Backwards, each step is walked from its right end.
    fn walk(
        &self,
        outline: &mut Vec<(i32, i32)>,
        columns: impl Iterator<Item = usize>,
        workers: &[f64],
        backwards: bool,
    ) {
        let begin = outline.len();
        for column in columns {
            let (left, right) = (self.edge(column), self.edge(column + 1));
            let (from, to) = if backwards {
                (right, left)
            } else {
                (left, right)
            };
            let y = self.height(workers[column]);
            let continues = outline.len() >= begin + 2;
            match outline.last_mut() {
                Some(last) if continues && last.1 == y => last.0 = to,
                _ => outline.extend([(from, y), (to, y)]),
            }
        }
    }
}

/// Where a column begins.
pub(super) fn edge(area: Area, columns: usize, column: usize) -> i32 {
    area.left + (column as i64 * i64::from(area.width()) / columns.max(1) as i64) as i32
}

/// The columns in ranges of which each is like its neighbours.
pub(super) fn runs(columns: usize, alike: impl Fn(usize, usize) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for column in 0..columns {
        match runs.last_mut() {
            Some(run) if alike(run.start, column) => run.end = column + 1,
            _ => runs.push(column..column + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_are_alike_are_one_run() {
        let states = [1, 1, 2, 2, 2, 1];
        assert_eq!(runs(6, |a, b| states[a] == states[b]), [0..2, 2..5, 5..6]);
        assert!(runs(0, |_, _| true).is_empty());
    }
}
