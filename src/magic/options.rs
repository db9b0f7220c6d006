//! The options that all run magics share, and how their values are read.

use super::MagicError;
use crate::display::SaveFormat;
use crate::figure::{Style, Theme};
use crate::scenario::quantity::{QuantityError, count, number, seconds, within};
use crate::scenario::{MOST_WORKERS, Parameter, ParameterKind, ParameterValue};
use clap::Args;
use lab::Start;
use lab::gil::Version;
use std::path::PathBuf;

/// Options of every magic that runs a scenario.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct RunOptions {
    /// Units that carry the work out [the guide's number]
    #[arg(long, global = true, value_name = "N", value_parser = workers)]
    pub workers: Option<Many<u32>>,
    /// Multiplies waits and computing, never workers or items [1]
    #[arg(long, global = true, value_name = "F", value_parser = scale)]
    pub scale: Option<f64>,
    /// Divides the documented work among the workers, instead of giving each all of it
    #[arg(long, global = true)]
    pub split: bool,
    /// Repetitions; the first is drawn, all are counted [1; 30 for %race, 5 for %compare]
    #[arg(long, short, global = true, value_name = "N", value_parser = repeat)]
    pub repeat: Option<u32>,
    /// Seed of all that is drawn by lot [drawn, and stamped on the chart]
    #[arg(long, global = true, value_name = "N", value_parser = count)]
    pub seed: Option<u64>,
    /// Chance to give the processor away between a load and a store, 0 to 1 [0.01]
    #[arg(long, global = true, value_name = "P", value_parser = chance)]
    pub yield_chance: Option<f64>,
    /// Interpreter lock by CPython's rules: off, on (the newest), or a version [off]
    #[arg(long, global = true, value_name = "VERSION", value_parser = gil)]
    pub gil: Option<Many<Option<Version>>>,
    /// How long a waiter for that lock waits before it asks [5ms]
    #[arg(long, global = true, value_name = "TIME", value_parser = switch_interval)]
    pub switch_interval: Option<f64>,
    /// Time of one loop iteration: native, cpython (measured on the Python on PATH), or a time [native; 25ns with --gil]
    #[arg(long, global = true, value_name = "TIME", value_parser = pace)]
    pub pace: Option<Pace>,
    /// How worker processes come about: fork, spawn (the program started anew) or forkserver [fork]
    #[arg(long, global = true, value_name = "METHOD", value_parser = start)]
    pub start: Option<Many<Start>>,
    /// Runs in virtual time on a described machine; nothing waits
    #[arg(long, global = true)]
    pub simulate: bool,
    /// The machine to simulate: guide (4 cores, 62 ns, 3.12) or here [here]
    #[arg(long, global = true, value_name = "NAME", value_parser = machine)]
    pub machine: Option<MachineName>,
    /// Cores of the machine to simulate, 1 to 1024; for %speedup a list or a range [the machine's]
    #[arg(long, global = true, value_name = "N", value_parser = cores)]
    pub cores: Option<Many<u32>>,
    /// The scenario's Python twin too: a Python's name, version or path, or several [python3]
    #[arg(long, global = true, value_name = "EXE", num_args = 0..=1, require_equals = true, default_missing_value = "python3", value_parser = pythons)]
    pub python: Option<Many<String>>,
    /// Ends a run that takes longer [20 times what it should, and a minute]
    #[arg(long, global = true, value_name = "TIME", value_parser = timeout)]
    pub timeout: Option<f64>,
    /// Saves figure, data and trace: .svg, .png, .pdf, .csv, .json, or no suffix for all
    #[arg(long, global = true, value_name = "PATH", value_parser = savable)]
    pub save: Option<PathBuf>,
    /// Prints one JSON object and nothing else
    #[arg(long, global = true)]
    pub json: bool,
    /// Shows no chart
    #[arg(long, global = true)]
    pub no_chart: bool,
    /// Lets the chart grow while the run goes on [yes]
    #[arg(long, global = true, overrides_with = "no_live")]
    pub live: bool,
    /// Shows the chart only at the end
    #[arg(long, global = true)]
    pub no_live: bool,
    /// Colours of the chart: light or dark [light]
    #[arg(long, global = true, value_name = "THEME", value_parser = theme)]
    pub theme: Option<Theme>,
    /// Width of the chart in pixels, 300 to 4000 [800]
    #[arg(long, global = true, value_name = "PX", value_parser = pixels)]
    pub width: Option<u32>,
    /// Height of the chart in pixels, 300 to 4000 [as it needs]
    #[arg(long, global = true, value_name = "PX", value_parser = pixels)]
    pub height: Option<u32>,
    /// Leaves the title out
    #[arg(long, global = true)]
    pub no_title: bool,
    /// Leaves the stamp under the chart out
    #[arg(long, global = true)]
    pub no_stamp: bool,
    /// Shows the chart with alternative text for screen readers
    #[arg(long, global = true)]
    pub accessible: bool,
}

impl RunOptions {
    pub(super) fn style(&self) -> Style {
        let standard = Style::default();
        Style {
            theme: self.theme.unwrap_or(standard.theme),
            width: self.width.unwrap_or(standard.width),
            height: self.height,
            title: !self.no_title,
            stamp: !self.no_stamp,
        }
    }
}

/// One value or several, with commas between.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Many<T>(pub Vec<T>);

fn workers(text: &str) -> Result<Many<u32>, QuantityError> {
    numbers(text, MOST_WORKERS)
}

fn cores(text: &str) -> Result<Many<u32>, QuantityError> {
    numbers(text, 1024)
}

/// Whole numbers from 1 to `most`: `4`, `1,2,4` or `1-64`.
fn numbers(text: &str, most: u32) -> Result<Many<u32>, QuantityError> {
    let one = |text: &str| Ok(within(text, count(text)?, 1, u64::from(most))? as u32);
    let parts: Result<Vec<Vec<u32>>, QuantityError> = text
        .split(',')
        .map(|part| match part.trim().split_once('-') {
            Some((from, to)) if !from.is_empty() => {
                let (from, to) = (one(from.trim())?, one(to.trim())?);
                if from > to {
                    return Err(QuantityError::Count(part.into()));
                }
                Ok((from..=to).collect())
            }
            _ => Ok(vec![one(part.trim())?]),
        })
        .collect();
    Ok(Many(parts?.concat()))
}

/// Names with commas between.
fn pythons(text: &str) -> Result<Many<String>, String> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err("a name, a version or a path of a Python is missing".into());
    }
    Ok(Many(names))
}

fn scale(text: &str) -> Result<f64, QuantityError> {
    within(text, number(text)?, 0.000_001, 100.0)
}

/// How often code runs in a sample, or how many samples there are.
pub(super) fn times(text: &str) -> Result<u64, QuantityError> {
    within(text, count(text)?, 1, 1_000_000_000)
}

fn repeat(text: &str) -> Result<u32, QuantityError> {
    Ok(within(text, count(text)?, 1, 10_000)? as u32)
}

fn chance(text: &str) -> Result<f64, QuantityError> {
    within(text, number(text)?, 0.0, 1.0)
}

fn pixels(text: &str) -> Result<u32, QuantityError> {
    Ok(within(text, count(text)?, 300, 4_000)? as u32)
}

/// Time of one loop iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pace {
    Native,
    /// That of the Python on PATH.
    Cpython,
    /// Nanoseconds.
    Of(f64),
}

/// A machine that can be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MachineName {
    Guide,
    Here,
}

/// Words for a lock, beside the versions.
pub(super) const GIL_WORDS: [&str; 2] = ["off", "on"];

fn gil(text: &str) -> Result<Many<Option<Version>>, String> {
    let one = |text: &str| match text {
        "off" => Ok(None),
        "on" => Ok(Some(Version::NEWEST)),
        name => Version::find(name).map(Some).ok_or_else(|| {
            let known: Vec<&str> = GIL_WORDS.iter().chain(Version::names()).copied().collect();
            format!(
                "no lock of CPython {name} is known; possible: {}",
                known.join(", ")
            )
        }),
    };
    text.split(',')
        .map(|part| one(part.trim()))
        .collect::<Result<_, _>>()
        .map(Many)
}

fn start(text: &str) -> Result<Many<Start>, String> {
    let one = |name: &str| {
        Start::find(name).ok_or_else(|| {
            let known = Start::ALL.map(Start::name).join(", ");
            format!("no start method is called {name}; possible: {known}")
        })
    };
    text.split(',')
        .map(|part| one(part.trim()))
        .collect::<Result<_, _>>()
        .map(Many)
}

fn switch_interval(text: &str) -> Result<f64, QuantityError> {
    within(text, seconds(text)?, 1e-6, 10.0)
}

fn pace(text: &str) -> Result<Pace, QuantityError> {
    if text == "native" {
        return Ok(Pace::Native);
    }
    if text == "cpython" {
        return Ok(Pace::Cpython);
    }
    Ok(Pace::Of(within(text, seconds(text)?, 1e-10, 1e-3)? * 1e9))
}

fn machine(text: &str) -> Result<MachineName, String> {
    match text {
        "guide" => Ok(MachineName::Guide),
        "here" => Ok(MachineName::Here),
        other => Err(no_such_word(other, &["guide", "here"])),
    }
}

pub(super) fn timeout(text: &str) -> Result<f64, QuantityError> {
    within(text, seconds(text)?, 0.001, 86_400.0)
}

/// A path whose suffix is found out to be wrong before anything runs.
fn savable(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let suffix = path.extension().map(|s| s.to_string_lossy().into_owned());
    let possible = SaveFormat::ALL.map(SaveFormat::suffix);
    match suffix {
        Some(suffix) if !possible.contains(&suffix.as_str()) => {
            Err(no_such_word(&suffix, &possible))
        }
        _ => Ok(path),
    }
}

fn theme(text: &str) -> Result<Theme, String> {
    text.parse()
        .map_err(|_| no_such_word(text, &["light", "dark"]))
}

/// The values of a scenario's own parameter.
pub(super) fn parameter(parameter: Parameter, text: &str) -> Result<Many<ParameterValue>, String> {
    let words = parameter.words();
    let one = |text: &str| -> Result<ParameterValue, String> {
        if !words.is_empty() && !words.contains(&text) {
            return Err(no_such_word(text, words));
        }
        parameter.parse(text).map_err(|e| e.to_string())
    };
    if matches!(parameter.kind, ParameterKind::Text { .. }) {
        return Ok(Many(vec![one(text)?]));
    }
    text.split(',')
        .map(|part| one(part.trim()))
        .collect::<Result<_, _>>()
        .map(Many)
}

fn no_such_word(given: &str, words: &[&str]) -> String {
    let possible = words.join(", ");
    match near(given, words.iter().copied()).first() {
        Some(meant) => {
            format!("`{given}` is not possible; did you mean `{meant}`? Possible: {possible}")
        }
        None => format!("`{given}` is not possible; possible: {possible}"),
    }
}

impl RunOptions {
    /// Options that describe a machine say nothing of a run that is measured.
    ///
    /// # Errors
    /// When there is one without `--simulate`.
    pub(super) fn of_a_machine(&self) -> Result<(), MagicError> {
        let machine = self.machine.map(|_| "machine");
        let cores = self.cores.as_ref().map(|_| "cores");
        match machine.or(cores).filter(|_| !self.simulate) {
            Some(option) => Err(MagicError::usage(
                format!(
                    "--{option} describes a machine to be simulated, and this run is measured here"
                ),
                "Add --simulate",
            )),
            None => Ok(()),
        }
    }
}

/// Names that somebody who typed `given` may have meant, the nearest first.
pub fn near<'n>(given: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let given = given.to_lowercase().replace('_', "-");
    let likeness = |name: &str| {
        let name = name.replace('_', "-");
        // What is typed short of the end is nearer than any typing mistake.
        if name.starts_with(&given) && given.len() >= 2 {
            return 1.0;
        }
        strsim::jaro_winkler(&given, &name)
    };
    let mut near: Vec<_> = names
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.truncate(3);
    near.into_iter().map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_mistake_finds_what_was_meant_and_nonsense_nothing() {
        let names = ["breakfast", "two-chais", "crunch"];
        assert_eq!(near("brekfast", names), ["breakfast"]);
        assert_eq!(near("two_chai", names), ["two-chais"]);
        assert!(near("zebra", names).is_empty());
    }

    #[test]
    fn workers_are_refused_before_anything_starts() {
        for wrong in ["0", "1000000000", "-3", "few", "2,0"] {
            assert!(workers(wrong).is_err(), "{wrong}");
        }
        assert_eq!(workers("1,2, 4"), Ok(Many(vec![1, 2, 4])));
        assert_eq!(cores("1-3,8"), Ok(Many(vec![1, 2, 3, 8])));
        assert!(cores("3-1").is_err() && cores("1-").is_err());
    }
}
