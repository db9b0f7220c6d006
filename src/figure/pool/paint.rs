//! Tasks and busy workers, as pixels.

use lab::trace::Nanos;

use super::usage::Usage;
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::bars::merged;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::columns;
use crate::figure::font::Font;
use crate::figure::hatch::Hatch;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL};
use crate::figure::ramp::Ramp;
use crate::figure::samples::seconds;
use crate::figure::style::{Palette, Style};
use crate::figure::upright::Upright;
use crate::figure::words;

/// More tasks than this have no names.
const NAMED: usize = 40;
/// Lines that tasks are drawn on at the most; more share lines.
const LINES: usize = 120;
/// How strong the colour of busy workers is.
const SHARE: f64 = 0.75;
/// A stretch narrower than this has no room for lines.
const HATCHED: i32 = 6;
/// From the lanes to the workers below them.
const GAP: i32 = 12;

/// What a reader has to know where tasks share lines.
pub(super) fn grouped(usage: &Usage) -> Option<String> {
    let (tasks, lines) = (usage.tasks.len(), lines(usage));
    let each = tasks.div_ceil(lines.max(1));
    (each > 1).then(|| format!("{}, {each} to a line", words::count(tasks, "task")))
}

fn lines(usage: &Usage) -> usize {
    let each = usage.tasks.len().div_ceil(LINES).max(1);
    usage.tasks.len().div_ceil(each)
}

/// Whether a line shows how long a task waited for its turn.
pub(super) fn waits_are_drawn(usage: &Usage) -> bool {
    usage.tasks.len() <= NAMED
}

pub(super) struct Drawing<'a> {
    usage: &'a Usage,
    names: &'a [String],
    palette: &'a Palette,
    axis: Axis,
    upright: Upright,
    /// Where the tasks are, and where the workers.
    lanes: Area,
    plot: Area,
    pitch: i32,
    name_font: Font,
    limit: i32,
    top: i32,
}

impl<'a> Drawing<'a> {
    pub fn new(
        usage: &'a Usage,
        names: &'a [String],
        page: &Page,
        style: &Style,
        palette: &'a Palette,
    ) -> Drawing<'a> {
        let count = lines(usage).max(1) as i32;
        let named = usage.tasks.len() <= NAMED;
        let workers = (page.width / 6).clamp(90, 160);
        let below = GAP + SMALL.line() + 4 + workers + Axis::height(SMALL);
        let (least, natural) = if named {
            (15, (420 / count).clamp(17, 26))
        } else {
            (2, (360 / count).max(3))
        };
        let pitch = page
            .room(style)
            .map_or(natural, |room| ((room - below) / count).clamp(least, 200));
        // What does not divide among the lanes goes to the workers.
        let rest = page
            .room(style)
            .map_or(0, |room| (room - below - pitch * count).max(0));
        let top = page.head;
        let bottom = top + pitch * count;
        let plot_top = bottom + GAP + SMALL.line() + 4;
        let plot_bottom = plot_top + workers + rest;
        let size = f64::from(usage.size);
        let upright = Upright::from_zero(size * 1.12, 1.0, (plot_top, plot_bottom), SMALL);
        let limit = page.width - MARGIN;
        let name_font = Font::at_most(pitch * 5 / 6);
        let widths = names.iter().map(|name| name_font.width(name));
        let labels = if named { widths.max().unwrap_or(0) } else { 0 };
        let labels = labels.min(page.width * 3 / 10) + 10;
        let left = MARGIN + upright.width().max(labels);
        let right = (limit - 6).max(left + 40);
        let lanes = Area {
            left,
            right,
            top,
            bottom,
        };
        Drawing {
            usage,
            names: if named { names } else { &[] },
            palette,
            axis: Axis::time(
                seconds(usage.until) * 1.015,
                left,
                right,
                "elapsed time",
                SMALL,
            ),
            upright,
            lanes,
            plot: Area {
                top: plot_top,
                bottom: plot_bottom,
                ..lanes
            },
            pitch,
            name_font,
            limit,
            top,
        }
    }

    pub fn height(&self) -> i32 {
        self.plot.bottom - self.top + Axis::height(SMALL)
    }

    fn x(&self, at: Nanos) -> i32 {
        self.axis.scale.x(seconds(at))
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let (palette, plot) = (self.palette, self.plot);
        self.axis
            .grid(canvas, palette, self.lanes.top, self.lanes.bottom);
        self.axis.grid(canvas, palette, plot.top, plot.bottom);
        self.draw_tasks(canvas);
        let heading = (MARGIN, plot.top - SMALL.line() / 2 - 4);
        canvas.text(heading, "busy workers", SMALL, palette.ink, Align::Left);
        self.upright.draw(canvas, palette, plot.left, plot.right);
        self.draw_busy(canvas);
        self.draw_tail(canvas);
        let y = self.upright.y(f64::from(self.usage.size));
        canvas.dashes((plot.left, y), (plot.right, y), 2, palette.ink);
        self.axis.draw(canvas, palette, plot.bottom, self.limit);
    }

    fn draw_tasks(&self, canvas: &mut Canvas<'_>) {
        let (palette, lanes) = (self.palette, self.lanes);
        if self.usage.busy.is_empty() {
            let at = ((lanes.left + lanes.right) / 2, lanes.middle());
            canvas.text(at, "no task has begun", LABEL, palette.faint, Align::Middle);
        }
        let each = self.usage.tasks.len().div_ceil(lines(self.usage).max(1));
        for (line, tasks) in self.usage.tasks.chunks(each.max(1)).enumerate() {
            let top = lanes.top + line as i32 * self.pitch;
            let bar = Area {
                top,
                bottom: top + (self.pitch - (self.pitch / 6).clamp(1, 5)).max(1),
                ..lanes
            };
            let mut own: Vec<(Nanos, Nanos)> = tasks.iter().flatten().copied().collect();
            own.sort_unstable();
            // All tasks are given at the beginning, and wait for their turn.
            let turn = own.first().map_or(self.usage.until, |task| task.0);
            if waits_are_drawn(self.usage) {
                let y = bar.middle();
                let wait = Area {
                    top: y - 1,
                    bottom: y + 1,
                    right: self.x(turn),
                    ..bar
                };
                if wait.width() > 0 {
                    canvas.fill(wait, palette.bare);
                }
            }
            let stretches = own.iter().map(|(from, to)| (self.x(*from), self.x(*to)));
            for (left, right) in merged(stretches) {
                canvas.fill(Area { left, right, ..bar }, palette.working);
            }
            if let Some(name) = self.names.get(line) {
                let name = self.name_font.shorten(name, lanes.left - 10 - MARGIN);
                let at = (lanes.left - 10, bar.middle());
                canvas.text(at, &name, self.name_font, palette.ink, Align::Right);
            }
        }
    }

    /// Busy workers in each column of pixels.
    fn busy(&self) -> Vec<f64> {
        let columns = self.plot.width().max(1) as usize;
        let mut ramp = Ramp::new(columns, self.axis.scale.to * 1e9);
        for (from, to) in self.usage.tasks.iter().flatten() {
            ramp.add(*from, *to);
        }
        ramp.columns()
    }

    /// The part of the plot below the size of the pool.
    fn pool(&self) -> Area {
        Area {
            top: self.upright.y(f64::from(self.usage.size)),
            ..self.plot
        }
    }

    fn draw_busy(&self, canvas: &mut Canvas<'_>) {
        let size = f64::from(self.usage.size);
        let shares = self.busy().iter().map(|busy| busy / size).collect();
        let colour = self.palette.tint(self.palette.working, SHARE);
        columns::stacked(canvas, self.pool(), &[(shares, colour)]);
    }

    /// What lies between the busy workers and the size of the pool, from the
    /// moment on at which nothing was left to begin.
    fn draw_tail(&self, canvas: &mut Canvas<'_>) {
        let (Some(from), Some((long, _))) = (self.usage.tail, self.usage.idle()) else {
            return;
        };
        let (palette, pool) = (self.palette, self.pool());
        let (begin, end) = (self.x(from), self.x(self.usage.until));
        let busy = self.usage.busy.iter().filter(|(at, _)| *at >= from);
        let mut steps: Vec<(i32, i32)> = Vec::new();
        for (at, busy) in busy {
            let (x, y) = (self.x(*at), self.upright.y(f64::from(*busy)));
            match steps.last_mut() {
                Some(last) if last.0 == x => last.1 = y,
                _ => steps.push((x, y)),
            }
        }
        let ends = steps.iter().skip(1).map(|step| step.0).chain([end]);
        for ((left, bottom), right) in steps.iter().zip(ends) {
            if *left >= right || *bottom <= pool.top + 1 {
                continue;
            }
            let idle = Area {
                left: *left,
                right,
                top: pool.top,
                bottom: *bottom,
            };
            if idle.width() >= HATCHED {
                let ground = palette.tint(palette.waiting, 0.18);
                canvas.hatch(idle, ground, Hatch::Lines, palette.waiting);
            } else {
                canvas.fill(idle, palette.tint(palette.waiting, 0.5));
            }
        }
        for area in [self.lanes, self.plot] {
            canvas.dashes((begin, area.top), (begin, area.bottom), 1, palette.ink);
        }
        // The heading's line has room for it, at the end where the tail is.
        let label = format!("idle tail {}", words::precise(long));
        let half = (SMALL.width(&label) + 1) / 2;
        let heading = MARGIN + SMALL.width("busy workers") + 12 + half;
        let centre = ((begin + end) / 2).clamp(heading.min(self.limit - half), self.limit - half);
        let at = (centre, self.plot.top - SMALL.line() / 2 - 4);
        canvas.text(at, &label, SMALL, palette.ink, Align::Middle);
    }
}
