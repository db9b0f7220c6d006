//! An axis that rises at the left of a chart.

use super::area::Area;
use super::axis::{Scale, decades, ticks};
use super::canvas::{Align, Canvas};
use super::font::Font;
use super::style::Palette;
use super::words;

/// A scale from below upwards, with its ticks.
pub(super) struct Upright {
    scale: Scale,
    font: Font,
    ticks: Vec<(i32, String)>,
}

impl Upright {
    /// Numbers from zero at `bottom` to `to` at `top`, with ticks at least
    /// `least` apart.
    pub fn from_zero(to: f64, least: f64, (top, bottom): (i32, i32), font: Font) -> Upright {
        let scale = Scale {
            from: 0.0,
            to: if to.is_finite() && to > 0.0 { to } else { 1.0 },
            left: bottom,
            right: top,
        };
        let apart = |ticks: &[(i32, String)]| {
            ticks
                .windows(2)
                .all(|pair| pair[0].0 - pair[1].0 >= font.line() + 6)
        };
        Upright {
            scale,
            font,
            ticks: ticks(scale, 1.0, least, apart, words::plain_tick),
        }
    }

    /// Powers of ten from `bottom` to `top`: the scale's values are logarithms.
    pub fn decades(
        (from, to): (f64, f64),
        (top, bottom): (i32, i32),
        font: Font,
        label: impl Fn(f64) -> String,
    ) -> Upright {
        let scale = Scale {
            from,
            to,
            left: bottom,
            right: top,
        };
        let apart = |ticks: &[(i32, String)]| {
            ticks
                .windows(2)
                .all(|pair| pair[0].0 - pair[1].0 >= font.line() + 6)
        };
        Upright {
            scale,
            font,
            ticks: decades(scale, apart, label),
        }
    }

    /// Where `value` stands; outside of the scale it stands on its border.
    pub fn y(&self, value: f64) -> i32 {
        self.scale.x(value)
    }

    /// The last value of the scale.
    pub fn to(&self) -> f64 {
        self.scale.to
    }

    /// Room that the labels need left of the line.
    pub fn width(&self) -> i32 {
        let widths = self.ticks.iter().map(|(_, label)| self.font.width(label));
        widths.max().unwrap_or(0) + 10
    }

    /// Lines behind the data, and at `left` the axis with its labels.
    pub fn draw(&self, canvas: &mut Canvas<'_>, palette: &Palette, left: i32, right: i32) {
        for (y, label) in &self.ticks {
            let line = Area {
                left,
                right,
                top: *y,
                bottom: y + 1,
            };
            canvas.fill(line, palette.grid);
            let tick = Area {
                left: left - 5,
                right: left,
                ..line
            };
            canvas.fill(tick, palette.ink);
            canvas.text((left - 8, *y), label, self.font, palette.ink, Align::Right);
        }
        let line = Area {
            left,
            right: left + 1,
            top: self.scale.right,
            bottom: self.scale.left,
        };
        canvas.fill(line, palette.ink);
    }
}
