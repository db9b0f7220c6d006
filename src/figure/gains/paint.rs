//! Gains of kinds of work as pixels: one line a model, kinds of work apart.

use super::{Gain, colour, sources};
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::marker::Marker;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL, draw_name, draw_range};
use crate::figure::style::{Palette, Style};

/// Height of a line.
const LINE: i32 = 34;
/// Between kinds of work.
const APART: i32 = 12;
const RADIUS: i32 = 5;
/// Between the sources of a line, up and down, so that none hides another.
const BESIDE: i32 = 9;

/// A kind of work and its lines.
struct Block<'a> {
    work: &'a str,
    gains: Vec<&'a Gain>,
    top: i32,
}

pub(super) struct Drawing<'a> {
    blocks: Vec<Block<'a>>,
    sources: Vec<&'a str>,
    palette: &'a Palette,
    axis: Axis,
    line: i32,
    top: i32,
    bottom: i32,
    /// Where the names of models begin.
    models: i32,
    limit: i32,
}

impl<'a> Drawing<'a> {
    pub fn new(gains: &'a [Gain], page: &Page, style: &Style, palette: &'a Palette) -> Drawing<'a> {
        let limit = page.width - MARGIN;
        let mut blocks: Vec<Block<'a>> = vec![];
        for gain in gains {
            match blocks.last_mut() {
                Some(block) if block.work == gain.work => block.gains.push(gain),
                _ => blocks.push(Block {
                    work: &gain.work,
                    gains: vec![gain],
                    top: 0,
                }),
            }
        }
        let widest = |width: &mut dyn Iterator<Item = i32>| width.max().unwrap_or(0);
        let works = widest(&mut gains.iter().map(|gain| LABEL.width(&gain.work)));
        let works = works.min(page.width * 26 / 100);
        let models = widest(&mut gains.iter().map(|gain| SMALL.width(&gain.model)));
        let models = models.min(page.width * 20 / 100);
        let column = MARGIN + works + 14;
        let left = column + models + 12;
        let axis_height = Axis::height(SMALL);
        let apart = APART * blocks.len() as i32;
        let line = page.room(style).map_or(LINE, |room| {
            ((room - axis_height - apart) / gains.len().max(1) as i32).clamp(LINE, 80)
        });
        let mut top = page.head;
        for block in &mut blocks {
            block.top = top + APART / 2;
            top += line * block.gains.len() as i32 + APART;
        }
        let values = gains.iter().flat_map(|gain| {
            let guide = gain.guide.map(|(_, to)| to);
            gain.values.iter().map(|(_, value)| *value).chain(guide)
        });
        let most = values.filter(|value| value.is_finite()).fold(1.0, f64::max);
        let title = "times as fast as one after another";
        let axis = Axis::number(0.0, most * 1.05, left, limit - 10, title, SMALL);
        Drawing {
            blocks,
            sources: sources(gains),
            palette,
            axis,
            line,
            top: page.head,
            bottom: top,
            models: column,
            limit,
        }
    }

    pub fn height(&self) -> i32 {
        self.bottom - self.top + Axis::height(SMALL)
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let palette = self.palette;
        self.axis.grid(canvas, palette, self.top, self.bottom);
        let upright = |x: i32| Area {
            left: x,
            right: x + 1,
            top: self.top,
            bottom: self.bottom,
        };
        canvas.fill(upright(self.axis.scale.x(1.0)), palette.ink);
        for (i, block) in self.blocks.iter().enumerate() {
            if i > 0 {
                let line = Area {
                    left: MARGIN,
                    right: self.limit,
                    top: block.top - APART / 2,
                    bottom: block.top - APART / 2 + 1,
                };
                canvas.fill(line, palette.grid);
            }
            let height = self.line * block.gains.len() as i32;
            let at = (self.models - 14, block.top + height / 2);
            draw_name(canvas, palette, at, block.work, height);
            for (number, gain) in block.gains.iter().enumerate() {
                let y = block.top + self.line * number as i32 + self.line / 2;
                self.draw_gain(canvas, gain, y);
            }
        }
        canvas.fill(upright(self.axis.scale.left), palette.ink);
        self.axis.draw(canvas, palette, self.bottom, self.limit);
    }

    fn draw_gain(&self, canvas: &mut Canvas<'_>, gain: &Gain, y: i32) {
        let palette = self.palette;
        let room = self.axis.scale.left - 8 - self.models;
        let name = SMALL.shorten(&gain.model, room);
        canvas.text((self.models, y), &name, SMALL, palette.ink, Align::Left);
        if let Some((from, to)) = gain.guide {
            let [from, to] = [from, to].map(|value| self.axis.scale.x(value));
            if to - from < 4 {
                canvas.diamond((from, y), RADIUS + 4, palette.guide);
            } else {
                draw_range(canvas, from, to, y, palette.guide);
            }
        }
        // The first source, which is the run itself, lies over the others.
        for (i, source) in self.sources.iter().enumerate().rev() {
            let value = gain.values.iter().find(|(own, _)| own == source);
            let Some((_, value)) = value.filter(|(_, v)| v.is_finite()) else {
                continue;
            };
            let aside = BESIDE * i as i32 - BESIDE * (self.sources.len() as i32 - 1) / 2;
            let at = (self.axis.scale.x(*value), y + aside.clamp(-12, 12));
            let hollow = (i > 0).then_some(palette.paper);
            let own = colour(palette, i);
            Marker::of(i).draw(canvas, at, RADIUS, own, hollow);
        }
    }
}
