//! What the guides claim, as data, and how a claim is held against runs.

pub mod inventory;
mod rows;

use crate::figure;
use crate::scenario::{self, Parameters, Scenario};
use lab::stats;
use lab::trace::{Header, Model, Trace};
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
    /// Parameters at which it holds, where they are not the scenario's
    /// defaults: as a learner would type them, `workers` among them.
    pub at: &'static [(&'static str, &'static str)],
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
    /// A run comes to this, as text, under every model.
    Comes(&'static str),
    /// A run comes to this under a model.
    ComesUnder(Model, &'static str),
    /// The counts of an unprotected counter fall short under a model; to about
    /// so much, where the guide gives a number.
    Less(Model, Option<i64>),
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

/// The guide's time for a run with these parameters, under its model, before
/// it is scaled.
pub fn seconds(header: &Header) -> Option<f64> {
    about(&header.scenario).find_map(|claim| match claim.documented {
        Documented::Seconds(m, seconds) if m == header.model && claim.is_at(header) => {
            Some(seconds)
        }
        _ => None,
    })
}

/// Whether a guide has a run with these parameters: the scenario's defaults, or
/// those of one of its rows.
pub fn documented(header: &Header) -> bool {
    let defaults = scenario::find(&header.scenario).map(Scenario::defaults);
    defaults.is_some_and(|parameters| same(&parameters, header))
        || about(&header.scenario).any(|claim| claim.is_at(header))
}

/// Every claim about the runs' scenario that these runs can answer: those with
/// the claim's parameters, at any scale.
pub fn held(runs: &[&Trace]) -> Vec<Held> {
    let Some(first) = runs.first() else {
        return vec![];
    };
    about(&first.header.scenario)
        .filter_map(|claim| hold(claim, runs))
        .collect()
}

impl Claim {
    /// The parameters at which it holds.
    ///
    /// # Errors
    /// When the row names what the scenario does not have: a mistake in the
    /// row, which a test over all rows finds.
    pub fn parameters(&self) -> Result<Parameters, String> {
        let scenario = scenario::find(self.scenario)
            .ok_or_else(|| format!("no scenario `{}`", self.scenario))?;
        let mut parameters = scenario.defaults();
        for (name, text) in self.at {
            if *name == "workers" {
                let workers = text.parse().map_err(|e| format!("workers {text}: {e}"))?;
                parameters = parameters.with_workers(workers);
                continue;
            }
            let own = scenario.parameters.iter().find(|p| p.name == *name);
            let own = own.ok_or_else(|| format!("{} has no --{name}", self.scenario))?;
            let value = own.parse(text).map_err(|e| format!("--{name}: {e}"))?;
            if !own.words().is_empty() && !own.words().contains(text) {
                return Err(format!("--{name} {text}: possible: {:?}", own.words()));
            }
            parameters.set(name, value);
        }
        Ok(parameters)
    }

    /// The parameters that are not the scenario's defaults, as a learner types
    /// them: `--protect lock --workers 2`; nothing where all are.
    pub fn typed(&self) -> String {
        let one = |(name, text): &(&str, &str)| format!("--{name} {text}");
        self.at.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    /// Whether a run has its parameters, at whatever scale.
    fn is_at(&self, header: &Header) -> bool {
        self.parameters()
            .is_ok_and(|parameters| same(&parameters, header))
    }
}

fn same(parameters: &Parameters, header: &Header) -> bool {
    let scaled = parameters.scaled(header.scale);
    // How processes come about is no parameter of the guide's.
    let given = || header.parameters.iter().filter(|(name, _)| name != "start");
    header.workers == parameters.workers
        && given().count() == scaled.iter().count()
        && scaled.iter().all(|(name, value)| {
            given().any(|(known, given)| known == name && *given == value.to_string())
        })
}

fn hold(claim: &Claim, runs: &[&Trace]) -> Option<Held> {
    let at: Vec<&Trace> = runs
        .iter()
        .copied()
        .filter(|run| !run.samples.is_empty() && claim.is_at(&run.header))
        .collect();
    let under = |model| at.iter().copied().find(|run| run.header.model == model);
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
        Documented::Comes(to) => comes(&at, to)?,
        Documented::ComesUnder(model, to) => comes(&[under(model)?], to)?,
        Documented::Less(model, about) => {
            let run = under(model)?;
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

/// Whether all runs come to this: what it is, what they came to, the verdict.
fn comes(runs: &[&Trace], to: &str) -> Option<(String, String, bool)> {
    let samples = runs.iter().flat_map(|run| &run.samples);
    let results: Vec<String> = samples.map(|s| s.result.to_string()).collect();
    let other = results.iter().find(|result| *result != to);
    let value = other.or(results.first())?.clone();
    Some((to.into(), value, other.is_none()))
}

/// Median of the repetitions, in seconds.
pub fn elapsed(run: &Trace) -> Option<f64> {
    let seconds: Vec<f64> = run.samples.iter().map(|s| s.elapsed as f64 / 1e9).collect();
    stats::median(&seconds)
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

#[cfg(test)]
mod tests {
    use super::*;
    use lab::trace::{Kind, Machine};

    /// A finished run of a scenario with what a learner typed for it.
    fn run(scenario: &str, typed: &[(&str, &str)], scale: f64, result: i64) -> Trace {
        let scenario = scenario::find(scenario).unwrap();
        let mut parameters = scenario.defaults();
        for (name, text) in typed {
            if *name == "workers" {
                parameters = parameters.with_workers(text.parse().unwrap());
            } else {
                let own = scenario.parameters.iter().find(|p| p.name == *name);
                parameters.set(name, own.unwrap().parse(text).unwrap());
            }
        }
        let scaled = parameters.scaled(scale);
        let header = Header {
            scenario: scenario.name.into(),
            section: scenario.section.into(),
            model: Model::Threads,
            kind: Kind::Measured,
            parameters: scaled
                .iter()
                .map(|(n, v)| (n.into(), v.to_string()))
                .collect(),
            workers: parameters.workers,
            scale,
            gil: None,
            python: None,
            pace_ns: None,
            pace_of: None,
            switch_interval: None,
            starts: None,
            yield_chance: None,
            seed: 1,
            date: String::new(),
            machine: Machine::default(),
            threadlab: String::new(),
        };
        Trace {
            version: lab::trace::VERSION,
            header,
            workers: vec![],
            spans: vec![],
            marks: vec![],
            counters: vec![],
            ops: vec![],
            edges: vec![],
            samples: vec![Sample {
                elapsed: (3e9 * scale) as u64,
                cpu: 0,
                result: Value::Int(result),
            }],
            elapsed: 0,
        }
    }

    fn ids(run: &Trace) -> Vec<&'static str> {
        held(&[run]).into_iter().map(|held| held.id).collect()
    }

    #[test]
    fn a_claim_is_held_against_runs_with_its_own_parameters_and_no_others() {
        let two = [("protect", "lock"), ("workers", "2")];
        assert_eq!(
            ids(&run("counter", &two, 1.0, 200_000)),
            ["CM.lock", "AT4a"]
        );
        let ten = [("protect", "lock")];
        assert_eq!(ids(&run("counter", &ten, 1.0, 1_000_000)), ["MC7.2"]);
        let other = [("protect", "rlock")];
        assert_eq!(ids(&run("counter", &other, 1.0, 1_000_000)), [""; 0]);
        let fewer = [("protect", "lock"), ("increments", "5")];
        assert_eq!(ids(&run("counter", &fewer, 1.0, 50)), [""; 0]);
    }

    #[test]
    fn a_scaled_run_has_the_guides_parameters() {
        let scaled = run("breakfast", &[], 0.1, 0);
        assert_eq!(seconds(&scaled.header), Some(3.0));
        let first = &held(&[&scaled])[0];
        assert_eq!((first.id, first.verdict), ("MC5.1", Verdict::Holds));
        let longer = run("breakfast", &[("bun", "30s")], 0.1, 0);
        assert_eq!(seconds(&longer.header), None);
        assert!(documented(&scaled.header) && !documented(&longer.header));
    }

    #[test]
    fn a_result_that_is_not_the_guides_differs() {
        let lost = run("counter", &[("protect", "lock")], 1.0, 999_999);
        let held = held(&[&lost]);
        assert_eq!(
            (held[0].verdict, held[0].value.as_str()),
            (Verdict::Differs, "999999")
        );
    }
}
