//! The small print: what was run, how, where and when, so that a figure can be
//! judged, and made again, long after it left the notebook.

use lab::trace::{Header, Kind, Machine, Trace};

use super::words;

/// Seconds of the switch interval that CPython has, which needs no mention.
const STANDARD_INTERVAL: f64 = 0.005;

/// What a source is called on charts: `Rust, measured`.
pub(super) fn source(header: &Header) -> String {
    if let Some(python) = &header.python {
        return format!("{python}, {}", header.kind);
    }
    match (header.kind, &header.gil) {
        (Kind::Simulated, None) => "simulated".to_owned(),
        (Kind::Simulated, Some(version)) => format!("simulated with a {version}-style lock"),
        (Kind::Measured, None) => "Rust, measured".to_owned(),
        (Kind::Measured, Some(version)) => format!("Rust under a {version}-style lock, measured"),
    }
}

/// The different sources of `traces`, in their order: `simulated without a lock
/// and with a 3.9-style lock`.
pub(super) fn sources(traces: &[&Trace]) -> String {
    let mut kinds: Vec<(Kind, Vec<&Trace>)> = Vec::new();
    for trace in traces {
        match kinds
            .iter_mut()
            .find(|(kind, _)| *kind == trace.header.kind)
        {
            Some((_, of)) => of.push(trace),
            None => kinds.push((trace.header.kind, vec![trace])),
        }
    }
    let said = kinds.into_iter().map(|(kind, traces)| {
        let locks = distinct(&traces, |trace| {
            let version = trace.header.gil.as_ref();
            Some(version.map_or("without a lock".to_owned(), |v| format!("a {v}-style lock")))
        });
        let [_, _, ..] = locks.as_slice() else {
            return source(&traces[0].header);
        };
        let (kind, with) = match kind {
            Kind::Simulated => ("simulated", "with"),
            Kind::Measured => ("Rust, measured", "under"),
        };
        let each = |lock: String| match lock.starts_with("a ") {
            true => format!("{with} {lock}"),
            false => lock,
        };
        let locks: Vec<String> = locks.into_iter().map(each).collect();
        format!("{kind} {}", words::list(&locks))
    });
    let said: Vec<String> = said.collect();
    let between = if said.iter().any(|s| s.contains(" and ")) {
        "; "
    } else {
        " and "
    };
    said.join(between)
}

/// The items of the stamp. What all traces share is said once; what differs is
/// listed, or given by its first and last when there is much of it.
pub(super) fn items(traces: &[&Trace]) -> Vec<String> {
    let each = |what: fn(&Trace) -> Option<String>, name: &str| -> Option<String> {
        let values = distinct(traces, what);
        let said = match values.as_slice() {
            [] => return None,
            [.., last] if values.len() > 5 => format!("{} … {last}", values[0]),
            _ => values.join(", "),
        };
        Some(if name.is_empty() {
            said
        } else {
            format!("{name} {said}")
        })
    };
    let workers = |trace: &Trace| Some(words::count(trace.header.workers as usize, "worker"));
    let scale = |trace: &Trace| {
        let scale = trace.header.scale;
        (scale.is_finite() && scale != 1.0).then(|| words::plain(scale))
    };
    let samples = |trace: &Trace| {
        (!trace.samples.is_empty()).then(|| words::thousands(trace.samples.len() as i64))
    };
    let chance = |trace: &Trace| {
        let chance = trace.header.yield_chance?;
        Some(format!("{} %", words::plain(chance * 100.0)))
    };
    let pace = |trace: &Trace| {
        let nanos = trace.header.pace_ns?;
        let of = trace.header.pace_of.as_ref();
        let of = of.map_or(String::new(), |of| format!(" ({of})"));
        Some(format!("{} ns{of}", words::plain(nanos)))
    };
    let interval = |trace: &Trace| {
        let interval = trace.header.switch_interval? as f64 / 1e9;
        (interval != STANDARD_INTERVAL).then(|| words::duration(interval))
    };
    let cores = |trace: &Trace| cores(&trace.header.machine);
    let load = |trace: &Trace| {
        let load = trace.header.machine.load;
        (trace.header.kind == Kind::Measured && load.is_finite()).then(|| format!("{load:.1}"))
    };
    // One moment stands for all: the first.
    let date = traces
        .first()
        .map(|trace| readable_date(&trace.header.date));
    [
        each(|trace| Some(trace.header.section.clone()), ""),
        each(|trace| Some(scenario(&trace.header)), ""),
        each(|trace| Some(trace.header.model.to_string()), ""),
        each(workers, ""),
        each(|trace| Some(source(&trace.header)), ""),
        each(scale, "scale"),
        each(samples, "samples"),
        each(|trace| Some(trace.header.seed.to_string()), "seed"),
        each(chance, "yield chance"),
        each(pace, "pace"),
        each(interval, "switch interval"),
        each(|trace| Some(trace.header.machine.cpu.clone()), ""),
        each(cores, ""),
        each(load, "load"),
        each(|trace| Some(trace.header.machine.system.clone()), ""),
        date,
        each(|trace| Some(trace.header.threadlab.clone()), "threadlab"),
    ]
    .into_iter()
    .flatten()
    .filter(|item| !item.trim().is_empty())
    .collect()
}

/// The items of what was measured without a trace: `what` was done, on which
/// machine, when, by which version.
pub(super) fn measured(
    what: Vec<String>,
    machine: &Machine,
    date: &str,
    version: &str,
) -> Vec<String> {
    let on = [
        Some("Rust, measured".to_owned()),
        Some(machine.cpu.clone()),
        cores(machine),
        Some(format!("load {:.1}", machine.load)),
        Some(machine.system.clone()),
        Some(readable_date(date)),
        Some(format!("threadlab {version}")),
    ];
    what.into_iter().chain(on.into_iter().flatten()).collect()
}

fn cores(machine: &Machine) -> Option<String> {
    let cores = machine.cores;
    (cores > 0.0 && cores.is_finite()).then(|| {
        format!(
            "{} usable core{}",
            words::plain(cores),
            if cores == 1.0 { "" } else { "s" }
        )
    })
}

/// Name and parameters, as a learner would type them.
fn scenario(header: &Header) -> String {
    header
        .parameters
        .iter()
        .fold(header.scenario.clone(), |said, (name, value)| {
            let said = format!("{said} --{} {value}", name.trim_start_matches('-'));
            // An option without a value, such as --split.
            said.trim_end().to_owned()
        })
}

/// `2026-11-20T10:29:48.12Z` without what nobody reads.
fn readable_date(date: &str) -> String {
    match (date.get(..10), date.get(11..16)) {
        (Some(day), Some(time)) if date.ends_with('Z') => format!("{day} {time} UTC"),
        _ => date.to_owned(),
    }
}

fn distinct(traces: &[&Trace], what: impl Fn(&Trace) -> Option<String>) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in traces.iter().filter_map(|trace| what(trace)) {
        if !value.trim().is_empty() && !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_lose_their_seconds_and_odd_ones_stay() {
        assert_eq!(
            readable_date("2026-11-20T10:29:48Z"),
            "2026-11-20 10:29 UTC"
        );
        assert_eq!(
            readable_date("2026-11-20T10:29:48+02:00"),
            "2026-11-20T10:29:48+02:00"
        );
        assert_eq!(readable_date("yesterday"), "yesterday");
        assert_eq!(readable_date("2026-11-2ä"), "2026-11-2ä");
    }
}
