//! The chart of questions as pixels: each below the other, indented under the
//! question that leads to it, so that it can be read at any width.

use super::{Decision, Node, word};
use crate::figure::area::Area;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::font::Font;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL, wrap};
use crate::figure::style::{Palette, Style};

/// From a question to what stands under it; less where the page is narrow.
const INDENT: i32 = 66;
const NARROW_INDENT: i32 = 46;
/// From a box's left border to the line that leads down from it.
const STEM: i32 = 16;
/// Between text and border.
const PAD: i32 = 14;
/// How far a question's ends stick out.
const POINT: i32 = 8;
/// Between boxes.
const GAP: i32 = 12;
/// What is bold in a box.
const STRONG: Font = Font::bold(18);

/// A question or an answer at its place.
struct Placed<'a> {
    area: Area,
    node: &'a Node,
    /// The word on the way here, and the box that it comes from.
    from: Option<(&'static str, usize)>,
    /// Whether the workload comes by.
    on: bool,
    lines: Vec<(String, Font)>,
}

pub(super) struct Drawing<'a> {
    placed: Vec<Placed<'a>>,
    palette: &'a Palette,
    height: i32,
}

impl<'a> Drawing<'a> {
    pub fn new(
        decision: &'a Decision,
        page: &Page,
        style: &Style,
        palette: &'a Palette,
    ) -> Drawing<'a> {
        let mut drawing = Drawing {
            placed: vec![],
            palette,
            height: 0,
        };
        let indent = if page.width < 560 {
            NARROW_INDENT
        } else {
            INDENT
        };
        drawing.place(&decision.root, None, true, (MARGIN, page), indent);
        let used: i32 = drawing.placed.iter().map(|p| p.area.height()).sum();
        let gaps = drawing.placed.len() as i32;
        let gap = page
            .room(style)
            .map_or(GAP, |room| ((room - used) / gaps.max(1)).clamp(GAP, 60));
        let mut top = page.head + 4;
        for placed in &mut drawing.placed {
            let height = placed.area.height();
            (placed.area.top, placed.area.bottom) = (top, top + height);
            top += height + gap;
        }
        drawing.height = top - gap - page.head;
        drawing
    }

    pub fn height(&self) -> i32 {
        self.height
    }

    /// Lays a box out, and below it those that it leads to.
    fn place(
        &mut self,
        node: &'a Node,
        from: Option<(&'static str, usize)>,
        on: bool,
        (left, page): (i32, &Page),
        indent: i32,
    ) {
        let limit = page.width - MARGIN;
        let room = limit - left - 2 * PAD;
        let texts = match node {
            Node::Fork(fork) => [(fork.asks.as_str(), LABEL), (fork.fact.as_str(), STRONG)],
            Node::End(end) => [(end.take.as_str(), STRONG), (end.why.as_str(), SMALL)],
        };
        let mut lines = vec![];
        for (text, font) in texts {
            lines.extend(wrap(text, font, room, " ").into_iter().map(|l| (l, font)));
        }
        let widest = lines.iter().map(|(line, font)| font.width(line)).max();
        let right = (left + widest.unwrap_or(0) + 2 * PAD).min(limit);
        let height: i32 = lines.iter().map(|(_, font)| font.line()).sum();
        let own = self.placed.len();
        self.placed.push(Placed {
            area: Area {
                left,
                right,
                top: 0,
                bottom: height + 12,
            },
            node,
            from,
            on,
            lines,
        });
        if let Node::Fork(fork) = node {
            // Deep questions stay on the page, however narrow it is.
            let next = (left + indent).min(limit - 120).max(left + 30);
            for (takes, node) in [(true, &fork.yes), (false, &fork.no)] {
                let on = on && fork.takes == Some(takes);
                self.place(node, Some((word(takes), own)), on, (next, page), indent);
            }
        }
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        // The way lies over the others.
        for on in [false, true] {
            for placed in self.placed.iter().filter(|placed| placed.on == on) {
                self.draw_way(canvas, placed);
            }
        }
        for placed in &self.placed {
            self.draw_box(canvas, placed);
        }
    }

    fn draw_way(&self, canvas: &mut Canvas<'_>, placed: &Placed<'_>) {
        let palette = self.palette;
        let Some((answer, from)) = placed.from else {
            return;
        };
        let from = self.placed[from].area;
        let (x, y) = (from.left + STEM, placed.area.middle());
        let (width, colour, ink) = if placed.on {
            (3, palette.working, palette.ink)
        } else {
            (1, palette.bare, palette.faint)
        };
        canvas.line(&[(x, from.bottom), (x, y)], width, colour);
        canvas.arrow((x, y), (placed.area.left, y), width, colour);
        let said = SMALL.shorten(answer, placed.area.left - x - 4);
        let at = (x + 5, y - 3 - SMALL.line() / 2);
        canvas.text(at, &said, SMALL, ink, Align::Left);
    }

    fn draw_box(&self, canvas: &mut Canvas<'_>, placed: &Placed<'_>) {
        let palette = self.palette;
        let Area {
            left,
            right,
            top,
            bottom,
        } = placed.area;
        let middle = placed.area.middle();
        let shape = match placed.node {
            Node::Fork(_) => vec![
                (left, middle),
                (left + POINT, top),
                (right - POINT, top),
                (right, middle),
                (right - POINT, bottom),
                (left + POINT, bottom),
            ],
            Node::End(_) => vec![(left, top), (right, top), (right, bottom), (left, bottom)],
        };
        let (ground, border, width, ink) = match (placed.node, placed.on) {
            (Node::End(_), true) => (palette.working, palette.working, 2, palette.on_working),
            (Node::Fork(_), true) => (
                palette.tint(palette.working, 0.12),
                palette.working,
                2,
                palette.ink,
            ),
            (_, false) => (palette.paper, palette.bare, 1, palette.faint),
        };
        canvas.polygon(&shape, ground);
        let mut outline = shape.clone();
        outline.extend(&shape[..2]);
        canvas.line(&outline, width, border);
        let mut y = top + 6;
        for (line, font) in &placed.lines {
            canvas.text(
                (left + PAD, y + font.line() / 2),
                line,
                *font,
                ink,
                Align::Left,
            );
            y += font.line();
        }
    }
}
