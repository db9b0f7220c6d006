//! What a run tells of a workload: how much of it is waiting, how much
//! computing, and how much would have to cross between workers.

use lab::trace::{Action, Activity, Trace};
use lab::{Value, stats};

/// A workload in numbers. Seconds are those of the run, at its scale.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Profile {
    /// All tasks together wait for time or for the outside.
    pub waits: f64,
    /// All tasks together compute.
    pub computes: f64,
    /// From the first task's begin to the last one's end.
    pub elapsed: f64,
    /// Workers of the run.
    pub workers: usize,
    /// Tasks that the work is made of; a pool has more of them than workers.
    pub tasks: usize,
    /// Workers that wait at some time, each of which could with the others.
    pub waiting: usize,
    /// Bytes of results and of items in queues, which processes would have to
    /// hand over.
    pub bytes: u64,
    /// Factor on waits and computing.
    pub scale: f64,
}

impl Profile {
    /// Of a run, best of one in which nothing happens beside something else.
    pub fn of(trace: &Trace) -> Profile {
        let spans = |activity: Activity| {
            let own = trace.spans.iter().filter(move |s| s.activity == activity);
            own.filter_map(|s| Some((s.worker, (s.end?.saturating_sub(s.start)) as f64 / 1e9)))
        };
        let median = |of: fn(&lab::trace::Sample) -> u64| {
            let all: Vec<f64> = trace.samples.iter().map(|s| of(s) as f64 / 1e9).collect();
            stats::median(&all).unwrap_or_default()
        };
        // The sum of nothing is -0, which would be told as such.
        let waits = 0.0
            + spans(Activity::Waiting)
                .map(|(_, seconds)| seconds)
                .sum::<f64>();
        let elapsed = median(|s| s.elapsed);
        let processor = median(|s| s.cpu);
        // A simulated run knows no processor time; its spans are exact.
        let working = 0.0
            + spans(Activity::Working)
                .map(|(_, seconds)| seconds)
                .sum::<f64>();
        let mut waiting: Vec<u32> = spans(Activity::Waiting).map(|(worker, _)| worker).collect();
        waiting.sort_unstable();
        waiting.dedup();
        let results = trace.workers.iter().filter_map(|lane| lane.result.as_ref());
        let items = trace.ops.iter().filter_map(|op| match &op.action {
            Action::Put(item) => Some(item),
            _ => None,
        });
        Profile {
            waits,
            computes: if processor > 0.0 { processor } else { working },
            elapsed,
            workers: trace.header.workers as usize,
            tasks: trace.workers.len().max(1),
            waiting: waiting.len(),
            bytes: results.chain(items).map(bytes).sum(),
            scale: trace.header.scale,
        }
    }

    /// Share of its time that it waits, from 0 to 1.
    pub fn share(&self) -> f64 {
        let all = self.waits + self.computes;
        // Nothing summed up is -0.
        if all > 0.0 {
            self.waits.abs() / all
        } else {
            0.0
        }
    }

    /// Seconds that a task computes at scale 1.
    pub fn task(&self) -> f64 {
        self.computes / self.tasks as f64 / self.scale.max(1e-9)
    }

    /// Bytes to hand over for each second of computing at scale 1.
    pub fn bytes_a_second(&self) -> f64 {
        self.bytes as f64 / (self.computes / self.scale.max(1e-9)).max(1e-9)
    }
}

/// What a value takes on its way to another process, roughly.
fn bytes(value: &Value) -> u64 {
    match value {
        Value::None | Value::Bool(_) => 1,
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => 8,
        Value::Text(text) => text.len() as u64,
        Value::List(items) => items.iter().map(bytes).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_times_are_those_of_the_whole_at_scale_one() {
        let profile = Profile {
            waits: 3.0,
            computes: 1.0,
            tasks: 4,
            bytes: 2_000,
            scale: 0.5,
            ..Profile::default()
        };
        assert_eq!(profile.share(), 0.75);
        assert_eq!(profile.task(), 0.5);
        assert_eq!(profile.bytes_a_second(), 1_000.0);
    }

    #[test]
    fn a_workload_of_nothing_has_shares_too() {
        let nothing = Profile::default();
        assert!(nothing.share() == 0.0 && nothing.bytes_a_second().is_finite());
    }

    #[test]
    fn a_lists_bytes_are_those_of_its_items() {
        let list = Value::List(vec![Value::Int(1), Value::Text("four".into())]);
        assert_eq!(bytes(&list), 12);
    }
}
