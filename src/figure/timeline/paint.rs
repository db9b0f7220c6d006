//! The lanes and the strip below them, as pixels.

use lab::trace::{Activity, Edge, Ending, Mark, Nanos};
use plotters::style::RGBColor;

use super::lanes::{Lanes, Piece, Row, Shares, State};
use super::plan::Plan;
use super::stack::{Stack, edge, runs};
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::font::Font;
use crate::figure::hatch::Hatch;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL};
use crate::figure::samples::seconds;
use crate::figure::style::{Palette, Style};
use crate::figure::words;

/// How strong a colour is under its own hatch.
const GROUND: f64 = 0.18;
/// What workers print.
const PRINT: Font = Font::regular(16);
/// Prints are not shortened to less than this.
const LEAST_PRINT: i32 = 70;
/// The strip that counts workers.
const STRIP: i32 = 56;

/// Lanes and strip at their places.
pub(super) struct Drawing<'a> {
    lanes: &'a Lanes<'a>,
    names: &'a [String],
    plan: Plan,
    palette: &'a Palette,
    guide: Option<f64>,
    axis: Axis,
    /// The page's width less its margin: no text goes past it.
    limit: i32,
    /// Right of the lanes, where misfortunes are told.
    beside: i32,
    top: i32,
    /// From one lane to the next.
    pitch: i32,
    strip: i32,
    lanes_top: i32,
    lanes_bottom: i32,
    name_font: Font,
}

impl<'a> Drawing<'a> {
    pub fn new(
        lanes: &'a Lanes<'a>,
        names: &'a [String],
        plan: Plan,
        page: &Page,
        style: &Style,
        palette: &'a Palette,
        guide: Option<f64>,
    ) -> Drawing<'a> {
        let lines = plan.lines.max(1) as i32;
        // What is not lanes: the run's own prints, the strip, the axis.
        let prints = if lanes.marks.is_empty() {
            0
        } else {
            PRINT.line() + 4
        };
        let below = 10 + SMALL.line() + STRIP + Axis::height(SMALL);
        let natural = if plan.band {
            (400 / lines).max(3)
        } else {
            (640 / lines).clamp(15, 50)
        };
        let smallest = if plan.band { 2 } else { 13 };
        let pitch = match page.room(style) {
            Some(room) => ((room - prints - below) / lines).clamp(smallest, 2000),
            None => natural,
        };
        // What does not divide among the lanes goes to the strip.
        let rest = page
            .room(style)
            .map_or(0, |room| room - prints - below - pitch * lines);
        let name_font = Font::at_most(pitch * 5 / 6);

        let limit = page.width - MARGIN;
        let widest = |font: Font, texts: &mut dyn Iterator<Item = String>| {
            texts.map(|text| font.width(&text)).max().unwrap_or(0)
        };
        let most = page.width * 3 / 10;
        let labels = if plan.band {
            LABEL.width(&words::count(lanes.rows.len(), "worker"))
        } else {
            widest(name_font, &mut names.iter().cloned())
        };
        let left = MARGIN + labels.max(SMALL.width("00")).min(most) + 10;
        let misfortunes = if plan.band {
            0
        } else {
            widest(
                name_font,
                &mut lanes
                    .rows
                    .iter()
                    .filter_map(|row| row.misfortune(plan.finished)),
            )
        };
        let right = if misfortunes > 0 {
            limit - misfortunes - 10
        } else {
            limit - 6
        };
        let right = right.max(left + 40);
        let until = seconds(lanes.horizon).max(guide.unwrap_or(0.0));
        // A little more than the last moment, so that lines there are seen.
        let axis = Axis::time(until * 1.015, left, right, "elapsed time", SMALL);
        let lanes_top = page.head + prints;
        Drawing {
            lanes,
            names,
            plan,
            palette,
            guide,
            axis,
            limit,
            beside: right + 10,
            top: page.head,
            pitch,
            strip: STRIP + rest.max(0),
            lanes_top,
            lanes_bottom: lanes_top + pitch * lines,
            name_font,
        }
    }

    pub fn height(&self) -> i32 {
        self.strip().bottom + Axis::height(SMALL) - self.top
    }

    fn strip(&self) -> Area {
        let top = self.lanes_bottom + 10 + SMALL.line();
        Area {
            left: self.axis.scale.left,
            right: self.axis.scale.right,
            top,
            bottom: top + self.strip,
        }
    }

    /// The axis' end in nanoseconds.
    fn until(&self) -> f64 {
        self.axis.scale.to * 1e9
    }

    fn x(&self, at: Nanos) -> i32 {
        self.axis.scale.x(seconds(at))
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let strip = self.strip();
        self.axis
            .grid(canvas, self.palette, self.lanes_top, self.lanes_bottom);
        self.axis
            .grid(canvas, self.palette, strip.top, strip.bottom);
        if self.lanes.rows.is_empty() {
            let at = (
                self.axis.scale.left + 12,
                (self.lanes_top + self.lanes_bottom) / 2,
            );
            canvas.text(at, "no workers", LABEL, self.palette.faint, Align::Left);
        } else if self.plan.band {
            self.draw_band(canvas);
        } else {
            for (i, row) in self.lanes.rows.iter().enumerate() {
                self.draw_bars(canvas, row, self.bar(i));
            }
        }
        self.draw_strip(canvas, strip);
        // Over the bars, or it would not be seen; under the texts, or they could
        // not be read.
        self.draw_guide(canvas, strip);
        if self.plan.arrows {
            for edge in &self.lanes.edges {
                self.draw_edge(canvas, edge);
            }
        }
        if !self.plan.band {
            for (i, row) in self.lanes.rows.iter().enumerate() {
                self.draw_texts(canvas, row, &self.names[i], self.bar(i));
            }
        }
        if !self.lanes.marks.is_empty() {
            let band = Area {
                left: self.axis.scale.left,
                right: self.axis.scale.right,
                top: self.top,
                bottom: self.lanes_top - 4,
            };
            self.draw_marks(canvas, &self.lanes.marks, band, self.lanes_top, true);
        }
        let y = strip.bottom;
        self.axis.draw(canvas, self.palette, y, self.limit);
    }

    /// From the lane of who let go to the lane of who went on.
    fn draw_edge(&self, canvas: &mut Canvas<'_>, edge: &Edge) {
        let (from, to) = (self.bar(edge.from as usize), self.bar(edge.to as usize));
        // Borders that face each other.
        let (begin, end) = if from.top < to.top {
            (from.bottom - 2, to.top + 2)
        } else {
            (from.top + 2, to.bottom - 2)
        };
        let (begin, end) = ((self.x(edge.at), begin), (self.x(edge.then), end));
        let shaft = canvas.arrowhead(begin, end, 11, self.palette.paper);
        canvas.line(&[begin, shaft], 3, self.palette.paper);
        canvas.arrow(begin, end, 1, self.palette.ink);
    }

    fn draw_guide(&self, canvas: &mut Canvas<'_>, strip: Area) {
        let Some(guide) = self.guide else { return };
        let x = self.axis.scale.x(guide);
        canvas.dashes(
            (x, self.lanes_top),
            (x, self.lanes_bottom),
            2,
            self.palette.guide,
        );
        canvas.dashes((x, strip.top), (x, strip.bottom), 2, self.palette.guide);
    }

    /// Room for prints above each bar, where any are made and lanes are high.
    fn talk(&self) -> i32 {
        let prints = self.lanes.rows.iter().any(|row| !row.marks.is_empty());
        if self.pitch >= 38 && prints {
            PRINT.line()
        } else {
            0
        }
    }

    /// Where a lane's bar goes.
    fn bar(&self, index: usize) -> Area {
        let top = self.lanes_top + index as i32 * self.pitch;
        let gap = (self.pitch / 9).clamp(2, 8);
        Area {
            left: self.axis.scale.left,
            right: self.axis.scale.right,
            top: top + self.talk().max(gap),
            bottom: top + self.pitch - gap,
        }
    }

    fn draw_bars(&self, canvas: &mut Canvas<'_>, row: &Row<'_>, bar: Area) {
        if let Some((start, end)) = row.life {
            let middle = bar.middle();
            let line = Area {
                left: self.x(start),
                right: self.x(end).max(self.x(start) + 1),
                top: middle - 1,
                bottom: middle + 1,
            };
            canvas.fill(line, self.palette.bare);
        }
        if self.plan.is_dense(row) {
            self.draw_shares(canvas, row, bar);
        } else {
            for piece in &row.pieces {
                self.draw_piece(canvas, piece, bar);
            }
        }
        self.draw_holding(canvas, &row.holding, bar);
    }

    fn draw_texts(&self, canvas: &mut Canvas<'_>, row: &Row<'_>, name: &str, bar: Area) {
        let room = self.axis.scale.left - 10 - MARGIN;
        let shown = self.name_font.shorten(name, room);
        let name_at = (self.axis.scale.left - 10, bar.middle());
        canvas.text(
            name_at,
            &shown,
            self.name_font,
            self.palette.ink,
            Align::Right,
        );
        if !self.plan.is_dense(row) {
            for piece in &row.pieces {
                self.draw_label(canvas, piece, bar);
            }
        }
        if !row.marks.is_empty() {
            let band = Area {
                top: bar.top - self.talk(),
                bottom: bar.top,
                ..bar
            };
            self.draw_marks(canvas, &row.marks, band, bar.bottom, self.talk() > 0);
        }
        self.draw_misfortune(canvas, row, bar);
    }

    fn span(&self, piece: &Piece<'_>, bar: Area) -> Area {
        let left = self.x(piece.start);
        Area {
            left,
            right: self.x(piece.end).max(left + 1),
            ..bar
        }
    }

    fn draw_piece(&self, canvas: &mut Canvas<'_>, piece: &Piece<'_>, bar: Area) {
        let palette = self.palette;
        let area = self.span(piece, bar);
        match piece.activity {
            Activity::Working | Activity::Holding => {
                // A gap tells pieces of work beside one another apart.
                let gap = i32::from(area.width() > 4);
                canvas.fill(
                    Area {
                        right: area.right - gap,
                        ..area
                    },
                    palette.working,
                );
            }
            Activity::Waiting => {
                let ground = palette.tint(palette.waiting, GROUND);
                canvas.hatch(area, ground, Hatch::Lines, palette.waiting);
            }
            Activity::Blocked => {
                let quarter = bar.height() / 4;
                let thin = Area {
                    top: bar.top + quarter,
                    bottom: bar.bottom - quarter,
                    ..area
                };
                let ground = palette.tint(palette.blocked, GROUND);
                canvas.hatch(thin, ground, Hatch::Crossed, palette.blocked);
            }
        }
    }

    /// The name of a lock or of a wait, on a plate that hides the hatch; nothing
    /// where it does not fit.
    fn draw_label(&self, canvas: &mut Canvas<'_>, piece: &Piece<'_>, bar: Area) {
        let palette = self.palette;
        let area = self.span(piece, bar);
        let font = Font::at_most((bar.height() - 6).min(SMALL.size as i32));
        let fits = bar.height() >= 18 && font.width(piece.label) + 16 <= area.width();
        if !fits || piece.label.trim().is_empty() {
            return;
        }
        let (plate, ink) = match piece.activity {
            Activity::Working | Activity::Holding => (palette.working, palette.on_working),
            Activity::Waiting => (palette.tint(palette.waiting, GROUND), palette.ink),
            Activity::Blocked => (palette.tint(palette.blocked, GROUND), palette.ink),
        };
        let centre = ((area.left + area.right) / 2, bar.middle());
        self.draw_plate(
            canvas,
            centre.0,
            centre.1,
            font.width(piece.label) + 10,
            font,
            plate,
        );
        canvas.text(centre, piece.label, font, ink, Align::Middle);
    }

    /// A ground for text, around its middle.
    fn draw_plate(
        &self,
        canvas: &mut Canvas<'_>,
        x: i32,
        y: i32,
        width: i32,
        font: Font,
        colour: RGBColor,
    ) {
        let half = font.size as i32 / 2;
        let left = x - width / 2;
        canvas.fill(
            Area {
                left,
                right: left + width,
                top: y - half - 2,
                bottom: y + half + 2,
            },
            colour,
        );
    }

    /// A lane with more pieces than pixels: columns filled from below, working
    /// first, by the share of time.
    fn draw_shares(&self, canvas: &mut Canvas<'_>, row: &Row<'_>, bar: Area) {
        let columns = self.plan.columns(bar.width() / 2);
        let shares = Shares::of(std::slice::from_ref(row), columns, self.until());
        let stack = Stack {
            shares: &shares,
            area: bar,
            most: 1.0,
        };
        stack.fill(
            canvas,
            self.palette,
            &[State::Working, State::Waiting, State::Blocked],
        );
    }

    fn draw_holding(&self, canvas: &mut Canvas<'_>, holding: &[Piece<'_>], bar: Area) {
        let least = (bar.width() / self.plan.exact.max(1) as i32).max(1);
        let mut run: Option<(i32, i32)> = None;
        let mut outline = |(left, right): (i32, i32)| {
            let area = Area {
                left,
                right: right.max(left + 2),
                ..bar
            };
            canvas.outline(area.grown(1), 2, self.palette.holding);
        };
        let merge = holding.len() > self.plan.exact;
        for piece in holding {
            let (left, right) = (self.x(piece.start), self.x(piece.end));
            match run {
                Some((from, to)) if merge && left - to <= least => {
                    run = Some((from, to.max(right)))
                }
                _ => {
                    if let Some(done) = run.replace((left, right)) {
                        outline(done);
                    }
                }
            }
        }
        if let Some(done) = run {
            outline(done);
        }
    }

    /// Ticks down to `foot`, and beside them in `band` the texts that fit.
    fn draw_marks(
        &self,
        canvas: &mut Canvas<'_>,
        marks: &[&Mark],
        band: Area,
        foot: i32,
        texts: bool,
    ) {
        let least = if marks.len() > self.plan.exact {
            (band.width() / self.plan.exact.max(1) as i32).max(1)
        } else {
            1
        };
        // Marks at the same pixel are one tick, and their texts one text.
        let mut ticks: Vec<(i32, String)> = Vec::new();
        for mark in marks {
            let x = self.x(mark.at);
            let said = mark.text.trim();
            match ticks.last_mut() {
                Some((last, text)) if x - *last < least => {
                    // What is much too long anyway need not grow.
                    if text.len() < 400 {
                        text.push_str(" / ");
                        text.push_str(said);
                    }
                }
                _ => ticks.push((x, said.to_owned())),
            }
        }
        let tick_top = if texts { band.top + 3 } else { band.top + 1 };
        let mut taken = band.left - 4;
        let ink = self.palette.ink;
        for (i, (x, text)) in ticks.iter().enumerate() {
            canvas.fill(
                Area {
                    left: x - 1,
                    right: x + 1,
                    top: tick_top,
                    bottom: foot,
                },
                ink,
            );
            if !texts {
                continue;
            }
            let next = ticks.get(i + 1).map_or(band.right + 6, |(next, _)| *next);
            let (after, before) = (next - 8 - (x + 5), x - 5 - (taken + 8));
            let wide = PRINT.width(text);
            let (room, right) = match (wide <= after, wide <= before) {
                (true, _) => (after, true),
                (false, true) => (before, false),
                (false, false) => (after.max(before), after >= before),
            };
            if wide > room && room < LEAST_PRINT {
                taken = taken.max(*x);
                continue;
            }
            let shown = PRINT.shorten(text, room);
            let wide = PRINT.width(&shown);
            let left = if right { x + 5 } else { x - 5 - wide };
            let y = band.middle();
            self.draw_plate(canvas, left + wide / 2, y, wide, PRINT, self.palette.paper);
            canvas.text((left, y), &shown, PRINT, ink, Align::Left);
            taken = if right { left + wide } else { *x };
        }
    }

    fn draw_misfortune(&self, canvas: &mut Canvas<'_>, row: &Row<'_>, bar: Area) {
        let Some(said) = row.misfortune(self.plan.finished) else {
            return;
        };
        let ink = self.palette.ink;
        let y = bar.middle();
        if let (Some((_, end)), false) = (row.life, row.lane.ending == Ending::Running) {
            // A cross where it happened, readable on any ground.
            let x = self.x(end);
            let arm = (bar.height() / 2 - 1).clamp(3, 8);
            let strokes = [
                [(x - arm, y - arm), (x + arm, y + arm)],
                [(x - arm, y + arm), (x + arm, y - arm)],
            ];
            for stroke in strokes {
                canvas.line(&stroke, 6, self.palette.paper);
            }
            for stroke in strokes {
                canvas.line(&stroke, 3, ink);
            }
        }
        let said = self.name_font.shorten(&said, self.limit - self.beside);
        canvas.text((self.beside, y), &said, self.name_font, ink, Align::Left);
    }

    /// Where the lanes are, as lines without names.
    fn draw_band(&self, canvas: &mut Canvas<'_>) {
        let area = Area {
            left: self.axis.scale.left,
            right: self.axis.scale.right,
            top: self.lanes_top,
            bottom: self.lanes_bottom,
        };
        let label = words::count(self.lanes.rows.len(), "worker");
        let label = LABEL.shorten(&label, area.left - 10 - MARGIN);
        let at = (area.left - 10, area.middle());
        canvas.text(at, &label, LABEL, self.palette.ink, Align::Right);
        let columns = self.plan.columns(area.width());
        for line in 0..self.plan.lines {
            let workers = self.lanes.rows.len();
            let rows = line * workers / self.plan.lines..(line + 1) * workers / self.plan.lines;
            let shares = Shares::of(&self.lanes.rows[rows], columns, self.until());
            self.draw_line(canvas, &shares, area, line);
        }
    }

    /// What most of a line's workers do, column by column.
    fn draw_line(&self, canvas: &mut Canvas<'_>, shares: &Shares, area: Area, line: usize) {
        let palette = self.palette;
        let columns = shares.workers[0].len();
        let top = area.top + line as i32 * self.pitch;
        // Lines that are thick enough are kept apart.
        let bottom = top
            + if self.pitch > 3 {
                self.pitch - 1
            } else {
                self.pitch
            };
        for run in runs(columns, |a, b| shares.most(a) == shares.most(b)) {
            let colour = match shares.most(run.start) {
                None => continue,
                Some(State::Working) => palette.working,
                Some(State::Waiting) => palette.waiting,
                Some(State::Blocked) => palette.blocked,
                Some(State::Bare) => palette.tint(palette.bare, 0.6),
            };
            let (left, right) = (edge(area, columns, run.start), edge(area, columns, run.end));
            canvas.fill(
                Area {
                    left,
                    right,
                    top,
                    bottom,
                },
                colour,
            );
        }
    }

    fn draw_strip(&self, canvas: &mut Canvas<'_>, strip: Area) {
        let palette = self.palette;
        let heading = (strip.left, strip.top - SMALL.line() / 2 - 2);
        let said = if self.plan.several {
            "active workers of all runs"
        } else {
            "active workers"
        };
        canvas.text(heading, said, SMALL, palette.ink, Align::Left);
        let columns = strip.width().clamp(1, 2000) as usize;
        let mut shares = Shares::of(&self.lanes.rows, columns, self.until());
        if !self.plan.band && !self.lanes.rows.iter().any(|row| self.plan.is_dense(row)) {
            // Fractions are columns in which something changes; where that is
            // seldom, whole numbers are the truth.
            shares.round();
        }
        let most = shares
            .totals()
            .into_iter()
            .fold(0.0, f64::max)
            .round()
            .max(1.0);
        let area = Area {
            top: strip.top + 4,
            ..strip
        };
        let stack = Stack {
            shares: &shares,
            area,
            most,
        };
        stack.fill(canvas, palette, &State::ALL);
        stack.outline(canvas, palette.ink);
        let label = words::thousands(most as i64);
        canvas.text(
            (strip.left - 10, strip.top + 4),
            &label,
            SMALL,
            palette.ink,
            Align::Right,
        );
        canvas.text(
            (strip.left - 10, strip.bottom),
            "0",
            SMALL,
            palette.ink,
            Align::Right,
        );
        canvas.fill(
            Area {
                right: strip.left + 1,
                ..strip
            },
            palette.ink,
        );
    }
}
