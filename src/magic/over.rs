//! Magics over a cell that names tasks: `%%threads` and its family. What is
//! typed after the name becomes the expression that ends the cell.

use super::arguments::read;
use super::compare::models;
use super::explore::{chosen, searching};
use super::looks::LOOKS;
use super::options::{MachineName, Many, Pace, RunOptions};
use super::{Magic, MagicError, Session};
use crate::run::machine;
use crate::scenario;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use lab::explore::Search;
use lab::gil::Version;
use lab::trace::Model;

/// The line before a cell's own. A cell that makes a lab of its own leaves this
/// one alone.
pub const BEFORE: &str = "#[allow(unused_variables)] let lab = Lab::new();";

/// Code around a cell, and how what comes of it is shown.
#[derive(Clone, Debug, Default)]
pub struct Wrapped {
    /// A line before the cell's own.
    pub before: String,
    /// The expression after it, whose value is shown.
    pub after: String,
    /// How it is shown.
    pub shows: Shows,
}

/// Options of the chart that a cell's result becomes.
#[derive(Clone, Debug, Default)]
pub struct Shows(pub(super) RunOptions);

/// A magic that goes over cells, and which options mean something there.
struct Over {
    name: &'static str,
    /// The method of a lab that it stands for.
    method: &'static str,
    options: &'static [&'static [&'static str]],
    /// What it takes beside the options of runs.
    own: fn(Command) -> Command,
}

/// Options of charts beside [`LOOKS`], which all take.
const LIVE: [&str; 2] = ["live", "no_live"];
const SEED: &[&str] = &["seed"];
const RUN: &[&str] = &[
    "workers",
    "repeat",
    "yield_chance",
    "gil",
    "switch_interval",
    "pace",
];
const SIMULATED: &[&str] = &["simulate", "machine", "cores"];
const START: &[&str] = &["start"];

const ALL: &[Over] = &[
    over("sequential", "sequential", &[SEED, RUN, SIMULATED]),
    over("threads", "threads", &[SEED, RUN, SIMULATED]),
    over("pool", "pool", &[SEED, RUN, SIMULATED]),
    over("processes", "processes", &[SEED, RUN, SIMULATED, START]),
    over("async", "tokio", &[SEED, RUN, SIMULATED]),
    over("race", "race", &[SEED, RUN]),
    Over {
        own: |command| {
            let models = Arg::new("models").long("models").value_parser(models);
            command.arg(models)
        },
        ..over("compare", "compare", &[SEED, RUN, START])
    },
    Over {
        own: searching,
        ..over("explore", "explore", &[SEED])
    },
    over("advise", "advise", &[SEED, RUN, START]),
];

const fn over(
    name: &'static str,
    method: &'static str,
    options: &'static [&'static [&'static str]],
) -> Over {
    Over {
        name,
        method,
        options,
        own: |command| command,
    }
}

/// Whether a magic can stand over a cell of Rust.
pub fn goes_over_cells(magic: &Magic) -> bool {
    ALL.iter().any(|over| over.name == magic.name)
}

/// What a magic takes over a cell of Rust, where it goes over one; what it
/// refuses there is hidden.
pub fn command_over_cells(magic: &Magic) -> Option<Command> {
    let over = ALL.iter().find(|over| over.name == magic.name)?;
    Some(over.command())
}

/// The code around a cell that stands below a magic and these words. What the
/// session's defaults say holds where it means something.
///
/// # Errors
/// When the words are not what the magic takes over a cell.
pub fn over_a_cell(
    session: &Session,
    magic: &str,
    words: &[String],
) -> Result<Wrapped, MagicError> {
    let over = ALL.iter().find(|over| over.name == magic);
    let over = over.ok_or_else(|| {
        MagicError::usage(
            format!("%%{magic} does not go over a cell of Rust"),
            "%%threads does, over a cell that names tasks with lab.task(name, async |w| ...)",
        )
    })?;
    let command = over.command();
    let typed = read(&command, words).map_err(|error| over.of_a_scenario(words, error))?;
    over.refuse(&typed)?;
    let all: Vec<String> = session.defaults.iter().chain(words).cloned().collect();
    let matches = read(&command, &all)?;
    let mut options = RunOptions::from_arg_matches(&matches)
        .map_err(|error| MagicError::usage(error.to_string(), ""))?;
    // A default of scenarios, which most starts of processes cannot follow here.
    if typed.value_source("start").is_none() {
        options.start = None;
    }
    if over.takes("simulate") {
        options.of_a_machine()?;
    }
    Ok(Wrapped {
        before: BEFORE.into(),
        after: over.expression(session, &options, &matches)?,
        shows: Shows(options),
    })
}

impl Over {
    fn command(&self) -> Command {
        let command = RunOptions::augment_args(Command::new(self.name));
        let command = command.mut_args(|arg| {
            let taken = self.takes(arg.get_id().as_str());
            arg.hide(!taken)
        });
        (self.own)(command).disable_help_flag(true)
    }

    /// A mistake in the words, which may be those of the magic for scenarios.
    fn of_a_scenario(&self, words: &[String], error: MagicError) -> MagicError {
        let Some(scenario) = words.iter().find_map(|word| scenario::find(word)) else {
            return error;
        };
        MagicError::Usage {
            message: format!(
                "%%{} runs the tasks of the cell below it, and `{}` is a scenario",
                self.name, scenario.name
            ),
            near: vec![format!("%{} {}", self.name, words.join(" "))],
            todo: String::new(),
        }
    }

    fn takes(&self, option: &str) -> bool {
        let own = self.options.iter().copied();
        own.chain([&LOOKS[..], &LIVE])
            .any(|some| some.contains(&option))
    }

    /// Options of runs that mean nothing over a cell.
    fn refuse(&self, typed: &ArgMatches) -> Result<(), MagicError> {
        let of_runs = RunOptions::augment_args(Command::new("all"));
        let mut ids = of_runs.get_arguments().map(|arg| arg.get_id().as_str());
        let Some(option) = ids
            .find(|id| typed.value_source(id) == Some(ValueSource::CommandLine) && !self.takes(id))
        else {
            return Ok(());
        };
        let why = match option {
            "scale" => "the durations of a cell are those that stand in it",
            "split" => "how its work is divided stands in the cell",
            "python" => "no Python says the same as the cell",
            "timeout" => "interrupting the kernel ends a cell",
            "start" => "only processes are started",
            "simulate" | "machine" | "cores" if self.name != "explore" => {
                "it takes measured runs; %%threads --simulate simulates"
            }
            _ => "a schedule has steps and no time",
        };
        let option = option.replace('_', "-");
        Err(MagicError::usage(
            format!("--{option} means nothing to %%{}: {why}", self.name),
            "Leave it out",
        ))
    }

    /// `lab.seed(7).threads()`.
    fn expression(
        &self,
        session: &Session,
        options: &RunOptions,
        matches: &ArgMatches,
    ) -> Result<String, MagicError> {
        let mut calls = vec![];
        let mut call = |name: &str, argument: String| calls.push(format!(".{name}({argument})"));
        // Defaults of the session may hold what means nothing here.
        let takes = |option: &str| self.takes(option);
        if let Some(seed) = options.seed {
            call("seed", seed.to_string());
        }
        if let Some(workers) = &options.workers
            && takes("workers")
        {
            call("workers", one("workers", workers)?.to_string());
        }
        if let Some(repeat) = options.repeat
            && takes("repeat")
        {
            call("repeat", repeat.to_string());
        }
        if let Some(chance) = options.yield_chance
            && takes("yield_chance")
        {
            call("yield_chance", float(chance));
        }
        let gil = match &options.gil {
            Some(gil) if takes("gil") => one("gil", gil)?,
            _ => None,
        };
        let pace = match options.pace.filter(|_| takes("pace")) {
            Some(Pace::Of(nanos)) => Some(nanos),
            Some(Pace::Cpython) => Some(session.python_pace()?.nanos),
            Some(Pace::Native) => None,
            None => gil.map(|_| super::plan::PACE_WITH_LOCK),
        };
        if let Some(start) = &options.start
            && takes("start")
        {
            let start = one("start", start)?;
            if start != lab::Start::Fork {
                return Err(MagicError::usage(
                    format!(
                        "--start {}: what a task of a cell captured cannot be carried into a program that is started anew",
                        start.name()
                    ),
                    "Leave it out: fork copies it",
                ));
            }
        }
        if options.json {
            call("quiet", String::new());
        }
        if options.simulate && takes("simulate") {
            let machine = described(session, options, gil, pace)?;
            call(
                "simulate_as",
                format!("Model::{:?}, {machine}", self.model()),
            );
            return Ok(format!("lab{}", calls.concat()));
        }
        if let Some(version) = gil {
            call("gil", version_text(version));
        }
        if let Some(seconds) = options.switch_interval
            && takes("switch_interval")
        {
            call("switch_interval", format!("secs({})", float(seconds)));
        }
        if let Some(pace) = pace {
            call("pace", float(pace));
        }
        match self.name {
            "compare" => {
                if let Some(Many(models)) = matches.get_one::<Many<Model>>("models") {
                    let models: Vec<_> = models.iter().map(|m| format!("Model::{m:?}")).collect();
                    call("models", format!("[{}]", models.join(", ")));
                }
            }
            "explore" => match matches.get_one::<String>("replay") {
                Some(text) => call("replay", format!("{text:?}")),
                None => match chosen(matches)? {
                    Search::Auto => {}
                    search => call("search", format!("Search::{search:?}")),
                },
            },
            _ => {}
        }
        Ok(format!("lab{}.{}()", calls.concat(), self.method))
    }

    fn model(&self) -> Model {
        let mut models = Model::ALL.into_iter();
        models
            .find(|model| model.name() == self.name)
            .unwrap_or(Model::Threads)
    }
}

/// The machine that options describe, as code.
fn described(
    session: &Session,
    options: &RunOptions,
    gil: Option<Version>,
    pace: Option<f64>,
) -> Result<String, MagicError> {
    let mut fields = vec![];
    let base = match options.machine {
        Some(MachineName::Guide) => "Described::guide()".to_owned(),
        Some(MachineName::Here) | None => {
            let pace = float(session.native_pace());
            format!(
                "Described::here({}, {pace})",
                machine::cores().ceil() as u32
            )
        }
    };
    if options.gil.is_some() {
        let gil = gil.map_or("None".to_owned(), |version| {
            format!("Some({})", version_text(version))
        });
        fields.push(format!("gil: {gil}, "));
    }
    if let Some(cores) = &options.cores {
        fields.push(format!("cores: {}, ", one("cores", cores)?));
    }
    if let Some(seconds) = options.switch_interval {
        fields.push(format!("switch_interval: {}, ", (seconds * 1e9) as u64));
    }
    // A guide's machine has a pace of its own, which a lock does not change.
    let given = options.pace.is_some() || options.machine != Some(MachineName::Guide);
    if let Some(pace) = pace.filter(|_| given) {
        fields.push(format!("pace: {}, ", float(pace)));
    }
    Ok(match fields.as_slice() {
        [] => base,
        fields => format!("Described {{ {}..{base} }}", fields.concat()),
    })
}

/// The only one of several values.
fn one<T: Copy>(option: &str, Many(values): &Many<T>) -> Result<T, MagicError> {
    match values.as_slice() {
        [one] => Ok(*one),
        _ => Err(MagicError::usage(
            format!("--{option} takes one value over a cell, not a list"),
            "Run the cell once for each",
        )),
    }
}

/// A number that Rust reads as a float, without the dust of binary fractions.
fn float(number: f64) -> String {
    let rounded: f64 = format!("{number:.9e}").parse().unwrap_or(number);
    format!("{rounded:?}")
}

/// A version as code.
fn version_text(version: Version) -> String {
    format!("Version::V{}", version.name().replace('.', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Program;

    fn session() -> Session {
        Session::new(Program {
            path: "".into(),
            arguments: vec![],
        })
    }

    fn after(magic: &str, words: &str) -> Result<String, String> {
        let words: Vec<String> = words.split_whitespace().map(String::from).collect();
        over_a_cell(&session(), magic, &words)
            .map(|wrapped| wrapped.after)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_magic_alone_is_the_method_of_a_lab() {
        for over in ALL {
            assert_eq!(
                after(over.name, ""),
                Ok(format!("lab.{}()", over.method)),
                "{}",
                over.name
            );
            assert!(super::super::find(over.name).is_some(), "{}", over.name);
        }
    }

    #[test]
    fn options_become_calls() {
        assert_eq!(
            after(
                "threads",
                "--seed 7 -r 3 --workers 2 --switch-interval 2ms --pace 30ns"
            ),
            Ok(
                "lab.seed(7).workers(2).repeat(3).switch_interval(secs(0.002)).pace(30.0).threads()"
                    .into()
            )
        );
        let locked = after("race", "--gil 3.9 --yield-chance 0.5").unwrap();
        assert!(
            locked.contains(".gil(Version::V3_9)") && locked.contains(".pace(25.0)"),
            "{locked}"
        );
        assert_eq!(
            after("compare", "--models threads,async"),
            Ok("lab.models([Model::Threads, Model::Async]).compare()".into())
        );
        assert_eq!(
            after("explore", "--policy pct --schedules 50"),
            Ok("lab.search(Search::Pct { schedules: 50 }).explore()".into())
        );
        assert_eq!(
            after("explore", "--replay s1-00000000-ABAB"),
            Ok("lab.replay(\"s1-00000000-ABAB\").explore()".into())
        );
    }

    #[test]
    fn a_described_machine_is_written_out() {
        assert_eq!(
            after("processes", "--simulate --machine guide --cores 8 --gil off"),
            Ok("lab.simulate_as(Model::Processes, Described { gil: None, cores: 8, ..Described::guide() })".into())
        );
        let here = after("async", "--simulate").unwrap();
        assert!(
            here.starts_with("lab.simulate_as(Model::Async, Described::here("),
            "{here}"
        );
    }

    #[test]
    fn what_means_nothing_over_a_cell_is_refused_with_the_reason() {
        for (magic, words, why) in [
            ("threads", "--scale 0.1", "stand in it"),
            ("threads", "--start fork", "only processes"),
            ("processes", "--start spawn", "captured"),
            ("explore", "--gil 3.9", "no time"),
            ("race", "--simulate", "measured"),
            (
                "threads",
                "breakfast --scale 0.1",
                "`%threads breakfast --scale 0.1`",
            ),
            ("threads", "--machine guide", "Add --simulate"),
            ("threads", "--cores 2", "Add --simulate"),
            ("threads", "nonsense", "nonsense"),
            ("threads", "--workers 1,2", "one value"),
            ("table", "", "does not go over"),
        ] {
            let error = after(magic, words).unwrap_err();
            assert!(error.contains(why), "{magic} {words}: {error}");
        }
    }

    #[test]
    fn defaults_of_the_session_hold_where_they_mean_something() {
        let mut session = session();
        let defaults = ["--gil", "3.9", "--theme", "dark", "--start", "spawn"];
        session.defaults = defaults.map(String::from).into();
        assert!(over_a_cell(&session, "processes", &[]).is_ok());
        let threads = over_a_cell(&session, "threads", &[]).unwrap();
        assert!(threads.after.contains("V3_9"));
        let explore = over_a_cell(&session, "explore", &[]).unwrap();
        assert_eq!(explore.after, "lab.explore()");
        assert!(explore.shows.0.theme.is_some());
    }
}
