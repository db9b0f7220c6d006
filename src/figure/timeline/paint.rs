//! The lanes and the strip below them, as pixels.

use lab::trace::{Activity, Ending, Mark, Nanos};

use super::lanes::{Lanes, Piece, Row, Shares, State};
use crate::figure::area::Area;
use crate::figure::axis::Axis;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::font::Font;
use crate::figure::hatch::Hatch;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL};
use crate::figure::samples::seconds;
use crate::figure::style::{Palette, Style};
use crate::figure::words;

/// More workers than this share lines.
const MOST_LANES: usize = 48;
/// Elements that all lanes together may draw exactly; it bounds the size of the
/// document.
const MOST_PIECES: usize = 2000;
/// Columns that all lanes together may have where they show shares.
const MOST_COLUMNS: usize = 6000;
/// A piece narrower than this on average is not worth drawing exactly.
const NARROW: usize = 3;

/// What workers print.
const PRINT: Font = Font::regular(15);
/// The strip that counts workers.
const STRIP: i32 = 56;

/// How lanes are drawn, as far as it follows from their number.
pub(super) struct Plan {
    /// Lanes, or lines of a band.
    lines: usize,
    band: bool,
    /// Pieces that a lane may have before it shows shares.
    exact: usize,
    finished: bool,
}

impl Plan {
    pub fn of(lanes: &Lanes<'_>, style: &Style, finished: bool) -> Plan {
        let workers = lanes.rows.len();
        let band = workers > MOST_LANES;
        let lines = if band { workers.min(120) } else { workers };
        let width = style.width.clamp(320, 20_000) as usize;
        let exact = (width / NARROW).min(MOST_PIECES / lines.max(1)).max(8);
        Plan {
            lines,
            band,
            exact,
            finished,
        }
    }

    /// Whether lines stand for workers, thin and without names.
    pub fn is_band(&self) -> bool {
        self.band
    }

    fn is_dense(&self, row: &Row<'_>) -> bool {
        row.pieces.len() > self.exact
    }

    /// What a reader has to know to read the lanes.
    pub fn notes(&self, lanes: &Lanes<'_>) -> Vec<String> {
        let mut notes = Vec::new();
        if self.band {
            let each = lanes.rows.len().div_ceil(self.lines);
            let line = if each == 1 {
                "one line each".to_owned()
            } else {
                format!("up to {each} to a line, drawn as what most of them do")
            };
            notes.push(format!(
                "{}: {line}",
                words::count(lanes.rows.len(), "worker")
            ));
            let mut endings: Vec<(String, usize)> = Vec::new();
            for ending in lanes
                .rows
                .iter()
                .filter_map(|row| row.misfortune(self.finished))
            {
                match endings.iter_mut().find(|(known, _)| *known == ending) {
                    Some((_, count)) => *count += 1,
                    None => endings.push((ending, 1)),
                }
            }
            notes.extend(
                endings
                    .iter()
                    .map(|(ending, count)| format!("{} {ending}", words::thousands(*count as i64))),
            );
            let marks: usize = lanes.rows.iter().map(|row| row.marks.len()).sum();
            if marks > 0 {
                notes.push(format!("{} not drawn", words::count(marks, "print")));
            }
        } else if lanes.rows.iter().any(|row| self.is_dense(row)) {
            notes.push("full lanes: columns show shares of time".to_owned());
        }
        notes
    }
}

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
        let below = 12 + SMALL.line() + STRIP + 6 + 2 * SMALL.line();
        let natural = if plan.band {
            (400 / lines).max(3)
        } else {
            (640 / lines).clamp(15, 50)
        };
        let smallest = if plan.band { 2 } else { 13 };
        let pitch = match page.room(style) {
            Some(room) => ((room - prints - below) / lines).clamp(smallest, 160),
            None => natural,
        };
        let name_font = Font::regular(LABEL.size.min((pitch as u32 * 5 / 6).max(11)));

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
            lanes_top,
            lanes_bottom: lanes_top + pitch * lines,
            name_font,
        }
    }

    pub fn height(&self) -> i32 {
        self.strip().bottom + self.axis.height() - self.top
    }

    fn strip(&self) -> Area {
        let top = self.lanes_bottom + 10 + SMALL.line();
        Area {
            left: self.axis.scale.left,
            right: self.axis.scale.right,
            top,
            bottom: top + STRIP,
        }
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
                self.axis.scale.left,
                (self.lanes_top + self.lanes_bottom) / 2,
            );
            canvas.text(at, "no workers", LABEL, self.palette.faint, Align::Left);
        } else if self.plan.band {
            self.draw_band(canvas);
        } else {
            for (i, row) in self.lanes.rows.iter().enumerate() {
                self.draw_lane(canvas, row, &self.names[i], i as i32);
            }
        }
        self.draw_strip(canvas, strip);
        self.draw_guide(canvas, strip);
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

    fn draw_lane(&self, canvas: &mut Canvas<'_>, row: &Row<'_>, name: &str, index: i32) {
        let palette = self.palette;
        let top = self.lanes_top + index * self.pitch;
        // Room for prints above the bar, where any are made and lanes are high.
        let talk = if self.pitch >= 38 && self.lanes.rows.iter().any(|row| !row.marks.is_empty()) {
            PRINT.line()
        } else {
            0
        };
        let gap = (self.pitch / 9).max(2);
        let bar = Area {
            left: self.axis.scale.left,
            right: self.axis.scale.right,
            top: top + talk.max(gap),
            bottom: top + self.pitch - gap,
        };
        let room = self.axis.scale.left - 10 - MARGIN;
        let shown = self.name_font.shorten(name, room);
        let name_at = (self.axis.scale.left - 10, bar.middle());
        canvas.text(name_at, &shown, self.name_font, palette.ink, Align::Right);

        if let Some((start, end)) = row.life {
            let middle = bar.middle();
            let line = Area {
                left: self.x(start),
                right: self.x(end).max(self.x(start) + 1),
                top: middle - 1,
                bottom: middle + 1,
            };
            canvas.fill(line, palette.bare);
        }
        if self.plan.is_dense(row) {
            self.draw_shares(canvas, row, bar);
        } else {
            for piece in &row.pieces {
                self.draw_piece(canvas, piece, bar);
            }
        }
        self.draw_holding(canvas, &row.holding, bar);
        if !row.marks.is_empty() {
            let band = Area {
                top,
                bottom: top + talk,
                ..bar
            };
            self.draw_marks(canvas, &row.marks, band, bar.bottom, talk > 0);
        }
        self.draw_misfortune(canvas, row, bar);
    }

    fn draw_piece(&self, canvas: &mut Canvas<'_>, piece: &Piece<'_>, bar: Area) {
        let palette = self.palette;
        let left = self.x(piece.start);
        let area = Area {
            left,
            right: self.x(piece.end).max(left + 1),
            ..bar
        };
        let label = Font::regular(SMALL.size.min((bar.height() - 6).max(0) as u32));
        let fits = label.size >= 12
            && !piece.label.trim().is_empty()
            && label.width(piece.label) + 16 <= area.width();
        let centre = ((area.left + area.right) / 2, bar.middle());
        let colour = match piece.activity {
            Activity::Working | Activity::Holding => {
                canvas.fill(area, palette.working);
                if fits {
                    canvas.text(
                        centre,
                        piece.label,
                        label,
                        palette.on_working,
                        Align::Middle,
                    );
                }
                return;
            }
            Activity::Waiting => {
                let ground = palette.tint(palette.waiting, 0.18);
                canvas.hatch(area, ground, Hatch::Lines, palette.waiting);
                palette.waiting
            }
            Activity::Blocked => {
                let quarter = bar.height() / 4;
                let thin = Area {
                    top: bar.top + quarter,
                    bottom: bar.bottom - quarter,
                    ..area
                };
                let ground = palette.tint(palette.blocked, 0.18);
                canvas.hatch(thin, ground, Hatch::Crossed, palette.blocked);
                palette.blocked
            }
        };
        if fits {
            let half = (label.width(piece.label) + 1) / 2 + 5;
            let plate = Area {
                left: centre.0 - half,
                right: centre.0 + half,
                top: centre.1 - label.size as i32 / 2 - 2,
                bottom: centre.1 + label.size as i32 / 2 + 3,
            };
            canvas.fill(plate, palette.tint(colour, 0.18));
            canvas.text(centre, piece.label, label, palette.ink, Align::Middle);
        }
    }

    /// A lane with more pieces than pixels: columns filled from below, working
    /// first, by the share of time.
    fn draw_shares(&self, canvas: &mut Canvas<'_>, row: &Row<'_>, bar: Area) {
        let columns =
            (MOST_COLUMNS / self.plan.lines.max(1)).clamp(1, (bar.width() / 2).max(1) as usize);
        let shares = Shares::of(std::slice::from_ref(row), columns, self.axis.scale.to * 1e9);
        self.draw_stack(canvas, &shares, bar, 1.0, 3);
    }

    /// Columns of several states on top of one another, `most` workers high.
    fn draw_stack(
        &self,
        canvas: &mut Canvas<'_>,
        shares: &Shares,
        area: Area,
        most: f64,
        states: usize,
    ) {
        let columns = shares.workers[0].len();
        let edge =
            |i: usize| area.left + (i as i64 * i64::from(area.width()) / columns as i64) as i32;
        let height =
            |workers: f64| area.bottom - (workers / most * f64::from(area.height())).round() as i32;
        let mut floor = vec![0.0; columns];
        for (state, workers) in State::ALL.into_iter().zip(&shares.workers).take(states) {
            let roof: Vec<f64> = floor.iter().zip(workers).map(|(a, b)| a + b).collect();
            let colour = match state {
                State::Working => self.palette.working,
                State::Waiting => self.palette.tint(self.palette.waiting, 0.75),
                State::Blocked => self.palette.tint(self.palette.blocked, 0.8),
                State::Bare => self.palette.tint(self.palette.bare, 0.45),
            };
            // One shape for each run of columns in which there is any.
            let mut i = 0;
            while i < columns {
                if height(roof[i]) == height(floor[i]) {
                    i += 1;
                    continue;
                }
                let begin = i;
                while i < columns && height(roof[i]) != height(floor[i]) {
                    i += 1;
                }
                let mut outline = Vec::new();
                steps(
                    &mut outline,
                    (begin..i).map(|c| (edge(c), edge(c + 1), height(roof[c]))),
                );
                steps(
                    &mut outline,
                    (begin..i)
                        .rev()
                        .map(|c| (edge(c + 1), edge(c), height(floor[c]))),
                );
                canvas.polygon(&outline, colour);
            }
            floor = roof;
        }
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
            let y = band.middle();
            if wide <= after {
                canvas.text((x + 5, y), text, PRINT, ink, Align::Left);
                taken = x + 5 + wide;
            } else if wide <= before {
                canvas.text((x - 5, y), text, PRINT, ink, Align::Right);
                taken = *x;
            } else if after.max(before) >= 70 {
                let short = PRINT.shorten(text, after.max(before));
                if after >= before {
                    taken = x + 5 + PRINT.width(&short);
                    canvas.text((x + 5, y), &short, PRINT, ink, Align::Left);
                } else {
                    taken = *x;
                    canvas.text((x - 5, y), &short, PRINT, ink, Align::Right);
                }
            } else {
                taken = taken.max(*x);
            }
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

    fn draw_band(&self, canvas: &mut Canvas<'_>) {
        let palette = self.palette;
        let left = self.axis.scale.left;
        let lines = self.plan.lines;
        let columns =
            (MOST_COLUMNS / lines.max(1)).clamp(1, (self.axis.scale.right - left).max(1) as usize);
        let label = words::count(self.lanes.rows.len(), "worker");
        let label = LABEL.shorten(&label, left - 10 - MARGIN);
        let middle = (self.lanes_top + self.lanes_bottom) / 2;
        canvas.text(
            (left - 10, middle),
            &label,
            LABEL,
            palette.ink,
            Align::Right,
        );
        let thick = if self.pitch > 3 {
            self.pitch - 1
        } else {
            self.pitch
        };
        for line in 0..lines {
            let workers = self.lanes.rows.len();
            let rows = &self.lanes.rows[line * workers / lines..(line + 1) * workers / lines];
            let shares = Shares::of(rows, columns, self.axis.scale.to * 1e9);
            let totals = shares.totals();
            let top = self.lanes_top + line as i32 * self.pitch;
            let state = |column: usize| {
                // Less than half of a worker is nobody.
                let most = (0..4).max_by(|&a, &b| {
                    shares.workers[a][column]
                        .total_cmp(&shares.workers[b][column])
                        .then(b.cmp(&a))
                })?;
                (totals[column] * 2.0 >= 1.0).then_some(State::ALL[most])
            };
            let edge = |i: usize| {
                left + (i as i64 * i64::from(self.axis.scale.right - left) / columns as i64) as i32
            };
            let mut column = 0;
            while column < columns {
                let Some(now) = state(column) else {
                    column += 1;
                    continue;
                };
                let begin = column;
                while column < columns && state(column) == Some(now) {
                    column += 1;
                }
                let colour = match now {
                    State::Working => palette.working,
                    State::Waiting => palette.waiting,
                    State::Blocked => palette.blocked,
                    State::Bare => palette.tint(palette.bare, 0.6),
                };
                let area = Area {
                    left: edge(begin),
                    right: edge(column),
                    top,
                    bottom: top + thick,
                };
                canvas.fill(area, colour);
            }
        }
    }

    fn draw_strip(&self, canvas: &mut Canvas<'_>, strip: Area) {
        let palette = self.palette;
        let heading = (strip.left, strip.top - SMALL.line() / 2 - 2);
        canvas.text(heading, "active workers", SMALL, palette.ink, Align::Left);
        let columns = strip.width().clamp(1, 2000) as usize;
        let shares = Shares::of(&self.lanes.rows, columns, self.axis.scale.to * 1e9);
        let totals = shares.totals();
        let most = totals.iter().copied().fold(0.0, f64::max).round().max(1.0);
        self.draw_stack(
            canvas,
            &shares,
            Area {
                top: strip.top + 4,
                ..strip
            },
            most,
            4,
        );
        // The number itself, as a line over the stack.
        let edge =
            |i: usize| strip.left + (i as i64 * i64::from(strip.width()) / columns as i64) as i32;
        let height = |workers: f64| {
            strip.bottom - (workers / most * f64::from(strip.height() - 4)).round() as i32
        };
        let mut outline = Vec::new();
        steps(
            &mut outline,
            (0..columns).map(|c| (edge(c), edge(c + 1), height(totals[c]))),
        );
        canvas.line(&outline, 2, palette.ink);
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

/// The corners of a line of steps; each step goes from one x to another at a
/// height. Steps of the same height are one.
fn steps(outline: &mut Vec<(i32, i32)>, columns: impl Iterator<Item = (i32, i32, i32)>) {
    let begin = outline.len();
    for (from, to, y) in columns {
        let continues = outline.len() >= begin + 2;
        match outline.last_mut() {
            Some(last) if continues && last.1 == y => last.0 = to,
            _ => {
                outline.push((from, y));
                outline.push((to, y));
            }
        }
    }
}
