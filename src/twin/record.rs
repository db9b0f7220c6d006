//! What a recorder wrote, read as a trace.

use lab::Value;
use lab::trace::{Activity, Ending, Header, Lane, Mark, Nanos, Sample, Span, Trace, VERSION};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

/// One line of a record; `threadlab_recorder.py` says what each means.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event {
    Process {
        pid: u32,
    },
    Run {},
    Start {
        worker: u32,
        name: String,
        at: Nanos,
    },
    End {
        worker: u32,
        at: Nanos,
        error: Option<String>,
        result: serde_json::Value,
    },
    Say {
        worker: Option<u32>,
        at: Nanos,
        text: String,
    },
    Wait {
        worker: u32,
        at: Nanos,
        activity: Activity,
        label: String,
    },
    Over {
        worker: u32,
        at: Nanos,
    },
    Hold {
        worker: u32,
        at: Nanos,
        label: String,
    },
    Free {
        worker: u32,
        at: Nanos,
        label: String,
    },
    Span {
        worker: u32,
        activity: Activity,
        label: String,
        start: Nanos,
        end: Nanos,
    },
    Omitted {
        worker: u32,
        spans: u64,
    },
    Exit {
        pid: u32,
        code: i32,
    },
    Done {
        at: Nanos,
        began: Nanos,
        cpu: Nanos,
        result: serde_json::Value,
    },
}

/// The records of a twin's processes: what each wrote, by its number.
#[derive(Debug, Default)]
pub(super) struct Records(Vec<(u32, Vec<Event>)>);

/// Reads the records that stand in a folder. A line that cannot be read is
/// logged and passed over: it may be one that a killed process did not finish.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn read(folder: &Path) -> io::Result<Records> {
    let mut all = vec![];
    for entry in std::fs::read_dir(folder)? {
        let text = std::fs::read_to_string(entry?.path())?;
        all.push(parsed(&text));
    }
    Ok(Records(all))
}

fn parsed(text: &str) -> (u32, Vec<Event>) {
    let (mut pid, mut events) = (0, vec![]);
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(Event::Process { pid: own }) => pid = own,
            Ok(event) => events.push(event),
            Err(error) => log::warn!("a recorded line cannot be read ({error}): {line}"),
        }
    }
    (pid, events)
}

/// One worker while its records are read.
#[derive(Default)]
struct Seat {
    lane: Lane,
    spans: Vec<Span>,
    marks: Vec<Mark>,
}

/// What was recorded, as a trace with one sample; `names` gives workers their
/// order.
pub(super) fn trace(records: &Records, header: Header, names: &[&str]) -> Trace {
    let mut seats: BTreeMap<(u32, u32), Seat> = BTreeMap::new();
    let mut said: Vec<Mark> = vec![];
    let mut codes: HashMap<u32, i32> = HashMap::new();
    let (mut last, mut done) = (0, None);
    for (pid, events) in &records.0 {
        for event in events {
            let at = take(event, *pid, &mut seats, &mut said);
            last = last.max(at);
            match event {
                Event::Exit { pid, code } => {
                    codes.insert(*pid, *code);
                }
                Event::Done {
                    began, cpu, result, ..
                } => done = Some((*began, *cpu, value(result))),
                _ => {}
            }
        }
    }
    for ((pid, _), seat) in &mut seats {
        if seat.lane.ending == Ending::Running {
            match codes.get(pid) {
                Some(code) if *code < 0 => seat.lane.ending = Ending::Killed(-code),
                Some(code) if *code > 0 => seat.lane.ending = Ending::Exited(*code),
                _ => {}
            }
        }
    }
    let mut seats: Vec<Seat> = seats.into_values().collect();
    let place = |lane: &Lane| names.iter().position(|name| *name == lane.name);
    seats.sort_by_key(|seat| (place(&seat.lane).unwrap_or(usize::MAX), seat.lane.start));

    let (began, cpu, result) = done.unwrap_or((last, 0, Value::None));
    let starts = seats.iter().filter_map(|seat| seat.lane.start);
    let zero = starts.min().unwrap_or(began);
    let ends: Option<Vec<Nanos>> = seats.iter().map(|seat| seat.lane.end).collect();
    // Where somebody did not end, or nobody began, the program's own end counts.
    let end = ends.and_then(|ends| ends.into_iter().max()).unwrap_or(last);
    let elapsed = end.saturating_sub(zero);
    let sample = Sample {
        elapsed,
        cpu,
        result,
    };
    Trace {
        elapsed,
        samples: vec![sample],
        ..gathered(seats, said, zero, header)
    }
}

/// Takes one event up; when it happened.
fn take(
    event: &Event,
    pid: u32,
    seats: &mut BTreeMap<(u32, u32), Seat>,
    said: &mut Vec<Mark>,
) -> Nanos {
    let span = |activity, label: &String, start, end| Span {
        worker: 0,
        activity,
        label: label.clone(),
        start,
        end,
    };
    match event {
        Event::Start { worker, name, at } => {
            let lane = &mut seat(seats, pid, *worker).lane;
            lane.name.clone_from(name);
            lane.start = Some(*at);
            *at
        }
        Event::End {
            worker,
            at,
            error,
            result,
        } => {
            let lane = &mut seat(seats, pid, *worker).lane;
            lane.end = Some(*at);
            lane.ending = match error {
                Some(error) => Ending::Panicked(error.clone()),
                None => Ending::Returned,
            };
            lane.result = Some(value(result)).filter(|_| error.is_none());
            *at
        }
        Event::Say { worker, at, text } => {
            let mark = Mark {
                worker: *worker,
                at: *at,
                text: text.clone(),
            };
            match worker {
                Some(worker) => seat(seats, pid, *worker).marks.push(mark),
                None => said.push(mark),
            }
            *at
        }
        Event::Wait {
            worker,
            at,
            activity,
            label,
        } => {
            let open = span(*activity, label, *at, None);
            seat(seats, pid, *worker).spans.push(open);
            *at
        }
        Event::Hold { worker, at, label } => {
            let open = span(Activity::Holding, label, *at, None);
            seat(seats, pid, *worker).spans.push(open);
            *at
        }
        Event::Over { worker, at } => {
            close(seat(seats, pid, *worker), *at, |span| {
                span.activity != Activity::Holding
            });
            *at
        }
        Event::Free { worker, at, label } => {
            close(seat(seats, pid, *worker), *at, |span| {
                span.activity == Activity::Holding && span.label == *label
            });
            *at
        }
        Event::Span {
            worker,
            activity,
            label,
            start,
            end,
        } => {
            let whole = span(*activity, label, *start, Some(*end));
            seat(seats, pid, *worker).spans.push(whole);
            *end
        }
        Event::Omitted { worker, spans } => {
            seat(seats, pid, *worker).lane.omitted = *spans;
            0
        }
        Event::Done { at, .. } => *at,
        Event::Process { .. } | Event::Run {} | Event::Exit { .. } => 0,
    }
}

fn seat(seats: &mut BTreeMap<(u32, u32), Seat>, pid: u32, worker: u32) -> &mut Seat {
    let seat = seats.entry((pid, worker)).or_default();
    seat.lane.pid = pid;
    seat
}

/// Ends the last span that is open and meant.
fn close(seat: &mut Seat, at: Nanos, meant: impl Fn(&Span) -> bool) {
    let mut open = seat.spans.iter_mut().rev();
    if let Some(span) = open.find(|span| span.end.is_none() && meant(span)) {
        span.end = Some(at);
    }
}

/// All workers in one trace whose time begins at `zero`.
fn gathered(seats: Vec<Seat>, said: Vec<Mark>, zero: Nanos, header: Header) -> Trace {
    let since = |at: Nanos| at.saturating_sub(zero);
    let mut trace = Trace {
        version: VERSION,
        header,
        workers: vec![],
        spans: vec![],
        marks: said,
        counters: vec![],
        ops: vec![],
        edges: vec![],
        samples: vec![],
        elapsed: 0,
    };
    for (worker, seat) in (0..).zip(seats) {
        let Seat { lane, spans, marks } = seat;
        trace.workers.push(Lane {
            start: lane.start.map(since),
            end: lane.end.map(since),
            ..lane
        });
        trace.spans.extend(spans.into_iter().map(|span| Span {
            worker,
            start: since(span.start),
            end: span.end.map(since),
            ..span
        }));
        trace.marks.extend(marks.into_iter().map(|mark| Mark {
            worker: Some(worker),
            ..mark
        }));
    }
    for mark in &mut trace.marks {
        mark.at = since(mark.at);
    }
    trace.spans.sort_by_key(|span| span.start);
    trace.marks.sort_by_key(|mark| mark.at);
    trace
}

fn value(json: &serde_json::Value) -> Value {
    serde_json::from_value(json.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab::trace::{Kind, Machine, Model};

    fn header() -> Header {
        Header {
            scenario: "breakfast".into(),
            section: String::new(),
            model: Model::Processes,
            kind: Kind::Measured,
            parameters: vec![],
            workers: 2,
            scale: 1.0,
            gil: None,
            python: Some("CPython 3.12.1".into()),
            pace_ns: None,
            pace_of: None,
            switch_interval: None,
            starts: None,
            yield_chance: None,
            seed: 0,
            date: String::new(),
            machine: Machine::default(),
            threadlab: String::new(),
        }
    }

    fn read(files: &[&str], names: &[&str]) -> Trace {
        let records = Records(files.iter().map(|text| parsed(text)).collect());
        trace(&records, header(), names)
    }

    const FIRST: &str = r#"{"event": "process", "pid": 10}
{"event": "run", "python": "3.12.1", "implementation": "CPython", "gil": true, "free_threaded": false}
{"event": "say", "worker": null, "at": 900, "text": "served"}
{"event": "done", "at": 950, "began": 50, "cpu": 7, "result": [1, "two"], "error": null}
{"event": "exit", "pid": 12, "code": -11}
"#;
    const MILK: &str = r#"{"event": "process", "pid": 11}
{"event": "start", "worker": 0, "name": "milk", "at": 200}
{"event": "wait", "worker": 0, "activity": "waiting", "label": "sleep", "at": 250}
{"event": "over", "worker": 0, "at": 700}
{"event": "end", "worker": 0, "at": 800, "result": null, "error": null}
"#;
    const BUN: &str = r#"{"event": "process", "pid": 12}
{"event": "start", "worker": 0, "name": "bun", "at": 100}
{"event": "hold", "worker": 0, "label": "lock 1", "at": 110}
{"event": "wait", "worker": 0, "activity": "blocked", "label": "lock 2", "at": 120}
{"event": "omi"#;

    #[test]
    fn time_begins_with_the_first_worker_and_workers_stand_in_the_order_asked_for() {
        let trace = read(&[FIRST, BUN, MILK], &["milk", "bun"]);
        let lanes: Vec<_> = trace
            .workers
            .iter()
            .map(|w| (w.name.as_str(), w.start))
            .collect();
        assert_eq!(lanes, [("milk", Some(100)), ("bun", Some(0))]);
        assert_eq!(trace.marks[0].at, 800);
        let waited = trace.spans.iter().find(|s| s.worker == 0).unwrap();
        assert_eq!((waited.start, waited.end), (150, Some(600)));
    }

    #[test]
    fn who_was_killed_leaves_open_spans_and_the_signal() {
        let trace = read(&[FIRST, BUN, MILK], &["milk", "bun"]);
        assert_eq!(trace.workers[1].ending, Ending::Killed(11));
        let open = trace
            .spans
            .iter()
            .filter(|s| s.worker == 1 && s.end.is_none());
        assert_eq!(open.count(), 2);
        // One did not end: the program's own end counts.
        assert_eq!(trace.elapsed, 850);
    }

    #[test]
    fn a_run_that_ended_takes_from_the_first_start_to_the_last_end() {
        let trace = read(&[FIRST, MILK], &[]);
        assert_eq!(trace.samples.len(), 1);
        assert_eq!((trace.elapsed, trace.samples[0].cpu), (600, 7));
        let result = Value::List(vec![Value::Int(1), Value::Text("two".into())]);
        assert_eq!(trace.samples[0].result, result);
    }

    #[test]
    fn without_workers_the_program_itself_is_timed() {
        assert_eq!(read(&[FIRST], &[]).elapsed, 900);
    }
}
