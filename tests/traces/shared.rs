//! Traces of what workers share: cells, locks, queues.

use lab::trace::{Action, Activity, Counter, Edge, Ending, Kind, Model, Nanos, Op, Trace};
use lab::value::Value;

use super::{MILLI, SECOND, empty, finish, lane, span};

/// An operation in millisecond `at`.
pub fn op(worker: u32, at: Nanos, object: &str, action: Action) -> Op {
    Op {
        worker,
        at: at * MILLI,
        object: object.to_owned(),
        action,
    }
}

fn named(scenario: &str, names: &[&str], elapsed: Nanos) -> Trace {
    let mut trace = empty(scenario, Model::Threads);
    trace.header.kind = Kind::Simulated;
    for name in names {
        trace.workers.push(lane(name, 0, elapsed));
    }
    finish(trace, elapsed)
}

/// Two workers that each add one, and of which one addition is lost.
pub fn adders() -> Trace {
    let mut trace = named("counter", &["adder 1", "adder 2"], 5 * MILLI);
    let int = Value::Int;
    trace.ops = vec![
        op(0, 0, "total", Action::Load(int(0))),
        op(1, 1, "total", Action::Load(int(0))),
        op(1, 2, "total", Action::Store(int(1))),
        op(0, 3, "total", Action::Store(int(1))),
    ];
    trace
}

/// Adders under a lock, with an event and a queue, and two cells.
pub fn helpers(workers: u32) -> Trace {
    let names: Vec<String> = (1..=workers).map(|i| format!("helper {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut trace = named("helpers", &names, 40 * MILLI);
    let mut at = 0;
    for worker in 0..workers {
        let seen = Value::Int(i64::from(worker));
        let next = Value::Int(i64::from(worker) + 1);
        for (object, action) in [
            ("till", Action::Wait),
            ("till", Action::Acquire),
            ("cups", Action::Load(seen)),
            ("cups", Action::Store(next.clone())),
            ("till", Action::Release),
            (
                "last",
                Action::Update(Value::Text(format!("helper {worker}"))),
            ),
            ("orders", Action::Put(next.clone())),
            ("orders", Action::Get(next)),
            ("open", Action::Signal),
        ] {
            trace.ops.push(op(worker, at, object, action));
            at += 1;
        }
    }
    trace
}

/// `steps` steps of `workers` workers that take turns reading and writing, so
/// that updates are lost from `first` on.
pub fn many_steps(workers: u32, steps: usize, first: usize) -> Trace {
    let names: Vec<String> = (1..=workers).map(|i| format!("adder {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut trace = named("counter", &names, SECOND);
    let mut total = 0;
    let mut at = 0;
    while trace.ops.len() < steps {
        let pair = [(at as u32) % workers, (at as u32 + 1) % workers];
        let together = trace.ops.len() >= first && workers > 1;
        let order: &[(u32, bool)] = if together {
            &[
                (pair[0], true),
                (pair[1], true),
                (pair[1], false),
                (pair[0], false),
            ]
        } else {
            &[(pair[0], true), (pair[0], false)]
        };
        let seen = total;
        for (worker, reads) in order {
            let action = if *reads {
                Action::Load(Value::Int(seen))
            } else {
                total = seen + 1;
                Action::Store(Value::Int(total))
            };
            trace
                .ops
                .push(op(*worker, trace.ops.len() as Nanos, "total", action));
        }
        at += 1;
    }
    trace.ops.truncate(steps);
    trace
}

/// As many philosophers as there are forks, each with one fork in the left hand.
pub fn philosophers(names: &[&str]) -> Trace {
    let mut trace = named("philosophers", names, 2 * SECOND);
    trace.samples.clear();
    let count = names.len() as u32;
    for worker in 0..count {
        let begin = Nanos::from(worker) * 40 * MILLI;
        let (left, right) = (worker + 1, (worker + 1) % count + 1);
        let lane = &mut trace.workers[worker as usize];
        (lane.end, lane.ending) = (None, Ending::Running);
        trace.spans.push(span(
            worker,
            Activity::Working,
            "thinks",
            begin,
            begin + 300 * MILLI,
        ));
        for (activity, fork, at) in [
            (Activity::Holding, left, begin + 300 * MILLI),
            (Activity::Blocked, right, begin + 700 * MILLI),
        ] {
            let mut open = span(worker, activity, &format!("fork {fork}"), at, at);
            open.end = None;
            trace.spans.push(open);
        }
        trace.spans.push(span(
            worker,
            Activity::Waiting,
            "reaches",
            begin + 310 * MILLI,
            begin + 700 * MILLI,
        ));
    }
    trace.spans.sort_by_key(|span| span.start);
    trace
}

/// Two that wait for each other, one that waits for one of them, and one for a
/// signal that nobody gives.
pub fn entangled() -> Trace {
    let mut trace = philosophers(&["Ada", "Ben"]);
    for (name, label, at) in [("Cleo", "fork 1", 800), ("Dan", "the bell", 900)] {
        let worker = trace.workers.len() as u32;
        let mut late = lane(name, 0, 0);
        (late.end, late.ending) = (None, Ending::Running);
        trace.workers.push(late);
        let mut open = span(worker, Activity::Blocked, label, at * MILLI, at * MILLI);
        open.end = None;
        trace.spans.push(open);
    }
    trace.header.workers = 4;
    trace
}

/// One that has a lock while others wait in a row.
pub fn queueing(waiters: u32) -> Trace {
    let names: Vec<String> = (0..=waiters).map(|i| format!("guest {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut trace = named("bank", &names, SECOND);
    trace.samples.clear();
    for worker in 0..=waiters {
        let activity = if worker == 0 {
            Activity::Holding
        } else {
            Activity::Blocked
        };
        let at = Nanos::from(worker) * 50 * MILLI;
        let mut open = span(worker, activity, "counter", at, at);
        open.end = None;
        trace.spans.push(open);
    }
    trace
}

/// Runs of `crunch` under a model by number of workers, in milliseconds.
pub fn scaled(model: Model, workers: u32, millis: &[u64]) -> Trace {
    let mut trace = super::repeated(model, millis);
    trace.header.workers = workers;
    trace
}

/// Workers that take turns with the interpreter lock, `rounds` each, about
/// `slice` long; the last one makes blocking calls between them.
pub fn turns(workers: u32, rounds: u32, slice: Nanos) -> Trace {
    let mut trace = empty("crunch", Model::Threads);
    trace.header.gil = Some("3.12".to_owned());
    let lock = "interpreter lock";
    let mut at = 0;
    let mut free = vec![0; workers as usize];
    for round in 0..rounds {
        for worker in 0..workers {
            let own = slice + Nanos::from(round * 7919 + worker * 104_729) % 37 * slice / 900;
            let long = if (round + worker) % 17 == 16 {
                3 * own
            } else {
                own
            };
            let since = free[worker as usize];
            if worker + 1 == workers && workers > 2 {
                let called = since + (at - since) / 2;
                trace
                    .spans
                    .push(span(worker, Activity::Waiting, "read", since, called));
                trace
                    .spans
                    .push(span(worker, Activity::Blocked, lock, called, at));
            } else if at > since {
                trace
                    .spans
                    .push(span(worker, Activity::Blocked, lock, since, at));
            }
            trace
                .spans
                .push(span(worker, Activity::Holding, lock, at, at + long));
            trace.edges.push(Edge {
                from: worker,
                at: at + long,
                to: (worker + 1) % workers,
                then: at + long + slice / 50,
                object: lock.to_owned(),
            });
            at += long;
            free[worker as usize] = at;
        }
    }
    for worker in 0..workers {
        trace
            .workers
            .push(lane(&format!("counter {}", worker + 1), 0, at));
    }
    trace.edges.pop();
    trace.spans.sort_by_key(|span| span.start);
    finish(trace, at)
}

/// A queue of `capacity` places between one who puts and one who gets, `items`
/// through it.
pub fn kitchen(capacity: u64, items: u64, recorded: bool) -> Trace {
    let mut trace = empty("kitchen", Model::Threads);
    let mut points = vec![(0, 0.0)];
    let (mut depth, mut at) = (0u64, 0);
    let (mut put, mut got) = (0, 0);
    let mut begun: [Option<Nanos>; 2] = [None, None];
    let mut state = 7u64;
    while got < items {
        at += 5 * MILLI;
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        // In the first half putting is the faster one, in the second getting.
        let puts = put < items && (state >> 40) % 10 < if put * 2 < items { 8 } else { 3 };
        let (side, possible) = if puts {
            (0, depth < capacity)
        } else {
            (1, depth > 0)
        };
        if !possible {
            begun[side].get_or_insert(at);
            continue;
        }
        let action = if puts {
            depth += 1;
            put += 1;
            Action::Put(Value::Int(put as i64))
        } else {
            depth -= 1;
            got += 1;
            Action::Get(Value::Int(got as i64))
        };
        for (side, begun) in begun.iter_mut().enumerate() {
            if let Some(begin) = begun.take() {
                trace
                    .spans
                    .push(span(side as u32, Activity::Blocked, "orders", begin, at));
            }
        }
        if recorded {
            trace
                .ops
                .push(op(u32::from(!puts), at / MILLI, "orders", action));
        }
        points.push((at, depth as f64));
    }
    trace.workers = vec![lane("waiter", 0, at), lane("cook", 0, at)];
    trace.counters = vec![Counter {
        name: "orders".to_owned(),
        capacity: None,
        points,
    }];
    trace.spans.sort_by_key(|span| span.start);
    finish(trace, at)
}
