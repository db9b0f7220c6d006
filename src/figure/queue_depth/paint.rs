//! The depth of a queue, as pixels.

use lab::trace::Nanos;

use super::depth::{Depth, Side};
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::bars::merged;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::columns;
use crate::figure::hatch::Hatch;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL};
use crate::figure::ramp::Ramp;
use crate::figure::samples::seconds;
use crate::figure::style::{Palette, Style};
use crate::figure::upright::Upright;

/// Width of a column of shares.
const COLUMN: i32 = 2;
/// How strong colours are in columns of shares.
pub(super) const SHARE: f64 = 0.75;
/// Height of the rows of ticks under the line, and what lies between.
const ROW: i32 = 26;
const GAP: i32 = 6;

/// Whether there is more in a row than pixels for it.
pub(super) fn is_dense(depth: &Depth, style: &Style) -> bool {
    let most = depth
        .puts
        .len()
        .max(depth.gets.len())
        .max(depth.blocked.len());
    most > style.width.clamp(320, 20_000) as usize / 2
}

pub(super) struct Drawing<'a> {
    depth: &'a Depth,
    palette: &'a Palette,
    axis: Axis,
    upright: Upright,
    plot: Area,
    rows: bool,
    dense: bool,
    top: i32,
    limit: i32,
}

impl<'a> Drawing<'a> {
    pub fn new(depth: &'a Depth, page: &Page, style: &Style, palette: &'a Palette) -> Drawing<'a> {
        let limit = page.width - MARGIN;
        let rows = !(depth.puts.is_empty() && depth.gets.is_empty() && depth.blocked.is_empty());
        let below = if rows { 2 * (ROW + GAP) } else { 0 };
        let around = SMALL.line() + 4 + below + Axis::height(SMALL);
        let natural = (page.width / 4).clamp(120, 260);
        let high = page
            .room(style)
            .map_or(natural, |room| (room - around).clamp(80, 4000));
        let top = page.head + SMALL.line() + 4;
        let most = depth.capacity.unwrap_or(0) as f64;
        let to = (depth.deepest().max(most) * 1.12).max(1.2);
        let upright = Upright::from_zero(to, 1.0, (top, top + high), SMALL);
        let names = SMALL.width("gets") + 10;
        let left = MARGIN + upright.width().max(names);
        let right = (limit - 6).max(left + 40);
        Drawing {
            depth,
            palette,
            axis: Axis::time(
                seconds(depth.until) * 1.01,
                left,
                right,
                "elapsed time",
                SMALL,
            ),
            upright,
            plot: Area {
                left,
                right,
                top,
                bottom: top + high,
            },
            rows,
            dense: is_dense(depth, style),
            top: page.head,
            limit,
        }
    }

    pub fn height(&self) -> i32 {
        self.foot() - self.top + Axis::height(SMALL)
    }

    /// Where the axis of time is.
    fn foot(&self) -> i32 {
        self.plot.bottom + if self.rows { 2 * (ROW + GAP) } else { 0 }
    }

    fn x(&self, at: Nanos) -> i32 {
        self.axis.scale.x(seconds(at))
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let (palette, plot) = (self.palette, self.plot);
        let heading = (MARGIN, self.top + SMALL.line() / 2);
        canvas.text(heading, "items", SMALL, palette.ink, Align::Left);
        if !self.dense {
            self.shade(canvas);
        }
        self.upright.draw(canvas, palette, plot.left, plot.right);
        self.axis.grid(canvas, palette, plot.top, self.foot());
        if let Some(capacity) = self.depth.capacity {
            let y = self.upright.y(capacity as f64);
            canvas.dashes((plot.left, y), (plot.right, y), 2, palette.guide);
        }
        if self.depth.points.is_empty() {
            let at = ((plot.left + plot.right) / 2, plot.middle());
            let said = "depth not recorded";
            canvas.text(at, said, LABEL, palette.faint, Align::Middle);
        }
        canvas.line(&self.steps(), 2, palette.working);
        if self.rows {
            self.draw_row(canvas, Side::Put, 0);
            self.draw_row(canvas, Side::Get, 1);
        }
        self.axis.draw(canvas, palette, self.foot(), self.limit);
    }

    fn blocked(&self, side: Side) -> Vec<(i32, i32)> {
        let own = self.depth.blocked.iter().filter(|wait| wait.0 == side);
        merged(own.map(|(_, from, to)| (self.x(*from), self.x(*to))))
    }

    /// A light ground behind the line while somebody is blocked.
    fn shade(&self, canvas: &mut Canvas<'_>) {
        let sides = [
            (Side::Put, self.palette.blocked),
            (Side::Get, self.palette.waiting),
        ];
        for (side, colour) in sides {
            for (left, right) in self.blocked(side) {
                let area = Area {
                    left,
                    right,
                    ..self.plot
                };
                canvas.fill(area, self.palette.tint(colour, 0.14));
            }
        }
    }

    /// The corners of the line: at each pixel at most where it came from, its
    /// lowest, its highest and where it goes on.
    fn steps(&self) -> Vec<(i32, i32)> {
        let mut line: Vec<(i32, i32)> = Vec::new();
        let mut push = |point: (i32, i32)| {
            if line.last() != Some(&point) {
                line.push(point);
            }
        };
        let mut before: Option<i32> = None;
        let mut points = self.depth.points.iter().peekable();
        while let Some((at, value)) = points.next() {
            let x = self.x(*at);
            let first = self.upright.y(*value);
            let (mut low, mut high, mut last) = (first, first, first);
            while let Some((_, value)) = points.next_if(|(at, _)| self.x(*at) == x) {
                last = self.upright.y(*value);
                (low, high) = (low.max(last), high.min(last));
            }
            if let Some(before) = before {
                push((x, before));
            }
            push((x, first));
            if low != high {
                push((x, low));
                push((x, high));
            }
            push((x, last));
            before = Some(last);
        }
        if let Some(before) = before {
            push((self.x(self.depth.until), before));
        }
        line
    }

    /// Ticks, and hatched where somebody is blocked.
    fn draw_row(&self, canvas: &mut Canvas<'_>, side: Side, number: i32) {
        let palette = self.palette;
        let top = self.plot.bottom + GAP + (ROW + GAP) * number;
        let row = Area {
            left: self.plot.left,
            right: self.plot.right,
            top,
            bottom: top + ROW,
        };
        let (name, times, colour, hatch) = match side {
            Side::Put => ("puts", &self.depth.puts, palette.blocked, Hatch::Crossed),
            Side::Get => ("gets", &self.depth.gets, palette.waiting, Hatch::Lines),
        };
        let at = (row.left - 8, row.middle());
        canvas.text(at, name, SMALL, palette.ink, Align::Right);
        if self.dense {
            let columns = row.width() / COLUMN;
            let mut ramp = Ramp::new(columns.max(1) as usize, self.axis.scale.to * 1e9);
            for (_, from, to) in self.depth.blocked.iter().filter(|wait| wait.0 == side) {
                ramp.add(*from, *to);
            }
            canvas.fill(row, palette.tint(palette.ink, 0.06));
            let layer = (ramp.columns(), palette.tint(colour, SHARE));
            return columns::stacked(canvas, row, &[layer]);
        }
        for (left, right) in self.blocked(side) {
            let area = Area {
                left,
                right,
                top: row.top + 5,
                bottom: row.bottom - 5,
            };
            canvas.hatch(area, palette.tint(colour, 0.18), hatch, colour);
        }
        let ticks = merged(times.iter().map(|at| (self.x(*at), self.x(*at))));
        for (left, right) in ticks {
            let tick = Area { left, right, ..row };
            canvas.fill(tick, palette.ink);
        }
    }
}
