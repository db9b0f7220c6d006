//! Operations as the rows of a ladder: what each did to memory, what was lost,
//! and which of them are shown. Nothing here knows of pixels.

use std::collections::HashMap;

use lab::trace::lost::{Lost, lost};
use lab::trace::{Action, Op, Trace};
use lab::value::Value;

use crate::figure::names;
use crate::figure::table::one_line;

/// Steps that are drawn and listed; where there are more, those around the
/// failure.
const MOST: usize = 60;
/// Of steps around one of the moments of a failure that took longer.
const AROUND: usize = 20;
/// Letters of a value that are told.
const LETTERS: usize = 40;

/// What a step is in the failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing special.
    Plain,
    /// A read whose value became old before its worker wrote.
    Stale,
    /// The write that came from such a value.
    Erasing,
}

/// A row of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// What memory held before the first step.
    Start,
    /// The step with this index.
    Step(usize),
    /// So many steps are left out here.
    Gap(usize),
}

/// All steps of a trace.
pub(super) struct Steps<'a> {
    pub ops: &'a [Op],
    /// Of all workers of the trace.
    pub names: Vec<String>,
    /// Those that took a step, in the order of the trace.
    pub workers: Vec<u32>,
    /// Names of the cells, in the order of their first use.
    pub cells: Vec<&'a str>,
    /// What they held before the first step, where the steps tell it.
    pub initial: Vec<(&'a str, &'a Value)>,
    pub lost: Vec<Lost>,
    pub rows: Vec<Row>,
    roles: HashMap<usize, Role>,
    erasers: HashMap<usize, usize>,
}

impl<'a> Steps<'a> {
    pub fn of(trace: &'a Trace) -> Steps<'a> {
        let ops = trace.ops.as_slice();
        let mut workers: Vec<u32> = ops.iter().map(|op| op.worker).collect();
        workers.sort_unstable();
        workers.dedup();
        let mut cells: Vec<&str> = Vec::new();
        let mut initial = Vec::new();
        for op in ops.iter().filter(|op| value_in_memory(op).is_some()) {
            if !cells.contains(&op.object.as_str()) {
                cells.push(&op.object);
                if let Action::Load(value) = &op.action {
                    initial.push((op.object.as_str(), value));
                }
            }
        }
        let lost = lost(ops);
        let mut roles = HashMap::new();
        let mut erasers = HashMap::new();
        for one in &lost {
            roles.insert(one.read, Role::Stale);
            roles.insert(one.by, Role::Erasing);
            erasers.entry(one.erased).or_insert(one.by);
        }
        let unfinished = trace.samples.is_empty();
        let mut rows = match repeated(ops) {
            Some((from, period)) if lost.is_empty() => folded(ops.len(), from, period),
            _ => rows(ops.len(), lost.first(), unfinished),
        };
        if !initial.is_empty() && rows.first() == Some(&Row::Step(0)) {
            rows.insert(0, Row::Start);
        }
        Steps {
            ops,
            names: names::unique(trace),
            workers,
            cells,
            initial,
            lost,
            rows,
            roles,
            erasers,
        }
    }

    pub fn role(&self, step: usize) -> Role {
        self.roles.get(&step).copied().unwrap_or(Role::Plain)
    }

    /// The write that erased this one, if it was lost.
    pub fn eraser(&self, step: usize) -> Option<usize> {
        self.erasers.get(&step).copied()
    }

    /// The steps that are drawn.
    pub fn shown(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().filter_map(|row| match row {
            Row::Step(at) => Some(*at),
            Row::Start | Row::Gap(_) => None,
        })
    }

    pub fn name(&self, worker: u32) -> String {
        names::of(&self.names, worker)
    }

    /// What a step does, in full and ever shorter: `reads total: 0`, `reads 0`,
    /// `0`. The cell is named only where there are several.
    pub fn forms(&self, step: usize) -> Vec<String> {
        let op = &self.ops[step];
        let verb = match &op.action {
            Action::Load(_) => "reads",
            Action::Store(_) => "writes",
            Action::Update(_) => "sets",
            Action::Wait => "waits for",
            Action::Acquire => "takes",
            Action::Release => "frees",
            Action::Signal => "signals",
            Action::Put(_) => "puts",
            Action::Get(_) => "gets",
            Action::Does(what) => return vec![one_line(what)],
        };
        let object = one_line(&op.object);
        let brief = self.brief(step);
        let full = match &op.action {
            Action::Load(_) | Action::Store(_) if self.cells.len() > 1 => {
                format!("{verb} {object}: {brief}")
            }
            Action::Update(_) if self.cells.len() > 1 => {
                format!("{verb} {object}: {brief} at once")
            }
            Action::Update(_) => format!("{verb} {brief} at once"),
            Action::Put(_) => format!("{verb} {brief} into {object}"),
            Action::Get(_) => format!("{verb} {brief} from {object}"),
            _ => format!("{verb} {brief}"),
        };
        vec![full, format!("{verb} {brief}"), brief]
    }

    /// The same in full.
    pub fn phrase(&self, step: usize) -> String {
        self.forms(step).swap_remove(0)
    }

    /// The value, or the object.
    fn brief(&self, step: usize) -> String {
        let op = &self.ops[step];
        match &op.action {
            Action::Load(value)
            | Action::Store(value)
            | Action::Update(value)
            | Action::Put(value)
            | Action::Get(value) => written(value),
            Action::Wait | Action::Acquire | Action::Release | Action::Signal => {
                one_line(&op.object)
            }
            Action::Does(what) => one_line(what),
        }
    }

    /// What memory shows after a step that changed it.
    pub fn memory(&self, step: usize) -> Option<String> {
        let op = &self.ops[step];
        match &op.action {
            Action::Store(value) | Action::Update(value) => Some(self.held(&op.object, value)),
            _ => None,
        }
    }

    /// `0`; where there are several cells, `total = 0`.
    pub fn held(&self, cell: &str, value: &Value) -> String {
        if self.cells.len() > 1 {
            format!("{} = {}", one_line(cell), written(value))
        } else {
            written(value)
        }
    }

    /// The heading of memory's column.
    pub fn memory_name(&self) -> String {
        match self.cells.as_slice() {
            [one] if !one.trim().is_empty() => one_line(one),
            _ => "memory".to_owned(),
        }
    }
}

/// What a step tells of a cell.
pub(super) fn value_in_memory(op: &Op) -> Option<&Value> {
    match &op.action {
        Action::Load(value) | Action::Store(value) | Action::Update(value) => Some(value),
        _ => None,
    }
}

/// A value in one line that is not too long.
pub(super) fn written(value: &Value) -> String {
    let text = one_line(&value.to_string());
    if text.chars().count() <= LETTERS {
        return text;
    }
    let short: String = text.chars().take(LETTERS - 1).collect();
    format!("{short}…")
}

/// Operations of a round that is told as one that repeats itself, at the most.
const ROUND: usize = 8;
/// So many rounds are no accident.
const ROUNDS: usize = 10;

/// Where a schedule begins to go round and round up to its end, as one in which a
/// worker spins does, and how many operations a round has.
fn repeated(ops: &[Op]) -> Option<(usize, usize)> {
    let alike =
        |a: &Op, b: &Op| (a.worker, &a.action, &a.object) == (b.worker, &b.action, &b.object);
    (1..=ROUND).find_map(|period| {
        let pairs = ops.iter().rev().zip(ops.iter().rev().skip(period));
        let same = pairs.take_while(|(a, b)| alike(a, b)).count();
        (same >= ROUNDS * period).then(|| (ops.len() - same - period, period))
    })
}

/// What comes before the rounds, the first two and the last of them.
fn folded(total: usize, from: usize, period: usize) -> Vec<Row> {
    let begin = from.saturating_sub(MOST / 2);
    let (left, last) = (from + 2 * period, total - period);
    let mut rows = Vec::new();
    if begin > 0 {
        rows.push(Row::Gap(begin));
    }
    rows.extend((begin..left).map(Row::Step));
    rows.push(Row::Gap(last - left));
    rows.extend((last..total).map(Row::Step));
    rows
}

/// Which of `total` steps are shown: all; or those around the failure; or, if
/// there is none, the last of a run that did not come to its end and the first
/// of one that did.
fn rows(total: usize, failure: Option<&Lost>, unfinished: bool) -> Vec<Row> {
    let ranges = match failure {
        _ if total <= MOST => vec![(0, total)],
        Some(lost) if lost.by - lost.read < MOST => {
            let middle = (lost.read + lost.by) / 2;
            let from = middle.saturating_sub(MOST / 2).min(total - MOST);
            vec![(from, from + MOST)]
        }
        Some(lost) => [lost.read, lost.erased, lost.by]
            .map(|at| {
                let from = at.saturating_sub(AROUND / 2).min(total - AROUND);
                (from, from + AROUND)
            })
            .to_vec(),
        None if unfinished => vec![(total - MOST, total)],
        None => vec![(0, MOST)],
    };
    let mut rows = Vec::new();
    let mut next = 0;
    for (from, to) in ranges {
        if from > next {
            rows.push(Row::Gap(from - next));
        }
        rows.extend((from.max(next)..to).map(Row::Step));
        next = next.max(to);
    }
    if total > next {
        rows.push(Row::Gap(total - next));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(read: usize, erased: usize, by: usize) -> Lost {
        Lost { read, erased, by }
    }

    fn steps(rows: &[Row]) -> usize {
        rows.iter()
            .map(|row| match row {
                Row::Start => 0,
                Row::Step(_) => 1,
                Row::Gap(many) => *many,
            })
            .sum()
    }

    #[test]
    fn of_a_schedule_that_goes_round_and_round_three_rounds_are_shown() {
        let op = |at: u64| Op {
            worker: 0,
            at,
            object: "done".into(),
            action: match at {
                0 | 1 => Action::Store(Value::Int(at as i64)),
                _ if at.is_multiple_of(2) => Action::Load(Value::Bool(false)),
                _ => Action::Does("sleeps".into()),
            },
        };
        let ops: Vec<Op> = (0..100).map(op).collect();
        assert_eq!(repeated(&ops), Some((2, 2)));
        let rows = folded(ops.len(), 2, 2);
        assert_eq!(steps(&rows), 100);
        let shown: Vec<usize> = rows
            .iter()
            .filter_map(|row| match row {
                Row::Step(at) => Some(*at),
                _ => None,
            })
            .collect();
        assert_eq!(shown, [0, 1, 2, 3, 4, 5, 98, 99]);
        assert_eq!(repeated(&ops[..12]), None, "a few are no circle");
    }

    #[test]
    fn no_step_is_left_out_without_being_counted() {
        for total in [0, 1, 60, 61, 500] {
            for lost in [
                None,
                Some(failure(0, 1, 2)),
                Some(failure(300, 301, 302)),
                Some(failure(0, 250, 499)),
            ] {
                let lost = lost.filter(|lost| lost.by < total);
                for unfinished in [true, false] {
                    let rows = rows(total, lost.as_ref(), unfinished);
                    assert_eq!(steps(&rows), total);
                    let drawn = rows.iter().filter(|row| matches!(row, Row::Step(_)));
                    assert!(drawn.count() <= MOST);
                    for at in lost.iter().flat_map(|l| [l.read, l.erased, l.by]) {
                        assert!(rows.contains(&Row::Step(at)), "{at} of {total}");
                    }
                }
            }
        }
    }

    #[test]
    fn of_a_long_run_without_a_failure_one_end_is_shown() {
        assert_eq!(rows(100, None, false).last(), Some(&Row::Gap(40)));
        assert_eq!(rows(100, None, true).first(), Some(&Row::Gap(40)));
    }
}
