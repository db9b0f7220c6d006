//! Ribbon, lanes and histogram, as pixels.

use lab::trace::Nanos;
use plotters::style::RGBColor;

use super::turns::{Row, Turns};
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::bars::{self, Look};
use crate::figure::canvas::{Align, Canvas};
use crate::figure::columns;
use crate::figure::font::Font;
use crate::figure::page::{MARGIN, Page, SMALL};
use crate::figure::ramp::Ramp;
use crate::figure::samples::seconds;
use crate::figure::style::{Palette, Style};
use crate::figure::words;

/// More workers than this have no lane.
pub(super) const MOST: usize = 24;
/// Height of the ribbon, and of the ticks under it.
const RIBBON: i32 = 30;
const TICK: i32 = 9;
/// Height of the histogram.
const HISTOGRAM: i32 = 84;
/// Width of a column of shares, and of a bar of the histogram at least.
const COLUMN: i32 = 2;
const BAR: i32 = 8;
/// Slices longer than this many medians stand in the last bar.
const LONG: f64 = 4.0;
/// How strong colours are in columns of shares.
pub(super) const WANTS: f64 = 0.35;
pub(super) const RELEASED: f64 = 0.25;
/// Workers with a colour of their own where columns show shares.
const COLOURS: usize = 6;

/// Whether there are more turns than can be drawn one by one.
pub(super) fn is_dense(turns: &Turns, style: &Style) -> bool {
    turns.turns.len() > style.width.clamp(320, 20_000) as usize / 3
}

pub(super) struct Drawing<'a> {
    turns: &'a Turns,
    palette: &'a Palette,
    dense: bool,
    axis: Axis,
    limit: i32,
    top: i32,
    pitch: i32,
    font: Font,
    histogram: i32,
}

impl<'a> Drawing<'a> {
    pub fn new(turns: &'a Turns, page: &Page, style: &Style, palette: &'a Palette) -> Drawing<'a> {
        let limit = page.width - MARGIN;
        let lanes = turns.rows.len().clamp(1, MOST) as i32;
        let histogram = if turns.slices.is_empty() {
            0
        } else {
            SMALL.line() + HISTOGRAM + Axis::height(SMALL) + 6
        };
        let around = RIBBON + TICK + 6 + Axis::height(SMALL) + histogram;
        let pitch = match page.room(style) {
            Some(room) => ((room - around) / lanes).clamp(16, 200),
            None => (320 / lanes).clamp(18, 38),
        };
        let font = Font::at_most(pitch * 5 / 6);
        let names = turns.rows.iter().map(|row| font.width(&row.name)).max();
        let names = names.unwrap_or(0).max(SMALL.width("has it"));
        let left = MARGIN + names.min(page.width * 3 / 10) + 10;
        let right = (limit - 6).max(left + 40);
        let until = seconds(turns.until);
        Drawing {
            turns,
            palette,
            dense: is_dense(turns, style),
            axis: Axis::time(until * 1.01, left, right, "elapsed time", SMALL),
            limit,
            top: page.head,
            pitch,
            font,
            histogram,
        }
    }

    pub fn height(&self) -> i32 {
        self.bottom() - self.top + Axis::height(SMALL) + self.histogram
    }

    fn lanes_top(&self) -> i32 {
        self.top + RIBBON + TICK + 6
    }

    /// Of the lanes.
    fn bottom(&self) -> i32 {
        let lanes = self.turns.rows.len().clamp(1, MOST) as i32;
        self.lanes_top() + lanes * self.pitch
    }

    fn x(&self, at: Nanos) -> i32 {
        self.axis.scale.x(seconds(at))
    }

    /// Several ramps over the axis, one column every so many pixels.
    fn ramp(&self) -> Ramp {
        let scale = self.axis.scale;
        let columns = (scale.right - scale.left) / COLUMN;
        Ramp::new(columns.max(1) as usize, scale.to * 1e9)
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let (left, right) = (self.axis.scale.left, self.axis.scale.right);
        let ribbon = Area {
            left,
            right,
            top: self.top,
            bottom: self.top + RIBBON,
        };
        self.axis
            .grid(canvas, self.palette, self.lanes_top(), self.bottom());
        canvas.fill(ribbon, self.palette.tint(self.palette.ink, 0.06));
        let at = (left - 10, ribbon.middle());
        canvas.text(at, "has it", SMALL, self.palette.ink, Align::Right);
        if self.turns.rows.is_empty() {
            let at = (left + 12, self.lanes_top() + self.pitch / 2);
            let said = SMALL.shorten("nobody had or wanted it", self.limit - at.0);
            canvas.text(at, &said, SMALL, self.palette.faint, Align::Left);
        }
        if self.dense {
            self.draw_shared_ribbon(canvas, ribbon);
        } else {
            self.draw_ticks(canvas, ribbon.bottom);
            for turn in &self.turns.turns {
                let left = self.x(turn.start);
                let area = Area {
                    left,
                    right: self.x(turn.end).max(left + 1),
                    ..ribbon
                };
                canvas.fill(area, self.palette.series(turn.row));
            }
        }
        for (i, row) in self.turns.rows.iter().take(MOST).enumerate() {
            let top = self.lanes_top() + self.pitch * i as i32;
            let gap = (self.pitch / 9).clamp(2, 6);
            let lane = Area {
                left,
                right,
                top: top + gap,
                bottom: top + self.pitch - gap,
            };
            self.draw_lane(canvas, row, i, lane);
        }
        self.axis
            .draw(canvas, self.palette, self.bottom(), self.limit);
        if self.histogram > 0 {
            self.draw_histogram(canvas, self.bottom() + Axis::height(SMALL) + 6);
        }
    }

    fn draw_ticks(&self, canvas: &mut Canvas<'_>, top: i32) {
        let mut last = None;
        for at in &self.turns.handovers {
            let x = self.x(*at);
            if last == Some(x) {
                continue;
            }
            last = Some(x);
            let tick = Area {
                left: x,
                right: x + 1,
                top: top + 2,
                bottom: top + TICK,
            };
            canvas.fill(tick, self.palette.ink);
        }
    }

    /// Columns of the ribbon, cut up by how long each worker had the lock.
    fn draw_shared_ribbon(&self, canvas: &mut Canvas<'_>, ribbon: Area) {
        let mut shares: Vec<Ramp> = (0..=COLOURS).map(|_| self.ramp()).collect();
        for turn in &self.turns.turns {
            shares[turn.row.min(COLOURS)].add(turn.start, turn.end);
        }
        let layers: Vec<(Vec<f64>, RGBColor)> = shares
            .into_iter()
            .enumerate()
            .map(|(i, ramp)| {
                let colour = if i < COLOURS {
                    self.palette.series(i)
                } else {
                    self.palette.faint
                };
                (ramp.columns(), colour)
            })
            .collect();
        columns::stacked(canvas, ribbon, &layers);
    }

    fn draw_lane(&self, canvas: &mut Canvas<'_>, row: &Row, number: usize, lane: Area) {
        let palette = self.palette;
        let at = (lane.left - 10, lane.middle());
        let name = self.font.shorten(&row.name, at.0 - MARGIN);
        canvas.text(at, &name, self.font, palette.ink, Align::Right);
        let colour = palette.series(number);
        let states = [
            (&row.released, Look::Hatched(palette.bare), palette.bare),
            (&row.wants, Look::Thin(palette.ink), palette.ink),
            (&row.has, Look::Solid(colour), colour),
        ];
        if !self.dense {
            for (stretches, look, _) in states {
                let pixels = stretches.iter().map(|(a, b)| (self.x(*a), self.x(*b)));
                bars::draw(canvas, palette, lane, pixels, look);
            }
            return;
        }
        // From below: has it, wants it, released it.
        let layers: Vec<(Vec<f64>, RGBColor)> = states
            .into_iter()
            .rev()
            .enumerate()
            .map(|(i, (stretches, _, colour))| {
                let mut ramp = self.ramp();
                for (start, end) in stretches {
                    ramp.add(*start, *end);
                }
                (
                    ramp.columns(),
                    palette.tint(colour, [1.0, WANTS, RELEASED][i]),
                )
            })
            .collect();
        columns::stacked(canvas, lane, &layers);
    }

    fn draw_histogram(&self, canvas: &mut Canvas<'_>, top: i32) {
        let (palette, slices) = (self.palette, &self.turns.slices);
        let longest = slices.last().copied().unwrap_or(0.0);
        let median = self.turns.median().unwrap_or(0.0);
        let to = if median > 0.0 {
            longest.min(median * LONG)
        } else {
            longest
        };
        let (left, right) = (self.axis.scale.left, self.axis.scale.right);
        let axis = Axis::time(to * 1.02, left, right, "length of a slice", SMALL);
        let area = Area {
            left,
            right,
            top: top + SMALL.line(),
            bottom: top + SMALL.line() + HISTOGRAM,
        };
        let bars = ((right - left) / BAR).clamp(1, 60);
        let wide = f64::from(right - left) / f64::from(bars);
        let mut counts = vec![0usize; bars as usize];
        for slice in slices {
            let bar = f64::from(axis.scale.x(*slice) - left) / wide;
            counts[(bar as usize).min(bars as usize - 1)] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(1).max(1);
        for (i, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let edge = |bar: usize| left + (wide * bar as f64).round() as i32;
            let high = (f64::from(HISTOGRAM) * *count as f64 / most as f64).round() as i32;
            let bar = Area {
                left: edge(i),
                right: edge(i + 1) - 1,
                top: area.bottom - high.max(1),
                bottom: area.bottom,
            };
            canvas.fill(bar, palette.tint(palette.working, 0.75));
        }
        let x = axis.scale.x(median);
        canvas.dashes((x, area.top), (x, area.bottom), 2, palette.ink);
        let beyond = slices.iter().filter(|slice| **slice > to).count();
        let mut said = format!("slices: median {}", words::stretch(median));
        if beyond > 0 {
            said = format!(
                "{said}, {} longer in the last bar",
                words::count(beyond, "slice")
            );
        }
        let said = SMALL.shorten(&said, self.limit - left);
        let at = (left, top + SMALL.line() / 2 - 2);
        canvas.text(at, &said, SMALL, palette.ink, Align::Left);
        let label = words::thousands(most as i64);
        let at = (left - 10, area.top);
        canvas.text(at, &label, SMALL, palette.ink, Align::Right);
        canvas.text(
            (left - 10, area.bottom),
            "0",
            SMALL,
            palette.ink,
            Align::Right,
        );
        let line = Area {
            right: left + 1,
            ..area
        };
        canvas.fill(line, palette.ink);
        axis.draw(canvas, palette, area.bottom, self.limit);
    }
}
