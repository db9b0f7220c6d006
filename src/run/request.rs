//! What the kernel asks of a runner.

use lab::Described;
use lab::explore::{ByHand, Search};
use lab::gil::Version;
use lab::trace::{Model, Trace};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One run: a scenario under a model, some times over. Written as one line of
/// JSON to the runner's standard input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Name of the scenario.
    pub scenario: String,
    /// Execution model.
    pub model: Model,
    /// Parameters, scaled, as the scenario reads them.
    pub parameters: serde_json::Value,
    /// Whether it gets a private folder.
    #[serde(default)]
    pub folder: bool,
    /// How many times; the first is traced.
    pub repeat: u32,
    /// Seed of all that is drawn by lot.
    pub seed: u64,
    /// Chance to yield before each store.
    pub yield_chance: f64,
    /// Whether workers wait for each other before they start.
    pub together: bool,
    /// The machine to be simulated; none for a measured run.
    pub simulate: Option<Described>,
    /// The interpreter lock that a measured run takes.
    pub gil: Option<Version>,
    /// How long its waiters wait before they ask, in nanoseconds.
    pub switch_interval: u64,
    /// Nanoseconds of one loop iteration in a measured run; none for native.
    pub pace: Option<f64>,
    /// Schedules to be explored instead of a run.
    pub explore: Option<Search>,
    /// Turns to be taken by hand instead of a run.
    pub step: Option<ByHand>,
}

/// What exploring found, as the runner reports it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Explored {
    /// `holds`, `no failure` or `fails`.
    pub verdict: String,
    /// What fails, in words.
    pub failure: Option<String>,
    /// Schedules that were tried.
    pub schedules: u64,
    /// Whether these are all that there are.
    pub complete: bool,
    /// How they were chosen.
    pub policy: String,
    /// Those that failed.
    pub failing: u64,
    /// What the schedules came to, and how many to each.
    pub outcomes: BTreeMap<String, u64>,
    /// The shortest failing schedule: the workers in the order of their turns.
    pub shortest: Option<Vec<u32>>,
    /// That schedule, or the last that was tried, with every operation.
    pub trace: Trace,
}
