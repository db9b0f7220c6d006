//! What a chart was drawn from: kept for `%redraw last`, written by `--json`
//! and `--save`, read back by `%redraw FILE`.

use crate::claim::{self, Held};
use lab::trace::{Trace, VERSION};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Runs, and the figure that shows them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shown {
    /// Which figure.
    pub figure: FigureKind,
    /// The runs and how the figure calls them.
    pub groups: Vec<Labelled>,
    /// What exploring found, where schedules were explored.
    #[serde(default)]
    pub explored: Option<Found>,
    /// Pythons that were asked for and gave nothing.
    #[serde(default)]
    pub missing: Vec<Missing>,
}

/// What exploring found, beside the schedule that is drawn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Found {
    /// `holds`, `no failure` or `fails`; `not ended` of turns by hand that go on.
    pub verdict: String,
    /// The verdict in words.
    pub caption: String,
    /// Schedules that were tried.
    pub schedules: u64,
    /// How many there are; none where that is not known.
    pub interleavings: Option<u64>,
    /// How they were chosen.
    pub policy: String,
    /// Those that failed.
    pub failing: u64,
    /// What the schedules came to, and how many to each.
    pub outcomes: BTreeMap<String, u64>,
    /// The shortest failing schedule, or the turns that were chosen by hand once
    /// they have come to their end; to be had again with `--replay`.
    pub replay: Option<String>,
}

/// A Python that gave no trace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Missing {
    /// What it would have been called.
    pub label: String,
    /// Why.
    pub why: String,
}

/// One run of a figure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Labelled {
    /// What the figure calls it.
    pub label: String,
    /// What it left behind.
    pub trace: Trace,
}

/// The figures that magics show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FigureKind {
    Timeline,
    Comparison,
    Distribution,
    Speedup,
    Ladder,
    /// A ladder of turns that somebody chose, come to their end or not.
    Turns,
}

impl Shown {
    /// The guide's claims that these runs answer.
    pub(super) fn held(&self) -> Vec<Held> {
        // Schedules and divided work are no runs that a guide tells of.
        if self.explored.is_some() || self.figure == FigureKind::Speedup {
            return vec![];
        }
        claim::held(&self.of(None))
    }

    /// The same of each Python's runs, by its name.
    pub(super) fn held_by_pythons(&self) -> Vec<(&str, Held)> {
        let mut pythons: Vec<&str> = vec![];
        for python in self
            .groups
            .iter()
            .filter_map(|g| g.trace.header.python.as_deref())
        {
            if !pythons.contains(&python) {
                pythons.push(python);
            }
        }
        let held = |python| claim::held(&self.of(Some(python))).into_iter();
        let named = |python| held(python).map(move |held| (python, held));
        pythons.into_iter().flat_map(named).collect()
    }

    /// The traces of a Python, or of Rust.
    fn of(&self, python: Option<&str>) -> Vec<&Trace> {
        let traces = self.groups.iter().map(|group| &group.trace);
        traces
            .filter(|trace| trace.header.python.as_deref() == python)
            .collect()
    }

    /// The JSON object of `--json` and of a saved file: the fields of the run,
    /// or of each in `runs`; the claims; and all that the figure is drawn from.
    pub(super) fn to_json(&self) -> Value {
        let mut object = match self.groups.as_slice() {
            [one] => fields(&one.label, &one.trace),
            several => {
                let mut object = Map::new();
                object.insert("version".into(), json!(VERSION));
                let runs: Vec<Value> = several
                    .iter()
                    .map(|g| Value::Object(fields(&g.label, &g.trace)))
                    .collect();
                object.insert("runs".into(), runs.into());
                object
            }
        };
        let own = self.held().into_iter().map(|held| (None, held));
        let pythons = self.held_by_pythons().into_iter();
        let claims = own.chain(pythons.map(|(python, held)| (Some(python), held)));
        let claims = claims.map(|(python, held)| {
            json!({
                "id": held.id,
                "python": python,
                "says": held.says,
                "documented": held.documented,
                "value": held.value,
                "verdict": held.verdict.name(),
            })
        });
        object.insert("claims".into(), claims.collect());
        if !self.missing.is_empty() {
            object.insert("missing".into(), json!(self.missing));
        }
        if let Some(found) = &self.explored
            && let Ok(Value::Object(found)) = serde_json::to_value(found)
        {
            object.extend(found);
        }
        // A trace is plain data, which JSON can always hold.
        object.insert(
            "drawn".into(),
            serde_json::to_value(self).unwrap_or_default(),
        );
        Value::Object(object)
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    pub(super) fn from_json(text: &str) -> Result<Shown, String> {
        let mut object: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let version = object["version"].as_u64();
        if version.is_none_or(|version| version > u64::from(VERSION)) {
            let found = version.map_or("none".into(), |v| v.to_string());
            return Err(format!(
                "its version is {found}, and this Threadlab reads up to {VERSION}"
            ));
        }
        serde_json::from_value(object["drawn"].take()).map_err(|e| e.to_string())
    }
}

/// The fields of a run.
pub(super) fn fields(label: &str, trace: &Trace) -> Map<String, Value> {
    let header = &trace.header;
    let seconds = |ns: u64| ns as f64 / 1e9;
    let parameters: Map<String, Value> = header
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let workers: Vec<Value> = trace
        .workers
        .iter()
        .enumerate()
        .map(|(index, lane)| {
            let spans = trace
                .spans
                .iter()
                .filter(|span| span.worker as usize == index);
            let spans = spans.map(|span| {
                json!({
                    "activity": span.activity,
                    "label": span.label,
                    "start": seconds(span.start),
                    "end": span.end.map(seconds),
                })
            });
            json!({
                "name": lane.name,
                "start": lane.start.map(seconds),
                "end": lane.end.map(seconds),
                "ending": lane.ending,
                "result": lane.result,
                "spans": spans.collect::<Vec<_>>(),
            })
        })
        .collect();
    let samples: Vec<f64> = trace.samples.iter().map(|s| seconds(s.elapsed)).collect();
    let results: Vec<&lab::Value> = trace.samples.iter().map(|s| &s.result).collect();
    let object = json!({
        "version": trace.version,
        "label": label,
        "scenario": header.scenario,
        "model": header.model,
        "kind": header.kind,
        "parameters": parameters,
        "scale": header.scale,
        "gil": header.gil,
        "python": header.python,
        "pace_ns": header.pace_ns,
        "pace_of": header.pace_of,
        "switch_interval_ns": header.switch_interval,
        "yield_chance": header.yield_chance,
        "seed": header.seed,
        "date": header.date,
        "machine": header.machine,
        "threadlab": header.threadlab,
        "seconds": claim::elapsed(trace),
        "samples": samples,
        "result": results.first(),
        "results": results,
        "workers": workers,
    });
    match object {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
