//! The graph as pixels.

use super::graph::Graph;
use super::place::{Arrow, Node, Places};
use crate::figure::area::Area;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::page::{LABEL, MARGIN, Page, SMALL, wrap};
use crate::figure::style::{Palette, Style};
use crate::figure::words;

/// A circle's radius.
const RADIUS: i32 = 22;
/// A lock's name wider than this has two lines.
const WIDE: i32 = 64;
/// Half of a box's height.
const HALF: i32 = 16;
/// Between an arrow and what it points to.
const GAP: f64 = 4.0;
/// Of two arrows between the same two, how far each is off the middle.
const ASIDE: f64 = 9.0;

pub(super) struct Drawing<'a> {
    graph: &'a Graph<'a>,
    palette: &'a Palette,
    places: Places,
    area: Area,
    note: Option<String>,
}

impl<'a> Drawing<'a> {
    /// `below` is the height of what stands under the graph.
    pub fn new(
        graph: &'a Graph<'a>,
        page: &Page,
        style: &Style,
        palette: &'a Palette,
        below: i32,
    ) -> Drawing<'a> {
        let least = Places::height(graph);
        let height = page
            .room(style)
            .map_or(least, |room| (room - below).clamp(least, 3000));
        let mut area = Area {
            left: MARGIN,
            right: page.width - MARGIN,
            top: page.head,
            bottom: page.head + height,
        };
        let places = Places::of(graph, area);
        let note = (places.omitted > 0)
            .then(|| format!("{} more not drawn", words::thousands(places.omitted as i64)));
        if note.is_some() {
            area.bottom += LABEL.line();
        }
        Drawing {
            graph,
            palette,
            places,
            area,
            note,
        }
    }

    pub fn height(&self) -> i32 {
        self.area.height()
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        for arrow in &self.places.arrows {
            self.draw_arrow(canvas, arrow);
        }
        for (node, at) in &self.places.nodes {
            self.draw_node(canvas, *node, *at);
        }
        if let Some(note) = &self.note {
            let at = (self.area.right, self.area.bottom - LABEL.line() / 2);
            canvas.text(at, note, SMALL, self.palette.faint, Align::Right);
        }
    }

    fn name(&self, node: Node) -> String {
        let name = match node {
            Node::Worker(worker) => self.graph.name(worker),
            Node::Lock(lock) => self.graph.lock_name(lock),
            Node::More(more) => format!("… {} more", words::thousands(more as i64)),
        };
        SMALL.shorten(&name, self.places.room - 12)
    }

    /// A lock's name in at most two lines.
    fn lines(&self, lock: usize) -> Vec<String> {
        let room = self.places.room.max(2 * RADIUS);
        let name = self.graph.lock_name(lock);
        // Words stay whole.
        let lines = wrap(&name, SMALL, room.min(WIDE), " ");
        if SMALL.width(&name) > WIDE && lines.len() == 2 && lines.join(" ") == name {
            return lines;
        }
        vec![SMALL.shorten(&name, room)]
    }

    /// Half of the width and of the height that a node takes.
    fn half(&self, node: Node) -> (i32, i32) {
        match node {
            Node::Worker(_) | Node::More(_) => (SMALL.width(&self.name(node)) / 2 + 9, HALF),
            Node::Lock(lock) => {
                let lines = self.lines(lock);
                let widest = lines.iter().map(|line| SMALL.width(line)).max();
                ((widest.unwrap_or(0) / 2 + 5).max(RADIUS), RADIUS)
            }
        }
    }

    fn in_cycle(&self, node: Node) -> bool {
        let touches = |arrow: &Arrow| arrow.in_cycle && (arrow.from == node || arrow.to == node);
        self.places.arrows.iter().any(touches)
    }

    fn draw_node(&self, canvas: &mut Canvas<'_>, node: Node, (x, y): (i32, i32)) {
        let palette = self.palette;
        let (colour, width) = if self.in_cycle(node) {
            (palette.blocked, 3)
        } else {
            (palette.ink, 1)
        };
        let (wide, high) = self.half(node);
        let area = Area {
            left: x - wide,
            right: x + wide,
            top: y - high,
            bottom: y + high,
        };
        match node {
            Node::Worker(_) | Node::More(_) => {
                canvas.fill(area, palette.tint(palette.working, 0.15));
                canvas.outline(area, width, colour);
                canvas.text((x, y), &self.name(node), SMALL, palette.ink, Align::Middle);
            }
            Node::Lock(lock) => {
                let ground = palette.tint(palette.holding, 0.2);
                let ends = wide - RADIUS;
                // A circle, drawn out as far as its name asks for.
                for (grown, colour) in [(0, colour), (width, ground)] {
                    let radius = RADIUS - grown;
                    for x in [x - ends, x + ends] {
                        canvas.dot((x, y), radius as u32, colour);
                    }
                    if ends > 0 {
                        let middle = Area {
                            left: x - ends,
                            right: x + ends,
                            top: y - radius,
                            bottom: y + radius,
                        };
                        canvas.fill(middle, colour);
                    }
                }
                let lines = self.lines(lock);
                let tight = SMALL.size as i32 + 1;
                for (i, line) in lines.iter().enumerate() {
                    let y = y + tight * i as i32 - tight * (lines.len() as i32 - 1) / 2;
                    canvas.text((x, y), line, SMALL, palette.ink, Align::Middle);
                }
            }
        }
    }

    fn draw_arrow(&self, canvas: &mut Canvas<'_>, arrow: &Arrow) {
        let place = |wanted: Node| {
            let found = self.places.nodes.iter().find(|(node, _)| *node == wanted);
            found.map(|(_, (x, y))| (f64::from(*x), f64::from(*y)))
        };
        let (Some(from), Some(to)) = (place(arrow.from), place(arrow.to)) else {
            return;
        };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1.0);
        let back = |other: &Arrow| other.from == arrow.to && other.to == arrow.from;
        let aside = if self.places.arrows.iter().any(back) {
            (-dy / length * ASIDE, dx / length * ASIDE)
        } else {
            (0.0, 0.0)
        };
        // From border to border.
        let border = |node: Node, centre: (f64, f64), towards: f64| {
            let (wide, high) = self.half(node);
            let reach = (f64::from(wide) / dx.abs().max(1e-6))
                .min(f64::from(high) / dy.abs().max(1e-6))
                * length
                + GAP;
            let x = centre.0 + dx / length * reach * towards + aside.0;
            let y = centre.1 + dy / length * reach * towards + aside.1;
            (x.round() as i32, y.round() as i32)
        };
        let (begin, end) = (border(arrow.from, from, 1.0), border(arrow.to, to, -1.0));
        let (colour, width) = if arrow.in_cycle {
            (self.palette.blocked, 3)
        } else {
            (self.palette.ink, 2)
        };
        let shaft = canvas.arrowhead(begin, end, 7 + 2 * width, colour);
        if arrow.waits {
            canvas.dashed(&[begin, shaft], (11.0, 7.0), width as u32, colour);
        } else {
            canvas.line(&[begin, shaft], width as u32, colour);
        }
    }
}
