//! What the guides claim, as data, and how a claim is held against runs.

mod rows;

use crate::figure;
use lab::stats;
use lab::trace::{Model, Trace};
use lab::{Value, trace::Sample};

/// One row of the inventory of claims, as far as a figure of it can be held
/// against runs of a scenario. A claim with several figures has several rows.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Number in the inventory, for example `MC2.2-T1`.
    pub id: &'static str,
    /// Scenario that it is about.
    pub scenario: &'static str,
    /// What it says, in a few words of our own.
    pub says: &'static str,
    /// The figure.
    pub documented: Documented,
    /// Whether it rests on CPython's interpreter lock.
    pub lock: bool,
    /// Whether it rests on CPython's pace.
    pub pace: bool,
}

/// A figure of a guide.
#[derive(Clone, Copy, Debug)]
pub enum Documented {
    /// The run takes so many seconds under a model, at the guide's parameters.
    Seconds(Model, f64),
    /// The run is so many times as fast under a model as one after another.
    Speedup(Model, f64),
    /// So large a share of the sequential time is saved.
    Saved(Model, f64),
    /// So many cores are busy on average.
    Cores(Model, f64),
    /// All workers are there at the same time.
    Overlap(Model),
    /// A run comes to this, with one of the scenario's words where that matters.
    Comes {
        /// A parameter and its word.
        with: Option<(&'static str, &'static str)>,
        /// What it comes to, as text.
        to: &'static str,
    },
    /// With this protection the counter comes to the full number.
    Full {
        /// Value of `--protect`.
        protect: &'static str,
        /// Number of workers that the guide has.
        workers: u32,
    },
    /// Without protection it comes to less; to about so much, where the guide
    /// gives a number.
    Less {
        /// What the guide counts, if it says so.
        about: Option<i64>,
        /// Number of workers that the guide has.
        workers: u32,
    },
}

/// How a claim fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The run agrees.
    Holds,
    /// It does not.
    Differs,
}

impl Verdict {
    /// The word for tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Differs => "differs",
        }
    }
}

/// A claim beside what runs gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Number in the inventory.
    pub id: &'static str,
    /// What it says.
    pub says: &'static str,
    /// The guide's figure, multiplied by the scale where it is a time.
    pub documented: String,
    /// What the runs gave.
    pub value: String,
    /// Whether they agree.
    pub verdict: Verdict,
    /// Whether it rests on the interpreter lock.
    pub lock: bool,
    /// Whether it rests on CPython's pace.
    pub pace: bool,
}

/// Waits may be this much longer than documented: starting workers and a busy
/// machine take their part.
const TIME_TOLERANCE: f64 = 0.1;
/// Seconds below which a difference says nothing.
const TIME_GRAIN: f64 = 0.02;
/// Ratios of computing times scatter more.
const RATIO_TOLERANCE: f64 = 0.15;

/// The rows about a scenario.
pub fn about(scenario: &str) -> impl Iterator<Item = &'static Claim> {
    rows::ROWS
        .iter()
        .filter(move |claim| claim.scenario == scenario)
}

/// The guide's time for a scenario under a model, at its own parameters.
pub fn seconds(scenario: &str, model: Model) -> Option<f64> {
    about(scenario).find_map(|claim| match claim.documented {
        Documented::Seconds(m, seconds) if m == model => Some(seconds),
        _ => None,
    })
}

/// Every claim about the runs' scenario that these runs can answer. The runs
/// are at the guide's parameters, at some scale.
pub fn held(runs: &[&Trace]) -> Vec<Held> {
    let Some(first) = runs.first() else {
        return vec![];
    };
    about(&first.header.scenario)
        .filter_map(|claim| hold(claim, runs))
        .collect()
}

fn hold(claim: &Claim, runs: &[&Trace]) -> Option<Held> {
    let under = |model| {
        runs.iter()
            .find(|t| t.header.model == model && !t.samples.is_empty())
    };
    let (documented, value, agrees) = match claim.documented {
        Documented::Seconds(model, seconds) => {
            let run = under(model)?;
            let (scale, took) = (run.header.scale, elapsed(run)?);
            let expected = seconds * scale;
            let off = (took - expected).abs();
            let agrees = off
                <= (expected * TIME_TOLERANCE)
                    .max(TIME_GRAIN * scale.min(1.0))
                    .max(0.005);
            (scaled(seconds, scale), figure::duration(took), agrees)
        }
        Documented::Speedup(model, ratio) => {
            let got = elapsed(under(Model::Sequential)?)? / elapsed(under(model)?)?;
            (
                format!("{ratio:.2}x"),
                format!("{got:.2}x"),
                near(got, ratio),
            )
        }
        Documented::Saved(model, share) => {
            let got = 1.0 - elapsed(under(model)?)? / elapsed(under(Model::Sequential)?)?;
            let text = |share: f64| format!("{:.0} % saved", share * 100.0);
            (text(share), text(got), (got - share).abs() < 0.05)
        }
        Documented::Cores(model, cores) => {
            let run = under(model)?;
            let busy: Vec<f64> = run
                .samples
                .iter()
                .map(|Sample { elapsed, cpu, .. }| *cpu as f64 / (*elapsed).max(1) as f64)
                .collect();
            let got = stats::median(&busy)?;
            let of = run.header.machine.cores.max(1.0);
            (
                format!("{cores:.1} cores busy, {:.0} % of 4", cores / 4.0 * 100.0),
                format!("{got:.1} cores busy, {:.0} % of {}", got / of * 100.0, of),
                near(got, cores),
            )
        }
        Documented::Overlap(model) => {
            let run = under(model)?;
            let (starts, ends): (Option<Vec<_>>, Option<Vec<_>>) = (
                run.workers.iter().map(|w| w.start).collect(),
                run.workers.iter().map(|w| w.end).collect(),
            );
            let agrees = starts?.iter().max() < ends?.iter().min();
            let value = if agrees {
                "all at once"
            } else {
                "not all at once"
            };
            ("all at once".into(), value.into(), agrees)
        }
        Documented::Comes { with, to } => {
            let has = |run: &&&Trace| {
                with.is_none_or(|(name, word)| {
                    run.header
                        .parameters
                        .iter()
                        .any(|(n, v)| n == name && v == word)
                })
            };
            let run = runs.iter().find(has)?;
            let results: Vec<String> = run.samples.iter().map(|s| s.result.to_string()).collect();
            let agrees = results.iter().all(|result| result == to);
            (to.into(), results.first()?.clone(), agrees)
        }
        Documented::Full { protect, workers } => {
            let run = protected(runs, protect, workers)?;
            let (expected, counted) = (expected(run)?, counts(run)?);
            let agrees = counted.iter().all(|&n| n == expected);
            (format!("always {expected}"), range(&counted), agrees)
        }
        Documented::Less { about, workers } => {
            let run = protected(runs, "none", workers)?;
            let (expected, counted) = (expected(run)?, counts(run)?);
            let documented = match about {
                Some(n) => format!("less than {expected} (about {n})"),
                None => format!("less than {expected}"),
            };
            (
                documented,
                range(&counted),
                counted.iter().any(|&n| n < expected),
            )
        }
    };
    let verdict = if agrees {
        Verdict::Holds
    } else {
        Verdict::Differs
    };
    Some(Held {
        id: claim.id,
        says: claim.says,
        documented,
        value,
        verdict,
        lock: claim.lock,
        pace: claim.pace,
    })
}

/// Median of the repetitions, in seconds.
pub fn elapsed(run: &Trace) -> Option<f64> {
    let seconds: Vec<f64> = run.samples.iter().map(|s| s.elapsed as f64 / 1e9).collect();
    stats::median(&seconds)
}

fn protected<'t>(runs: &[&'t Trace], protect: &str, workers: u32) -> Option<&'t Trace> {
    let has = |run: &Trace| {
        run.header.model == Model::Threads
            && run.header.workers == workers
            && run
                .header
                .parameters
                .iter()
                .any(|(n, v)| n == "protect" && v == protect)
    };
    runs.iter().copied().find(|run| has(run))
}

/// What a counter would come to if nothing were lost.
pub fn expected(run: &Trace) -> Option<i64> {
    let increments = run
        .header
        .parameters
        .iter()
        .find(|(name, _)| name == "increments")?;
    let increments: i64 = increments.1.replace('_', "").parse().ok()?;
    Some(increments * i64::from(run.header.workers))
}

fn counts(run: &Trace) -> Option<Vec<i64>> {
    let counts: Vec<i64> = run
        .samples
        .iter()
        .filter_map(|s| {
            if let Value::Int(n) = s.result {
                Some(n)
            } else {
                None
            }
        })
        .collect();
    (!counts.is_empty()).then_some(counts)
}

fn range(counts: &[i64]) -> String {
    match (counts.iter().min(), counts.iter().max()) {
        (Some(least), Some(most)) if least == most => format!("{least}"),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => "nothing".into(),
    }
}

fn near(got: f64, documented: f64) -> bool {
    (got / documented - 1.0).abs() <= RATIO_TOLERANCE
}

fn scaled(seconds: f64, scale: f64) -> String {
    if scale == 1.0 {
        return figure::duration(seconds);
    }
    format!(
        "{} x {scale} = {}",
        figure::duration(seconds),
        figure::duration(seconds * scale)
    )
}
