//! What was typed becomes a run that can be asked for.

use super::arguments::{Typed, scenario_of, takes_workers};
use super::options::RunOptions;
use super::{MagicError, Session};
use crate::run::{Request, machine};
use crate::scenario::{Crew, ParameterValue, Parameters, Scenario};
use clap::{ArgMatches, FromArgMatches};
use lab::trace::{Header, Kind, Machine, Model};
use std::time::Duration;

/// Chance to yield between a load and a store where none is asked for: at
/// this, a race shows on two cores as on many (docs/decisions/races.md).
const YIELD_CHANCE: f64 = 0.01;

/// A run that was asked for, checked and complete.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub scenario: &'static Scenario,
    pub model: Model,
    /// As documented or typed.
    pub parameters: Parameters,
    pub scale: f64,
    pub repeat: u32,
    pub seed: u64,
    pub yield_chance: f64,
    /// Seconds that it may take, where that was said.
    pub timeout: Option<f64>,
    pub machine: Machine,
}

/// What a magic that runs scenarios was given.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub scenario: &'static Scenario,
    /// Values of its own parameters, one or several each.
    pub values: Typed,
    pub options: RunOptions,
}

impl Asked {
    pub(super) fn new(matches: &ArgMatches) -> Result<Self, MagicError> {
        let mut options = RunOptions::from_arg_matches(matches)
            .map_err(|e| MagicError::usage(e.to_string(), ""))?;
        // One for all runs of a cell, so that they can be had again with one.
        options.seed.get_or_insert_with(any_seed);
        let (scenario, values) = scenario_of(matches)
            .ok_or_else(|| MagicError::usage("no scenario was given", "%scenarios lists them"))?;
        Ok(Asked {
            scenario,
            values,
            options,
        })
    }

    /// The one plan under a model; lists are refused.
    pub(super) fn plan(&self, session: &Session, model: Model) -> Result<Plan, MagicError> {
        let lists = self
            .values
            .iter()
            .filter(|(_, v)| v.len() > 1)
            .map(|(name, _)| *name);
        let workers = self
            .options
            .workers
            .as_ref()
            .filter(|many| many.0.len() > 1);
        if let Some(name) = lists.chain(workers.map(|_| "workers")).next() {
            return Err(MagicError::usage(
                format!("--{name} takes one value here, not a list"),
                format!("%compare {} --{name} ... takes lists", self.scenario.name),
            ));
        }
        let mut plans = self.plans(session, model)?;
        plans
            .pop()
            .ok_or_else(|| MagicError::usage("there is nothing to run", ""))
    }

    /// A plan for each combination of the values given, under a model.
    pub(super) fn plans(&self, session: &Session, model: Model) -> Result<Vec<Plan>, MagicError> {
        let scenario = self.scenario;
        if !scenario.models.contains(&model) {
            let possible: Vec<_> = scenario.models.iter().map(|m| m.name()).collect();
            return Err(MagicError::usage(
                format!("{} does not run under {model}", scenario.name),
                format!(
                    "It runs under {}; for example %{} {}",
                    possible.join(", "),
                    possible[0],
                    scenario.name
                ),
            ));
        }
        if let (Crew::Roles(roles), Some(_)) = (scenario.crew, &self.options.workers) {
            return Err(MagicError::usage(
                format!(
                    "{} has fixed roles ({}), so it takes no --workers",
                    scenario.name,
                    roles.join(", ")
                ),
                format!("{} takes --workers", takes_workers()),
            ));
        }
        let workers = match &self.options.workers {
            Some(many) => many.0.clone(),
            None => vec![scenario.crew.default()],
        };
        let mut all: Vec<Parameters> = workers
            .into_iter()
            .map(|workers| scenario.defaults().with_workers(workers))
            .collect();
        for (name, values) in &self.values {
            all = all
                .into_iter()
                .flat_map(|parameters| {
                    values.iter().map(move |value| {
                        let mut parameters = parameters.clone();
                        parameters.set(name, value.clone());
                        parameters
                    })
                })
                .collect();
        }
        let machine = machine::here();
        let seed = self.options.seed.unwrap_or_default();
        let plan = |parameters| Plan {
            scenario,
            model,
            parameters,
            scale: times(self.options.scale.unwrap_or(1.0), session.scale),
            repeat: self.options.repeat.unwrap_or(1),
            seed,
            yield_chance: if scenario.shares {
                self.options.yield_chance.unwrap_or(YIELD_CHANCE)
            } else {
                0.0
            },
            timeout: self.options.timeout,
            machine: machine.clone(),
        };
        Ok(all.into_iter().map(plan).collect())
    }
}

impl Plan {
    /// Whether the numbers are the guide's, so that its figures apply. Words
    /// choose between variants that the guides have all of; where workers
    /// share something the guides vary their number, and the claims say which.
    pub(super) fn as_documented(&self) -> bool {
        let guide = self.scenario.defaults();
        let words = |value: &ParameterValue| matches!(value, ParameterValue::Choice(_));
        let same = |(name, value): (&str, &ParameterValue)| {
            words(value) || guide.iter().any(|other| other == (name, value))
        };
        let workers = self.scenario.shares || self.parameters.workers == guide.workers;
        workers && self.parameters.iter().all(same)
    }

    /// The names and values by which this plan differs from others.
    pub(super) fn differences(&self, others: &[Plan]) -> Vec<(&str, String)> {
        let mut all = vec![];
        if others
            .iter()
            .any(|p| p.parameters.workers != self.parameters.workers)
        {
            all.push(("workers", self.parameters.workers.to_string()));
        }
        for (name, value) in self.parameters.iter() {
            let differs = |p: &Plan| p.parameters.iter().any(|(n, v)| n == name && v != value);
            if others.iter().any(differs) {
                all.push((name, value.to_string()));
            }
        }
        all
    }

    /// Seconds that all repetitions are expected to take together, at a scale.
    pub(super) fn estimate(&self, scale: f64) -> f64 {
        let estimate = (self.scenario.estimate)(&self.parameters.scaled(scale));
        estimate.seconds(self.model, self.machine.cores) * f64::from(self.repeat)
    }

    /// How long it may take before it counts as hung.
    pub(super) fn limit(&self) -> Duration {
        let generous = 60.0 + 20.0 * self.estimate(self.scale);
        lab::secs(self.timeout.unwrap_or(generous))
    }

    pub(super) fn request(&self) -> Request {
        let parameters = self.parameters.scaled(self.scale);
        Request {
            scenario: self.scenario.name.into(),
            model: self.model,
            // Numbers and words only, which JSON can always hold.
            parameters: serde_json::to_value(&parameters).unwrap_or_default(),
            repeat: self.repeat,
            seed: self.seed,
            yield_chance: self.yield_chance,
            together: self.scenario.shares,
        }
    }

    pub(super) fn header(&self) -> Header {
        let parameters = self.parameters.scaled(self.scale);
        Header {
            scenario: self.scenario.name.into(),
            section: self.scenario.section.into(),
            model: self.model,
            kind: Kind::Measured,
            parameters: parameters
                .iter()
                .map(|(name, value)| (name.into(), value.to_string()))
                .collect(),
            workers: self.parameters.workers,
            scale: self.scale,
            gil: None,
            pace_ns: None,
            yield_chance: self.scenario.shares.then_some(self.yield_chance),
            seed: self.seed,
            date: chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            machine: self.machine.clone(),
            threadlab: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

/// The product of two scales, without the dust of binary fractions that a
/// stamp would show (0.1 x 0.1 is not 0.010000000000000002 to a reader).
pub(super) fn times(a: f64, b: f64) -> f64 {
    let rounded = format!("{:.9}", a * b).parse().unwrap_or(0.0);
    if rounded > 0.0 { rounded } else { a * b }
}

/// A seed that a person can type again.
fn any_seed() -> u64 {
    lab::clock::now() / 1_000 % 1_000_000
}
