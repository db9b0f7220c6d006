//! What each worker did, when: one lane a worker, and below the lanes how many
//! workers were active.
//!
//! A worker computes (solid), waits (hatched), is blocked by another worker
//! (thin, crossed), and may hold a lock meanwhile (outlined). Where more happens
//! than there are pixels, columns show the shares of time instead; where there
//! are more workers than lanes, a line stands for several. Nothing is left out
//! without the figure saying so.

mod beside;
mod lanes;
mod paint;
mod plan;
mod stack;
mod tell;

use lab::trace::{Activity, Nanos, Trace};

use super::hatch::Hatch;
use super::page::{Key, Page, Swatch, Words};
use super::style::{Palette, Style};
use super::whole::{self, Told};
use super::{Documented, Figure, FigureError, Group, names, samples, stamp, words};
use lanes::Lanes;
use paint::Drawing;
use plan::Plan;

/// A guide's value that is more times the run's than this would leave no room
/// for the run: it is told and not drawn.
const MOST_TIMES: f64 = 10.0;

/// Draws what the first repetition of a run did. A trace without samples whose
/// workers have not ended is drawn as far as it goes.
///
/// # Errors
/// [`FigureError::Drawing`] when the drawing back end fails.
pub fn timeline(
    trace: &Trace,
    guide: Option<&Documented>,
    style: &Style,
) -> Result<Figure, FigureError> {
    let lanes = Lanes::of(trace);
    let guide = guide.filter(|guide| guide.is_usable());
    let text = tell::text(trace, &lanes, guide, !trace.samples.is_empty());
    drawn(&[trace], trace, guide, style, text, tell::csv(trace))
}

/// Draws several runs of one scenario in one timeline, the workers of each below
/// those of the one before; the guide's value is that of all.
///
/// # Errors
/// [`FigureError::NoGroups`] without groups, [`FigureError::Drawing`] when the
/// drawing back end fails.
pub fn timelines(
    groups: &[Group<'_>],
    guide: Option<&Documented>,
    style: &Style,
) -> Result<Figure, FigureError> {
    let traces: Vec<&Trace> = groups.iter().map(|group| group.trace).collect();
    let merged = beside::merged(&traces).ok_or(FigureError::NoGroups("timeline"))?;
    let guide = guide.filter(|guide| guide.is_usable());
    let texts = traces.iter().enumerate().map(|(at, trace)| {
        let guide = guide.filter(|_| at == 0);
        tell::text(trace, &Lanes::of(trace), guide, !trace.samples.is_empty())
    });
    let text = texts.collect::<Vec<_>>().join("\n\n");
    drawn(&traces, &merged, guide, style, text, tell::csv(&merged))
}

/// Time that all workers together spent on `activity`, as a [`timeline`] has it.
pub fn spent(trace: &Trace, activity: Activity) -> Nanos {
    Lanes::of(trace).total(activity)
}

/// The same drawing of a run that still grows, cheap enough to be made again
/// and again: its text is one line, and its CSV is empty.
///
/// # Errors
/// [`FigureError::Drawing`] when the drawing back end fails.
pub fn preview_timeline(
    trace: &Trace,
    guide: Option<&Documented>,
    style: &Style,
) -> Result<Figure, FigureError> {
    let lanes = Lanes::of(trace);
    let guide = guide.filter(|guide| guide.is_usable());
    let text = tell::description(trace, &lanes, guide);
    drawn(&[trace], trace, guide, style, text, String::new())
}

/// Draws the lanes of `trace`, which are those of all `traces`.
fn drawn(
    traces: &[&Trace],
    trace: &Trace,
    guide: Option<&Documented>,
    style: &Style,
    text: String,
    csv: String,
) -> Result<Figure, FigureError> {
    let lanes = &Lanes::of(trace);
    let finished = !trace.samples.is_empty();
    // While a run lasts, the guide's line shows how far it has to go.
    let marked = guide
        .filter(|guide| !finished || guide.seconds <= MOST_TIMES * samples::seconds(lanes.horizon));
    let palette = Palette::of(style.theme);
    let title = tell::title(trace);
    let plan = Plan {
        several: traces.len() > 1,
        ..Plan::of(lanes, style, finished)
    };
    let words = Words {
        title: title.clone(),
        source: stamp::sources(traces),
        caption: caption(traces, guide, marked.is_some(), &palette),
        legend: legend(lanes, &plan, &palette),
        stamp: stamp::items(traces),
        ..Words::default()
    };
    let page = Page::lay(&words, style);
    let names = names::unique(trace);
    let drawing = Drawing::new(
        lanes,
        &names,
        plan,
        &page,
        style,
        &palette,
        marked.map(|guide| guide.seconds),
    );
    let told = Told {
        name: "timeline",
        description: description(traces, guide),
        title,
        text,
        csv,
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

/// The description of the first, and of the others what is different.
fn description(traces: &[&Trace], guide: Option<&Documented>) -> String {
    let each = traces
        .iter()
        .enumerate()
        .map(|(at, trace)| tell::description(trace, &Lanes::of(trace), guide.filter(|_| at == 0)));
    each.collect::<Vec<_>>().join(" ")
}

fn caption(
    traces: &[&Trace],
    guide: Option<&Documented>,
    marked: bool,
    palette: &Palette,
) -> Vec<Key> {
    let mut caption: Vec<Key> = match traces {
        [trace] => tell::sums(trace, &Lanes::of(trace))
            .into_iter()
            .map(Key::text)
            .collect(),
        several => several
            .iter()
            .map(|trace| Key::text(in_short(trace)))
            .collect(),
    };
    if let Some(guide) = guide {
        let text = words::documented(guide.seconds, guide.scale);
        caption.push(if marked {
            Key::of(Swatch::Dash(palette.guide), text)
        } else {
            Key::text(format!("{text}, beyond this axis"))
        });
    }
    caption
}

/// `CPython 3.12: elapsed 3.00 s`.
fn in_short(trace: &Trace) -> String {
    let elapsed = words::precise(samples::seconds(trace.elapsed));
    format!("{}: elapsed {elapsed}", beside::prefix(&trace.header))
}

/// Signs of what there is to be seen, and of nothing else.
fn legend(lanes: &Lanes<'_>, plan: &Plan, palette: &Palette) -> Vec<Key> {
    let has = |activity: Activity| lanes.total(activity) > 0;
    let mut legend = Vec::new();
    if has(Activity::Working) {
        legend.push(Key::of(Swatch::Solid(palette.working), "works"));
    }
    if has(Activity::Waiting) {
        let swatch = if plan.band {
            Swatch::Solid(palette.waiting)
        } else {
            Swatch::Hatched(palette.waiting, Hatch::Lines)
        };
        legend.push(Key::of(swatch, "waits"));
    }
    if has(Activity::Blocked) {
        let swatch = if plan.band {
            Swatch::Solid(palette.blocked)
        } else {
            Swatch::ThinHatched(palette.blocked, Hatch::Crossed)
        };
        legend.push(Key::of(swatch, "is blocked"));
    }
    if !plan.band && lanes.rows.iter().any(|row| !row.holding.is_empty()) {
        legend.push(Key::of(Swatch::Outline(palette.holding), held(lanes)));
    }
    if !plan.band && lanes.rows.iter().any(|row| !row.marks.is_empty()) {
        legend.push(Key::of(Swatch::Tick(palette.ink), "prints"));
    }
    if plan.arrows {
        legend.push(Key::of(Swatch::Arrow(palette.ink), "lets go on"));
    }
    legend.extend(plan.notes(lanes).into_iter().map(Key::text));
    legend.extend(tell::omitted(lanes).map(Key::text));
    legend
}

/// `holds the lock`, or which one when there is only one.
fn held(lanes: &Lanes<'_>) -> String {
    let mut labels = lanes
        .rows
        .iter()
        .flat_map(|row| &row.holding)
        .map(|piece| piece.label);
    match labels.next() {
        Some(first) if !first.is_empty() && labels.all(|label| label == first) => {
            format!("holds {first}")
        }
        _ => "holds a lock".to_owned(),
    }
}
