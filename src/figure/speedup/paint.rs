//! Series of speed-ups as pixels.

use super::series::{Point, Series};
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::marker::Marker;
use crate::figure::page::{DOTS, LABEL, MARGIN, Page, SMALL};
use crate::figure::style::{Palette, Style};
use crate::figure::upright::Upright;

/// A median's marker, and that of a run.
const RADIUS: i32 = 5;
const RUN: i32 = 3;
/// Between series with the same number of workers.
const BESIDE: i32 = 13;
/// Corners of a fitted curve.
const CORNERS: i32 = 120;

/// Where the axis of workers ends.
pub(super) fn reach(most: f64) -> f64 {
    most * 1.06 + 0.2
}

pub(super) struct Drawing<'a> {
    all: &'a [Series],
    cores: Option<f64>,
    palette: &'a Palette,
    axis: Axis,
    upright: Upright,
    top: i32,
    plot: Area,
    limit: i32,
}

impl<'a> Drawing<'a> {
    pub fn new(
        all: &'a [Series],
        cores: Option<f64>,
        page: &Page,
        style: &Style,
        palette: &'a Palette,
    ) -> Drawing<'a> {
        let limit = page.width - MARGIN;
        let around = SMALL.line() + 6 + Axis::height(SMALL);
        let natural = (page.width * 45 / 100).clamp(220, 420);
        let high = page
            .room(style)
            .map_or(natural, |room| (room - around).clamp(160, 4000));
        let top = page.head + SMALL.line() + 6;
        let bottom = top + high;
        let points = || all.iter().flat_map(|one| &one.points);
        let most = points().map(|point| point.workers).fold(1.0, f64::max);
        let fastest = points()
            .flat_map(|point| point.runs.iter().chain([&point.median]))
            .copied()
            .filter(|run| run.is_finite())
            .fold(1.0, f64::max);
        // Room to see how far below the ideal the runs are, but not all of it
        // where they are far below.
        let ideal = cores.map_or(most, |cores| most.min(cores));
        let to = (fastest * 1.15)
            .max(ideal.min(fastest * 3.0) * 1.1)
            .max(1.3);
        let upright = Upright::from_zero(to, 0.0, (top, bottom), SMALL);
        let left = MARGIN + upright.width();
        let right = limit - 8;
        let axis = Axis::count(reach(most), left, right, "workers", SMALL);
        Drawing {
            all,
            cores,
            palette,
            axis,
            upright,
            top: page.head,
            plot: Area {
                left,
                right,
                top,
                bottom,
            },
            limit,
        }
    }

    pub fn height(&self) -> i32 {
        self.plot.bottom - self.top + Axis::height(SMALL)
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let (palette, plot) = (self.palette, self.plot);
        let heading = (MARGIN, self.top + SMALL.line() / 2);
        let said = SMALL.shorten("times as fast", self.limit - MARGIN);
        canvas.text(heading, &said, SMALL, palette.ink, Align::Left);
        self.upright.draw(canvas, palette, plot.left, plot.right);
        self.axis.grid(canvas, palette, plot.top, plot.bottom);
        // As far as it goes within the plot.
        let end = self.axis.scale.to.min(self.upright.to());
        let ideal = [self.at(0.0, 0.0), self.at(end, end)];
        if let Some(cores) = self.cores.filter(|cores| *cores <= self.axis.scale.to) {
            let x = self.axis.scale.x(cores);
            canvas.dashes((x, plot.top), (x, plot.bottom), 2, palette.ink);
        }
        if self.all.iter().all(|one| one.points.is_empty()) {
            let at = ((plot.left + plot.right) / 2, plot.middle());
            canvas.text(at, "no run ended", LABEL, palette.faint, Align::Middle);
        } else {
            canvas.line(&ideal, 2, palette.faint);
        }
        for (i, one) in self.all.iter().enumerate() {
            self.draw_fits(canvas, one, i);
        }
        for (i, one) in self.all.iter().enumerate() {
            self.draw_series(canvas, one, i);
        }
        self.axis.draw(canvas, palette, plot.bottom, self.limit);
    }

    fn at(&self, workers: f64, speedup: f64) -> (i32, i32) {
        (self.axis.scale.x(workers), self.upright.y(speedup))
    }

    /// Where a series has a number of workers: beside the others, which it would
    /// hide.
    fn x(&self, workers: f64, number: usize) -> i32 {
        let aside = BESIDE * number as i32 - BESIDE * (self.all.len() as i32 - 1) / 2;
        let x = self.axis.scale.x(workers) + aside.clamp(-28, 28);
        x.clamp(self.plot.left, self.plot.right)
    }

    fn draw_fits(&self, canvas: &mut Canvas<'_>, one: &Series, number: usize) {
        for (fit, gaps) in [(&one.amdahl, (9.0, 5.0)), (&one.usl, DOTS)] {
            let Some(fit) = fit else { continue };
            let end = one.points.last().map_or(1.0, |point| point.workers);
            let curve: Vec<(i32, i32)> = (0..=CORNERS)
                .map(|i| 1.0 + (end - 1.0) * f64::from(i) / f64::from(CORNERS))
                .map(|workers| {
                    (
                        self.x(workers, number),
                        self.upright.y(fit.speedup(workers)),
                    )
                })
                .collect();
            canvas.dashed(&curve, gaps, 2, self.palette.series(number));
        }
    }

    fn draw_series(&self, canvas: &mut Canvas<'_>, one: &Series, number: usize) {
        let colour = self.palette.series(number);
        let marker = Marker::of(number);
        let hollow = one.simulated.then_some(self.palette.paper);
        let x = |point: &Point| self.x(point.workers, number);
        let line: Vec<(i32, i32)> = one
            .points
            .iter()
            .map(|point| (x(point), self.upright.y(point.median)))
            .collect();
        if one.simulated {
            canvas.dashed(&line, (4.0, 4.0), 1, colour);
        } else {
            canvas.line(&line, 1, colour);
        }
        for point in &one.points {
            let x = x(point);
            let mut heights: Vec<i32> = point.runs.iter().map(|run| self.upright.y(*run)).collect();
            heights.dedup();
            for y in heights {
                marker.draw(canvas, (x, y), RUN, colour, hollow);
            }
            let y = self.upright.y(point.median);
            marker.draw(canvas, (x, y), RADIUS + 1, self.palette.paper, None);
            marker.draw(canvas, (x, y), RADIUS, colour, hollow);
            if let Some((low, high)) = point.interval {
                let [low, high] = [low, high].map(|value| self.upright.y(value));
                self.draw_interval(canvas, x, high, low);
            }
        }
    }

    /// A bracket from one height to another.
    fn draw_interval(&self, canvas: &mut Canvas<'_>, x: i32, top: i32, bottom: i32) {
        let ink = self.palette.ink;
        let bar = |left: i32, right: i32, top: i32, bottom: i32| Area {
            left,
            right,
            top,
            bottom,
        };
        canvas.fill(bar(x - 1, x + 1, top, bottom + 1), ink);
        for y in [top, bottom] {
            canvas.fill(bar(x - 5, x + 5, y, y + 2), ink);
        }
    }
}
