//! `--python`: a run's Python twin on real CPythons, beside the run itself. A
//! Python that is not there, or a twin that fails, is told of in a row and is no
//! error.

use super::options::{Many, RunOptions};
use super::plan::Plan;
use super::record::{Labelled, Missing};
use super::{Context, MagicError};
use crate::display::Stream;
use crate::run::RunFailure;
use crate::scenario::ParameterValue;
use crate::twin::{self, Absent, Python, Run, Twin};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use lab::gil::Version;
use lab::trace::{Header, Model, Trace};

/// The Pythons that were asked for.
#[derive(Debug, Default)]
pub(super) struct Pythons {
    found: Vec<Python>,
    /// Those that are not there, and runs that came to nothing.
    pub missing: Vec<Missing>,
}

/// Nanoseconds that a step of computing takes in CPython, roughly: for
/// announcements and limits.
const STEP: f64 = 60.0;

/// A magic's command that knows the option, to refuse it in words, and does not
/// offer it.
pub(super) fn without(command: Command) -> Command {
    command.mut_arg("python", |arg| arg.hide(true))
}

/// An error where the option was typed for a magic that has no use for it.
pub(super) fn refuse(matches: &ArgMatches, magic: &str) -> Result<(), MagicError> {
    if matches.value_source("python") != Some(ValueSource::CommandLine) {
        return Ok(());
    }
    Err(MagicError::usage(
        format!("%{magic} runs no Python twin, so it takes no --python"),
        "%threads, %processes, %sequential, %pool, %async and %compare take it",
    ))
}

impl Pythons {
    /// Looks for those that the options name.
    ///
    /// # Errors
    /// When the learner interrupts.
    pub(super) async fn find(
        context: &Context<'_>,
        options: &RunOptions,
    ) -> Result<Pythons, MagicError> {
        let mut all = Pythons::default();
        let Some(Many(asked)) = &options.python else {
            return Ok(all);
        };
        for name in asked {
            let found = tokio::select! {
                biased;
                () = context.cancel.cancelled() => return Err(RunFailure::Interrupted.into()),
                found = twin::find(name) => found,
            };
            match found {
                Ok(python) if all.found.contains(&python) => {}
                Ok(python) => all.found.push(python),
                Err(why) => all.missing.push(Missing {
                    label: format!("Python ({name})"),
                    why: why.to_string(),
                }),
            }
        }
        Ok(all)
    }

    /// Seconds that the twins of a plan are expected to take, at a scale.
    pub(super) fn estimate(&self, plan: &Plan, scale: f64) -> f64 {
        self.found.len() as f64 * as_python(plan).estimate(scale)
    }

    /// Runs a plan's twin on each of them, one after another. Workers stand in
    /// the order of the run beside them. `label` calls a group, given the
    /// Python's short name.
    ///
    /// # Errors
    /// When the learner interrupts.
    pub(super) async fn beside(
        &mut self,
        context: &mut Context<'_>,
        plan: &Plan,
        run: &Trace,
        says: bool,
        label: impl Fn(&str) -> String,
    ) -> Result<Vec<Labelled>, MagicError> {
        let names: Vec<&str> = run.workers.iter().map(|lane| lane.name.as_str()).collect();
        let mut groups = vec![];
        for python in &self.found {
            if says {
                let line = format!("{}:\n", python.name());
                context.screen.text(Stream::Out, &line);
            }
            let label = label(&python.short());
            match repeated(context, plan, python, &names, says).await? {
                Ok(trace) => groups.push(Labelled { label, trace }),
                Err(why) => self.missing.push(Missing {
                    label,
                    why: why.to_string(),
                }),
            }
        }
        Ok(groups)
    }
}

/// All repetitions of a twin: the first is traced, each has a sample.
async fn repeated(
    context: &mut Context<'_>,
    plan: &Plan,
    python: &Python,
    names: &[&str],
    says: bool,
) -> Result<Result<Trace, Absent>, MagicError> {
    let arguments = match arguments(plan) {
        Ok(arguments) => arguments,
        Err(why) => return Ok(Err(Absent::NoTwin(why))),
    };
    let twin = Twin {
        source: plan.scenario.python,
        arguments: &arguments,
        // Named also where it is the usual one: that is another by version.
        start: (plan.model == Model::Processes).then(|| plan.parameters.start.name()),
        limit: as_python(plan).limit(),
    };
    let mut all: Option<Trace> = None;
    for repeat in 0..plan.repeat {
        let header = header(plan, python);
        match once(context, python, &twin, header, names, says && repeat == 0).await? {
            Ok(trace) => match &mut all {
                Some(first) => first.samples.extend(trace.samples),
                None => all = Some(trace),
            },
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(all.ok_or_else(|| Absent::NoTwin("no repetition was asked for".into())))
}

async fn once(
    context: &mut Context<'_>,
    python: &Python,
    twin: &Twin<'_>,
    header: Header,
    names: &[&str],
    says: bool,
) -> Result<Result<Trace, Absent>, MagicError> {
    let mut run = match Run::start(python, twin) {
        Ok(run) => run,
        Err(why) => return Ok(Err(why)),
    };
    loop {
        let news = tokio::select! {
            biased;
            () = context.cancel.cancelled() => return Err(RunFailure::Interrupted.into()),
            news = run.news() => news,
        };
        let Some(news) = news else { break };
        if says {
            let stream = if news.stderr {
                Stream::Err
            } else {
                Stream::Out
            };
            context.screen.text(stream, &news.text);
        }
    }
    Ok(run.end(header, names))
}

/// The same plan at CPython's pace, for estimates: its threads take turns.
fn as_python(plan: &Plan) -> Plan {
    Plan {
        gil: Some(Version::NEWEST),
        pace: Some(STEP),
        simulate: None,
        ..plan.clone()
    }
}

fn header(plan: &Plan, python: &Python) -> Header {
    let plain = Plan {
        gil: None,
        pace: None,
        pace_of: None,
        simulate: None,
        ..plan.clone()
    };
    Header {
        python: Some(python.name()),
        yield_chance: None,
        ..plain.header()
    }
}

/// What the twin's command line is given.
///
/// # Errors
/// Why there is no twin for this plan.
fn arguments(plan: &Plan) -> Result<Vec<String>, String> {
    let (name, source) = (plan.scenario.name, plan.scenario.python);
    if source.is_empty() {
        return Err(format!("{name} has no Python twin"));
    }
    let model = plan.model.name();
    let models = models(source);
    if !models.contains(&model) {
        let possible = models.join(", ");
        return Err(format!(
            "the Python twin of {name} runs under {possible}, not under {model}"
        ));
    }
    let mut arguments = vec![model.to_owned()];
    let takes = |option: &str| source.contains(&format!("\"--{option}\""));
    let defaults = plan.scenario.defaults();
    for (option, value) in plan.given(plan.scale).iter() {
        if takes(option) {
            arguments.push(format!("--{option}={}", typed(value)));
        } else if defaults.iter().all(|default| default != (option, value)) {
            return Err(format!("the Python twin of {name} takes no --{option}"));
        }
    }
    let more = [
        ("workers", plan.parameters.workers.to_string()),
        ("seed", plan.seed.to_string()),
        ("start", plan.parameters.start.name().to_owned()),
        (
            "switch-interval",
            (plan.switch_interval as f64 / 1e9).to_string(),
        ),
    ];
    let own = |option: &str| plan.scenario.parameters.iter().any(|p| p.name == option);
    for (option, value) in more {
        if takes(option) && !own(option) {
            arguments.push(format!("--{option}={value}"));
        }
    }
    Ok(arguments)
}

/// A value as the twins take it: times in seconds, numbers without separators.
fn typed(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Seconds(seconds) => seconds.to_string(),
        ParameterValue::Count(n) | ParameterValue::Steps(n) | ParameterValue::Size(n) => {
            n.to_string()
        }
        other => other.to_string(),
    }
}

/// The models that a twin offers, read from its own command line.
fn models(source: &str) -> Vec<&str> {
    let list = source
        .split_once("\"model\", choices=[")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(list, _)| list);
    let words = list.split(',').map(|word| word.trim().trim_matches('"'));
    words.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    #[test]
    fn every_scenario_has_a_twin_that_runs_under_its_models_and_takes_its_parameters() {
        for scenario in scenario::ALL.iter().filter(|s| !s.hidden) {
            let twin = models(scenario.python);
            for model in scenario.models {
                let (name, model) = (scenario.name, model.name());
                assert!(twin.contains(&model), "{name} under {model}");
            }
            for parameter in scenario.parameters {
                let option = format!("\"--{}\"", parameter.name);
                assert!(
                    scenario.python.contains(&option),
                    "the twin of {} takes no {option}",
                    scenario.name
                );
            }
        }
    }

    #[test]
    fn values_are_typed_as_python_reads_them() {
        assert_eq!(typed(&ParameterValue::Seconds(0.5)), "0.5");
        assert_eq!(typed(&ParameterValue::Steps(1_000_000)), "1000000");
        assert_eq!(typed(&ParameterValue::Choice("lock".into())), "lock");
    }
}
