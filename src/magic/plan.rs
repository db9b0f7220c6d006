//! What was typed becomes a run that can be asked for.

use super::arguments::{Typed, scenario_of, takes_workers};
use super::options::{MachineName, Many, Pace, RunOptions};
use super::{MagicError, Session};
use crate::run::{Request, machine};
use crate::scenario::{self, Crew, Estimate, ParameterKind, ParameterValue, Parameters, Scenario};
use clap::{ArgMatches, FromArgMatches};
use lab::gil::{self, Version};
use lab::trace::{Header, Kind, Machine, Model};
use lab::{Described, Start, YIELD_CHANCE};
use std::time::Duration;

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
    /// The interpreter lock of a measured run.
    pub gil: Option<Version>,
    /// Its switch interval in nanoseconds.
    pub switch_interval: u64,
    /// Nanoseconds of a loop iteration; none for native pace.
    pub pace: Option<f64>,
    /// On what the pace was measured, where it was on a Python.
    pub pace_of: Option<String>,
    /// Whether the work is divided among the workers.
    pub split: bool,
    /// The machine that is simulated; none for a measured run.
    pub simulate: Option<Described>,
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
    /// Whether it is about schedules, which have no time that would have to be
    /// simulated.
    pub schedules: bool,
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
            schedules: false,
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
        let gils = self.options.gil.as_ref().filter(|many| many.0.len() > 1);
        let starts = self.options.start.as_ref().filter(|many| many.0.len() > 1);
        if self.options.start.is_some() && model != Model::Processes {
            return Err(MagicError::usage(
                format!("--start says how processes come about, and this run is {model}"),
                format!("%processes {} --start spawn", self.scenario.name),
            ));
        }
        let cores = self.options.cores.as_ref().filter(|many| many.0.len() > 1);
        let mut lists = lists
            .chain(workers.map(|_| "workers"))
            .chain(gils.map(|_| "gil"))
            .chain(starts.map(|_| "start"))
            .chain(cores.map(|_| "cores"));
        if let Some(name) = lists.next() {
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
        self.options.of_a_machine()?;
        let seed = self.options.seed.unwrap_or_default();
        let workers = match &self.options.workers {
            Some(many) => many.0.clone(),
            None => vec![scenario.crew.default()],
        };
        let mut all: Vec<Parameters> = workers
            .into_iter()
            .map(|workers| scenario.defaults().with_workers(workers).with_seed(seed))
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
        if self.options.simulate
            && !self.schedules
            && let Some(why) = all.iter().find_map(scenario.unsimulated)
        {
            return Err(MagicError::usage(
                format!("{} cannot be simulated so: {why}", scenario.name),
                "Leave --simulate out",
            ));
        }
        if let (Model::Processes, Some(Many(starts))) = (model, &self.options.start) {
            let with = |parameters: &Parameters| {
                let each = |start: &Start| parameters.clone().with_start(*start);
                starts.iter().map(each).collect::<Vec<_>>()
            };
            all = all.iter().flat_map(with).collect();
        }
        let gils = match &self.options.gil {
            Some(Many(gils)) => gils.iter().copied().map(Some).collect(),
            None => vec![None],
        };
        if self.options.split && !scenario.splits {
            return Err(MagicError::usage(
                format!(
                    "{} gives no worker all of its work, so there is nothing to --split",
                    scenario.name
                ),
                format!("{} has work that can be split", splits()),
            ));
        }
        let here = machine::here();
        let options = &self.options;
        let python = match options.pace {
            Some(Pace::Cpython) => Some(session.python_pace()?),
            _ => None,
        };
        let plan = |(parameters, gil): (Parameters, Option<Option<Version>>)| {
            let start = parameters.start;
            Plan {
                scenario,
                model,
                parameters,
                gil: gil.flatten().filter(|_| !options.simulate),
                switch_interval: options
                    .switch_interval
                    .map_or(gil::INTERVAL, |s| (s * 1e9) as u64),
                pace: match options.pace {
                    Some(Pace::Of(nanos)) => Some(nanos),
                    Some(Pace::Cpython) => python.map(|python| python.nanos),
                    Some(Pace::Native) => None,
                    None => gil.flatten().map(|_| PACE_WITH_LOCK),
                },
                pace_of: python.map(|python| python.of.clone()),
                split: options.split,
                simulate: options.simulate.then(|| {
                    let machine = described(session, options, gil, here.cores).with_start(start);
                    Described {
                        pace: python.map_or(machine.pace, |python| python.nanos),
                        ..machine
                    }
                }),
                scale: times(self.options.scale.unwrap_or(1.0), session.scale),
                repeat: self.options.repeat.unwrap_or(1),
                seed,
                yield_chance: if scenario.shares {
                    self.options.yield_chance.unwrap_or(YIELD_CHANCE)
                } else {
                    0.0
                },
                timeout: self.options.timeout,
                machine: here.clone(),
            }
        };
        let combined =
            |parameters: Parameters| gils.iter().map(move |gil| (parameters.clone(), *gil));
        Ok(all.into_iter().flat_map(combined).map(plan).collect())
    }
}

impl Plan {
    /// The names and values by which this plan differs from others.
    pub(super) fn differences(&self, others: &[Plan]) -> Vec<(&str, String)> {
        let mut all = vec![];
        if others.iter().any(|p| p.lock() != self.lock()) {
            all.push(("gil", self.lock().map_or("off", Version::name).to_owned()));
        }
        if others
            .iter()
            .any(|p| p.parameters.workers != self.parameters.workers)
        {
            all.push(("workers", self.parameters.workers.to_string()));
        }
        if others
            .iter()
            .any(|p| p.parameters.start != self.parameters.start)
        {
            all.push(("start", self.parameters.start.name().to_owned()));
        }
        for (name, value) in self.parameters.iter() {
            let differs = |p: &Plan| p.parameters.iter().any(|(n, v)| n == name && v != value);
            if others.iter().any(differs) {
                all.push((name, value.to_string()));
            }
        }
        all
    }

    /// The interpreter lock, taken for real or simulated.
    pub(super) fn lock(&self) -> Option<Version> {
        self.simulate
            .as_ref()
            .map_or(self.gil, |machine| machine.gil)
    }

    /// What each worker is given at a scale: its share, where the work is
    /// divided, rounded down to whole steps.
    pub(super) fn given(&self, scale: f64) -> Parameters {
        let mut parameters = self.parameters.scaled(scale);
        if self.split {
            for parameter in self.scenario.parameters {
                if let ParameterKind::Steps { .. } = parameter.kind {
                    let whole = parameters.number(parameter.name);
                    let share = whole / u64::from(parameters.workers.max(1));
                    parameters.set(parameter.name, ParameterValue::Steps(share.max(1)));
                }
            }
        }
        parameters
    }

    /// Seconds that all repetitions are expected to take together, at a scale.
    pub(super) fn estimate(&self, scale: f64) -> f64 {
        if self.simulate.is_some() {
            // Virtual time costs next to none.
            return 0.01 * f64::from(self.repeat);
        }
        let estimate = (self.scenario.estimate)(&self.given(scale));
        // Under the lock one core does all the work, at the interpreter's pace.
        let cores = if self.gil.is_some() {
            1.0
        } else {
            self.machine.cores
        };
        let slower = self.pace.map_or(1.0, |pace| (pace / NATIVE_STEP).max(1.0));
        let estimate = Estimate {
            computes: estimate.computes.iter().map(|s| s * slower).collect(),
            ..estimate
        };
        estimate.seconds(self.model, cores) * f64::from(self.repeat)
    }

    /// How long it may take before it counts as hung.
    pub(super) fn limit(&self) -> Duration {
        let generous = 60.0 + 20.0 * self.estimate(self.scale);
        lab::secs(self.timeout.unwrap_or(generous))
    }

    pub(super) fn request(&self) -> Request {
        let parameters = self.given(self.scale);
        Request {
            scenario: self.scenario.name.into(),
            model: self.model,
            // Numbers and words only, which JSON can always hold.
            parameters: serde_json::to_value(&parameters).unwrap_or_default(),
            folder: self.scenario.folder && self.simulate.is_none(),
            repeat: self.repeat,
            seed: self.seed,
            yield_chance: self.yield_chance,
            together: self.scenario.shares,
            simulate: self.simulate.clone(),
            gil: self.gil,
            switch_interval: self.switch_interval,
            pace: self.pace,
            explore: None,
            step: None,
        }
    }

    pub(super) fn header(&self) -> Header {
        // As it was typed: the total, and that it is divided.
        let parameters = self.parameters.scaled(self.scale);
        let split = self.split.then(|| ("split".to_owned(), String::new()));
        let start = (self.model == Model::Processes && parameters.start != Start::Fork)
            .then(|| ("start".to_owned(), parameters.start.name().to_owned()));
        Header {
            scenario: self.scenario.name.into(),
            section: self.scenario.section.into(),
            model: self.model,
            kind: if self.simulate.is_some() {
                Kind::Simulated
            } else {
                Kind::Measured
            },
            parameters: parameters
                .iter()
                .map(|(name, value)| (name.into(), value.to_string()))
                .chain(split)
                .chain(start)
                .collect(),
            workers: self.parameters.workers,
            scale: self.scale,
            gil: match &self.simulate {
                Some(machine) => machine.gil.map(|version| version.to_string()),
                None => self.gil.map(|version| version.to_string()),
            },
            python: None,
            pace_ns: self
                .simulate
                .as_ref()
                .map(|machine| machine.pace)
                .or(self.pace),
            pace_of: self.pace_of.clone(),
            switch_interval: match &self.simulate {
                Some(machine) => machine.interval(),
                None => (self.gil)
                    .filter(|version| version.ticks().is_none())
                    .map(|_| self.switch_interval),
            },
            starts: self.simulate.as_ref().map(Described::starts),
            yield_chance: (self.scenario.shares && self.simulate.is_none())
                .then_some(self.yield_chance),
            seed: self.seed,
            date: chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            machine: match &self.simulate {
                None => self.machine.clone(),
                // What was simulated, not where: the same seed gives the same
                // trace on every machine.
                Some(machine) => Machine {
                    cpu: machine.name.clone(),
                    cores: f64::from(machine.cores),
                    load: 0.0,
                    system: "virtual time".into(),
                },
            },
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

/// Nanoseconds of a loop iteration of the CPythons at hand, which a lock's
/// behaviour is tied to.
pub(super) const PACE_WITH_LOCK: f64 = 25.0;
/// Nanoseconds of a native step, roughly: for announcements only.
const NATIVE_STEP: f64 = 1.5;

/// The machine that the options describe.
fn described(
    session: &Session,
    options: &RunOptions,
    gil: Option<Option<Version>>,
    cores: f64,
) -> Described {
    let mut machine = match options.machine {
        Some(MachineName::Guide) => Described::guide(),
        Some(MachineName::Here) | None => {
            let pace = match gil.flatten() {
                Some(_) => PACE_WITH_LOCK,
                None => session.native_pace(),
            };
            Described::here(cores.ceil() as u32, pace)
        }
    };
    machine.gil = gil.unwrap_or(machine.gil);
    if let Some(Many(cores)) = &options.cores
        && let Some(cores) = cores.first()
    {
        machine.cores = *cores;
    }
    if let Some(seconds) = options.switch_interval {
        machine.switch_interval = (seconds * 1e9) as u64;
    }
    if let Some(Pace::Of(nanos)) = options.pace {
        machine.pace = nanos;
    }
    machine
}

/// A scenario whose work can be split, for those whose work cannot.
fn splits() -> &'static str {
    let fit = scenario::ALL.iter().find(|s| s.splits && !s.hidden);
    fit.map_or("another scenario", |s| s.name)
}

/// A seed that a person can type again.
pub(super) fn any_seed() -> u64 {
    lab::clock::now() / 1_000 % 1_000_000
}
