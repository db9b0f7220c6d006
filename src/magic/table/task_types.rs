//! Tables 7 and 9: kinds of work, and what threads and processes make of them.

use super::{Definition, Filled, Needed, Runs, With, cores_here, on_cpython, ratio};
use crate::display::Table;
use crate::figure::{self, Gain};
use lab::gil::Version;
use lab::trace::Model::{self, Processes, Sequential, Threads};

pub(super) const TASK_TYPES: Definition = Definition {
    name: "task-types",
    typed: "%table task-types",
    claims: &[
        "MC10-T7a", "MC10-T7b", "MC10-T7c", "MC10-T7d", "MC10-T7e", "MC11.1-F",
    ],
    needs: || needs(&TABLE_7),
    fill: |runs| Filled {
        table: table(runs),
        chart: ("Table 7: kinds of work".into(), chart(runs, &TABLE_7)),
    },
};

pub(super) const EXPECTATIONS: Definition = Definition {
    name: "expectations",
    typed: "%table expectations",
    claims: &["MC15.3-T9a", "MC15.3-T9b", "MC15.3-T9c", "MC15.3-T9d"],
    needs: || needs(&TABLE_9),
    fill: |runs| Filled {
        table: expected(runs),
        chart: ("Table 9: expected gains".into(), chart(runs, &TABLE_9)),
    },
};

/// A kind of work.
struct Work {
    says: &'static str,
    id: &'static str,
    scenario: &'static str,
    typed: &'static [(&'static str, &'static str)],
    /// The guide's seconds one after another, in threads, in processes.
    seconds: Option<[f64; 3]>,
    /// The guide's gain in threads and in processes, from and to.
    gains: [Option<(f64, f64)>; 2],
    /// Whether it is run under a lock and simulated too: it computes.
    computes: bool,
}

const fn work(
    says: &'static str,
    id: &'static str,
    scenario: &'static str,
    typed: &'static [(&'static str, &'static str)],
) -> Work {
    Work {
        says,
        id,
        scenario,
        typed,
        seconds: None,
        gains: [None, None],
        computes: false,
    }
}

impl Work {
    const fn guide(self, one: f64, threads: f64, processes: f64) -> Work {
        let (t, p) = (one / threads, one / processes);
        Work {
            seconds: Some([one, threads, processes]),
            gains: [Some((t, t)), Some((p, p))],
            ..self
        }
    }

    const fn expected(self, threads: (f64, f64), processes: (f64, f64)) -> Work {
        Work {
            gains: [Some(threads), Some(processes)],
            ..self
        }
    }

    const fn computes(self) -> Work {
        Work {
            computes: true,
            ..self
        }
    }

    fn needed(&self, model: Model, with: With) -> Needed {
        Needed {
            scenario: self.scenario,
            model,
            typed: self.typed,
            with,
        }
    }

    fn gain(&self, runs: &Runs, model: Model, with: With) -> Option<f64> {
        runs.gain(&self.needed(model, with), &self.needed(Sequential, with))
    }
}

const MODELS: [Model; 3] = [Sequential, Threads, Processes];

const TABLE_7: [Work; 8] = [
    work(
        "files, slow to come",
        "MC10-T7a",
        "files",
        &[("latency", "2s")],
    )
    .guide(10.2, 2.8, 3.1),
    work("files of this disk", "MC10-T7a", "files", &[]),
    work(
        "network",
        "MC10-T7b",
        "downloads",
        &[("requests", "10"), ("workers", "5"), ("latency", "1500ms")],
    )
    .guide(15.4, 3.2, 3.5),
    work("computing", "MC10-T7c", "crunch", &[])
        .guide(8.1, 8.3, 4.0)
        .computes(),
    work("images", "MC10-T7d", "images", &[("pixels", "512")]).guide(12.5, 12.8, 6.1),
    work(
        "database far away",
        "MC10-T7e",
        "queries",
        &[("kind", "remote"), ("latency", "780ms")],
    )
    .guide(7.8, 2.1, 2.3),
    work(
        "database, scans",
        "MC10-T7e",
        "queries",
        &[("kind", "scan")],
    ),
    work(
        "database, many rows",
        "MC10-T7e",
        "queries",
        &[("kind", "rows")],
    ),
];

const TABLE_9: [Work; 4] = [
    work(
        "files, slow to come",
        "MC15.3-T9a",
        "files",
        &[("latency", "2s")],
    )
    .expected((2.0, 4.0), (2.0, 4.0)),
    work(
        "network",
        "MC15.3-T9b",
        "downloads",
        &[("requests", "10"), ("workers", "5"), ("latency", "1500ms")],
    )
    .expected((3.0, 10.0), (3.0, 10.0)),
    work("computing", "MC15.3-T9c", "crunch", &[])
        .expected((1.0, 1.0), (2.0, 4.0))
        .computes(),
    work("mixed", "MC15.3-T9d", "mixed", &[])
        .expected((1.5, 3.0), (1.5, 2.0))
        .computes(),
];

fn needs(works: &[Work]) -> Vec<Needed> {
    let mut all = vec![];
    for work in works {
        let with: &[With] = if work.computes {
            &[With::Here, With::Lock, With::Guide]
        } else {
            &[With::Here]
        };
        for with in with {
            all.extend(MODELS.map(|model| work.needed(model, *with)));
        }
    }
    all
}

const MEASURED: &str = "Rust, measured";
const SIMULATED: &str = "simulated, guide's machine";

fn locked() -> String {
    format!("Rust under a {}-style lock, measured", Version::NEWEST)
}

/// Where values of a kind of work come from, and what each source is called.
fn sources() -> [(With, String); 3] {
    [
        (With::Here, MEASURED.to_owned()),
        (With::Guide, SIMULATED.to_owned()),
        (With::Lock, locked()),
    ]
}

fn chart(runs: &Runs, works: &[Work]) -> Vec<Gain> {
    let mut gains = vec![];
    for work in works {
        for (i, model) in [Threads, Processes].into_iter().enumerate() {
            let value = |(with, name): (With, String)| Some((name, work.gain(runs, model, with)?));
            let values: Vec<(String, f64)> = sources().into_iter().filter_map(value).collect();
            if values.is_empty() {
                continue;
            }
            gains.push(Gain {
                work: work.says.into(),
                model: model.name().into(),
                guide: work.gains[i],
                values,
            });
        }
    }
    gains
}

/// `8.1 s`, or `8.1 s (0.98x)` under a model with a gain.
fn cell(runs: &Runs, work: &Work, model: Model, with: With) -> String {
    let own = work.needed(model, with);
    let Some(seconds) = runs.seconds(&own) else {
        return runs.told(&own);
    };
    let gain = work.gain(runs, model, with);
    match gain.filter(|_| model != Sequential) {
        Some(gain) => format!("{} ({gain:.2}x)", figure::duration(seconds)),
        None => figure::duration(seconds),
    }
}

fn table(runs: &Runs) -> Table {
    let mut rows = vec![];
    for work in &TABLE_7 {
        if let Some([one, threads, processes]) = work.seconds {
            rows.push(vec![
                work.says.to_owned(),
                "guide".to_owned(),
                format!("{one:.1} s"),
                format!("{threads:.1} s ({:.2}x)", one / threads),
                format!("{processes:.1} s ({:.2}x)", one / processes),
                work.id.to_owned(),
            ]);
        }
        for (with, name) in sources() {
            let cells = MODELS.map(|model| cell(runs, work, model, with));
            if cells.iter().all(String::is_empty) {
                continue;
            }
            let row = [work.says.to_owned(), name].into_iter().chain(cells);
            rows.push(row.chain([work.id.to_owned()]).collect());
        }
    }
    let mut notes = vec![
        "In brackets: how many times as fast as one after another. The guide's seconds are not scaled; compare the ratios.".to_owned(),
        "Files of this disk and a database in it show what is left where nothing has to be waited for: there is little to overlap.".to_owned(),
        "Files, sockets, images and a database are real, so they are not simulated.".to_owned(),
    ];
    notes.extend(cores_here(runs));
    notes.extend(on_cpython(TASK_TYPES.claims));
    Table {
        title: "Table 7: kinds of work in threads and in processes".into(),
        columns: [
            "work",
            "source",
            "one after another",
            "threads",
            "processes",
            "claim",
        ]
        .map(String::from)
        .to_vec(),
        rows,
        notes,
    }
}

fn expected(runs: &Runs) -> Table {
    let mut rows = vec![];
    for work in &TABLE_9 {
        for (i, model) in [Threads, Processes].into_iter().enumerate() {
            let here = work.gain(runs, model, With::Here);
            let mut row = vec![
                work.says.to_owned(),
                model.name().to_owned(),
                work.gains[i].map_or(String::new(), range),
            ];
            row.extend(sources().map(|(with, _)| ratio(work.gain(runs, model, with))));
            row.push(
                here.zip(work.gains[i])
                    .map_or("", |(gain, range)| fares(gain, range))
                    .to_owned(),
            );
            row.push(work.id.to_owned());
            rows.push(row);
        }
    }
    let mut notes = vec![
        "The verdict is that of Rust without a lock. Its threads compute side by side, which the guide does not expect of CPython's; the column under a lock does.".to_owned(),
    ];
    notes.extend(cores_here(runs));
    notes.extend(on_cpython(EXPECTATIONS.claims));
    Table {
        title: "Table 9: expected gains, times as fast as one after another".into(),
        columns: ["work".to_owned(), "model".to_owned(), "guide".to_owned()]
            .into_iter()
            .chain(sources().map(|(_, name)| name))
            .chain(["verdict".to_owned(), "claim".to_owned()])
            .collect(),
        rows,
        notes,
    }
}

fn range((from, to): (f64, f64)) -> String {
    if from == to {
        return "none (1x)".to_owned();
    }
    format!("{from}-{to}x")
}

/// A gain held against a range, whose ends may be missed by a seventh: times of
/// computing scatter.
fn fares(gain: f64, (from, to): (f64, f64)) -> &'static str {
    if gain < from * 0.85 {
        "less"
    } else if gain > to * 1.15 {
        "more"
    } else {
        "as expected"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_held_against_the_whole_range() {
        assert_eq!(fares(1.9, (2.0, 4.0)), "as expected");
        assert_eq!(fares(1.2, (2.0, 4.0)), "less");
        assert_eq!(fares(4.9, (2.0, 4.0)), "more");
        assert_eq!(fares(1.9, (1.0, 1.0)), "more");
    }

    #[test]
    fn the_guides_gains_are_those_of_its_seconds() {
        let network = &TABLE_7[2];
        let [threads, processes] = network.gains.map(|gain| gain.unwrap().0);
        assert_eq!(
            (ratio(Some(threads)), ratio(Some(processes))),
            ("4.81x".into(), "4.40x".into())
        );
    }

    #[test]
    fn runs_that_failed_or_are_missing_leave_cells_empty_and_the_guide_stands() {
        let table = table(&Runs::default());
        assert_eq!(table.rows.len(), 5, "{:?}", table.rows);
        assert!(chart(&Runs::default(), &TABLE_7).is_empty());
    }
}
