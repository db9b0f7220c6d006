//! Traces written by hand, as runs of well-known scenarios leave them behind.

// Not every test and benchmark draws on all of them.
#[allow(dead_code)]
pub mod absurd;
#[allow(dead_code)]
pub mod shared;

use lab::trace::{
    Activity, Ending, Header, Kind, Lane, Machine, Mark, Model, Nanos, Sample, Span, Trace, VERSION,
};
use lab::value::Value;

/// A second.
pub const SECOND: Nanos = 1_000_000_000;
/// A millisecond.
pub const MILLI: Nanos = 1_000_000;

/// A run of nobody.
pub fn empty(scenario: &str, model: Model) -> Trace {
    Trace {
        version: VERSION,
        header: Header {
            scenario: scenario.to_owned(),
            section: "Masterclass 5.1".to_owned(),
            model,
            kind: Kind::Measured,
            parameters: Vec::new(),
            workers: 0,
            scale: 1.0,
            gil: None,
            python: None,
            pace_ns: None,
            pace_of: None,
            switch_interval: None,
            starts: None,
            yield_chance: None,
            seed: 20261120,
            date: "2026-11-20T10:29:48Z".to_owned(),
            machine: Machine {
                cpu: "AMD EPYC 7B13".to_owned(),
                cores: 2.0,
                load: 0.37,
                system: "Linux 6.1.0".to_owned(),
            },
            threadlab: "0.1.0".to_owned(),
        },
        workers: Vec::new(),
        spans: Vec::new(),
        marks: Vec::new(),
        counters: Vec::new(),
        ops: Vec::new(),
        edges: Vec::new(),
        samples: Vec::new(),
        elapsed: 0,
    }
}

/// A worker that lived from `start` to `end` and returned.
pub fn lane(name: &str, start: Nanos, end: Nanos) -> Lane {
    Lane {
        name: name.to_owned(),
        pid: 4711,
        start: Some(start),
        end: Some(end),
        ending: Ending::Returned,
        ..Lane::default()
    }
}

/// A stretch of time.
pub fn span(worker: u32, activity: Activity, label: &str, start: Nanos, end: Nanos) -> Span {
    Span {
        worker,
        activity,
        label: label.to_owned(),
        start,
        end: Some(end),
    }
}

/// Something said.
pub fn mark(worker: u32, at: Nanos, text: &str) -> Mark {
    Mark {
        worker: Some(worker),
        at,
        text: text.to_owned(),
    }
}

/// A finished repetition.
pub fn sample(elapsed: Nanos, result: Value) -> Sample {
    Sample {
        elapsed,
        cpu: 0,
        result,
    }
}

/// Milk boils while a bun toasts.
pub fn breakfast() -> Trace {
    let mut trace = empty("breakfast", Model::Threads);
    trace.header.parameters = vec![
        ("milk".to_owned(), "2s".to_owned()),
        ("bun".to_owned(), "3s".to_owned()),
    ];
    trace.workers = vec![
        lane("milk", 400_000, 2 * SECOND + 900_000),
        lane("bun", 600_000, 3 * SECOND + MILLI),
    ];
    trace.spans = vec![
        span(0, Activity::Waiting, "sleep", 500_000, 2 * SECOND + 500_000),
        span(1, Activity::Waiting, "sleep", 700_000, 3 * SECOND + 700_000),
    ];
    trace.marks = vec![
        mark(0, 450_000, "Boiling milk..."),
        mark(1, 650_000, "Toasting bun..."),
        mark(0, 2 * SECOND + 800_000, "Milk boiled"),
        mark(1, 3 * SECOND + 900_000, "Bun toasted"),
    ];
    finish(trace, 3 * SECOND + MILLI)
}

/// Workers that count, one after another under a lock that they hand over.
pub fn crunch(workers: u32) -> Trace {
    let mut trace = empty("crunch", Model::Threads);
    trace.header.section = "Masterclass 4.1".to_owned();
    trace.header.parameters = vec![("n".to_owned(), "100_000_000".to_owned())];
    trace.header.gil = Some("3.12".to_owned());
    trace.header.pace_ns = Some(25.0);
    trace.header.yield_chance = None;
    let slice = 40 * MILLI;
    let rounds = 6;
    for worker in 0..workers {
        let all = Nanos::from(workers * rounds) * slice;
        trace
            .workers
            .push(lane(&format!("counter {}", worker + 1), MILLI, all));
    }
    for round in 0..rounds {
        for worker in 0..workers {
            let begin = Nanos::from(round * workers + worker) * slice;
            let before = if round == 0 {
                MILLI
            } else {
                begin - Nanos::from(workers - 1) * slice
            };
            if begin > before {
                trace.spans.push(span(
                    worker,
                    Activity::Blocked,
                    "interpreter lock",
                    before,
                    begin,
                ));
            }
            trace.spans.push(span(
                worker,
                Activity::Working,
                "count",
                begin.max(MILLI),
                begin + slice,
            ));
            trace.spans.push(span(
                worker,
                Activity::Holding,
                "interpreter lock",
                begin.max(MILLI),
                begin + slice,
            ));
        }
    }
    trace.spans.sort_by_key(|span| span.start);
    finish(trace, Nanos::from(workers * rounds) * slice)
}

/// A counter that loses updates: `results` of runs of ten workers.
pub fn counter(results: &[i64]) -> Trace {
    let mut trace = empty("counter", Model::Threads);
    trace.header.section = "Masterclass 7.1".to_owned();
    trace.header.parameters = vec![("n".to_owned(), "100_000".to_owned())];
    trace.header.yield_chance = Some(0.001);
    for worker in 0..10u32 {
        let start = Nanos::from(worker) * 40_000;
        trace.workers.push(lane(
            &format!("worker {}", worker + 1),
            start,
            9 * MILLI + start,
        ));
        trace.spans.push(span(
            worker,
            Activity::Working,
            "",
            start,
            9 * MILLI + start,
        ));
    }
    trace = finish(trace, 9 * MILLI + 360_000);
    trace.samples = results
        .iter()
        .enumerate()
        .map(|(i, &result)| sample(9 * MILLI + i as Nanos * 10_000, Value::Int(result)))
        .collect();
    trace
}

/// A run of which only its repetitions matter, in milliseconds.
pub fn repeated(model: Model, millis: &[u64]) -> Trace {
    let mut trace = empty("crunch", model);
    trace.header.parameters = vec![("n".to_owned(), "100_000_000".to_owned())];
    trace.header.workers = 2;
    trace.samples = millis
        .iter()
        .map(|ms| sample(ms * MILLI, Value::None))
        .collect();
    trace.elapsed = millis.first().copied().unwrap_or(0) * MILLI;
    trace
}

/// Counts the workers and adds the one repetition that was traced.
pub fn finish(mut trace: Trace, elapsed: Nanos) -> Trace {
    trace.header.workers = trace.workers.len() as u32;
    trace.elapsed = elapsed;
    trace.samples = vec![sample(elapsed, Value::None)];
    trace
}

/// The same run, caught at `now`.
pub fn caught(mut trace: Trace, now: Nanos) -> Trace {
    trace.spans.retain(|span| span.start < now);
    trace.marks.retain(|mark| mark.at < now);
    for span in &mut trace.spans {
        span.end = span.end.filter(|end| *end <= now);
    }
    for lane in &mut trace.workers {
        lane.start = lane.start.filter(|start| *start < now);
        if lane.end.is_none_or(|end| end > now) {
            lane.end = None;
            lane.ending = Ending::Running;
        }
    }
    trace.samples.clear();
    trace.elapsed = now;
    trace
}

/// A pool of workers that do this and that, from a small generator of numbers.
pub fn busy(workers: u32, rounds: u32) -> Trace {
    let mut trace = empty("busy", Model::Processes);
    let mut state = 12345u64;
    let mut next = move |limit: u64| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) % limit
    };
    let mut last = 0;
    for worker in 0..workers {
        let mut at = next(30) * MILLI;
        let start = at;
        for round in 0..rounds {
            let activity = match next(4) {
                0 => Activity::Blocked,
                1 => Activity::Waiting,
                _ => Activity::Working,
            };
            let end = at + (5 + next(60)) * MILLI;
            trace.spans.push(span(
                worker,
                activity,
                ["read", "sum", "store"][(round % 3) as usize],
                at,
                end,
            ));
            at = end + next(6) * MILLI;
        }
        trace
            .workers
            .push(lane(&format!("worker {}", worker + 1), start, at));
        last = last.max(at);
    }
    trace.spans.sort_by_key(|span| span.start);
    finish(trace, last)
}
