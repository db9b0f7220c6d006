//! A ladder in words: its title, its verdict, its table and its CSV.

use std::fmt::Write;

use lab::trace::lost::Lost;
use lab::trace::{Action, Op, Trace};
use lab::value::Value;

use super::steps::{Role, Row, Steps, value_in_memory, written};
use crate::figure::samples::{exact_seconds, written as whole};
use crate::figure::table::{aligned, field, one_line};
use crate::figure::{names, stamp, words};

pub(super) fn title(trace: &Trace) -> String {
    let (called, model) = (names::called(trace), trace.header.model);
    format!("{called} under {model}, step by step")
}

/// What became of the writes: the first that was lost, in words.
pub(super) fn verdict(steps: &Steps<'_>) -> String {
    let stores = steps
        .ops
        .iter()
        .any(|op| matches!(op.action, Action::Store(_)));
    let Some(first) = steps.lost.first() else {
        return if stores {
            "No write was lost.".to_owned()
        } else {
            String::new()
        };
    };
    let mut erased: Vec<usize> = steps.lost.iter().map(|lost| lost.erased).collect();
    erased.sort_unstable();
    erased.dedup();
    let more = match erased.len() {
        0 | 1 => String::new(),
        many => format!(" In all, {} were lost.", words::count(many, "write")),
    };
    format!("{}.{more}", first_loss(steps, first))
}

/// `adder 1 read 0, adder 2 wrote 1, then adder 1 wrote 1: one increment is gone`.
fn first_loss(steps: &Steps<'_>, lost: &Lost) -> String {
    let [read, erased, by] = [lost.read, lost.erased, lost.by].map(|at| &steps.ops[at]);
    let name = |op: &Op| steps.name(op.worker);
    let value = |op: &Op| value_in_memory(op).map(written).unwrap_or_default();
    let verb = match erased.action {
        Action::Update(_) => "changed it to",
        _ => "wrote",
    };
    let told = format!(
        "{} read {}, {} {verb} {}, then {} wrote {}",
        name(read),
        value(read),
        name(erased),
        value(erased),
        name(by),
        value(by)
    );
    let before = steps.ops[..lost.erased]
        .iter()
        .rev()
        .filter(|op| op.object == erased.object)
        .find_map(value_in_memory);
    let gone = match (before, value_in_memory(erased)) {
        (Some(Value::Int(before)), Some(Value::Int(after)))
            if before.checked_add(1) == Some(*after) =>
        {
            "one increment is gone".to_owned()
        }
        _ => format!("what {} wrote is gone", name(erased)),
    };
    format!("{told}: {gone}")
}

pub(super) fn description(trace: &Trace, steps: &Steps<'_>, caption: &str) -> String {
    let verdict = verdict(steps);
    let mut said = format!(
        "{} ({}): {} of {}.",
        title(trace),
        stamp::source(&trace.header),
        words::count(steps.ops.len(), "step"),
        words::count(steps.workers.len(), "worker"),
    );
    for sentence in [caption.trim(), &verdict] {
        if !sentence.is_empty() {
            let _ = write!(said, " {}.", sentence.trim_end_matches('.'));
        }
    }
    said
}

/// The same as the drawing, for who reads text.
pub(super) fn text(trace: &Trace, steps: &Steps<'_>, caption: &str, verdict: &str) -> String {
    let mut out = format!("{} ({})\n", title(trace), stamp::source(&trace.header));
    for sentence in [&one_line(caption.trim()), verdict] {
        if !sentence.is_empty() {
            let _ = writeln!(out, "{sentence}");
        }
    }
    if steps.ops.is_empty() {
        out.push_str("no steps recorded");
        return out;
    }
    let columns = ["step", "worker", "does", "memory", ""].map(str::to_owned);
    let rows: Vec<Vec<String>> = steps.rows.iter().map(|row| cells(steps, *row)).collect();
    out.push_str(&aligned(&columns, &rows));
    out
}

fn cells(steps: &Steps<'_>, row: Row) -> Vec<String> {
    let empty = String::new;
    match row {
        Row::Start => {
            let held = steps.initial.iter();
            let held: Vec<String> = held.map(|(cell, value)| steps.held(cell, value)).collect();
            vec![
                empty(),
                empty(),
                "starts".to_owned(),
                held.join(", "),
                empty(),
            ]
        }
        Row::Gap(many) => vec!["-".to_owned(), empty(), left_out(many), empty(), empty()],
        Row::Step(at) => {
            let note = match (steps.eraser(at), steps.role(at)) {
                (Some(by), _) => format!("lost: erased by step {}", by + 1),
                (None, Role::Stale) => "becomes old".to_owned(),
                (None, Role::Erasing) => "from an old value".to_owned(),
                (None, Role::Plain) => empty(),
            };
            vec![
                (at + 1).to_string(),
                steps.name(steps.ops[at].worker),
                steps.phrase(at),
                steps.memory(at).unwrap_or_default(),
                note,
            ]
        }
    }
}

/// `37 steps left out`.
pub(super) fn left_out(many: usize) -> String {
    format!("… {} left out", words::count(many, "step"))
}

/// One row a step.
pub(super) fn csv(trace: &Trace, steps: &Steps<'_>) -> String {
    let header = &trace.header;
    let mut out =
        String::from("scenario,model,kind,step,worker,at_s,action,object,value,role,erased_by\n");
    for (at, op) in steps.ops.iter().enumerate() {
        let (action, value) = match &op.action {
            Action::Load(value) => ("load", whole(value)),
            Action::Store(value) => ("store", whole(value)),
            Action::Update(value) => ("update", whole(value)),
            Action::Wait => ("wait", String::new()),
            Action::Acquire => ("acquire", String::new()),
            Action::Release => ("release", String::new()),
            Action::Signal => ("signal", String::new()),
            Action::Put(value) => ("put", whole(value)),
            Action::Get(value) => ("get", whole(value)),
            Action::Does(what) => ("does", what.clone()),
        };
        let role = match steps.role(at) {
            Role::Plain => "",
            Role::Stale => "stale",
            Role::Erasing => "erasing",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{action},{},{},{role},{}",
            field(&header.scenario),
            header.model,
            header.kind,
            at + 1,
            field(&steps.name(op.worker)),
            exact_seconds(op.at),
            field(&op.object),
            field(&value),
            steps
                .eraser(at)
                .map(|by| (by + 1).to_string())
                .unwrap_or_default(),
        );
    }
    out
}
