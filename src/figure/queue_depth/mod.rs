//! How full a queue was: a step line with the capacity, and below it who put,
//! who got, and when somebody could not, because it was full or empty.

mod depth;
mod paint;

use std::fmt::Write;

use lab::trace::Trace;

use super::hatch::Hatch;
use super::page::{Key, Page, Swatch, Words};
use super::samples::{exact_seconds, seconds};
use super::style::{Palette, Style};
use super::table::{aligned, field, one_line};
use super::whole::{self, Told};
use super::{Figure, FigureError, stamp, words};
use depth::{Depth, Side};
use paint::Drawing;

/// Changes of the depth beyond this are counted, not listed.
const LISTED: usize = 60;

/// Draws the depth of the queue of this name over time. `capacity` is none for
/// a queue without bounds.
///
/// # Errors
/// [`FigureError::Drawing`] when the drawing back end fails.
pub fn queue_depth(
    trace: &Trace,
    capacity: Option<u64>,
    name: &str,
    style: &Style,
) -> Result<Figure, FigureError> {
    let palette = Palette::of(style.theme);
    let depth = Depth::of(trace, capacity, name);
    let header = &trace.header;
    let source = stamp::source(header);
    let called = match one_line(name) {
        name if name.trim().is_empty() => "the queue".to_owned(),
        name => name,
    };
    let title = format!(
        "{} under {}: depth of {called}",
        header.scenario, header.model
    );
    let mut facts = depth.facts();
    facts.extend(unknown(trace, &depth));
    let words = Words {
        title: title.clone(),
        source: source.clone(),
        caption: facts.iter().map(Key::text).collect(),
        legend: legend(&depth, paint::is_dense(&depth, style), &palette),
        stamp: stamp::items(&[trace]),
        ..Words::default()
    };
    let page = Page::lay(&words, style);
    let drawing = Drawing::new(&depth, &page, style, &palette);
    let facts = facts.join(", ").replace('\u{a0}', " ");
    let told = Told {
        name: "queue_depth",
        description: format!("{title} ({source}): {facts}."),
        text: text(&depth, &format!("{title} ({source})\n{facts}")),
        csv: csv(trace, &depth, &called),
        title,
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

/// Which counters there are, if there is none of that name.
fn unknown(trace: &Trace, depth: &Depth) -> Option<String> {
    if depth.known {
        return None;
    }
    let names = trace.counters.iter().take(5);
    let names: Vec<String> = names.map(|counter| one_line(&counter.name)).collect();
    Some(match names.as_slice() {
        [] => "the trace counts nothing".to_owned(),
        names => format!("the trace counts {}", words::list(names)),
    })
}

fn legend(depth: &Depth, dense: bool, palette: &Palette) -> Vec<Key> {
    let mut legend = Vec::new();
    if !depth.points.is_empty() {
        legend.push(Key::of(Swatch::Line(palette.working), "depth"));
    }
    if let Some(capacity) = depth.capacity {
        let capacity = i64::try_from(capacity).unwrap_or(i64::MAX);
        legend.push(Key::of(
            Swatch::Dash(palette.guide),
            format!("capacity {}", words::thousands(capacity)),
        ));
    }
    let swatch = |colour, hatch| {
        if dense {
            Swatch::Solid(palette.tint(colour, paint::SHARE))
        } else {
            Swatch::Hatched(colour, hatch)
        }
    };
    let blocked = |side: Side| depth.blocked.iter().any(|wait| wait.0 == side);
    if blocked(Side::Put) {
        legend.push(Key::of(
            swatch(palette.blocked, Hatch::Crossed),
            "put is blocked",
        ));
    }
    if blocked(Side::Get) {
        legend.push(Key::of(
            swatch(palette.waiting, Hatch::Lines),
            "get is blocked",
        ));
    }
    if dense {
        legend.push(Key::text(
            "more items than pixels: columns show shares of time",
        ));
    } else if !depth.puts.is_empty() || !depth.gets.is_empty() {
        legend.push(Key::of(Swatch::Tick(palette.ink), "one item"));
    }
    legend
}

/// The same as the drawing, for who reads text.
fn text(depth: &Depth, head: &str) -> String {
    let mut out = head.to_owned();
    if !depth.puts.is_empty() || !depth.gets.is_empty() {
        let _ = write!(
            out,
            "\n{}, {}",
            words::count(depth.puts.len(), "put"),
            words::count(depth.gets.len(), "get")
        );
    }
    if depth.points.is_empty() {
        return out;
    }
    let rows: Vec<Vec<String>> = depth
        .points
        .iter()
        .take(LISTED)
        .map(|(at, value)| vec![words::precise(seconds(*at)), words::plain(*value)])
        .collect();
    let columns = ["from", "depth"].map(str::to_owned);
    let _ = write!(out, "\n{}", aligned(&columns, &rows));
    if depth.points.len() > LISTED {
        let more = words::count(depth.points.len() - LISTED, "change");
        let _ = write!(out, "\nand {more} more");
    }
    out
}

/// One row a change of the depth, a put, a get and a wait.
fn csv(trace: &Trace, depth: &Depth, name: &str) -> String {
    let header = &trace.header;
    let run = format!(
        "{},{},{},{}",
        field(&header.scenario),
        header.model,
        header.kind,
        field(name)
    );
    let mut out = String::from("scenario,model,kind,queue,what,at_s,until_s,depth\n");
    // Writing to a string cannot fail.
    for (at, value) in &depth.points {
        let _ = writeln!(out, "{run},depth,{},,{value}", exact_seconds(*at));
    }
    for (what, times) in [("put", &depth.puts), ("get", &depth.gets)] {
        for at in times {
            let _ = writeln!(out, "{run},{what},{},,", exact_seconds(*at));
        }
    }
    for (side, from, to) in &depth.blocked {
        let what = match side {
            Side::Put => "blocked put",
            Side::Get => "blocked get",
        };
        let _ = writeln!(
            out,
            "{run},{what},{},{},",
            exact_seconds(*from),
            exact_seconds(*to)
        );
    }
    out
}
