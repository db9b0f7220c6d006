//! What one unit of each kind holds: its own memory and its part of what it
//! shares, stacked. Not the resident size, which counts shared pages once for
//! every process that has them.

mod paint;

use std::fmt::Write;

use lab::trace::Trace;

use super::hatch::Hatch;
use super::page::{Key, Page, Swatch, Words};
use super::style::{Palette, Style};
use super::table::{aligned, field, one_line};
use super::whole::{self, Told};
use super::{Figure, FigureError, stamp, words};
use paint::Drawing;

/// What one unit of a kind holds, as the median of several.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryOfUnit {
    /// The kind, such as `thread` or `process (fork)`.
    pub label: String,
    /// Bytes that nobody else has (USS).
    pub private: f64,
    /// Bytes that are its part of what several have (PSS - USS).
    pub shared: f64,
    /// What a guide gives, from and to, in bytes.
    pub guide: Option<(f64, f64)>,
}

impl MemoryOfUnit {
    /// Both together (PSS).
    fn total(&self) -> f64 {
        usable(self.private) + usable(self.shared)
    }
}

/// Nothing where a number cannot be drawn.
fn usable(bytes: f64) -> f64 {
    if bytes.is_finite() {
        bytes.max(0.0)
    } else {
        0.0
    }
}

/// Draws the memory of `units`, one row each. `runs` are those that it was
/// measured in, for the stamp.
///
/// # Errors
/// [`FigureError::NoGroups`] without units, [`FigureError::Drawing`] when the
/// drawing back end fails.
pub fn memory(
    units: &[MemoryOfUnit],
    runs: &[&Trace],
    style: &Style,
) -> Result<Figure, FigureError> {
    if units.is_empty() {
        return Err(FigureError::NoGroups("memory"));
    }
    let palette = Palette::of(style.theme);
    let title = "memory of one unit".to_owned();
    let source = stamp::sources(runs);
    let mut legend = vec![
        Key::of(Swatch::Solid(palette.working), "its own (USS)"),
        Key::of(
            Swatch::Hatched(palette.waiting, Hatch::Lines),
            "its part of what is shared (PSS - USS)",
        ),
    ];
    if units.iter().any(|unit| unit.guide.is_some()) {
        legend.push(Key::of(Swatch::Range(palette.guide), "guide"));
    }
    let page = Page::lay(
        &Words {
            title: title.clone(),
            source: source.clone(),
            legend,
            stamp: stamp::items(runs),
            ..Words::default()
        },
        style,
    );
    let drawing = Drawing::new(units, &page, style, &palette);
    let told = Told {
        name: "memory",
        description: description(units),
        text: text(units, &format!("{title} ({source})")),
        csv: csv(units),
        title,
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

fn description(units: &[MemoryOfUnit]) -> String {
    let each: Vec<String> = units
        .iter()
        .map(|unit| {
            format!(
                "{} {} of its own and {} as its part of what is shared",
                one_line(&unit.label),
                words::bytes(usable(unit.private)),
                words::bytes(usable(unit.shared)),
            )
        })
        .collect();
    format!("Memory of one unit: {}.", each.join("; "))
}

fn text(units: &[MemoryOfUnit], heading: &str) -> String {
    let columns = ["unit", "own", "part of shared", "together", "guide"].map(str::to_owned);
    let rows: Vec<Vec<String>> = units
        .iter()
        .map(|unit| {
            vec![
                unit.label.clone(),
                words::bytes(usable(unit.private)),
                words::bytes(usable(unit.shared)),
                words::bytes(unit.total()),
                unit.guide.map_or(String::new(), guide_text),
            ]
        })
        .collect();
    format!("{heading}\n{}", aligned(&columns, &rows))
}

/// `8 kB`, or `30 MB to 50 MB`.
fn guide_text((from, to): (f64, f64)) -> String {
    if from == to {
        return words::bytes(from);
    }
    format!("{} to {}", words::bytes(from), words::bytes(to))
}

/// Columns `unit,private_bytes,shared_bytes,guide_from_bytes,guide_to_bytes`.
fn csv(units: &[MemoryOfUnit]) -> String {
    let mut out = String::from("unit,private_bytes,shared_bytes,guide_from_bytes,guide_to_bytes\n");
    for unit in units {
        let (from, to) = unit.guide.map_or((String::new(), String::new()), |(a, b)| {
            (a.to_string(), b.to_string())
        });
        let label = one_line(&unit.label);
        let _ = writeln!(
            out,
            "{},{},{},{from},{to}",
            field(&label),
            usable(unit.private),
            usable(unit.shared),
        );
    }
    out
}
