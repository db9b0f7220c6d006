//! How full a queue was, who put and got, and who could not. Nothing here knows
//! of pixels.

use lab::trace::{Action, Activity, Nanos, Span, Trace};

use crate::figure::samples::seconds;
use crate::figure::words;

/// What a blocked worker was about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The queue was full.
    Put,
    /// It was empty.
    Get,
}

/// What a span of this label waited to do with the queue of this name.
fn side_of(label: &str, name: &str) -> Option<Side> {
    match label.strip_suffix(name)? {
        "put into " => Some(Side::Put),
        "get from " => Some(Side::Get),
        _ => None,
    }
}

pub(super) struct Depth {
    /// In the order of their times; the last of those at the same moment.
    pub points: Vec<(Nanos, f64)>,
    /// Whether there is a counter of that name.
    pub known: bool,
    pub capacity: Option<u64>,
    pub puts: Vec<Nanos>,
    pub gets: Vec<Nanos>,
    /// From when to when somebody was blocked, in the order of their beginnings.
    pub blocked: Vec<(Side, Nanos, Nanos)>,
    pub until: Nanos,
}

impl Depth {
    pub fn of(trace: &Trace, capacity: Option<u64>, name: &str) -> Depth {
        let counter = trace.counters.iter().find(|counter| counter.name == name);
        let mut points: Vec<(Nanos, f64)> = counter.map_or(Vec::new(), |counter| {
            let finite = counter.points.iter().filter(|(_, value)| value.is_finite());
            finite.copied().collect()
        });
        if !points.is_sorted_by_key(|point| point.0) {
            points.sort_by_key(|point| point.0);
        }
        let times = |put: bool| -> Vec<Nanos> {
            let wanted = |action: &Action| match action {
                Action::Put(_) => put,
                Action::Get(_) => !put,
                _ => false,
            };
            let ops = trace.ops.iter().filter(|op| op.object == name);
            let mut times: Vec<Nanos> = ops
                .filter(|op| wanted(&op.action))
                .map(|op| op.at)
                .collect();
            times.sort_unstable();
            times
        };
        let (mut puts, mut gets) = (times(true), times(false));
        if puts.is_empty() && gets.is_empty() {
            // Where operations were not recorded, the depth itself tells them.
            let mut before = 0.0;
            for (at, value) in &points {
                if *value > before {
                    puts.push(*at);
                } else if *value < before {
                    gets.push(*at);
                }
                before = *value;
            }
        }
        let mut until = trace.elapsed;
        until = until.max(points.last().map_or(0, |point| point.0));
        let waits = |span: &&Span| {
            let names_it = side_of(&span.label, name).is_some() || span.label == name;
            span.activity == Activity::Blocked && names_it
        };
        for span in trace.spans.iter().filter(waits) {
            until = until.max(span.start).max(span.end.unwrap_or(0));
        }
        let mut depth = Depth {
            known: counter.is_some(),
            points,
            capacity: capacity.filter(|capacity| *capacity > 0),
            puts,
            gets,
            blocked: Vec::new(),
            until,
        };
        let full = depth
            .capacity
            .map_or(depth.deepest(), |capacity| capacity as f64);
        let blocked = trace.spans.iter().filter(waits);
        depth.blocked = blocked
            .map(|span| {
                let end = span.end.unwrap_or(until).max(span.start);
                // Where it is not told, it follows from how full the queue was.
                let side = side_of(&span.label, name);
                let side = side.unwrap_or_else(|| depth.side(span.start, full));
                (side, span.start, end)
            })
            .collect();
        depth.blocked.sort_by_key(|wait| wait.1);
        depth
    }

    /// Who is blocked at a moment wants to put if the queue is full, or as good
    /// as, and else to get.
    fn side(&self, at: Nanos, full: f64) -> Side {
        let level = self.level(at);
        if level > 0.0 && level >= full * 0.5 {
            Side::Put
        } else {
            Side::Get
        }
    }

    /// The depth at a moment.
    fn level(&self, at: Nanos) -> f64 {
        let after = self.points.partition_point(|point| point.0 <= at);
        after.checked_sub(1).map_or(0.0, |last| self.points[last].1)
    }

    pub fn deepest(&self) -> f64 {
        self.points.iter().map(|point| point.1).fold(0.0, f64::max)
    }

    /// Shares of the time in which it was empty and full, and its mean depth;
    /// none where nothing is known of it.
    fn shares(&self) -> Option<(f64, f64, f64)> {
        let (mut all, mut empty, mut full, mut sum) = (0.0, 0.0, 0.0, 0.0);
        let ends = self.points.iter().skip(1).map(|point| point.0);
        for ((start, value), end) in self.points.iter().zip(ends.chain([self.until])) {
            let long = seconds(end.saturating_sub(*start));
            all += long;
            sum += long * value;
            if *value <= 0.0 {
                empty += long;
            }
            if self
                .capacity
                .is_some_and(|capacity| *value >= capacity as f64)
            {
                full += long;
            }
        }
        (all > 0.0).then(|| (empty / all, full / all, sum / all))
    }

    /// What is told of it, above the drawing and in the text.
    pub fn facts(&self) -> Vec<String> {
        let Some((empty, full, mean)) = self.shares() else {
            return vec!["depth not recorded".to_owned()];
        };
        let percent = |share: f64| format!("{}\u{a0}%", words::plain((share * 100.0).round()));
        let mut facts = vec![
            format!("mean depth {}", words::plain(mean)),
            format!("deepest {}", words::plain(self.deepest())),
            format!("empty {} of the time", percent(empty)),
        ];
        if self.capacity.is_some() {
            facts.push(format!("full {}", percent(full)));
        }
        for (side, name) in [(Side::Put, "blocked puts"), (Side::Get, "blocked gets")] {
            let own = self.blocked.iter().filter(|wait| wait.0 == side);
            let sum: u64 = own.map(|wait| wait.2 - wait.1).fold(0, u64::saturating_add);
            if sum > 0 {
                facts.push(format!("{name} {}", words::precise(seconds(sum))));
            }
        }
        facts
    }
}
