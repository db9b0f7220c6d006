//! The panels of ratios and of seconds, as pixels.

use lab::trace::Kind;

use super::measures::{Measure, Measures, Source};
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::hatch::Hatch;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL, draw_name, draw_range};
use crate::figure::style::{Palette, Style};
use crate::figure::words;

/// A page narrower than this has its panels below one another.
const SIDE_BY_SIDE: i32 = 620;

/// Between panels.
const GAP: i32 = 34;

/// Both panels at their places.
pub(super) struct Drawing<'a> {
    measures: &'a Measures,
    palette: &'a Palette,
    limit: i32,
    top: i32,
    pitch: i32,
    /// Right end of the labels, by panel.
    ratios: Panel,
    seconds: Panel,
    /// The first is drawn at the panel's foot, the others below it.
    axes: Vec<(Source, Axis)>,
    ratio_axis: Axis,
}

/// Where a panel's rows are; its labels, if it has any, end left of it.
#[derive(Clone, Copy)]
struct Panel {
    area: Area,
    labelled: bool,
}

impl<'a> Drawing<'a> {
    pub fn new(
        measures: &'a Measures,
        page: &Page,
        style: &Style,
        palette: &'a Palette,
    ) -> Drawing<'a> {
        let count = measures.rows.len() as i32;
        let limit = page.width - MARGIN;
        let beside = page.width >= SIDE_BY_SIDE;
        let labels = measures
            .rows
            .iter()
            .map(|row| LABEL.width(&row.label))
            .max()
            .unwrap_or(0);
        let left = MARGIN + labels.min(page.width * 3 / 10) + 10;
        let split = measures.is_split();
        let axis_height = Axis::height(SMALL);
        let scales = if split {
            measures.longest().len().max(1) as i32
        } else {
            1
        };
        let panels = if beside { 1 } else { 2 };
        let axes_height = if beside {
            axis_height * scales
        } else {
            axis_height * (scales + 1)
        };
        // A row with a guide's value has two lines of text.
        let guided = measures.has(|row| row.guide.is_some());
        let least = if guided { 40 } else { 24 };
        let natural = (420 / count.max(1)).clamp(least, 58);
        let pitch = page.room(style).map_or(natural, |room| {
            ((room - axes_height - (panels - 1) * GAP) / (count * panels).max(1)).clamp(least, 400)
        });
        let rows = pitch * count;
        let top = page.head;
        // Values are written beside what they belong to.
        let ratio_room = SMALL.width("00.00×") + 8;
        let time_room = SMALL.width("0 min 00 s") + 8;
        let (ratios, seconds) = if beside {
            let wide = (limit - left - GAP) / 2;
            let first = Area {
                left,
                top,
                right: left + wide - ratio_room,
                bottom: top + rows,
            };
            let second = Area {
                left: left + wide + GAP,
                top,
                right: limit - time_room,
                bottom: top + rows,
            };
            (first, second)
        } else {
            let first = Area {
                left,
                top,
                right: limit - ratio_room,
                bottom: top + rows,
            };
            let below = first.bottom + axis_height + GAP;
            let second = Area {
                left,
                top: below,
                right: limit - time_room,
                bottom: below + rows,
            };
            (first, second)
        };
        let most_ratio = measures
            .rows
            .iter()
            .flat_map(|row| [row.ratio, row.guide_ratio])
            .flatten()
            .fold(1.0, f64::max);
        let title = format!("times as fast as {}", measures.baseline);
        let ratio_axis = Axis::number(
            0.0,
            most_ratio * 1.02,
            ratios.left,
            ratios.right,
            &title,
            SMALL,
        );
        let longest = measures.longest();
        let most = longest.iter().map(|(_, value)| *value).fold(0.0, f64::max);
        let axes = longest
            .iter()
            .map(|&(source, own)| {
                let (to, name) = if split {
                    (own, source.to_string())
                } else {
                    (most, "time".to_owned())
                };
                (
                    source,
                    Axis::time(to * 1.02, seconds.left, seconds.right, &name, SMALL),
                )
            })
            .collect();
        Drawing {
            measures,
            palette,
            limit,
            top,
            pitch,
            ratios: Panel {
                area: ratios,
                labelled: true,
            },
            seconds: Panel {
                area: seconds,
                labelled: !beside,
            },
            axes,
            ratio_axis,
        }
    }

    pub fn height(&self) -> i32 {
        let scales = if self.measures.is_split() {
            self.axes.len().max(1) as i32
        } else {
            1
        };
        let axis = Axis::height(SMALL);
        (self.ratios.area.bottom + axis).max(self.seconds.area.bottom + scales * axis) - self.top
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let palette = self.palette;
        let area = self.ratios.area;
        self.ratio_axis.grid(canvas, palette, area.top, area.bottom);
        if let Some((_, axis)) = self.axes.first() {
            // One scale for all, or the lines would belong to some only.
            if !self.measures.is_split() {
                axis.grid(
                    canvas,
                    palette,
                    self.seconds.area.top,
                    self.seconds.area.bottom,
                );
            }
        }
        let one = self.ratio_axis.scale.x(1.0);
        canvas.fill(
            Area {
                left: one,
                right: one + 1,
                ..area
            },
            palette.faint,
        );
        for (i, row) in self.measures.rows.iter().enumerate() {
            for panel in [self.ratios, self.seconds] {
                if panel.labelled {
                    let y = panel.area.top + self.pitch * i as i32 + self.pitch / 2;
                    let at = (panel.area.left - 10, y);
                    draw_name(canvas, palette, at, &row.label, self.pitch);
                }
            }
            self.draw_ratio(canvas, row, i as i32);
            self.draw_seconds(canvas, row, i as i32);
        }
        for panel in [self.ratios, self.seconds] {
            canvas.fill(
                Area {
                    right: panel.area.left + 1,
                    ..panel.area
                },
                palette.ink,
            );
        }
        self.ratio_axis.draw(
            canvas,
            palette,
            area.bottom,
            self.ratios.area.right + SMALL.width("00.00×"),
        );
        let shown = if self.measures.is_split() {
            self.axes.len()
        } else {
            1
        };
        for (i, (_, axis)) in self.axes.iter().take(shown).enumerate() {
            let y = self.seconds.area.bottom + i as i32 * Axis::height(SMALL);
            axis.draw(canvas, palette, y, self.limit);
        }
    }

    /// Middle lines of a row for runs and for the guide.
    fn lines(&self, panel: Panel, index: i32, guided: bool) -> (i32, i32) {
        let middle = panel.area.top + self.pitch * index + self.pitch / 2;
        if guided {
            (middle - self.pitch / 5, middle + self.pitch / 4)
        } else {
            (middle, middle)
        }
    }

    fn draw_ratio(&self, canvas: &mut Canvas<'_>, row: &Measure, index: i32) {
        let palette = self.palette;
        let (runs, guide) = self.lines(self.ratios, index, row.guide_ratio.is_some());
        let half = if row.guide_ratio.is_some() {
            self.pitch / 6
        } else {
            self.pitch / 4
        };
        let left = self.ratio_axis.scale.left;
        let bar = |y: i32, half: i32, ratio: f64| Area {
            left,
            right: self.ratio_axis.scale.x(ratio).max(left + 2),
            top: y - half,
            bottom: y + half,
        };
        let value = |canvas: &mut Canvas<'_>, area: Area, ratio: f64| {
            let at = (area.right + 7, area.middle());
            canvas.text(
                at,
                &format!("{}×", words::ratio(ratio)),
                SMALL,
                palette.ink,
                Align::Left,
            );
        };
        if let Some(ratio) = row.ratio {
            let area = bar(runs, half, ratio);
            match row.kind {
                Kind::Measured => canvas.fill(area, palette.working),
                Kind::Simulated => {
                    let ground = palette.tint(palette.simulated, 0.18);
                    canvas.hatch(area, ground, Hatch::Lines, palette.simulated);
                }
            }
            value(canvas, area, ratio);
        }
        if let Some(ratio) = row.guide_ratio {
            let area = bar(guide, (half * 3 / 4).max(3), ratio);
            canvas.outline(area, 2, palette.guide);
            value(canvas, area, ratio);
        }
    }

    fn draw_seconds(&self, canvas: &mut Canvas<'_>, row: &Measure, index: i32) {
        let palette = self.palette;
        let (runs, guide) = self.lines(self.seconds, index, row.guide.is_some());
        let x = |source: Source, seconds: f64| {
            let axis = self.axes.iter().find(|(own, _)| *own == source);
            axis.map_or(self.seconds.area.left, |(_, axis)| axis.scale.x(seconds))
        };
        let source = Source::Run(row.kind);
        let Some(median) = row.median else {
            let at = (self.seconds.area.left + 8, runs);
            canvas.text(at, "no run ended", SMALL, palette.faint, Align::Left);
            return self.draw_said(canvas, row, guide, &x);
        };
        let reach = (self.pitch / 7).clamp(2, 8);
        let mut drawn = Vec::new();
        for (i, seconds) in row.seconds.iter().enumerate() {
            // Up and down in turn, so that equal times do not hide one another.
            let shift = [0, -1, 1][i % 3] * (reach - 1) * i32::from(row.seconds.len() > 1);
            let at = (x(source, *seconds), runs + shift);
            if !drawn.contains(&at) {
                drawn.push(at);
            }
        }
        for at in drawn {
            match row.kind {
                Kind::Measured => canvas.dot(at, 4, palette.tint(palette.working, 0.8)),
                Kind::Simulated => canvas.ring(at, 4, 2, palette.simulated),
            }
        }
        let middle = x(source, median);
        let tall = reach + 5;
        if let Some((low, high)) = row.interval {
            draw_range(canvas, x(source, low), x(source, high), runs, palette.ink);
        }
        let line = Area {
            left: middle - 1,
            right: middle + 2,
            top: runs - tall,
            bottom: runs + tall,
        };
        canvas.fill(line, palette.ink);
        let last = row.seconds.last().map_or(middle, |most| x(source, *most));
        let at = (last + 12, runs);
        canvas.text(at, &words::precise(median), SMALL, palette.ink, Align::Left);
        self.draw_said(canvas, row, guide, &x);
    }

    fn draw_said(
        &self,
        canvas: &mut Canvas<'_>,
        row: &Measure,
        y: i32,
        x: &dyn Fn(Source, f64) -> i32,
    ) {
        let Some(seconds) = row.guide else { return };
        let at = x(Source::Guide, seconds);
        canvas.diamond((at, y), 7, self.palette.guide);
        let text = words::documented(seconds, 1.0).replacen("guide ", "", 1);
        canvas.text((at + 14, y), &text, SMALL, self.palette.ink, Align::Left);
    }
}
