//! The repetitions of runs, as numbers and as CSV.

use std::fmt::Write;

use lab::trace::{Header, Model, Trace};
use lab::value::Value;

use super::table::field;
use super::{Group, stats};

/// Nanoseconds as seconds.
pub(super) fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// What each repetition took, sorted.
pub(super) fn durations(trace: &Trace) -> Vec<f64> {
    stats::sorted(trace.samples.iter().map(|sample| seconds(sample.elapsed)))
}

/// What each repetition came to, sorted; what is no number is left out.
pub(super) fn results(trace: &Trace) -> Vec<f64> {
    stats::sorted(
        trace
            .samples
            .iter()
            .filter_map(|sample| match sample.result {
                Value::Int(value) => Some(value as f64),
                Value::UInt(value) => Some(value as f64),
                Value::Float(value) => Some(value),
                Value::Bool(value) => Some(f64::from(u8::from(value))),
                Value::None | Value::Text(_) | Value::List(_) => None,
            }),
    )
}

/// The group that `one` is held against: the first sequential one of the same
/// kind and lock, else of the same kind, else of any; else the first group.
pub(super) fn baseline<'g, 'a>(groups: &'g [Group<'a>], one: &Group<'_>) -> Option<&'g Group<'a>> {
    let own = &one.trace.header;
    let sequential = || {
        groups
            .iter()
            .filter(|group| group.trace.header.model == Model::Sequential)
    };
    let same = |group: &&&Group<'_>| group.trace.header.python == own.python;
    if own.python.is_some() {
        // A Python is held against itself.
        let first = || groups.iter().find(|group| same(&group));
        return sequential().find(|group| same(&group)).or_else(first);
    }
    sequential()
        .find(|group| group.trace.header.kind == own.kind && group.trace.header.gil == own.gil)
        .or_else(|| sequential().find(|group| group.trace.header.kind == own.kind))
        .or_else(|| sequential().next())
        .or_else(|| groups.first())
}

/// The interpreter lock of a run: `off`, a version, or the Python that had its
/// own.
fn lock(header: &Header) -> &str {
    let lock = header.python.as_deref().or(header.gil.as_deref());
    lock.unwrap_or("off")
}

/// One row a repetition.
pub(super) fn csv(groups: &[Group<'_>]) -> String {
    let mut out = String::from(
        "scenario,model,kind,gil,workers,cores,pace_ns,scale,repeat,seed,seconds,result\n",
    );
    for Group { trace, .. } in groups {
        let header = &trace.header;
        for (repeat, sample) in trace.samples.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "{},{},{},{},{},{},{},{},{},{},{},{}",
                field(&header.scenario),
                header.model,
                header.kind,
                field(lock(header)),
                header.workers,
                header.machine.cores,
                header
                    .pace_ns
                    .map(|pace| pace.to_string())
                    .unwrap_or_default(),
                header.scale,
                repeat + 1,
                header.seed,
                exact_seconds(sample.elapsed),
                field(&written(&sample.result)),
            );
        }
    }
    out
}

/// Seconds with all nine decimals of their nanoseconds.
pub(super) fn exact_seconds(nanos: u64) -> String {
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// A value as text; nothing for no value.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        value => value.to_string(),
    }
}
