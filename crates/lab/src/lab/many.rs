//! Several runs of the same tasks: under all models, or often under one.

use super::{Lab, Run};
use crate::apart::{Apart, Discard};
use crate::settings::RunError;
use crate::stats;
use crate::trace::{Model, Trace};
use crate::value::Value;
use std::collections::BTreeMap;

/// Repetitions of a comparison where none are asked for.
const COMPARED: u32 = 5;
/// Of a race.
const RACED: u32 = 30;
/// Of a profile.
const PROFILED: u32 = 3;

/// One run of several.
#[derive(Clone, Debug)]
pub struct Ran {
    /// What tells it from the others, such as `threads`.
    pub label: String,
    /// What it left behind; its samples are all repetitions.
    pub trace: Apart<Trace>,
}

/// A run that could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What it would have been called.
    pub label: String,
    /// Why.
    pub why: String,
}

/// The same tasks under several models.
#[derive(Clone, Debug)]
pub struct Compared {
    /// A run for each model.
    pub runs: Apart<Vec<Ran>>,
    /// Models under which the tasks cannot be run.
    pub missing: Apart<Vec<Missing>>,
}

impl Discard for Vec<Ran> {
    #[inline(never)]
    fn discard(self) {}
}

impl Discard for Vec<Missing> {
    #[inline(never)]
    fn discard(self) {}
}

impl Compared {
    /// Median of the seconds that the tasks took under a model; none where it was
    /// not run.
    pub fn seconds(&self, model: Model) -> Option<f64> {
        let run = self
            .runs
            .iter()
            .find(|run| run.trace.header.model == model)?;
        let seconds = run.trace.samples.iter().map(|s| s.elapsed as f64 / 1e9);
        stats::median(&seconds.collect::<Vec<_>>())
    }
}

/// The same tasks in threads many times over.
#[derive(Clone, Debug)]
pub struct Raced {
    /// The race; then, where it has an end, one run of the tasks one after
    /// another, for what they come to when nobody comes between.
    pub runs: Apart<Vec<Ran>>,
}

impl Raced {
    /// What each repetition came to: the value of the lab's cell, of several the first
    /// in which they differ, or what the tasks returned.
    pub fn results(&self) -> Vec<Value> {
        let race = self.runs.first().into_iter();
        let samples = race.flat_map(|run| &run.trace.samples);
        samples.map(|sample| sample.result.clone()).collect()
    }

    /// How often they came to what.
    pub fn distribution(&self) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        for result in self.results() {
            *all.entry(result.to_string()).or_default() += 1;
        }
        all
    }
}

/// The same tasks under several models, to say which one to take.
#[derive(Clone, Debug)]
pub struct Advised {
    /// A run for each model, the one to be profiled first.
    pub runs: Apart<Vec<Ran>>,
    /// Models under which the tasks cannot be run.
    pub missing: Apart<Vec<Missing>>,
}

impl Lab<'_> {
    /// Runs the tasks under every model, or under those that
    /// [`models`](Self::models) named, 5 times each or as often as
    /// [`repeat`](Self::repeat) says. Models under which they cannot be run are
    /// told with the reason: one after another, tasks that wait for each other
    /// never come to an end.
    ///
    /// # Errors
    /// When there is no task, or when there is no model under which they run.
    pub fn compare(&self) -> Result<Compared, RunError> {
        let (runs, missing) = self.under_models(COMPARED)?;
        let (runs, missing) = (runs.into(), missing.into());
        Ok(Compared { runs, missing })
    }

    /// Runs the tasks under every model, 3 times each, for what they are made of:
    /// waiting or computing.
    ///
    /// # Errors
    /// As [`compare`](Self::compare).
    pub fn advise(&self) -> Result<Advised, RunError> {
        let (runs, missing) = self.under_models(PROFILED)?;
        let (runs, missing) = (runs.into(), missing.into());
        Ok(Advised { runs, missing })
    }

    fn under_models(&self, repeat: u32) -> Result<(Vec<Ran>, Vec<Missing>), RunError> {
        let of = self.repetitions().unwrap_or(repeat);
        let models = self.own.models.borrow().clone();
        let models = models.unwrap_or_else(|| MODELS.to_vec());
        let (mut runs, mut missing, mut refused) = (vec![], vec![], None);
        for model in models {
            let label = model.name().to_owned();
            match self.times(model, of, false, &mut || ()) {
                Ok(run) if run.deadlock => missing.push(Missing {
                    label,
                    why: "its tasks wait for one another, and nobody can go on".into(),
                }),
                Ok(Run { trace, .. }) => runs.push(Ran { label, trace }),
                Err(error) => {
                    let why = error.to_string();
                    missing.push(Missing { label, why });
                    refused.get_or_insert(error);
                }
            }
        }
        match refused {
            Some(error) if runs.is_empty() => Err(error),
            _ => Ok((runs, missing)),
        }
    }

    /// Runs the tasks in threads 30 times, or as often as
    /// [`repeat`](Self::repeat) says: the first is told of, all are counted. What
    /// a run comes to is the value of the lab's cell, of several the first in which
    /// runs differ; in a lab without one, what the tasks returned. Between a load
    /// and a store there is a [chance to yield](Self::yield_chance), in a cell 1 %.
    ///
    /// ```
    /// # use lab::Lab;
    /// let lab = Lab::new();
    /// let cups = lab.cell("cups", 0u64);
    /// for maker in ["Asha", "Ravi"] {
    ///     lab.task(maker, async |w| {
    ///         w.update(&cups, |n| n + 1).await;
    ///     });
    /// }
    /// let raced = lab.race()?;
    /// assert_eq!(raced.distribution().into_iter().collect::<Vec<_>>(), [("2".into(), 30)]);
    /// # Ok::<(), lab::RunError>(())
    /// ```
    ///
    /// # Errors
    /// When there is no task, when a run fails, and when the tasks come to nothing.
    pub fn race(&self) -> Result<Raced, RunError> {
        let of = self.repetitions().unwrap_or(RACED);
        let mut cells = vec![];
        let mut after = || cells.push(self.cells());
        let mut race = self.times(Model::Threads, of, false, &mut after)?.trace;
        if race.samples.iter().all(|s| s.result == Value::None) {
            return Err(RunError::NoResult);
        }
        let cell = cell_to_show(&cells, &race);
        let label = |label: &str| match (cell, cells.first()) {
            (Some(cell), Some(all)) if all.len() > 1 => format!("{}, {label}", all[cell].0),
            _ => label.to_owned(),
        };
        show(cell, &cells, &mut race);
        let mut runs = vec![Ran {
            label: label("in threads"),
            trace: race,
        }];
        if let Ok(alone) = self.times(Model::Sequential, 1, false, &mut || ())
            && !alone.deadlock
            && self.fallen(&alone).is_none()
        {
            let mut trace = alone.trace;
            show(cell, &[self.cells()], &mut trace);
            runs.push(Ran {
                label: label("one after another"),
                trace,
            });
        }
        Ok(Raced { runs: runs.into() })
    }
}

/// What the cells held after each run, with their names.
type Cells = [Vec<(String, Value)>];

/// A chart shows one number a run: that of the first cell in which runs differ;
/// where they differ in none of them, but in what tasks returned, none.
fn cell_to_show(cells: &Cells, race: &Trace) -> Option<usize> {
    let first = cells.first()?;
    let differs = |cell: &usize| cells.iter().any(|run| run.get(*cell) != first.get(*cell));
    let same = race
        .samples
        .windows(2)
        .all(|two| two[0].result == two[1].result);
    let any = || (same && !first.is_empty()).then_some(0);
    (0..first.len()).find(differs).or_else(any)
}

/// Takes what one cell held for what runs came to, but for those that did not end.
fn show(cell: Option<usize>, cells: &Cells, trace: &mut Trace) {
    let Some(cell) = cell else { return };
    for (sample, cells) in trace.samples.iter_mut().zip(cells) {
        if let (Some((_, value)), false) = (cells.get(cell), sample.is_deadlock()) {
            sample.result = value.clone();
        }
    }
}

/// Models that this copy of the library has.
const MODELS: &[Model] = &[
    Model::Sequential,
    Model::Threads,
    #[cfg(feature = "pool")]
    Model::Pool,
    Model::Processes,
    #[cfg(feature = "async")]
    Model::Async,
];
