//! How a lock went from hand to hand: above a ribbon in the colour of whoever
//! has it, with a tick at each hand-over; a lane for each worker, that has it,
//! wants it, or has released it for a blocking call; below how long the slices
//! were.
//!
//! Where there are more hand-overs than pixels, columns show shares of time, and
//! the figure says so.

mod paint;
mod turns;

use std::fmt::Write;

use lab::trace::{Nanos, Trace};

use super::hatch::Hatch;
use super::page::{Key, Page, Swatch, Words};
use super::samples::exact_seconds;
use super::style::{Palette, Style};
use super::table::{aligned, field, one_line};
use super::whole::{self, Told};
use super::{Figure, FigureError, stamp, stats, words};
use paint::Drawing;
use turns::{Row, Turns, sum};

/// Rows of the table beyond this are counted, not listed.
const LISTED: usize = 60;

/// Draws the turns that workers took with the lock of this name.
///
/// # Errors
/// [`FigureError::Drawing`] when the drawing back end fails.
pub fn handover(trace: &Trace, lock: &str, style: &Style) -> Result<Figure, FigureError> {
    let palette = Palette::of(style.theme);
    let turns = Turns::of(trace, lock);
    let name = match one_line(lock) {
        name if name.trim().is_empty() => "the lock".to_owned(),
        name => name,
    };
    let header = &trace.header;
    let title = format!("{} under {}: {name}", header.scenario, header.model);
    let facts = turns.facts(&name);
    let words = Words {
        title: title.clone(),
        source: stamp::source(header),
        caption: facts.iter().map(Key::text).collect(),
        legend: legend(&turns, style, &palette),
        stamp: stamp::items(&[trace]),
        ..Words::default()
    };
    let page = Page::lay(&words, style);
    let drawing = Drawing::new(&turns, &page, style, &palette);
    let source = stamp::source(header);
    let told = Told {
        name: "handover",
        description: format!("{title} ({source}): {}.", facts.join(", ")),
        text: text(&turns, &format!("{title} ({source})"), &facts),
        csv: csv(trace, &turns, &name),
        title,
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

fn legend(turns: &Turns, style: &Style, palette: &Palette) -> Vec<Key> {
    let any = |of: fn(&Row) -> &Vec<(Nanos, Nanos)>| turns.rows.iter().any(|r| !of(r).is_empty());
    let mut legend = Vec::new();
    if any(|row| &row.has) {
        legend.push(Key::text("in its own colour: has it"));
    }
    let dense = paint::is_dense(turns, style);
    if any(|row| &row.wants) {
        let swatch = if dense {
            Swatch::Solid(palette.tint(palette.ink, paint::WANTS))
        } else {
            Swatch::ThinHatched(palette.ink, Hatch::Crossed)
        };
        legend.push(Key::of(swatch, "wants it"));
    }
    if any(|row| &row.released) {
        let swatch = if dense {
            Swatch::Solid(palette.tint(palette.bare, paint::RELEASED))
        } else {
            Swatch::Hatched(palette.bare, Hatch::Lines)
        };
        legend.push(Key::of(swatch, "released it for a blocking call"));
    }
    if !turns.handovers.is_empty() && !dense {
        legend.push(Key::of(Swatch::Tick(palette.ink), "hand-over"));
    }
    if dense {
        legend.push(Key::text(
            "more hand-overs than pixels: columns show shares of time",
        ));
    }
    if turns.rows.len() > paint::MOST {
        let more = turns.rows.len() - paint::MOST;
        let lanes = words::count(more, "worker");
        legend.push(Key::text(format!("{lanes} more have no lane")));
    }
    legend
}

/// The same as the drawing, for who reads text.
fn text(turns: &Turns, title: &str, facts: &[String]) -> String {
    let mut out = format!("{title}\n{}", facts.join(", "));
    if turns.rows.is_empty() {
        return out;
    }
    let columns = [
        "worker",
        "turns",
        "has it",
        "wants it",
        "released",
        "median slice",
    ];
    let mut slices: Vec<Vec<f64>> = turns.rows.iter().map(|_| Vec::new()).collect();
    for turn in turns.turns.iter().filter(|turn| turn.over) {
        slices[turn.row].push((turn.end - turn.start) as f64 / 1e9);
    }
    let rows: Vec<Vec<String>> = turns
        .rows
        .iter()
        .zip(slices)
        .take(LISTED)
        .map(|(row, slices)| {
            let median = stats::quantile(&stats::sorted(slices), 0.5);
            vec![
                row.name.clone(),
                words::thousands(row.has.len() as i64),
                words::precise(sum(&row.has)),
                words::precise(sum(&row.wants)),
                words::precise(sum(&row.released)),
                median.map_or("-".to_owned(), words::stretch),
            ]
        })
        .collect();
    let _ = write!(out, "\n{}", aligned(&columns.map(str::to_owned), &rows));
    if turns.rows.len() > LISTED {
        let more = words::count(turns.rows.len() - LISTED, "worker");
        let _ = write!(out, "\nand {more} more");
    }
    out
}

/// One row a stretch, by worker.
fn csv(trace: &Trace, turns: &Turns, lock: &str) -> String {
    let header = &trace.header;
    let mut out = String::from("scenario,model,kind,lock,worker,state,start_s,end_s\n");
    let run = format!(
        "{},{},{},{}",
        field(&header.scenario),
        header.model,
        header.kind,
        field(lock)
    );
    for row in &turns.rows {
        let states = [
            ("has", &row.has),
            ("wants", &row.wants),
            ("released", &row.released),
        ];
        for (state, stretches) in states {
            for (start, end) in stretches {
                // Writing to a string cannot fail.
                let _ = writeln!(
                    out,
                    "{run},{},{state},{},{}",
                    field(&row.name),
                    exact_seconds(*start),
                    exact_seconds(*end)
                );
            }
        }
    }
    out
}
