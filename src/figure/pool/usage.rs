//! Who of a pool had a task, when. Nothing here knows of pixels.

use lab::trace::{Nanos, Trace};

use crate::figure::samples::seconds;
use crate::figure::words;

/// What a pool did with its time.
pub(super) struct Usage {
    /// From when to when each task was carried out, in the order of the tasks;
    /// none where it never began.
    pub tasks: Vec<Option<(Nanos, Nanos)>>,
    /// Workers of the pool.
    pub size: u32,
    /// How many of them were busy, from each moment on.
    pub busy: Vec<(Nanos, u32)>,
    /// From when on no task was left to begin and workers were idle for good;
    /// none where they all were busy to the end.
    pub tail: Option<Nanos>,
    pub until: Nanos,
}

impl Usage {
    pub fn of(trace: &Trace) -> Usage {
        let tasks: Vec<Option<(Nanos, Nanos)>> = trace
            .workers
            .iter()
            .map(|lane| {
                let start = lane.start?;
                Some((start, lane.end.unwrap_or(trace.elapsed).max(start)))
            })
            .collect();
        let ends = tasks.iter().flatten().map(|task| task.1);
        let until = ends.max().unwrap_or(0).max(trace.elapsed);
        let mut usage = Usage {
            busy: busy(&tasks),
            tasks,
            size: trace.header.workers.max(1),
            tail: None,
            until,
        };
        usage.tail = usage.find_tail();
        usage
    }

    fn find_tail(&self) -> Option<Nanos> {
        let last_begin = self.tasks.iter().flatten().map(|task| task.0).max()?;
        let after = self.busy.iter().filter(|(at, _)| *at >= last_begin);
        let full_until = after
            .clone()
            .rev()
            .find(|(_, busy)| *busy >= self.size)
            .map_or(last_begin, |(at, _)| *at);
        let mut idle = after.filter(|(at, busy)| *at >= full_until && *busy < self.size);
        let begin = idle.next()?.0;
        (begin < self.until).then_some(begin)
    }

    /// Busy workers over a stretch of time, added up, in seconds.
    pub fn busy_seconds(&self, from: Nanos) -> f64 {
        let own = self.tasks.iter().flatten();
        own.map(|(start, end)| seconds(end.saturating_sub((*start).max(from))))
            .sum()
    }

    /// How long the pool was there.
    pub fn long(&self) -> f64 {
        seconds(self.until)
    }

    /// How long the tail lasts, and how many workers are idle in it on average.
    pub fn idle(&self) -> Option<(f64, f64)> {
        let from = self.tail?;
        let long = seconds(self.until - from);
        (long > 0.0).then(|| {
            let busy = self.busy_seconds(from) / long;
            (long, (f64::from(self.size) - busy).max(0.0))
        })
    }

    /// What is told of it, above the drawing and in the text.
    pub fn facts(&self) -> Vec<String> {
        if self.long() <= 0.0 || self.busy.is_empty() {
            return vec!["no task has begun".to_owned()];
        }
        let busy = self.busy_seconds(0) / self.long();
        let share = (busy / f64::from(self.size) * 100.0).round();
        let mut facts = vec![
            format!("elapsed {}", words::precise(self.long())),
            format!(
                "{busy:.1} of {} busy on average, {}\u{a0}%",
                words::count(self.size as usize, "worker"),
                words::plain(share)
            ),
        ];
        facts.extend(self.idle().map(|(long, idle)| {
            format!("idle tail {}, {idle:.1} of them idle", words::precise(long))
        }));
        let never = self.tasks.iter().filter(|task| task.is_none()).count();
        if never > 0 {
            facts.push(format!("{} never begun", words::count(never, "task")));
        }
        facts
    }
}

/// How many tasks were carried out, from each moment on.
fn busy(tasks: &[Option<(Nanos, Nanos)>]) -> Vec<(Nanos, u32)> {
    let mut changes: Vec<(Nanos, i64)> = tasks
        .iter()
        .flatten()
        .filter(|(start, end)| end > start)
        .flat_map(|(start, end)| [(*start, 1), (*end, -1)])
        .collect();
    changes.sort_unstable();
    let mut busy: Vec<(Nanos, u32)> = Vec::new();
    let mut now = 0;
    for (at, change) in changes {
        now += change;
        let count = now.max(0) as u32;
        match busy.last_mut() {
            Some(last) if last.0 == at => last.1 = count,
            _ => busy.push((at, count)),
        }
    }
    busy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(size: u32, tasks: &[(Nanos, Nanos)]) -> Usage {
        let tasks: Vec<_> = tasks.iter().copied().map(Some).collect();
        let until = tasks.iter().flatten().map(|t| t.1).max().unwrap_or(0);
        let mut usage = Usage {
            busy: busy(&tasks),
            tasks,
            size,
            tail: None,
            until,
        };
        usage.tail = usage.find_tail();
        usage
    }

    #[test]
    fn the_tail_begins_when_nothing_is_left_to_begin_and_somebody_is_idle() {
        // Two workers, three tasks: the third keeps one busy, the other idle.
        let three = usage(2, &[(0, 10), (0, 12), (10, 30)]);
        assert_eq!(three.busy, [(0, 2), (10, 2), (12, 1), (30, 0)]);
        assert_eq!(three.tail, Some(12));
        // A gap before the last task is no tail.
        let gap = usage(2, &[(0, 10), (0, 4), (10, 30), (11, 30)]);
        assert_eq!(gap.tail, None);
        // A pool that is larger than its tasks is idle from the beginning.
        assert_eq!(usage(4, &[(0, 10), (1, 10)]).tail, Some(1));
        assert_eq!(usage(4, &[]).tail, None);
    }

    #[test]
    fn a_moment_at_which_one_ends_and_another_begins_is_not_idle() {
        let busy = usage(1, &[(0, 10), (10, 20)]).busy;
        assert_eq!(busy, [(0, 1), (10, 1), (20, 0)]);
    }
}
