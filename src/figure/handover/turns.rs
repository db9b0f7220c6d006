//! Who had a lock, who wanted it, who had let it go for a blocking call.
//! Nothing here knows of pixels.

use lab::trace::{Activity, Nanos, Trace};

use crate::figure::names;
use crate::figure::samples::seconds;
use crate::figure::{stats, words};

/// A stretch in which one worker had the lock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Turn {
    /// Index into [`Turns::rows`].
    pub row: usize,
    pub start: Nanos,
    pub end: Nanos,
    /// Whether its end is known.
    pub over: bool,
}

/// One worker.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub name: String,
    pub has: Vec<(Nanos, Nanos)>,
    pub wants: Vec<(Nanos, Nanos)>,
    pub released: Vec<(Nanos, Nanos)>,
}

pub(super) struct Turns {
    /// Workers that had to do with the lock, in their order.
    pub rows: Vec<Row>,
    /// In the order of their beginnings.
    pub turns: Vec<Turn>,
    /// When the lock came to another worker than before.
    pub handovers: Vec<Nanos>,
    /// How long finished turns were, in seconds, sorted.
    pub slices: Vec<f64>,
    pub until: Nanos,
}

impl Turns {
    pub fn of(trace: &Trace, lock: &str) -> Turns {
        let names = names::unique(trace);
        let wanted = |activity: Activity, label: &str| match activity {
            Activity::Holding | Activity::Blocked => label == lock,
            Activity::Waiting | Activity::Working => false,
        };
        let mut workers: Vec<u32> = trace
            .spans
            .iter()
            .filter(|span| wanted(span.activity, &span.label))
            .map(|span| span.worker)
            .collect();
        workers.sort_unstable();
        workers.dedup();
        let mut rows: Vec<Row> = workers
            .iter()
            .map(|worker| Row {
                name: names::of(&names, *worker),
                ..Row::default()
            })
            .collect();
        let mut until = trace.elapsed;
        for span in &trace.spans {
            until = until.max(span.start).max(span.end.unwrap_or(0));
        }
        let mut turns = Vec::new();
        for span in &trace.spans {
            let Ok(row) = workers.binary_search(&span.worker) else {
                continue;
            };
            let end = span.end.unwrap_or(until).max(span.start);
            let stretch = (span.start, end);
            match span.activity {
                Activity::Holding if span.label == lock => {
                    rows[row].has.push(stretch);
                    turns.push(Turn {
                        row,
                        start: span.start,
                        end,
                        over: span.end.is_some(),
                    });
                }
                Activity::Blocked if span.label == lock => rows[row].wants.push(stretch),
                Activity::Waiting => rows[row].released.push(stretch),
                _ => {}
            }
        }
        turns.sort_by_key(|turn| turn.start);
        let handovers = turns
            .windows(2)
            .filter(|pair| pair[0].row != pair[1].row)
            .map(|pair| pair[1].start)
            .collect();
        let over = turns.iter().filter(|turn| turn.over);
        let slices = stats::sorted(over.map(|turn| seconds(turn.end - turn.start)));
        Turns {
            rows,
            turns,
            handovers,
            slices,
            until,
        }
    }

    pub fn median(&self) -> Option<f64> {
        stats::quantile(&self.slices, 0.5)
    }

    /// `11 hand-overs in 480 ms`, and how long the slices were.
    pub fn facts(&self, lock: &str) -> Vec<String> {
        if self.rows.is_empty() {
            return vec![format!("nobody had or wanted {lock}")];
        }
        if self.turns.is_empty() {
            return vec![format!(
                "who had {lock} was not recorded, only who wanted it"
            )];
        }
        let mut facts = vec![format!(
            "{} in {}",
            words::count(self.handovers.len(), "hand-over"),
            words::precise(seconds(self.until))
        )];
        if let (Some(median), Some(low), Some(high)) = (
            self.median(),
            stats::quantile(&self.slices, 0.05),
            stats::quantile(&self.slices, 0.95),
        ) {
            let range = if self.slices.len() >= 20 {
                format!(
                    ", nine in ten from {} to {}",
                    words::stretch(low),
                    words::stretch(high)
                )
            } else {
                String::new()
            };
            facts.push(format!(
                "{}: median {}{range}",
                words::count(self.slices.len(), "slice"),
                words::stretch(median)
            ));
        }
        facts
    }
}

/// The length of all stretches together, in seconds.
pub(super) fn sum(stretches: &[(Nanos, Nanos)]) -> f64 {
    let lengths = stretches.iter().map(|(start, end)| end - start);
    seconds(lengths.fold(0, Nanos::saturating_add))
}
