//! Traces that nobody would expect, and that a damaged file may hold.

use lab::trace::{Action, Activity, Counter, Edge, Ending, Model, Op, Trace};
use lab::value::Value;

use super::{MILLI, SECOND};

/// A trace of numbers and words drawn by lot, many of them absurd.
pub fn absurd(seed: u64) -> Trace {
    let mut state = seed;
    let mut next = move |limit: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize % limit
    };
    let times = [0, 1, 999, MILLI, SECOND, 7 * SECOND, u64::MAX / 2, u64::MAX];
    let floats = [0.0, -1.0, 1e-300, 1.0, 1e300, f64::NAN, f64::INFINITY];
    let words = [
        "",
        " ",
        "x",
        "<&>\"'",
        "\u{0}\n",
        "☕☕☕",
        &"long ".repeat(50),
        &"l".repeat(300),
    ];
    let mut trace = super::empty(words[next(8)], Model::ALL[next(5)]);
    trace.header.scale = floats[next(7)];
    trace.header.yield_chance = Some(floats[next(7)]);
    trace.header.machine.cores = floats[next(7)];
    trace.header.section = words[next(8)].to_owned();
    let workers = [0, 1, 2, 5, 60][next(5)];
    for _ in 0..workers {
        let ending = match next(4) {
            0 => Ending::Running,
            1 => Ending::Returned,
            2 => Ending::Killed(-1),
            _ => Ending::Panicked(words[next(8)].to_owned()),
        };
        let mut lane = super::lane(words[next(8)], times[next(8)], times[next(8)]);
        lane.start = lane.start.filter(|_| next(3) > 0);
        lane.end = lane.end.filter(|_| next(3) > 0);
        lane.ending = ending;
        trace.workers.push(lane);
    }
    for _ in 0..next(200) {
        let activity = [
            Activity::Working,
            Activity::Waiting,
            Activity::Blocked,
            Activity::Holding,
        ];
        let worker = next(workers + 1) as u32;
        let (start, end) = (times[next(8)], times[next(8)]);
        let mut span = super::span(worker, activity[next(4)], words[next(8)], start, end);
        span.end = span.end.filter(|_| next(3) > 0);
        trace.spans.push(span);
        trace
            .marks
            .push(super::mark(worker, times[next(8)], words[next(8)]));
    }
    for _ in 0..next(120) {
        let value = match next(4) {
            0 => Value::Float(floats[next(7)]),
            1 => Value::Int([i64::MIN, -1, 0, 1, i64::MAX][next(5)]),
            2 => Value::Text(words[next(8)].to_owned()),
            _ => Value::List(vec![Value::None]),
        };
        let action = match next(9) {
            0 | 1 => Action::Load(value),
            2 | 3 => Action::Store(value),
            4 => Action::Update(value),
            5 => Action::Wait,
            6 => Action::Acquire,
            7 => Action::Put(value),
            _ => Action::Get(value),
        };
        trace.ops.push(Op {
            worker: [next(3) as u32, next(workers + 1) as u32, u32::MAX][next(3)],
            at: times[next(8)],
            object: words[next(4)].to_owned(),
            action,
        });
        trace.edges.push(Edge {
            from: next(workers + 1) as u32,
            at: times[next(8)],
            to: next(workers + 1) as u32,
            then: times[next(8)],
            object: words[next(8)].to_owned(),
        });
    }
    for _ in 0..next(4) {
        let points = (0..next(50)).map(|_| (times[next(8)], floats[next(7)]));
        let points = points.collect();
        trace.counters.push(Counter {
            name: words[next(4)].to_owned(),
            capacity: None,
            points,
        });
    }
    for _ in 0..next(12) {
        let result = match next(4) {
            0 => Value::Float(floats[next(7)]),
            1 => Value::Int([i64::MIN, -1, 0, 1, i64::MAX][next(5)]),
            2 => Value::Text(words[next(8)].to_owned()),
            _ => Value::List(vec![Value::None]),
        };
        trace.samples.push(super::sample(times[next(8)], result));
    }
    trace.elapsed = times[next(8)];
    trace
}
