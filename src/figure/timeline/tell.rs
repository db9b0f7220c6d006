//! A timeline in words: its title, its caption, its table and its CSV.

use std::fmt::Write;

use lab::trace::{Activity, Ending, Trace};

use super::lanes::Lanes;
use crate::figure::Documented;
use crate::figure::samples::{exact_seconds, seconds, written};
use crate::figure::table::{aligned, field, one_line};
use crate::figure::{names, stamp, words};

/// Rows and prints of the table beyond this are counted, not listed.
const LISTED: usize = 60;

/// `breakfast under threads`; where each task has the same amount to do, that
/// amount too.
pub(super) fn title(trace: &Trace) -> String {
    let header = &trace.header;
    let parameter = |wanted: &str| {
        let found = header.parameters.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.replace(['_', ','], ""))
    };
    let title = format!("{} under {}", names::called(trace), header.model);
    match parameter("n").and_then(|n| n.parse::<i64>().ok()) {
        Some(n) if parameter("split").is_some() => {
            format!("{title}, {} among {}", words::thousands(n), header.workers)
        }
        // A pool has more tasks than workers.
        Some(n) => format!(
            "{title}, {} × {}",
            trace.workers.len().max(1),
            words::thousands(n)
        ),
        _ => title,
    }
}

/// `elapsed 3.00 s`, then the sums that are not zero.
pub(super) fn sums(trace: &Trace, lanes: &Lanes<'_>) -> Vec<String> {
    let mut sums = vec![format!(
        "elapsed {}",
        words::precise(seconds(trace.elapsed))
    )];
    for (activity, name) in [
        (Activity::Working, "sum of work"),
        (Activity::Waiting, "sum of waits"),
        (Activity::Blocked, "sum of blocked time"),
    ] {
        let total = lanes.total(activity);
        if total > 0 {
            sums.push(format!("{name} {}", words::precise(seconds(total))));
        }
    }
    sums
}

/// What the sums leave out, if anything.
pub(super) fn omitted(lanes: &Lanes<'_>) -> Option<String> {
    let omitted = lanes.omitted();
    (omitted > 0).then(|| {
        let spans = words::count(omitted as usize, "span");
        format!("{spans} not recorded, nor part of the sums")
    })
}

pub(super) fn description(trace: &Trace, lanes: &Lanes<'_>, guide: Option<&Documented>) -> String {
    let mut facts = sums(trace, lanes);
    facts.extend(guide.map(|guide| words::documented(guide.seconds, guide.scale)));
    format!(
        "Timeline of {} ({}): what {} did, when. {}.",
        title(trace),
        stamp::source(&trace.header),
        words::count(lanes.rows.len(), "worker"),
        capitalised(&facts.join(", ")),
    )
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// The same as the drawing, for who reads text.
pub(super) fn text(
    trace: &Trace,
    lanes: &Lanes<'_>,
    guide: Option<&Documented>,
    finished: bool,
) -> String {
    let mut facts = sums(trace, lanes);
    facts.extend(guide.map(|guide| words::documented(guide.seconds, guide.scale)));
    let mut out = format!(
        "{} ({})\n{}\n",
        title(trace),
        stamp::source(&trace.header),
        facts.join(", ")
    );
    if lanes.rows.is_empty() {
        out.push_str("no workers");
        return out;
    }
    let columns = [
        "worker", "start", "end", "working", "waiting", "blocked", "holding", "ended", "result",
    ];
    let unique = names::unique(trace);
    let rows: Vec<Vec<String>> = lanes
        .rows
        .iter()
        .zip(unique)
        .take(LISTED)
        .map(|(row, name)| {
            let time = |nanos: u64| {
                if nanos == 0 {
                    String::new()
                } else {
                    words::precise(seconds(nanos))
                }
            };
            let ended = match &row.lane.ending {
                Ending::Panicked(message) => format!("panicked: {message}"),
                Ending::Returned => "returned".to_owned(),
                _ => row
                    .misfortune(finished)
                    .unwrap_or_else(|| "running".to_owned()),
            };
            let moment =
                |at: Option<u64>| at.map(|at| words::precise(seconds(at))).unwrap_or_default();
            vec![
                name,
                moment(row.life.map(|life| life.0)),
                moment(row.lane.end),
                time(row.total(Activity::Working)),
                time(row.total(Activity::Waiting)),
                time(row.total(Activity::Blocked)),
                time(row.total(Activity::Holding)),
                ended,
                row.lane.result.as_ref().map(written).unwrap_or_default(),
            ]
        })
        .collect();
    let (columns, rows) = without_empty(&columns, rows);
    out.push_str(&aligned(&columns, &rows));
    if lanes.rows.len() > LISTED {
        let _ = write!(
            out,
            "\nand {} more",
            words::count(lanes.rows.len() - LISTED, "worker")
        );
    }
    if !trace.marks.is_empty() {
        out.push_str("\nprinted:");
        for mark in trace.marks.iter().take(LISTED) {
            let worker = mark
                .worker
                .and_then(|worker| trace.workers.get(worker as usize));
            let name = worker
                .map(|lane| format!("{}: ", lane.name))
                .unwrap_or_default();
            let _ = write!(
                out,
                "\n  {}  {name}{}",
                words::precise(seconds(mark.at)),
                one_line(mark.text.trim_end())
            );
        }
        if trace.marks.len() > LISTED {
            let _ = write!(
                out,
                "\n  and {} more",
                words::count(trace.marks.len() - LISTED, "line")
            );
        }
    }
    if let Some(omitted) = omitted(lanes) {
        let _ = write!(out, "\n{omitted}");
    }
    if lanes.stray > 0 {
        let _ = write!(
            out,
            "\n{} of workers that the trace does not have",
            words::count(lanes.stray, "event")
        );
    }
    out
}

/// Columns in which something stands.
fn without_empty(columns: &[&str], rows: Vec<Vec<String>>) -> (Vec<String>, Vec<Vec<String>>) {
    let used: Vec<bool> = (0..columns.len())
        .map(|i| rows.iter().any(|row| !row[i].is_empty()))
        .collect();
    let pick = |cells: Vec<String>| -> Vec<String> {
        cells
            .into_iter()
            .zip(&used)
            .filter(|(_, used)| **used)
            .map(|(cell, _)| cell)
            .collect()
    };
    let heads = pick(columns.iter().map(|&column| column.to_owned()).collect());
    (heads, rows.into_iter().map(pick).collect())
}

/// One row a span, as it is in the trace.
pub(super) fn csv(trace: &Trace) -> String {
    let header = &trace.header;
    let run = format!(
        "{},{},{}",
        field(&header.scenario),
        header.model,
        header.kind
    );
    let unique = names::unique(trace);
    let mut out = String::from("scenario,model,kind,worker,activity,label,start_s,end_s\n");
    out.reserve(trace.spans.len() * (run.len() + 48));
    for span in &trace.spans {
        let activity = match span.activity {
            Activity::Working => "working",
            Activity::Waiting => "waiting",
            Activity::Blocked => "blocked",
            Activity::Holding => "holding",
        };
        let number = span.worker.to_string();
        let name = unique.get(span.worker as usize).unwrap_or(&number);
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{run},{},{activity},{},{},{}",
            field(name),
            field(&span.label),
            exact_seconds(span.start),
            span.end.map(exact_seconds).unwrap_or_default(),
        );
    }
    out
}
