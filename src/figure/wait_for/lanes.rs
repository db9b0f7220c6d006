//! What the workers of the graph did, up to where they went no further.

use lab::trace::{Activity, Nanos, Trace};

use super::graph::Graph;
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::bars::{self, Look};
use crate::figure::canvas::{Align, Canvas};
use crate::figure::hatch::Hatch;
use crate::figure::page::{Key, MARGIN, Page, SMALL, Swatch};
use crate::figure::samples::seconds;
use crate::figure::style::Palette;
use crate::figure::words;

/// More workers than this have no lane.
const MOST: usize = 10;
/// From one lane to the next.
const PITCH: i32 = 28;
/// Above the lanes.
const ABOVE: i32 = 14;

/// What each worker did, from when to when.
struct Lane {
    name: String,
    stretches: [Vec<(Nanos, Nanos)>; 4],
    verdict: Option<&'static str>,
}

pub(super) struct Lanes {
    lanes: Vec<Lane>,
    omitted: usize,
    until: Nanos,
}

/// In the order in which they are drawn.
const ACTIVITIES: [Activity; 4] = [
    Activity::Working,
    Activity::Waiting,
    Activity::Blocked,
    Activity::Holding,
];

impl Lanes {
    pub fn of(trace: &Trace, graph: &Graph<'_>) -> Lanes {
        let mut workers: Vec<u32> = Vec::new();
        let waits = graph.cycle.iter().map(|&at| &graph.waits[at]);
        for wait in waits.chain(&graph.waits) {
            if !workers.contains(&wait.worker) && workers.len() < MOST {
                workers.push(wait.worker);
            }
        }
        workers.sort_unstable();
        let mut lanes: Vec<Lane> = workers
            .iter()
            .map(|worker| Lane {
                name: graph.name(*worker),
                stretches: Default::default(),
                verdict: graph.wait_of(*worker).map(|wait| graph.verdict(wait)),
            })
            .collect();
        let mut until = trace.elapsed;
        for span in &trace.spans {
            until = until.max(span.start).max(span.end.unwrap_or(0));
        }
        for span in &trace.spans {
            if let Ok(lane) = workers.binary_search(&span.worker) {
                let end = span.end.unwrap_or(until).max(span.start);
                lanes[lane].stretches[span.activity as usize].push((span.start, end));
            }
        }
        Lanes {
            omitted: graph.waits.len().saturating_sub(lanes.len()),
            lanes,
            until,
        }
    }

    pub fn height(&self) -> i32 {
        if self.lanes.is_empty() {
            return 0;
        }
        let note = if self.omitted > 0 { SMALL.line() } else { 0 };
        ABOVE + PITCH * self.lanes.len() as i32 + note + Axis::height(SMALL)
    }

    pub fn legend(&self, palette: &Palette) -> Vec<Key> {
        let looks = [
            (Swatch::Solid(palette.working), "works"),
            (Swatch::Hatched(palette.waiting, Hatch::Lines), "waits"),
            (
                Swatch::ThinHatched(palette.blocked, Hatch::Crossed),
                "is blocked",
            ),
            (Swatch::Outline(palette.holding), "holds a lock"),
        ];
        ACTIVITIES
            .into_iter()
            .zip(looks)
            .filter(|(activity, _)| {
                let any = |lane: &Lane| !lane.stretches[*activity as usize].is_empty();
                self.lanes.iter().any(any)
            })
            .map(|(_, (swatch, text))| Key::of(swatch, text))
            .collect()
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>, palette: &Palette, page: &Page, top: i32) {
        if self.lanes.is_empty() {
            return;
        }
        let limit = page.width - MARGIN;
        let verdicts = self.lanes.iter().filter_map(|lane| lane.verdict);
        let beside = verdicts.map(|said| SMALL.width(said)).max().unwrap_or(0);
        let names = self.lanes.iter().map(|lane| SMALL.width(&lane.name)).max();
        let room = names.unwrap_or(0).clamp(20, page.width / 4);
        let (left, right) = (MARGIN + room + 10, limit - beside - 8);
        let right = right.max(left + 20);
        let axis = Axis::time(seconds(self.until), left, right, "elapsed time", SMALL);
        let top = top + ABOVE;
        let bottom = top + PITCH * self.lanes.len() as i32;
        axis.grid(canvas, palette, top, bottom);
        for (i, lane) in self.lanes.iter().enumerate() {
            let area = Area {
                left,
                right,
                top: top + PITCH * i as i32 + 4,
                bottom: top + PITCH * (i as i32 + 1) - 4,
            };
            self.draw_lane(canvas, palette, &axis, lane, area, room);
        }
        let mut foot = bottom;
        if self.omitted > 0 {
            let said = format!("and {} more", words::count(self.omitted, "worker"));
            let at = (left, bottom + SMALL.line() / 2);
            canvas.text(at, &said, SMALL, palette.faint, Align::Left);
            foot += SMALL.line();
        }
        axis.draw(canvas, palette, foot, limit);
    }

    fn draw_lane(
        &self,
        canvas: &mut Canvas<'_>,
        palette: &Palette,
        axis: &Axis,
        lane: &Lane,
        area: Area,
        room: i32,
    ) {
        let y = area.middle();
        let name = SMALL.shorten(&lane.name, room);
        let at = (area.left - 10, y);
        canvas.text(at, &name, SMALL, palette.ink, Align::Right);
        let looks = [
            Look::Solid(palette.working),
            Look::Hatched(palette.waiting),
            Look::Thin(palette.blocked),
            Look::Outline(palette.holding),
        ];
        for (stretches, look) in lane.stretches.iter().zip(looks) {
            let x = |at: Nanos| axis.scale.x(seconds(at));
            let pixels = stretches.iter().map(|(from, to)| (x(*from), x(*to)));
            bars::draw(canvas, palette, area, pixels, look);
        }
        if let Some(verdict) = lane.verdict {
            let at = (area.right + 8, y);
            canvas.text(at, verdict, SMALL, palette.ink, Align::Left);
        }
    }
}
