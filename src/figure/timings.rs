//! How long some code takes that was run again and again: every sample a dot.

use std::fmt::Write;

use lab::trace::Machine;

use super::axis::Axis;
use super::canvas::Canvas;
use super::dots::{self, BOX, RADIUS};
use super::page::{Key, MARGIN, Page, SMALL, Swatch, Words};
use super::style::{Palette, Style};
use super::table::{aligned, one_line};
use super::whole::{self, Told};
use super::{Figure, FigureError, stamp, stats, words};

/// Letters of the code that a title has room for.
const CODE: usize = 60;

/// Height of the dots, where nobody chose one.
const HEIGHT: i32 = 150;

/// What was measured, and on what.
#[derive(Clone, Debug, PartialEq)]
pub struct Timings<'a> {
    /// The code.
    pub code: &'a str,
    /// Runs that make a sample.
    pub loops: u64,
    /// Seconds that one run took, a number for each sample.
    pub seconds: &'a [f64],
    /// The machine.
    pub machine: &'a Machine,
    /// When, in UTC (RFC 3339).
    pub date: &'a str,
    /// Threadlab's version.
    pub version: &'a str,
}

/// Draws the samples of `timings`, and their median and middle half.
///
/// # Errors
/// [`FigureError::NoGroups`] without a sample that is a duration,
/// [`FigureError::Drawing`] when the drawing back end fails.
pub fn timings(timings: &Timings<'_>, style: &Style) -> Result<Figure, FigureError> {
    let durations = timings.seconds.iter().copied().filter(|s| *s >= 0.0);
    let sorted = stats::sorted(durations);
    if sorted.is_empty() {
        return Err(FigureError::NoGroups("timing"));
    }
    let palette = Palette::of(style.theme);
    let title = format!("time of `{}`", shortened(timings.code));
    let summary = summary(timings.loops, &sorted);
    let samples = words::count(sorted.len(), "sample");
    let loops = format!("{} each", runs(timings.loops));
    let mut legend = vec![
        Key::of(
            Swatch::Dot(palette.working),
            format!("one sample ({loops})"),
        ),
        Key::of(Swatch::Median(palette.ink), "median"),
    ];
    if dots::quartiles(&sorted).is_some() {
        let middle = Swatch::Outline(palette.ink);
        legend.push(Key::of(middle, "middle half of the samples"));
    }
    let stamped = vec!["timeit".to_owned(), samples, loops];
    let page = Page::lay(
        &Words {
            title: title.clone(),
            source: "Rust, measured".to_owned(),
            says: vec![summary.clone()],
            legend,
            stamp: stamp::measured(stamped, timings.machine, timings.date, timings.version),
            ..Words::default()
        },
        style,
    );
    let drawing = Drawing::new(&sorted, &page, style, &palette);
    let told = Told {
        name: "timings",
        description: format!("{title}: {summary}."),
        text: text(&title, timings.loops, &sorted),
        csv: csv(timings),
        title,
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

/// The first line of code that says something.
fn shortened(code: &str) -> String {
    let mut lines = code.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = one_line(lines.next().unwrap_or_default());
    if first.chars().count() <= CODE && lines.next().is_none() {
        return first;
    }
    let kept: String = first.chars().take(CODE).collect();
    format!("{} …", kept.trim_end())
}

fn runs(loops: u64) -> String {
    words::count(usize::try_from(loops).unwrap_or(usize::MAX), "run")
}

/// What samples of so many runs each come to: `median 12.3 µs, middle half 12.1 µs to 12.9 µs (30 samples of 1,000 runs each)`.
fn summary(loops: u64, sorted: &[f64]) -> String {
    let at = |q: f64| stats::quantile(sorted, q).map_or_else(String::new, words::precise);
    let median = at(0.5);
    let amount = format!(
        "{} of {} each",
        words::count(sorted.len(), "sample"),
        runs(loops)
    );
    let spread = match (dots::quartiles(sorted), sorted) {
        (Some((low, high)), _) => format!(
            ", middle half {} to {}",
            words::precise(low),
            words::precise(high)
        ),
        (None, [_, .., _]) => format!(", lowest {}, highest {}", at(0.0), at(1.0)),
        (None, _) => String::new(),
    };
    format!("median {median}{spread} ({amount})")
}

fn text(title: &str, loops: u64, sorted: &[f64]) -> String {
    let columns = [
        "samples",
        "runs each",
        "lowest",
        "quarter",
        "median",
        "three quarters",
        "highest",
    ]
    .map(str::to_owned);
    let at = |q: f64| stats::quantile(sorted, q).map_or("-".to_owned(), words::precise);
    let row = vec![
        words::thousands(sorted.len() as i64),
        words::thousands(i64::try_from(loops).unwrap_or(i64::MAX)),
        at(0.0),
        at(0.25),
        at(0.5),
        at(0.75),
        at(1.0),
    ];
    format!("{title} (Rust, measured)\n{}", aligned(&columns, &[row]))
}

/// Columns `sample,loops,seconds`: seconds of one run.
fn csv(timings: &Timings<'_>) -> String {
    let mut out = String::from("sample,loops,seconds\n");
    for (i, seconds) in timings.seconds.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{},{},{seconds:e}", i + 1, timings.loops);
    }
    out
}

struct Drawing<'a> {
    /// In the axis' unit.
    values: Vec<f64>,
    palette: &'a Palette,
    axis: Axis,
    top: i32,
    bottom: i32,
    limit: i32,
}

impl<'a> Drawing<'a> {
    fn new(sorted: &[f64], page: &Page, style: &Style, palette: &'a Palette) -> Drawing<'a> {
        let limit = page.width - MARGIN;
        let high = page.room(style).map_or(HEIGHT, |room| {
            (room - Axis::height(SMALL)).clamp(BOX + 40, 4000)
        });
        let (unit, length) = words::unit(sorted[sorted.len() - 1]);
        let values: Vec<f64> = sorted.iter().map(|seconds| seconds / length).collect();
        let title = format!("time of one run ({unit})");
        // The outermost labels stand half beside the axis.
        let (left, right) = (MARGIN + 24, limit - 24);
        let (from, to) = range(&values);
        let axis = Axis::number(from, to, left, right, &title, SMALL);
        Drawing {
            values,
            palette,
            axis,
            top: page.head,
            bottom: page.head + high,
            limit,
        }
    }

    fn height(&self) -> i32 {
        self.bottom - self.top + Axis::height(SMALL)
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        self.axis.grid(canvas, self.palette, self.top, self.bottom);
        let scale = self.axis.scale;
        let median = stats::quantile(&self.values, 0.5).unwrap_or_default();
        let between = (self.top + RADIUS + 2, self.bottom - BOX - 12);
        dots::draw(
            canvas,
            self.palette,
            &self.values,
            scale,
            scale.x(median),
            between,
        );
        self.axis
            .draw(canvas, self.palette, self.bottom, self.limit);
    }
}

/// From where to where the axis goes: around the values, and from zero where they
/// spread widely.
fn range(sorted: &[f64]) -> (f64, f64) {
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    if high <= 0.0 {
        return (0.0, 1.0);
    }
    if low <= 0.6 * high {
        return (0.0, high * 1.04);
    }
    let room = ((high - low) * 0.08).max(high * 0.01);
    ((low - room).max(0.0), high + room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_shortened_to_its_first_line() {
        assert_eq!(shortened("\n\n    f(x)"), "f(x)");
        assert_eq!(shortened("let y = 1;\nf(y)"), "let y = 1; …");
        assert_eq!(shortened(&"x".repeat(99)), format!("{} …", "x".repeat(60)));
    }

    #[test]
    fn few_samples_have_no_middle_half() {
        assert_eq!(
            summary(1, &[2e-3]),
            "median 2.00 ms (1 sample of 1 run each)"
        );
        assert_eq!(
            summary(1000, &[1e-6, 2e-6, 4e-6]),
            "median 2.00 µs, lowest 1.00 µs, highest 4.00 µs (3 samples of 1,000 runs each)"
        );
        assert!(summary(1, &[1e-3; 5]).contains("middle half 1.00 ms to 1.00 ms"));
    }
}
