//! What a pool did with its workers: a lane for each task, from its turn to its
//! end, and below the lanes how many workers were busy. When no task is left,
//! those who are done first have nothing to do: the idle tail.

mod paint;
mod usage;

use std::fmt::Write;

use lab::trace::Trace;

use super::hatch::Hatch;
use super::page::{Key, Page, Swatch, Words};
use super::samples::{exact_seconds, seconds};
use super::style::{Palette, Style};
use super::table::{aligned, field};
use super::whole::{self, Told};
use super::{Figure, FigureError, names, stamp, words};
use paint::Drawing;
use usage::Usage;

/// Tasks beyond this are counted, not listed.
const LISTED: usize = 60;

/// Draws how busy a pool was: of as many workers as the header says, with a
/// lane of the trace for each task.
///
/// # Errors
/// [`FigureError::Drawing`] when the drawing back end fails.
pub fn pool(trace: &Trace, style: &Style) -> Result<Figure, FigureError> {
    let palette = Palette::of(style.theme);
    let usage = Usage::of(trace);
    let names = names::unique(trace);
    let header = &trace.header;
    let source = stamp::source(header);
    let title = format!(
        "{} under {}: {} by a pool of {}",
        header.scenario,
        header.model,
        words::count(usage.tasks.len(), "task"),
        words::thousands(i64::from(usage.size))
    );
    let facts = usage.facts();
    let words = Words {
        title: title.clone(),
        source: source.clone(),
        caption: facts.iter().map(Key::text).collect(),
        legend: legend(&usage, &palette),
        stamp: stamp::items(&[trace]),
        ..Words::default()
    };
    let page = Page::lay(&words, style);
    let drawing = Drawing::new(&usage, &names, &page, style, &palette);
    let facts = facts.join(", ").replace('\u{a0}', " ");
    let told = Told {
        name: "pool",
        description: format!("{title} ({source}): {facts}."),
        text: text(&usage, &names, &format!("{title} ({source})\n{facts}")),
        csv: csv(trace, &usage, &names),
        title,
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

/// Signs of what there is to be seen, and of nothing else.
fn legend(usage: &Usage, palette: &Palette) -> Vec<Key> {
    let mut legend = Vec::new();
    if !usage.busy.is_empty() {
        legend.push(Key::of(
            Swatch::Solid(palette.working),
            "a worker has the task",
        ));
        if paint::waits_are_drawn(usage) {
            legend.push(Key::of(Swatch::Line(palette.bare), "it waits for one"));
        }
    }
    legend.push(Key::of(Swatch::Dash(palette.ink), "size of the pool"));
    if usage.tail.is_some() {
        let swatch = Swatch::Hatched(palette.waiting, Hatch::Lines);
        legend.push(Key::of(swatch, "idle tail"));
    }
    legend.extend(paint::grouped(usage).map(Key::text));
    legend
}

/// The same as the drawing, for who reads text.
fn text(usage: &Usage, names: &[String], head: &str) -> String {
    let mut out = head.to_owned();
    if usage.tasks.is_empty() {
        return out;
    }
    let moment = |at: Option<u64>| at.map_or(String::new(), |at| words::precise(seconds(at)));
    let rows: Vec<Vec<String>> = usage
        .tasks
        .iter()
        .zip(names)
        .take(LISTED)
        .map(|(task, name)| {
            let (start, end) = (task.map(|task| task.0), task.map(|task| task.1));
            vec![name.clone(), moment(start), moment(end)]
        })
        .collect();
    let columns = ["task", "begins", "ends"].map(str::to_owned);
    // Writing to a string cannot fail.
    let _ = write!(out, "\n{}", aligned(&columns, &rows));
    if usage.tasks.len() > LISTED {
        let more = words::count(usage.tasks.len() - LISTED, "task");
        let _ = write!(out, "\nand {more} more");
    }
    out
}

/// One row a task, a change in the number of busy workers, and the tail.
fn csv(trace: &Trace, usage: &Usage, names: &[String]) -> String {
    let header = &trace.header;
    let run = format!(
        "{},{},{},{}",
        field(&header.scenario),
        header.model,
        header.kind,
        usage.size
    );
    let mut out = String::from("scenario,model,kind,pool,what,task,from_s,until_s,busy\n");
    for (task, name) in usage.tasks.iter().zip(names) {
        if let Some((start, end)) = task {
            let (start, end) = (exact_seconds(*start), exact_seconds(*end));
            let _ = writeln!(out, "{run},task,{},{start},{end},", field(name));
        }
    }
    let ends = usage.busy.iter().skip(1).map(|(at, _)| *at);
    for ((at, busy), end) in usage.busy.iter().zip(ends.chain([usage.until])) {
        let (at, end) = (exact_seconds(*at), exact_seconds(end));
        let _ = writeln!(out, "{run},busy,,{at},{end},{busy}");
    }
    if let Some(from) = usage.tail {
        let (from, until) = (exact_seconds(from), exact_seconds(usage.until));
        let _ = writeln!(out, "{run},idle tail,,{from},{until},");
    }
    out
}
