//! Table 6 and its like: threads and processes by what sets them apart, every
//! row that can be measured measured.

use super::{Definition, Filled, Needed, Runs, With, cores_here};
use crate::claim::inventory;
use crate::display::Table;
use crate::figure::{self, Gain};
use lab::gil::Version;
use lab::trace::Model::{self, Async, Processes, Sequential, Threads};

pub(super) const OVERVIEW: Definition = Definition {
    name: "overview",
    typed: "%table overview",
    claims: &[
        "MC10-T6a", "MC10-T6b", "MC10-T6c", "MC10-T6d", "MC10-T6e", "MC10-T6f", "MC10-T6h",
        "MC10-T6i", "MC10.3-F", "AT8-T", "AT12-T", "CF.T", "CM.T1", "CM.T2", "CM.T3", "CM.T4",
        "CM.T5", "OV.T",
    ],
    needs,
    fill,
};

type Typed = &'static [(&'static str, &'static str)];

/// A row: what is compared, what the guide says of it, and the runs that show it.
struct Aspect {
    says: &'static str,
    /// Rows of the inventory; the first says what a CPython does.
    ids: &'static [&'static str],
    /// The guide's word for threads and for processes.
    guide: [&'static str; 2],
    scenario: &'static str,
    /// Typed under threads, under processes and under async; none where it is
    /// not run so.
    runs: [Option<Typed>; 3],
    shows: Shows,
}

/// What a run is shown by.
enum Shows {
    /// The line that it closes with, and how its workers ended.
    Line,
    /// How many times as fast it is as one after another.
    Gain,
    /// Its time.
    Time,
}

const MODELS: [Model; 3] = [Threads, Processes, Async];

const ASPECTS: [Aspect; 10] = [
    Aspect {
        says: "memory",
        ids: &["MC10-T6a"],
        guide: ["shared", "separate"],
        scenario: "isolation",
        runs: [Some(&[]), Some(&[]), None],
        shows: Shows::Line,
    },
    Aspect {
        says: "communication",
        ids: &["MC10-T6b", "CM.T3"],
        guide: ["direct, fast", "through channels, slower"],
        scenario: "channels",
        runs: [Some(&[]), Some(&[("over", "pipe")]), None],
        shows: Shows::Line,
    },
    Aspect {
        says: "computing, two workers",
        ids: &["MC10-T6c", "CM.T4", "MC10-T6i"],
        guide: ["held up by the lock", "in parallel, by cores"],
        scenario: "crunch",
        runs: [Some(&[]), Some(&[]), None],
        shows: Shows::Gain,
    },
    Aspect {
        says: "computing, four workers",
        ids: &["MC10-T6i"],
        guide: ["one core's worth", "grows with the cores"],
        scenario: "crunch",
        runs: [
            Some(&[("workers", "4"), ("n", "50_000_000")]),
            Some(&[("workers", "4"), ("n", "50_000_000")]),
            None,
        ],
        shows: Shows::Gain,
    },
    Aspect {
        says: "creation",
        ids: &["MC10-T6d", "CM.T2"],
        guide: ["low, milliseconds", "high, hundreds of milliseconds"],
        scenario: "creation",
        runs: [Some(&[]), Some(&[]), Some(&[])],
        shows: Shows::Line,
    },
    Aspect {
        says: "switching",
        ids: &["MC10-T6e"],
        guide: ["fast", "slower"],
        scenario: "switching",
        runs: [Some(&[]), Some(&[]), None],
        shows: Shows::Line,
    },
    Aspect {
        says: "a fault in one",
        ids: &["MC10-T6f"],
        guide: ["takes all down", "stays with it"],
        scenario: "crash",
        runs: [
            Some(&[("how", "segfault")]),
            Some(&[("how", "segfault")]),
            None,
        ],
        shows: Shows::Line,
    },
    Aspect {
        says: "memory of a unit",
        ids: &["MC10-T6h", "CM.T1"],
        guide: ["about 8 KB", "about 30-50 MB"],
        scenario: "memory",
        runs: [Some(&[]), Some(&[]), Some(&[])],
        shows: Shows::Line,
    },
    Aspect {
        says: "synchronization left out",
        ids: &["CM.T5"],
        guide: ["complex", "simple"],
        scenario: "counter",
        runs: [Some(&[("workers", "4")]), Some(&[("workers", "4")]), None],
        shows: Shows::Line,
    },
    Aspect {
        says: "a thousand waits",
        ids: &["CF.T"],
        guide: ["good for waiting", "for computing"],
        scenario: "many-waits",
        runs: [Some(&[]), None, Some(&[])],
        shows: Shows::Time,
    },
];

impl Aspect {
    fn needed(&self, at: usize, with: With) -> Option<Needed> {
        Some(Needed {
            scenario: self.scenario,
            model: MODELS[at],
            typed: self.runs[at]?,
            with,
        })
    }

    /// The run that a gain is over.
    fn alone(&self, with: With) -> Needed {
        let typed = self.runs[0].unwrap_or_default();
        Needed {
            scenario: self.scenario,
            model: Sequential,
            typed,
            with,
        }
    }

    /// On what it is run.
    fn with(&self) -> &'static [With] {
        match self.shows {
            Shows::Gain => &[With::Here, With::Lock, With::Guide],
            _ => &[With::Here],
        }
    }

    fn cell(&self, runs: &Runs, at: usize) -> String {
        let Some(own) = self.needed(at, With::Here) else {
            return "-".to_owned();
        };
        match self.shows {
            Shows::Line => runs.told(&own),
            Shows::Time => runs.seconds(&own).map_or(runs.told(&own), figure::duration),
            Shows::Gain => {
                let gain = |with| {
                    let own = self.needed(at, with)?;
                    runs.gain(&own, &self.alone(with))
                };
                let named = [
                    (gain(With::Here), String::new()),
                    (
                        gain(With::Lock),
                        format!(" under a {}-style lock", Version::NEWEST),
                    ),
                    (
                        gain(With::Guide),
                        " simulated on the guide's 4 cores".to_owned(),
                    ),
                ];
                let all = named.into_iter();
                let all = all.filter_map(|(gain, name)| Some(format!("{:.2}x{name}", gain?)));
                all.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

fn needs() -> Vec<Needed> {
    let mut all: Vec<Needed> = vec![];
    for aspect in &ASPECTS {
        for &with in aspect.with() {
            if matches!(aspect.shows, Shows::Gain) {
                all.push(aspect.alone(with));
            }
            all.extend((0..MODELS.len()).filter_map(|at| aspect.needed(at, with)));
        }
    }
    all
}

fn fill(runs: &Runs) -> Filled {
    let rows = ASPECTS.iter().map(|aspect| {
        let cpython = aspect.ids.first().and_then(|id| inventory::find(id));
        let cpython = cpython.map_or(String::new(), |row| {
            format!("{}: {}", row.verdict.name(), row.cpython)
        });
        vec![
            aspect.says.to_owned(),
            format!("{} / {}", aspect.guide[0], aspect.guide[1]),
            aspect.cell(runs, 0),
            aspect.cell(runs, 1),
            aspect.cell(runs, 2),
            cpython,
        ]
    });
    let mut gains = vec![];
    for aspect in ASPECTS.iter().filter(|a| matches!(a.shows, Shows::Gain)) {
        for (at, model) in [Threads, Processes].into_iter().enumerate() {
            let value = |(with, name): (With, String)| {
                let gain = runs.gain(&aspect.needed(at, with)?, &aspect.alone(with))?;
                Some((name, gain))
            };
            let sources = [
                (With::Here, "Rust, measured".to_owned()),
                (With::Guide, "simulated, guide's machine".to_owned()),
                (
                    With::Lock,
                    format!("Rust under a {}-style lock, measured", Version::NEWEST),
                ),
            ];
            let values: Vec<(String, f64)> = sources.into_iter().filter_map(value).collect();
            if !values.is_empty() {
                gains.push(Gain {
                    work: aspect.says.into(),
                    model: model.name().into(),
                    guide: None,
                    values,
                });
            }
        }
    }
    let mut notes = vec![
        "Rust, measured, unless a cell says otherwise. Debugging, the row that is left out, cannot be measured.".to_owned(),
    ];
    notes.extend(cores_here(runs));
    Filled {
        table: Table {
            title: "Table 6: threads and processes".into(),
            columns: [
                "",
                "guide: threads / processes",
                "threads",
                "processes",
                "async",
                "on CPython",
            ]
            .map(String::from)
            .to_vec(),
            rows: rows.collect(),
            notes,
        },
        chart: ("Table 6: what cores are worth".into(), gains),
    }
}
