//! The columns and rows of a ladder, as pixels.

use lab::trace::Action;
use plotters::style::RGBColor;

use super::steps::{Role, Row, Steps};
use super::tell;
use crate::figure::area::Area;
use crate::figure::canvas::{Align, Canvas};
use crate::figure::font::Font;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL, dashed_box, wrap};
use crate::figure::style::{Palette, Style};
use crate::figure::words;

/// The names of the columns.
const HEAD: Font = Font::bold(16);
/// A column narrower than this tells nothing.
const NARROWEST: i32 = 44;
/// A column wider than this tears the picture apart.
const WIDEST: i32 = 250;
/// Half of the width of memory, where there is room.
const BAND: i32 = 80;
/// A box is at least this wide.
const BOX: i32 = 40;
/// Left and right of a text in its box.
const PADDING: i32 = 7;
/// Between lines that join lost writes to those that erased them.
const JOIN: i32 = 6;
/// So many of them have a place of their own.
const JOINS: usize = 3;

/// One column.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Column {
    Worker(u32),
    /// All workers for whom there is no column.
    Others,
    Memory,
}

pub(super) struct Drawing<'a> {
    steps: &'a Steps<'a>,
    palette: &'a Palette,
    columns: Vec<Column>,
    heads: Vec<Vec<String>>,
    top: i32,
    /// Where the columns begin.
    left: i32,
    wide: i32,
    limit: i32,
    head: i32,
    pitch: i32,
}

impl<'a> Drawing<'a> {
    pub fn new(
        steps: &'a Steps<'a>,
        page: &Page,
        style: &Style,
        palette: &'a Palette,
    ) -> Drawing<'a> {
        let limit = page.width - MARGIN;
        let numbers = SMALL
            .width(&words::thousands(steps.ops.len() as i64))
            .max(20);
        let left = MARGIN + numbers + 10;
        let columns = columns(steps, ((limit - left) / NARROWEST).max(2) as usize);
        let wide = ((limit - left) / columns.len().max(1) as i32).min(WIDEST);
        let heads: Vec<Vec<String>> = columns
            .iter()
            .map(|column| head(steps, *column, columns.len(), wide - 6))
            .collect();
        let lines = heads.iter().map(Vec::len).max().unwrap_or(0) as i32;
        let head = lines * HEAD.line() + 8;
        let rows = steps.rows.len().max(1) as i32;
        let pitch = match page.room(style) {
            Some(room) => ((room - head - 8) / rows).clamp(24, 60),
            None => (1000 / rows).clamp(25, 36),
        };
        Drawing {
            steps,
            palette,
            columns,
            heads,
            top: page.head,
            left,
            wide,
            limit,
            head,
            pitch,
        }
    }

    pub fn height(&self) -> i32 {
        self.head + self.pitch * self.steps.rows.len().max(1) as i32 + 8
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        if self.steps.ops.is_empty() {
            let at = (MARGIN, self.top + self.head + self.pitch / 2);
            let said = "no steps recorded";
            return canvas.text(at, said, LABEL, self.palette.faint, Align::Left);
        }
        self.draw_heads(canvas);
        self.draw_lines(canvas);
        for (row, what) in self.steps.rows.iter().enumerate() {
            match what {
                Row::Start => self.draw_start(canvas, row),
                Row::Gap(many) => self.draw_gap(canvas, row, *many),
                Row::Step(step) => self.draw_step(canvas, row, *step),
            }
        }
        self.draw_joins(canvas);
    }

    /// The middle of a row.
    fn y(&self, row: usize) -> i32 {
        self.top + self.head + self.pitch * row as i32 + self.pitch / 2
    }

    /// The middle of a column.
    fn x(&self, column: usize) -> i32 {
        self.left + self.wide * column as i32 + self.wide / 2
    }

    fn memory(&self) -> Option<usize> {
        self.columns.iter().position(|c| *c == Column::Memory)
    }

    fn column(&self, worker: u32) -> usize {
        let own = self
            .columns
            .iter()
            .position(|c| *c == Column::Worker(worker));
        let others = || self.columns.iter().position(|c| *c == Column::Others);
        own.or_else(others).unwrap_or(0)
    }

    fn bottom(&self) -> i32 {
        self.top + self.head + self.pitch * self.steps.rows.len() as i32
    }

    fn draw_heads(&self, canvas: &mut Canvas<'_>) {
        for (column, lines) in self.heads.iter().enumerate() {
            for (i, line) in lines.iter().enumerate() {
                let y = self.top + HEAD.line() * i as i32 + HEAD.line() / 2;
                let at = (self.x(column), y);
                canvas.text(at, line, HEAD, self.palette.ink, Align::Middle);
            }
        }
    }

    /// The columns, from top to bottom.
    fn draw_lines(&self, canvas: &mut Canvas<'_>) {
        let (top, bottom) = (self.top + self.head, self.bottom());
        for (column, what) in self.columns.iter().enumerate() {
            let x = self.x(column);
            let (half, colour) = if *what == Column::Memory {
                (self.band(), self.palette.tint(self.palette.ink, 0.07))
            } else {
                (1, self.palette.grid)
            };
            let area = Area {
                left: x - half,
                right: x + half,
                top,
                bottom,
            };
            canvas.fill(area, colour);
        }
    }

    /// Half of the width of memory.
    fn band(&self) -> i32 {
        (self.wide / 2 - 2).min(BAND)
    }

    fn draw_start(&self, canvas: &mut Canvas<'_>, row: usize) {
        let held = self.steps.initial.iter();
        let held: Vec<String> = held
            .map(|(cell, value)| self.steps.held(cell, value))
            .collect();
        let held = SMALL.shorten(&held.join(", "), self.memory_room());
        self.draw_memory(canvas, row, &held, false);
    }

    fn draw_gap(&self, canvas: &mut Canvas<'_>, row: usize, many: usize) {
        let y = self.y(row);
        let half = self.pitch / 2;
        let area = Area {
            left: MARGIN,
            right: self.limit,
            top: y - half + 2,
            bottom: y + half - 2,
        };
        canvas.fill(area, self.palette.paper);
        let said = SMALL.shorten(&tell::left_out(many), self.limit - self.left);
        canvas.text(
            (self.left, y),
            &said,
            SMALL,
            self.palette.faint,
            Align::Left,
        );
    }

    fn draw_step(&self, canvas: &mut Canvas<'_>, row: usize, step: usize) {
        let (palette, y) = (self.palette, self.y(row));
        let number = words::thousands(step as i64 + 1);
        let at = (self.left - 10, y);
        canvas.text(at, &number, SMALL, palette.faint, Align::Right);
        let column = self.column(self.steps.ops[step].worker);
        let said = self.fitting(step, column);
        let area = self.boxed(self.x(column), y, &said);
        let action = &self.steps.ops[step].action;
        let memory = self.held(step);
        if let Some(middle) = self.memory() {
            let near = self.memory_edge(middle, column, memory.as_deref(), y);
            let worker = if column < middle {
                area.right
            } else {
                area.left
            };
            match action {
                Action::Load(_) => canvas.arrow((near, y), (worker, y), 1, palette.ink),
                Action::Store(_) | Action::Update(_) => {
                    canvas.arrow((worker, y), (near, y), 2, palette.working);
                }
                _ => {}
            }
        }
        if let Some(memory) = memory {
            self.draw_memory(canvas, row, &memory, self.steps.eraser(step).is_some());
        }
        self.draw_box(canvas, step, area, &said);
    }

    fn draw_box(&self, canvas: &mut Canvas<'_>, step: usize, area: Area, said: &str) {
        let palette = self.palette;
        let lost = self.steps.eraser(step).is_some();
        let role = self.steps.role(step);
        let (ground, ink, rim) = match &self.steps.ops[step].action {
            Action::Load(_) => (palette.paper, palette.ink, palette.ink),
            Action::Store(_) | Action::Update(_) if lost => {
                (palette.paper, palette.ink, palette.blocked)
            }
            Action::Store(_) | Action::Update(_) => {
                (palette.working, palette.on_working, palette.working)
            }
            Action::Wait => (self.ground(palette.blocked), palette.ink, palette.blocked),
            Action::Acquire | Action::Release => {
                (self.ground(palette.holding), palette.ink, palette.holding)
            }
            Action::Signal | Action::Put(_) | Action::Get(_) => {
                (self.ground(palette.guide), palette.ink, palette.guide)
            }
            Action::Does(_) => (palette.paper, palette.faint, palette.faint),
        };
        canvas.fill(area, ground);
        match role {
            Role::Stale => dashed_box(canvas, area, palette.waiting),
            Role::Plain | Role::Erasing => canvas.outline(area, 1, rim),
        }
        if role == Role::Erasing {
            canvas.outline(area.grown(2), 2, palette.blocked);
        }
        if lost {
            canvas.cross(area, palette.paper, palette.blocked);
        }
        // Over the cross, so that it can still be read.
        let at = ((area.left + area.right) / 2, area.middle());
        canvas.text(at, said, SMALL, ink, Align::Middle);
    }

    fn ground(&self, colour: RGBColor) -> RGBColor {
        self.palette.tint(colour, 0.18)
    }

    /// A value in memory's column, crossed out if it was lost.
    fn draw_memory(&self, canvas: &mut Canvas<'_>, row: usize, value: &str, lost: bool) {
        let palette = self.palette;
        let x = self.memory().map_or(self.left, |column| self.x(column));
        let area = self.boxed(x, self.y(row), value);
        canvas.fill(area, palette.paper);
        if lost {
            canvas.outline(area, 2, palette.blocked);
            canvas.cross(area, palette.paper, palette.blocked);
        } else {
            canvas.outline(area, 2, palette.working);
        }
        canvas.text((x, area.middle()), value, SMALL, palette.ink, Align::Middle);
    }

    /// What memory shows after a step that changed it; where its column is
    /// narrow, without the cell's name.
    fn held(&self, step: usize) -> Option<String> {
        let (full, room) = (self.steps.memory(step)?, self.memory_room());
        if SMALL.width(&full) <= room {
            return Some(full);
        }
        let brief = self.steps.forms(step).pop().unwrap_or(full);
        Some(SMALL.shorten(&brief, room))
    }

    /// Room for a value in memory's column, beside the lines that join.
    fn memory_room(&self) -> i32 {
        (2 * self.band() - 2 * (PADDING + JOIN * 3)).max(NARROWEST / 2)
    }

    /// Where an arrow between memory and `column` meets memory.
    fn memory_edge(&self, middle: usize, column: usize, value: Option<&str>, y: i32) -> i32 {
        let x = self.x(middle);
        let half = match value {
            Some(value) => self.boxed(x, y, value).width() / 2,
            None => self.band(),
        };
        if column < middle { x - half } else { x + half }
    }

    /// The longest form of what a step does that its column has room for.
    fn fitting(&self, step: usize, column: usize) -> String {
        let room = self.wide - 2 * PADDING - 8;
        let mut forms = self.steps.forms(step);
        if self.columns.get(column) == Some(&Column::Others) {
            let name = self.steps.name(self.steps.ops[step].worker);
            forms = vec![format!("{name} {}", forms[0]), name];
        } else if self.steps.role(step) == Role::Stale {
            forms.insert(0, format!("{}, becomes old", forms[0]));
        }
        let fits = |form: &&String| SMALL.width(form) <= room;
        match forms.iter().find(fits) {
            Some(form) => form.clone(),
            None => SMALL.shorten(forms.last().map_or("", String::as_str), room),
        }
    }

    /// The box around a text in the middle of `x` and `y`.
    fn boxed(&self, x: i32, y: i32, text: &str) -> Area {
        let half = (SMALL.width(text) / 2 + PADDING).max(BOX.min(self.wide - 8) / 2);
        let high = (self.pitch / 2 - 2).min(12);
        Area {
            left: x - half,
            right: x + half,
            top: y - high,
            bottom: y + high,
        }
    }

    /// From each lost write to the write that erased it, along memory.
    fn draw_joins(&self, canvas: &mut Canvas<'_>) {
        let Some(memory) = self.memory() else { return };
        let row = |step: usize| self.steps.rows.iter().position(|r| *r == Row::Step(step));
        let colour = self.palette.blocked;
        let right = self.x(memory) + self.band() - 3;
        let edge = |step: usize, y: i32| {
            let value = self.held(step);
            self.memory_edge(memory, memory + 1, value.as_deref(), y)
        };
        for (i, lost) in self.steps.lost.iter().enumerate() {
            let (Some(erased), Some(by)) = (row(lost.erased), row(lost.by)) else {
                continue;
            };
            let x = right - JOIN * (i % JOINS) as i32;
            // A little off the middle, where the arrows of the steps run.
            let (from, to) = (self.y(erased) + 5, self.y(by) - 5);
            let begin = edge(lost.erased, from).min(x);
            canvas.line(&[(begin, from), (x, from), (x, to)], 2, colour);
            canvas.arrow((x, to), (edge(lost.by, to).min(x - 2), to), 2, colour);
        }
    }
}

/// Memory in the middle of the workers; where there are more of them than
/// columns, those of the failure and the first have one.
fn columns(steps: &Steps<'_>, most: usize) -> Vec<Column> {
    let memory = usize::from(!steps.cells.is_empty());
    let room = (most - memory).max(1);
    let mut own = steps.workers.clone();
    let mut others = false;
    if own.len() > room {
        let involved = steps.lost.first().map_or(vec![], |lost| {
            vec![steps.ops[lost.read].worker, steps.ops[lost.erased].worker]
        });
        own.sort_by_key(|worker| (!involved.contains(worker), *worker));
        own.truncate(room.saturating_sub(1).max(1));
        own.sort_unstable();
        others = true;
    }
    let mut columns: Vec<Column> = own.into_iter().map(Column::Worker).collect();
    if others {
        columns.push(Column::Others);
    }
    if memory == 1 {
        columns.insert(columns.len().div_ceil(2), Column::Memory);
    }
    columns
}

/// A column's name in at most two lines.
fn head(steps: &Steps<'_>, column: Column, columns: usize, room: i32) -> Vec<String> {
    let name = match column {
        Column::Worker(worker) => steps.name(worker),
        Column::Memory => steps.memory_name(),
        Column::Others => {
            let own = columns - 1 - usize::from(!steps.cells.is_empty());
            words::count(steps.workers.len().saturating_sub(own), "other")
        }
    };
    let lines = wrap(&name, HEAD, room, " ");
    match lines.as_slice() {
        [first, rest @ ..] if rest.len() > 1 => {
            vec![first.clone(), HEAD.shorten(&rest.join(" "), room)]
        }
        broken if broken.len() > 1 && broken.join(" ") != name => {
            vec![HEAD.shorten(&name, room)]
        }
        _ => lines,
    }
}
