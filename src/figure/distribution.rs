//! What many runs of the same program came to: every run a dot, beside the value
//! that was expected of all of them.

use lab::trace::{CELL, Trace};

use super::area::Area;
use super::axis::Axis;
use super::canvas::{self, Align, Canvas, Sheet};
use super::dots::{self, BOX, RADIUS};
use super::page::{Key, LABEL, MARGIN, Page, SMALL, Swatch, Words, draw_name, wrap};
use super::style::{Palette, Style};
use super::table::aligned;
use super::{Figure, FigureError, Group, names, samples, stamp, stats, words};

/// Draws the results of `groups`, one row each, with what was `expected` of it
/// as a line: one value a group, or one for all, or none.
/// Results that are no numbers are counted, not drawn.
///
/// # Errors
/// [`FigureError::NoGroups`] without groups, [`FigureError::Drawing`] when the
/// drawing back end fails.
pub fn distribution(
    groups: &[Group<'_>],
    expected: &[i64],
    style: &Style,
) -> Result<Figure, FigureError> {
    if groups.is_empty() {
        return Err(FigureError::NoGroups("distribution"));
    }
    let palette = Palette::of(style.theme);
    let traces: Vec<&Trace> = groups.iter().map(|group| group.trace).collect();
    let rows: Vec<Row> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| Row::of(group, expected.get(at).or(expected.last()).copied()))
        .collect();
    let title = title(groups);
    let facts: Vec<String> = rows
        .iter()
        .map(|row| format!("{}: {}", row.label, row.summary))
        .collect();
    let description = format!("{title}{}. {}.", goals(&rows), facts.join("; "));
    let words = Words {
        title: title.clone(),
        source: stamp::sources(&traces),
        caption: Vec::new(),
        legend: legend(&rows, &palette),
        stamp: stamp::items(&traces),
        ..Words::default()
    };
    let page = Page::lay(&words, style);
    let drawing = Drawing::new(&rows, &page, style, &palette);
    let height = page.height(drawing.height()) as u32;
    let sheet = Sheet {
        width: page.width as u32,
        height,
        paper: palette.paper,
        title: &title,
        description: &description,
    };
    let svg = canvas::paint(&sheet, |canvas| {
        drawing.draw(canvas);
        page.draw(canvas, &palette, drawing.height());
    })?;
    Ok(Figure {
        name: "distribution",
        text: text(&rows, &title, &stamp::sources(&traces)),
        csv: samples::csv(groups),
        title,
        description,
        svg,
        width: page.width as u32,
        height,
    })
}

/// `counter under threads: results of 30 runs each`.
fn title(groups: &[Group<'_>]) -> String {
    let mut runs: Vec<String> = Vec::new();
    for group in groups {
        let run = format!(
            "{} under {}",
            names::called(group.trace),
            group.trace.header.model
        );
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    let counts = groups.iter().map(|group| group.trace.samples.len());
    let (fewest, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    // A race of a learner's own, beside one run in which nobody races.
    if let Some(group) = groups.first().filter(|g| g.trace.header.scenario == CELL) {
        let called = names::called(group.trace);
        return format!("{called}, results of {}", words::count(most, "run"));
    }
    let each = if groups.len() > 1 { " each" } else { "" };
    let amount = if fewest == most {
        format!("{}{each}", words::count(most, "run"))
    } else {
        format!("{fewest} to {}", words::count(most, "run"))
    };
    format!("{}: results of {amount}", words::list(&runs))
}

/// One group in numbers.
struct Row {
    label: String,
    /// What each run came to, sorted.
    results: Vec<f64>,
    /// What each run would have come to, where that is known.
    expected: Option<i64>,
    /// Runs, those without a number too.
    runs: usize,
    summary: String,
}

impl Row {
    fn of(group: &Group<'_>, expected: Option<i64>) -> Row {
        let results = samples::results(group.trace);
        let runs = group.trace.samples.len();
        let mut summary = summary(&results, expected);
        if results.len() < runs {
            let odd = words::count(runs - results.len(), "run");
            summary = format!("{summary}; {odd} came to no number");
        }
        Row {
            label: group.label.clone(),
            expected,
            results,
            runs,
            summary,
        }
    }

    fn quantile(&self, q: f64) -> Option<f64> {
        stats::quantile(&self.results, q)
    }

    /// Lower quartile and upper quartile, from five runs on.
    fn quartiles(&self) -> Option<(f64, f64)> {
        dots::quartiles(&self.results)
    }
}

/// `median 412,345 of 1,000,000 (58.8 % lost)`, or what there is to say instead.
fn summary(results: &[f64], expected: Option<i64>) -> String {
    let Some(median) = stats::quantile(results, 0.5) else {
        return "no results".to_owned();
    };
    let Some(expected) = expected else {
        return format!("median {}", number(median));
    };
    let goal = expected as f64;
    let whole = words::thousands(expected);
    let exact = results.iter().filter(|value| **value == goal).count();
    if exact == results.len() {
        return match exact {
            1 => format!("the run came to {whole}"),
            _ => format!(
                "all {} runs came to {whole}",
                words::thousands(exact as i64)
            ),
        };
    }
    let verdict = if median == goal {
        let others = results.len() - exact;
        format!("; {others} of {} runs differ", results.len())
    } else if goal <= 0.0 {
        String::new()
    } else if median < goal {
        format!(" ({} % lost)", words::plain((goal - median) / goal * 100.0))
    } else {
        format!(" ({} too many)", number(median - goal))
    };
    format!("median {} of {whole}{verdict}", number(median))
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        words::thousands(value as i64)
    } else if value.abs() >= 1000.0 && value.abs() < 9e15 {
        words::thousands(value.round() as i64)
    } else {
        words::plain(value)
    }
}

/// What was expected, after a comma: one number where all rows have the same,
/// and nothing where nobody knows.
fn goals(rows: &[Row]) -> String {
    let goals = rows.iter().filter_map(|row| row.expected);
    let mut goals: Vec<String> = goals.map(words::thousands).collect();
    goals.dedup();
    if goals.is_empty() {
        return String::new();
    }
    format!(", expected {}", words::list(&goals))
}

fn legend(rows: &[Row], palette: &Palette) -> Vec<Key> {
    let goals = goals(rows);
    let expected = goals.strip_prefix(", ");
    let expected = expected.map(|goals| Key::of(Swatch::Dash(palette.guide), goals));
    let mut legend: Vec<Key> = expected.into_iter().collect();
    if rows.iter().any(|row| !row.results.is_empty()) {
        legend.push(Key::of(Swatch::Dot(palette.working), "one run"));
        legend.push(Key::of(Swatch::Median(palette.ink), "median"));
    }
    if rows.iter().any(|row| row.quartiles().is_some()) {
        legend.push(Key::of(
            Swatch::Outline(palette.ink),
            "middle half of the runs",
        ));
    }
    legend
}

fn text(rows: &[Row], title: &str, source: &str) -> String {
    let columns = [
        "group",
        "runs",
        "lowest",
        "quarter",
        "median",
        "three quarters",
        "highest",
        "as expected",
    ];
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let at = |q: f64| {
                row.quantile(q).map_or("-".to_owned(), |v| {
                    if v.abs() < 9e15 {
                        words::thousands(v.round() as i64)
                    } else {
                        words::plain(v)
                    }
                })
            };
            let exact = |expected: i64| {
                let exact = row.results.iter().filter(|v| **v == expected as f64);
                exact.count().to_string()
            };
            vec![
                row.label.clone(),
                row.runs.to_string(),
                at(0.0),
                at(0.25),
                at(0.5),
                at(0.75),
                at(1.0),
                row.expected.map_or("-".to_owned(), exact),
            ]
        })
        .collect();
    let said: Vec<String> = rows
        .iter()
        .map(|row| format!("{}: {}", row.label, row.summary))
        .collect();
    format!(
        "{title} ({source}){}\n{}\n{}",
        goals(rows),
        aligned(&columns.map(str::to_owned), &cells),
        said.join("\n"),
    )
}

/// Rows and axis at their places.
struct Drawing<'a> {
    rows: &'a [Row],
    palette: &'a Palette,
    axis: Axis,
    limit: i32,
    top: i32,
    pitch: i32,
    /// Each row's summary, in lines.
    said: Vec<Vec<String>>,
    /// Height of the summaries.
    talk: i32,
}

impl<'a> Drawing<'a> {
    fn new(rows: &'a [Row], page: &Page, style: &Style, palette: &'a Palette) -> Drawing<'a> {
        let limit = page.width - MARGIN;
        let labels = rows
            .iter()
            .map(|row| LABEL.width(&row.label))
            .max()
            .unwrap_or(0);
        let left = MARGIN + labels.min(page.width * 3 / 10) + 12;
        let right = limit - 10;
        let said: Vec<Vec<String>> = rows
            .iter()
            .map(|row| lines(&row.summary, limit - left - 8))
            .collect();
        let most = said.iter().map(Vec::len).max().unwrap_or(1) as i32;
        let talk = most * SMALL.line() + 4;
        let count = rows.len() as i32;
        let natural = talk + (300 / count.max(1)).clamp(26, 66) + BOX + 14;
        let pitch = page.room(style).map_or(natural, |room| {
            ((room - Axis::height(SMALL)) / count.max(1)).clamp(talk + BOX + 30, 1000)
        });
        let (from, to) = range(rows);
        let axis = Axis::number(from, to, left, right, "result of a run", SMALL);
        Drawing {
            rows,
            palette,
            axis,
            limit,
            top: page.head,
            pitch,
            said,
            talk,
        }
    }

    fn bottom(&self) -> i32 {
        self.top + self.pitch * self.rows.len() as i32
    }

    fn height(&self) -> i32 {
        self.bottom() + Axis::height(SMALL) - self.top
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        self.axis
            .grid(canvas, self.palette, self.top, self.bottom());
        for (i, row) in self.rows.iter().enumerate() {
            let top = self.top + self.pitch * i as i32;
            if let Some(expected) = row.expected {
                let x = self.axis.scale.x(expected as f64);
                canvas.dashes(
                    (x - 1, top),
                    (x - 1, top + self.pitch),
                    2,
                    self.palette.guide,
                );
            }
            self.draw_row(canvas, row, &self.said[i], self.top + self.pitch * i as i32);
        }
        self.axis
            .draw(canvas, self.palette, self.bottom(), self.limit);
    }

    fn draw_row(&self, canvas: &mut Canvas<'_>, row: &Row, said: &[String], top: i32) {
        let palette = self.palette;
        let scale = self.axis.scale;
        if top > self.top {
            let line = Area {
                left: MARGIN,
                right: self.limit,
                top,
                bottom: top + 1,
            };
            canvas.fill(line, palette.grid);
        }
        let base = top + self.pitch - BOX - 12;
        let ceiling = top + self.talk + RADIUS + 2;
        let middle = top + self.pitch / 2;
        draw_name(
            canvas,
            palette,
            (scale.left - 12, middle),
            &row.label,
            self.pitch,
        );
        for (i, line) in said.iter().enumerate() {
            let y = top + 6 + SMALL.line() * i as i32 + SMALL.line() / 2;
            let half = SMALL.line() / 2;
            let left = scale.left + 6;
            let plate = Area {
                left,
                right: left + SMALL.width(line),
                top: y - half + 2,
                bottom: y + half,
            };
            canvas.fill(plate, palette.paper);
            canvas.text((left, y), line, SMALL, palette.ink, Align::Left);
        }
        let centre = row.expected.map_or(scale.left, |goal| scale.x(goal as f64));
        dots::draw(
            canvas,
            palette,
            &row.results,
            scale,
            centre,
            (ceiling, base),
        );
    }
}

/// A summary in lines that fit; a number stays with its per cent sign.
fn lines(summary: &str, room: i32) -> Vec<String> {
    wrap(&summary.replace(" %", "\u{a0}%"), SMALL, room, " ")
}

/// From where to where the axis goes: from zero, unless all values are close
/// together far from it.
fn range(rows: &[Row]) -> (f64, f64) {
    let values = || {
        rows.iter()
            .flat_map(|row| row.results.iter().copied())
            .chain(rows.iter().filter_map(|row| Some(row.expected? as f64)))
    };
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    let wide = high - low;
    if !wide.is_finite() {
        return (0.0, 1.0);
    }
    if low >= 0.0 && low <= 0.6 * high && high > 0.0 {
        return (0.0, high * 1.04);
    }
    let room = if wide > 0.0 {
        wide * 0.08
    } else {
        (high.abs() * 0.01).max(1.0)
    };
    (low - room, high + room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_say_what_was_lost() {
        let said = |results: &[f64]| summary(results, Some(1_000_000));
        assert_eq!(
            said(&[412_345.0]),
            "median 412,345 of 1,000,000 (58.8 % lost)"
        );
        assert_eq!(said(&[1e6, 1e6]), "all 2 runs came to 1,000,000");
        assert_eq!(
            said(&[999_998.0, 1e6, 1e6]),
            "median 1,000,000 of 1,000,000; 1 of 3 runs differ"
        );
        assert_eq!(
            said(&[1_000_010.0]),
            "median 1,000,010 of 1,000,000 (10 too many)"
        );
        assert_eq!(said(&[]), "no results");
    }
}
