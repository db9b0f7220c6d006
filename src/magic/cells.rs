//! The table of a learner's own tasks, which no guide tells of.

use super::record::{FigureKind, Labelled, Shown};
use crate::claim;
use crate::display::Table;
use crate::figure;
use lab::Value;
use lab::trace::{Activity, Model, Trace};
use std::collections::BTreeMap;

/// Results of many runs beyond these are counted together.
const LISTED: usize = 8;

/// What the runs took and came to. `stuck` says who waits for whom, where nobody
/// could go on.
pub(super) fn table(shown: &Shown, stuck: Option<String>) -> Table {
    let several = shown.groups.len() > 1;
    let mut rows = vec![];
    for Labelled { label, trace } in &shown.groups {
        let mut row = |what: String, value: String| {
            let what = if several {
                format!("{label}: {what}")
            } else {
                what
            };
            rows.push(vec![what, value]);
        };
        let samples = trace.samples.len();
        let elapsed = claim::elapsed(trace).map_or("unfinished".into(), figure::duration);
        row(
            if samples > 1 {
                format!("elapsed, median of {samples}")
            } else {
                "elapsed".into()
            },
            elapsed,
        );
        let waits = figure::spent(trace, Activity::Waiting);
        if shown.figure == FigureKind::Timeline && waits > 0 {
            row("sum of waits".into(), figure::duration(waits as f64 / 1e9));
        }
        for (result, times) in results(trace) {
            if samples > 1 {
                let times = format!("{times} of {samples} times");
                row(format!("comes to {result}"), times);
            } else {
                row("result".into(), result);
            }
        }
    }
    for missing in &shown.missing {
        rows.push(vec![missing.label.clone(), missing.why.clone()]);
    }
    let trace = shown.groups.first().map(|group| &group.trace);
    let (tasks, kind) = trace.map_or((0, String::new()), |trace| {
        (trace.workers.len(), trace.header.kind.to_string())
    });
    let plural = if tasks == 1 { "" } else { "s" };
    let mut notes: Vec<String> = stuck.into_iter().collect();
    let chance = trace.and_then(|trace| trace.header.yield_chance);
    if let Some(chance) = chance.filter(|_| shown.figure == FigureKind::Distribution) {
        notes.push(format!(
            "How much is lost is decided by the chance to yield between load and store, {} % here (--yield-chance, lab.yield_chance).",
            chance * 100.0
        ));
    }
    let locked = |trace: &&Trace| trace.header.gil.is_some();
    if trace
        .filter(locked)
        .is_some_and(|trace| trace.header.model == Model::Processes)
    {
        notes.push(
            "Each process has an interpreter lock of its own, so nobody waits for another's."
                .into(),
        );
    }
    let omitted = shown.groups.iter().flat_map(|group| &group.trace.workers);
    let omitted: u64 = omitted.map(|lane| lane.omitted).sum();
    if omitted > 0 {
        notes.push(format!(
            "{omitted} more spans were counted and not recorded."
        ));
    }
    Table {
        title: format!("cell: {tasks} task{plural}, {kind}"),
        columns: ["", if several { "runs" } else { "this run" }]
            .map(String::from)
            .to_vec(),
        rows,
        notes,
    }
}

/// What the repetitions came to, and how often, the most frequent first.
fn results(trace: &Trace) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for sample in trace.samples.iter().filter(|s| s.result != Value::None) {
        *counts.entry(sample.result.to_string()).or_default() += 1;
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().collect();
    all.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    if all.len() > LISTED {
        let rest = all.split_off(LISTED - 1);
        let times = rest.iter().map(|(_, times)| times).sum();
        all.push((format!("one of {} others", rest.len()), times));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab::trace::Sample;
    use lab::{Lab, Settings};

    fn trace(results: &[i64]) -> Trace {
        let lab = Lab::with(Settings::default());
        lab.task("one", async |w| w.sleep(lab::millis(1.0)).await);
        let mut trace = lab.run(Model::Sequential).unwrap().trace.into_inner();
        let sample = |result: &i64| Sample {
            elapsed: 1_000_000,
            cpu: 0,
            result: Value::Int(*result),
        };
        trace.samples = results.iter().map(sample).collect();
        trace
    }

    #[test]
    fn the_sum_of_waits_is_that_of_the_chart() {
        let mut shown = shown(FigureKind::Timeline, &["threads"], &[1]);
        let trace = &mut shown.groups[0].trace;
        trace.spans[0].end = None; // as one that a run ends in
        let waits = figure::spent(trace, Activity::Waiting);
        assert!(waits > 0);
        let row = [
            "sum of waits".to_owned(),
            figure::duration(waits as f64 / 1e9),
        ];
        assert!(table(&shown, None).rows.contains(&row.to_vec()));
    }

    fn shown(figure: FigureKind, labels: &[&str], results: &[i64]) -> Shown {
        let group = |label: &&str| Labelled {
            label: label.to_string(),
            trace: trace(results),
        };
        Shown {
            figure,
            groups: labels.iter().map(group).collect(),
            explored: None,
            missing: vec![],
        }
    }

    #[test]
    fn a_run_has_no_columns_of_a_guide() {
        let table = table(&shown(FigureKind::Timeline, &["threads"], &[3]), None);
        assert_eq!(table.title, "cell: 1 task, measured");
        assert_eq!(table.columns, ["", "this run"]);
        let rows: Vec<&str> = table.rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(rows, ["elapsed", "sum of waits", "result"]);
    }

    #[test]
    fn under_processes_each_has_a_lock_of_its_own() {
        let mut shown = shown(FigureKind::Timeline, &["processes"], &[3]);
        let header = &mut shown.groups[0].trace.header;
        (header.model, header.gil) = (Model::Processes, Some("3.12".into()));
        let notes = table(&shown, None).notes;
        assert!(notes[0].contains("lock of its own"), "{notes:?}");
    }

    #[test]
    fn many_results_are_listed_by_how_often_they_came() {
        let results: Vec<i64> = (0..20).chain([7, 7]).collect();
        let table = table(
            &shown(FigureKind::Distribution, &["a", "b"], &results),
            None,
        );
        assert_eq!(table.rows[1], ["a: comes to 7", "3 of 22 times"]);
        assert_eq!(table.rows[8][0], "a: comes to one of 13 others");
        assert_eq!(table.rows.len(), 18);
    }
}
