//! The parameters of a scenario: what there is, and what a run was given.

use super::quantity::{self, QuantityError};
use lab::Start;
use lab::trace::Model;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// One parameter, from which parsing, help, completion and stamps follow.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// What a learner types after `--`.
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// Its kind and what it is when nothing is typed: the guide's value.
    pub kind: ParameterKind,
}

/// What a parameter can be.
#[derive(Clone, Copy, Debug)]
pub enum ParameterKind {
    /// A number of things, which `--scale` leaves alone.
    Count {
        /// The guide's.
        default: u64,
        /// Smallest possible.
        least: u64,
        /// Largest possible.
        most: u64,
    },
    /// Steps of computing, which `--scale` multiplies.
    Steps {
        /// The guide's.
        default: u64,
    },
    /// Seconds of waiting, which `--scale` multiplies.
    Seconds {
        /// The guide's.
        default: f64,
    },
    /// Bytes, which `--scale` leaves alone.
    Size {
        /// The guide's.
        default: u64,
        /// Largest possible; 1 is the smallest, unless the guide's is 0.
        most: u64,
    },
    /// Any text.
    Text {
        /// The guide's.
        default: &'static str,
    },
    /// One of several words.
    Choice {
        /// The guide's.
        default: &'static str,
        /// All words that are possible.
        of: &'static [&'static str],
    },
}

/// Steps past this would not end within a lesson.
const MOST_STEPS: u64 = 1_000_000_000_000;
/// Nor would a wait past a day.
const MOST_SECONDS: f64 = 86_400.0;

/// A parameter's value in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterValue {
    /// A number of things.
    Count(u64),
    /// Steps of computing.
    Steps(u64),
    /// Seconds of waiting.
    Seconds(f64),
    /// Bytes.
    Size(u64),
    /// Any text.
    Text(String),
    /// One of several words.
    Choice(String),
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParameterValue::Count(n) | ParameterValue::Steps(n) => {
                f.write_str(&quantity::thousands(*n).replace(',', "_"))
            }
            ParameterValue::Seconds(s) => f.write_str(&quantity::typed_seconds(*s)),
            ParameterValue::Size(bytes) => f.write_str(&quantity::typed_bytes(*bytes)),
            ParameterValue::Text(text) => f.write_str(&without_passwords(text)),
            ParameterValue::Choice(text) => f.write_str(text),
        }
    }
}

/// Addresses as they may be shown, on a chart or in a saved file: the password
/// of `scheme://user:password@host` left out.
fn without_passwords(text: &str) -> String {
    let shown = text.split(',').map(|address| {
        let secret = || {
            let begin = address.find("://")? + 3;
            let end = address[begin..]
                .find('/')
                .map_or(address.len(), |n| begin + n);
            let at = begin + address[begin..end].rfind('@')?;
            let colon = begin + address[begin..at].find(':')?;
            Some(format!("{}***{}", &address[..=colon], &address[at..]))
        };
        secret().unwrap_or_else(|| address.to_owned())
    });
    shown.collect::<Vec<_>>().join(",")
}

impl Parameter {
    /// A number of things, one at least.
    pub const fn count(name: &'static str, about: &'static str, default: u64, most: u64) -> Self {
        Parameter {
            name,
            about,
            kind: ParameterKind::Count {
                default,
                least: 1,
                most,
            },
        }
    }

    /// A whole number that may be 0: not of things, but one to begin with.
    pub const fn whole(name: &'static str, about: &'static str, default: u64, most: u64) -> Self {
        Parameter {
            name,
            about,
            kind: ParameterKind::Count {
                default,
                least: 0,
                most,
            },
        }
    }

    /// Steps of computing.
    pub const fn steps(name: &'static str, about: &'static str, default: u64) -> Self {
        Parameter {
            name,
            about,
            kind: ParameterKind::Steps { default },
        }
    }

    /// Seconds of waiting.
    pub const fn seconds(name: &'static str, about: &'static str, default: f64) -> Self {
        Parameter {
            name,
            about,
            kind: ParameterKind::Seconds { default },
        }
    }

    /// A size in bytes, 1 at least where the guide's is not 0.
    pub const fn size(name: &'static str, about: &'static str, default: u64, most: u64) -> Self {
        Parameter {
            name,
            about,
            kind: ParameterKind::Size { default, most },
        }
    }

    /// Any text.
    pub const fn text(name: &'static str, about: &'static str, default: &'static str) -> Self {
        Parameter {
            name,
            about,
            kind: ParameterKind::Text { default },
        }
    }

    /// One of several words, of which the first is the guide's.
    pub const fn choice(
        name: &'static str,
        about: &'static str,
        of: &'static [&'static str],
    ) -> Self {
        Parameter {
            name,
            about,
            kind: ParameterKind::Choice { default: of[0], of },
        }
    }

    /// The guide's value.
    pub fn default(&self) -> ParameterValue {
        match self.kind {
            ParameterKind::Count { default, .. } => ParameterValue::Count(default),
            ParameterKind::Steps { default } => ParameterValue::Steps(default),
            ParameterKind::Seconds { default } => ParameterValue::Seconds(default),
            ParameterKind::Size { default, .. } => ParameterValue::Size(default),
            ParameterKind::Text { default } => ParameterValue::Text(default.into()),
            ParameterKind::Choice { default, .. } => ParameterValue::Choice(default.into()),
        }
    }

    /// Words that are possible, where there are only so many.
    pub fn words(&self) -> &'static [&'static str] {
        match self.kind {
            ParameterKind::Choice { of, .. } => of,
            _ => &[],
        }
    }

    /// Reads a value as a learner types it.
    ///
    /// # Errors
    /// When it is not of the parameter's kind or out of its range. A word that
    /// is not possible is a matter of the caller, which knows how to suggest.
    pub fn parse(&self, text: &str) -> Result<ParameterValue, QuantityError> {
        Ok(match self.kind {
            ParameterKind::Count { least, most, .. } => {
                ParameterValue::Count(quantity::within(text, quantity::count(text)?, least, most)?)
            }
            ParameterKind::Steps { .. } => {
                let n = quantity::within(text, quantity::count(text)?, 1, MOST_STEPS)?;
                ParameterValue::Steps(n)
            }
            ParameterKind::Seconds { .. } => {
                let s = quantity::within(text, quantity::seconds(text)?, 0.0, MOST_SECONDS)?;
                ParameterValue::Seconds(s)
            }
            ParameterKind::Size { default, most } => {
                let least = default.min(1);
                ParameterValue::Size(quantity::within(text, quantity::bytes(text)?, least, most)?)
            }
            ParameterKind::Text { .. } => ParameterValue::Text(text.into()),
            ParameterKind::Choice { .. } => ParameterValue::Choice(text.into()),
        })
    }
}

/// What a run was given: a value for every parameter, and the workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Units that carry the work out.
    pub workers: u32,
    /// Seed of what the scenario itself draws by lot.
    pub seed: u64,
    /// How worker processes come about.
    #[serde(default)]
    pub start: Start,
    values: BTreeMap<String, ParameterValue>,
    /// Where the tasks find what was made for the run: an address, a folder.
    /// Empty while nothing is.
    #[serde(skip)]
    place: String,
    /// The model of the run; threads while there is none.
    #[serde(skip, default = "threads")]
    model: Model,
}

fn threads() -> Model {
    Model::Threads
}

impl Parameters {
    /// The guide's values.
    pub fn defaults(parameters: &[Parameter], workers: u32) -> Self {
        let values = parameters
            .iter()
            .map(|p| (p.name.to_owned(), p.default()))
            .collect();
        Parameters {
            workers,
            seed: 0,
            start: Start::Fork,
            values,
            place: String::new(),
            model: Model::Threads,
        }
    }

    /// The same with another number of workers.
    pub fn with_workers(self, workers: u32) -> Self {
        Parameters { workers, ..self }
    }

    /// The same with another seed.
    pub fn with_seed(self, seed: u64) -> Self {
        Parameters { seed, ..self }
    }

    /// The same, its worker processes started by this method.
    pub fn with_start(self, start: Start) -> Self {
        Parameters { start, ..self }
    }

    /// Sets one.
    pub fn set(&mut self, name: &str, value: ParameterValue) {
        self.values.insert(name.into(), value);
    }

    /// All of them by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ParameterValue)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// Waits and steps multiplied.
    pub fn scaled(&self, scale: f64) -> Self {
        let scaled = |value: &ParameterValue| match value {
            ParameterValue::Seconds(s) => ParameterValue::Seconds(s * scale),
            ParameterValue::Steps(n) => {
                ParameterValue::Steps(((*n as f64 * scale).round() as u64).max(1))
            }
            other => other.clone(),
        };
        let values = self
            .values
            .iter()
            .map(|(name, value)| (name.clone(), scaled(value)));
        Parameters {
            workers: self.workers,
            seed: self.seed,
            start: self.start,
            values: values.collect(),
            place: self.place.clone(),
            model: self.model,
        }
    }

    /// The same, for a run under this model.
    pub fn under(self, model: Model) -> Self {
        Parameters { model, ..self }
    }

    /// The model of the run, which a scenario asks for only to measure what
    /// belongs to it; threads while there is no run.
    pub fn model(&self) -> Model {
        self.model
    }

    /// The same, with what was made for the run at a place.
    pub fn at(self, place: String) -> Self {
        Parameters { place, ..self }
    }

    /// Where the tasks find what was made for the run; empty while nothing is.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Of a parameter that counts things, steps or bytes.
    ///
    /// # Panics
    /// When the scenario declares no such parameter: a mistake in its file,
    /// which the test over all scenarios finds.
    pub fn number(&self, name: &str) -> u64 {
        match self.values.get(name) {
            Some(ParameterValue::Count(n) | ParameterValue::Steps(n) | ParameterValue::Size(n)) => {
                *n
            }
            other => panic!("the scenario declares no count `{name}`: {other:?}"),
        }
    }

    /// Of a parameter that waits.
    ///
    /// # Panics
    /// As [`number`](Self::number).
    pub fn seconds(&self, name: &str) -> f64 {
        match self.values.get(name) {
            Some(ParameterValue::Seconds(s)) => *s,
            other => panic!("the scenario declares no wait `{name}`: {other:?}"),
        }
    }

    /// Of a parameter that waits.
    ///
    /// # Panics
    /// As [`number`](Self::number).
    pub fn duration(&self, name: &str) -> Duration {
        lab::secs(self.seconds(name))
    }

    /// Of a parameter that is a text or one of several words.
    ///
    /// # Panics
    /// As [`number`](Self::number).
    pub fn word(&self, name: &str) -> &str {
        match self.values.get(name) {
            Some(ParameterValue::Text(word) | ParameterValue::Choice(word)) => word,
            other => panic!("the scenario declares no word `{name}`: {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let shown = |text: &str| ParameterValue::Text(text.into()).to_string();
        assert_eq!(
            shown("postgresql://ann:se:cret@host:5432/db"),
            "postgresql://ann:***@host:5432/db"
        );
        assert_eq!(
            shown("postgresql://ann:secret@host"),
            "postgresql://ann:***@host"
        );
        assert_eq!(
            shown("http://a:b@c/d,http://e:f@g"),
            "http://a:***@c/d,http://e:***@g"
        );
        for open in [
            "http://host:80/a@b:c",
            "postgresql://ann@host/db",
            "a:b@c",
            "",
        ] {
            assert_eq!(shown(open), open);
        }
    }
}
