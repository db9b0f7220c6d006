//! Events, in the order in which each channel told them, become a trace.

use super::event::Event;
use super::{Counter, Edge, Ending, Header, Lane, Mark, Nanos, Sample, Span, Trace, VERSION};
use std::collections::HashMap;

/// Builds a trace from events, so that it can be drawn at any moment.
#[derive(Clone, Debug)]
pub struct Collector {
    trace: Trace,
    began: Option<u64>,
    /// Where the span of a worker and number stands in `trace.spans`.
    open: HashMap<(u32, u32), usize>,
    /// Text whose rest is yet to come, by worker.
    partial: HashMap<Option<u32>, String>,
    /// Lines that were said beyond what a trace keeps.
    unmarked: u64,
}

/// Lines of workers that a trace keeps; a flood would fill memory with text
/// that the cell has shown already.
const MARKS: usize = 10_000;

impl Collector {
    /// An empty trace under this header.
    pub fn new(header: Header) -> Self {
        let trace = Trace {
            version: VERSION,
            header,
            workers: vec![],
            spans: vec![],
            marks: vec![],
            counters: vec![],
            ops: vec![],
            edges: vec![],
            samples: vec![],
            elapsed: 0,
        };
        Collector {
            trace,
            began: None,
            open: HashMap::new(),
            partial: HashMap::new(),
            unmarked: 0,
        }
    }

    /// Takes up one event. Events that contradict what came before (a span
    /// closed that was never opened) are passed over: a trace is what can be
    /// believed of them.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Began { at } => self.began = Some(at),
            Event::Worker { worker, name } => self.lane(worker).name = name,
            Event::Started { worker, at, pid } => {
                let at = self.since(at);
                let lane = self.lane(worker);
                (lane.start, lane.pid) = (Some(at), pid);
            }
            Event::Said {
                worker,
                at,
                text,
                more,
            } => {
                self.partial.entry(worker).or_default().push_str(&text);
                if !more {
                    let text = self.partial.remove(&worker).unwrap_or_default();
                    let at = self.since(at);
                    // The run's own lines are few, and the last of them tells
                    // what it came to.
                    if self.trace.marks.len() < MARKS || worker.is_none() {
                        self.trace.marks.push(Mark { worker, at, text });
                    } else {
                        self.unmarked += 1;
                    }
                }
            }
            Event::Opened {
                worker,
                span,
                at,
                activity,
                label,
            } => {
                let start = self.since(at);
                self.lane(worker);
                self.open.insert((worker, span), self.trace.spans.len());
                self.trace.spans.push(Span {
                    worker,
                    activity,
                    label,
                    start,
                    end: None,
                });
            }
            Event::Closed { worker, span, at } => {
                let end = self.since(at);
                if let Some(index) = self.open.remove(&(worker, span)) {
                    self.trace.spans[index].end = Some(end);
                }
            }
            Event::Ended {
                worker,
                at,
                ending,
                result,
                omitted,
            } => {
                let at = self.since(at);
                let lane = self.lane(worker);
                // The parent of a process tells its end only if it could not itself.
                if lane.ending == Ending::Running {
                    lane.end = Some(at);
                    lane.result = (ending == Ending::Returned).then_some(result);
                    lane.ending = ending;
                    lane.omitted = omitted;
                }
            }
            Event::Gone { worker, code, peak } => {
                let lane = self.lane(worker);
                (lane.exit, lane.peak) = (Some(code), Some(peak));
            }
            Event::Sampled {
                elapsed,
                cpu,
                result,
            } => {
                if self.trace.samples.is_empty() {
                    self.trace.elapsed = elapsed;
                }
                self.trace.samples.push(Sample {
                    elapsed,
                    cpu,
                    result,
                });
            }
            Event::Counter { name, capacity } => {
                if self.trace.counters.iter().all(|c| c.name != name) {
                    let points = vec![(0, 0.0)];
                    self.trace.counters.push(Counter {
                        name,
                        capacity,
                        points,
                    });
                }
            }
            Event::Counted { name, at, value } => {
                let at = self.since(at);
                let counters = &mut self.trace.counters;
                let index = counters.iter().position(|counter| counter.name == name);
                let index = index.unwrap_or_else(|| {
                    counters.push(Counter {
                        name,
                        capacity: None,
                        points: vec![(0, 0.0)],
                    });
                    counters.len() - 1
                });
                self.trace.counters[index].points.push((at, value));
            }
            Event::Woken {
                from,
                at,
                to,
                then,
                object,
            } => {
                let (at, then) = (self.since(at), self.since(then));
                self.trace.edges.push(Edge {
                    from,
                    at,
                    to,
                    then,
                    object,
                });
            }
            Event::Raw { .. } | Event::Report { .. } | Event::Failed { .. } => {}
        }
    }

    /// The trace as far as it goes, at the moment `now` of CLOCK_MONOTONIC.
    pub fn so_far(&mut self, now: u64) -> &Trace {
        if self.trace.samples.is_empty() && self.began.is_some() {
            self.trace.elapsed = self.trace.elapsed.max(self.since(now));
        }
        &self.trace
    }

    /// The trace, spans and marks in the order of their times.
    pub fn finish(mut self) -> Trace {
        self.trace.spans.sort_by_key(|span| span.start);
        self.trace.marks.sort_by_key(|mark| mark.at);
        self.trace.edges.sort_by_key(|edge| edge.at);
        for counter in &mut self.trace.counters {
            counter.points.sort_by_key(|(at, _)| *at);
        }
        if self.unmarked > 0 {
            let text = format!(
                "{} more lines were said than this trace keeps",
                self.unmarked
            );
            self.trace.marks.push(Mark {
                worker: None,
                at: self.trace.elapsed,
                text,
            });
        }
        self.trace
    }

    fn since(&mut self, at: u64) -> Nanos {
        let since = at.saturating_sub(self.began.unwrap_or(at));
        if self.trace.samples.is_empty() {
            self.trace.elapsed = self.trace.elapsed.max(since);
        }
        since
    }

    fn lane(&mut self, worker: u32) -> &mut Lane {
        // A number from a damaged channel must not ask for memory without end.
        let index = (worker as usize).min(1 << 20);
        if self.trace.workers.len() <= index {
            self.trace.workers.resize_with(index + 1, Lane::default);
        }
        &mut self.trace.workers[index]
    }
}
