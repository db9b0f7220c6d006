//! Table 2: counting by one thread, by two threads and by two processes, and
//! how many cores are busy.

use super::{Definition, Filled, Needed, Runs, With, cores_here, on_cpython};
use crate::display::Table;
use crate::figure::{self, Gain};
use lab::gil::Version;
use lab::trace::Model;

pub(super) const GIL_IMPACT: Definition = Definition {
    name: "gil-impact",
    typed: "%table gil-impact",
    claims: &[
        "MC4.1",
        "MC4.2",
        "MC4.3-F",
        "MC4.3-T2a",
        "MC4.3-T2b",
        "MC4.3-T2c",
        "MC4.3-cpu",
        "MC8.3-F",
    ],
    needs,
    fill,
};

/// A line of the guide's table.
struct Line {
    says: &'static str,
    model: Model,
    seconds: f64,
    ratio: f64,
    /// Share of its four cores.
    share: f64,
}

const LINES: [Line; 3] = [
    Line {
        says: "one thread",
        model: Model::Sequential,
        seconds: 12.5,
        ratio: 1.0,
        share: 25.0,
    },
    Line {
        says: "two threads",
        model: Model::Threads,
        seconds: 12.8,
        ratio: 0.98,
        share: 25.0,
    },
    Line {
        says: "two processes",
        model: Model::Processes,
        seconds: 6.2,
        ratio: 2.0,
        share: 50.0,
    },
];

const WITH: [With; 3] = [With::Guide, With::Here, With::Lock];

fn needed(model: Model, with: With) -> Needed {
    Needed {
        scenario: "crunch",
        model,
        typed: &[],
        with,
    }
}

fn needs() -> Vec<Needed> {
    let all = WITH.into_iter();
    all.flat_map(|with| LINES.map(|line| needed(line.model, with)))
        .collect()
}

fn fill(runs: &Runs) -> Filled {
    let lock = format!("under a {}-style lock", Version::NEWEST);
    let heads = [
        "simulated, guide's machine".to_owned(),
        "Rust, measured".to_owned(),
        format!("Rust {lock}, measured"),
    ];
    let mut columns = vec![String::new(), "guide".to_owned()];
    columns.extend(heads.clone());
    let rows = LINES.iter().map(|line| {
        let guide = format!(
            "{:.1} s, {:.2}x, {} %",
            line.seconds, line.ratio, line.share
        );
        let cells = WITH.map(|with| cell(runs, line.model, with));
        [line.says.to_owned(), guide]
            .into_iter()
            .chain(cells)
            .collect()
    });
    let gains = LINES[1..].iter().map(|line| Gain {
        work: "counting".into(),
        model: line.says.into(),
        guide: Some((line.ratio, line.ratio)),
        values: [1, 0, 2]
            .into_iter()
            .filter_map(|i| {
                let one = needed(Model::Sequential, WITH[i]);
                let gain = runs.gain(&needed(line.model, WITH[i]), &one)?;
                Some((heads[i].clone(), gain))
            })
            .collect(),
    });
    let mut notes = vec![
        "Each cell: the seconds, how many times as fast as one thread, and how many cores are busy (the guide: as a share of four).".to_owned(),
        "The guide's seconds are those of its machine and of CPython: compare the ratios. The simulated machine counts to the guide's own numbers.".to_owned(),
        format!("Rust has no interpreter lock, so its threads compute side by side; {lock} they take turns as CPython's do."),
    ];
    notes.extend(cores_here(runs));
    notes.extend(on_cpython(&[
        "MC4.3-T2a",
        "MC4.3-T2b",
        "MC4.3-T2c",
        "MC4.3-cpu",
    ]));
    Filled {
        table: Table {
            title: "Table 2: what the interpreter lock does to counting".into(),
            columns,
            rows: rows.collect(),
            notes,
        },
        chart: ("Table 2: counting".into(), gains.collect()),
    }
}

fn cell(runs: &Runs, model: Model, with: With) -> String {
    let own = needed(model, with);
    let one = needed(Model::Sequential, with);
    let (Some(seconds), Some(gain)) = (runs.seconds(&own), runs.gain(&own, &one)) else {
        return runs.told(&own);
    };
    let cores = runs.cores(&own);
    let cores = cores.map_or(String::new(), |cores| format!(", {cores:.1} cores"));
    format!("{}, {gain:.2}x{cores}", figure::duration(seconds))
}
