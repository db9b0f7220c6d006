//! Stacked bars of memory as pixels.

use super::{MemoryOfUnit, guide_text, usable};
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::hatch::Hatch;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL, draw_name, draw_range};
use crate::figure::style::{Palette, Style};
use crate::figure::words;

/// Height of a bar.
const BAR: i32 = 22;

pub(super) struct Drawing<'a> {
    units: &'a [MemoryOfUnit],
    palette: &'a Palette,
    axis: Axis,
    /// Bytes of the axis' unit.
    length: f64,
    top: i32,
    bottom: i32,
    pitch: i32,
    limit: i32,
}

impl<'a> Drawing<'a> {
    pub fn new(
        units: &'a [MemoryOfUnit],
        page: &Page,
        style: &Style,
        palette: &'a Palette,
    ) -> Drawing<'a> {
        let count = units.len() as i32;
        let limit = page.width - MARGIN;
        let widest = units.iter().map(|unit| LABEL.width(&unit.label)).max();
        let left = MARGIN + widest.unwrap_or(0).min(page.width * 3 / 10) + 10;
        let axis_height = Axis::height(SMALL);
        // A bar, and below it what it says.
        let least = BAR + SMALL.line() + 14;
        let pitch = page.room(style).map_or(least, |room| {
            ((room - axis_height) / count.max(1)).clamp(least, 200)
        });
        let guides = units.iter().filter_map(|unit| unit.guide).map(|(_, to)| to);
        let most = units
            .iter()
            .map(MemoryOfUnit::total)
            .chain(guides)
            .filter(|bytes| bytes.is_finite())
            .fold(1.0, f64::max);
        let (name, length) = match most {
            most if most >= 1e9 => ("GB", 1e9),
            most if most >= 1e6 => ("MB", 1e6),
            most if most >= 1e3 => ("kB", 1e3),
            _ => ("B", 1.0),
        };
        let to = most / length * 1.02;
        let title = format!("memory of one unit ({name})");
        let axis = Axis::number(0.0, to, left, limit - 8, &title, SMALL);
        Drawing {
            units,
            palette,
            axis,
            length,
            top: page.head,
            bottom: page.head + pitch * count,
            pitch,
            limit,
        }
    }

    pub fn height(&self) -> i32 {
        self.bottom - self.top + Axis::height(SMALL)
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let palette = self.palette;
        self.axis.grid(canvas, palette, self.top, self.bottom);
        for (i, unit) in self.units.iter().enumerate() {
            self.draw_unit(canvas, unit, self.top + self.pitch * i as i32);
        }
        let left = self.axis.scale.left;
        let edge = Area {
            left,
            right: left + 1,
            top: self.top,
            bottom: self.bottom,
        };
        canvas.fill(edge, palette.ink);
        self.axis.draw(canvas, palette, self.bottom, self.limit);
    }

    fn draw_unit(&self, canvas: &mut Canvas<'_>, unit: &MemoryOfUnit, top: i32) {
        let palette = self.palette;
        let left = self.axis.scale.left;
        let x = |bytes: f64| self.axis.scale.x(bytes / self.length);
        let middle = top + self.pitch / 2;
        draw_name(
            canvas,
            palette,
            (left - 10, middle),
            &unit.label,
            self.pitch,
        );
        let bar = top + (self.pitch - BAR - SMALL.line()) / 2;
        let part = |left: i32, right: i32| Area {
            left,
            right,
            top: bar,
            bottom: bar + BAR,
        };
        // What is there shows, however small it is beside the others.
        let own = x(usable(unit.private)).max(left + i32::from(unit.private > 0.0) * 2);
        let end = x(unit.total()).max(own);
        canvas.fill(part(left, own), palette.working);
        if end > own {
            let ground = palette.tint(palette.waiting, 0.18);
            canvas.hatch(part(own, end), ground, Hatch::Lines, palette.waiting);
        }
        if let Some((from, to)) = unit.guide {
            let y = bar + BAR / 2;
            let (from, to) = (x(usable(from)), x(usable(to)));
            draw_range(canvas, from, to.max(from + 3), y, palette.guide);
        }
        let mut said = format!(
            "{} own + {} shared",
            words::bytes(usable(unit.private)),
            words::bytes(usable(unit.shared)),
        );
        if let Some(guide) = unit.guide {
            said += &format!("; guide {}", guide_text(guide));
        }
        let said = SMALL.shorten(&said, self.limit - left - 8);
        let at = (left + 8, bar + BAR + 2 + SMALL.line() / 2);
        canvas.text(at, &said, SMALL, palette.ink, Align::Left);
    }
}
