//! Who waits for whom when a run stands still: workers as boxes, locks as
//! circles, and arrows from a worker to what it waits for, and from that to who
//! has it. Arrows that come back to where they began are a deadlock.
//!
//! Below stand the lanes of the workers, up to where they went no further.

mod graph;
mod lanes;
mod paint;
mod place;

use std::fmt::Write;

use lab::trace::Trace;

use super::page::{Key, Page, Swatch, Words};
use super::samples::{exact_seconds, seconds};
use super::style::{Palette, Style};
use super::table::{aligned, field};
use super::whole::{self, Told};
use super::{Figure, FigureError, stamp, words};
use graph::Graph;
use lanes::Lanes;
use paint::Drawing;

/// Rows of the table beyond this are counted, not listed.
const LISTED: usize = 60;

/// Draws the waits that had no end when the trace ended.
///
/// # Errors
/// [`FigureError::Drawing`] when the drawing back end fails.
pub fn wait_for(trace: &Trace, style: &Style) -> Result<Figure, FigureError> {
    let palette = Palette::of(style.theme);
    let graph = Graph::of(trace);
    let title = title(trace, &graph);
    let sentence = graph.sentence();
    let lanes = Lanes::of(trace, &graph);
    let words = Words {
        title: title.clone(),
        source: stamp::source(&trace.header),
        says: vec![sentence.clone()],
        legend: legend(&graph, &lanes, &palette),
        stamp: stamp::items(&[trace]),
        ..Words::default()
    };
    let page = Page::lay(&words, style);
    let drawing = Drawing::new(&graph, &page, style, &palette, lanes.height());
    let told = Told {
        name: "wait_for",
        description: format!("{title} ({}). {sentence}", stamp::source(&trace.header)),
        text: text(trace, &graph, &title, &sentence),
        csv: csv(trace, &graph),
        title,
    };
    let body = drawing.height() + lanes.height();
    whole::figure(told, &page, &palette, body, |canvas| {
        drawing.draw(canvas);
        lanes.draw(canvas, &palette, &page, page.head + drawing.height());
    })
}

fn title(trace: &Trace, graph: &Graph<'_>) -> String {
    let header = &trace.header;
    let what = if graph.cycle.is_empty() {
        "who waits for whom"
    } else {
        "a deadlock"
    };
    format!("{} under {}: {what}", header.scenario, header.model)
}

fn legend(graph: &Graph<'_>, lanes: &Lanes, palette: &Palette) -> Vec<Key> {
    let mut legend = Vec::new();
    if !graph.waits.is_empty() {
        legend.push(Key::of(Swatch::DashedArrow(palette.ink), "waits for"));
    }
    if graph.locks.iter().any(|lock| !lock.holders.is_empty()) {
        legend.push(Key::of(Swatch::Arrow(palette.ink), "is held by"));
    }
    if !graph.cycle.is_empty() {
        legend.push(Key::of(Swatch::Outline(palette.blocked), "in the cycle"));
    }
    legend.extend(lanes.legend(palette));
    legend
}

/// The same as the drawing, for who reads text.
fn text(trace: &Trace, graph: &Graph<'_>, title: &str, sentence: &str) -> String {
    let mut out = format!("{title} ({})\n{sentence}", stamp::source(&trace.header));
    if graph.waits.is_empty() {
        return out;
    }
    let columns = ["worker", "holds", "waits for", "held by", "since", ""].map(str::to_owned);
    let rows: Vec<Vec<String>> = graph
        .waits
        .iter()
        .enumerate()
        .take(LISTED)
        .map(|(at, wait)| {
            let names = |workers: &[u32]| {
                let names: Vec<String> = workers.iter().map(|w| graph.name(*w)).collect();
                words::list(&names)
            };
            vec![
                graph.name(wait.worker),
                held(graph, wait.worker),
                graph.lock_name(wait.lock),
                names(&graph.locks[wait.lock].holders),
                words::precise(seconds(wait.since)),
                graph.verdict(at).to_owned(),
            ]
        })
        .collect();
    let _ = write!(out, "\n{}", aligned(&columns, &rows));
    if graph.waits.len() > LISTED {
        let more = words::count(graph.waits.len() - LISTED, "worker");
        let _ = write!(out, "\nand {more} more");
    }
    out
}

fn held(graph: &Graph<'_>, worker: u32) -> String {
    let held = graph.held_by(worker).into_iter();
    let names: Vec<String> = held.map(|lock| graph.lock_name(lock)).collect();
    words::list(&names)
}

/// One row a worker that waits.
fn csv(trace: &Trace, graph: &Graph<'_>) -> String {
    let header = &trace.header;
    let mut out =
        String::from("scenario,model,kind,worker,holds,waits_for,held_by,since_s,for_ever\n");
    for (at, wait) in graph.waits.iter().enumerate() {
        let joined = |names: Vec<String>| names.join("; ");
        let locks = graph.held_by(wait.worker).into_iter();
        let holders = graph.locks[wait.lock].holders.iter();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{},{},{}",
            field(&header.scenario),
            header.model,
            header.kind,
            field(&graph.name(wait.worker)),
            field(&joined(locks.map(|lock| graph.lock_name(lock)).collect())),
            field(&graph.lock_name(wait.lock)),
            field(&joined(holders.map(|w| graph.name(*w)).collect())),
            exact_seconds(wait.since),
            graph.stuck[at],
        );
    }
    out
}
