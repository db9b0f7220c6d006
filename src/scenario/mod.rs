//! The documented scenarios: one file each, its Python twin beside it.
//!
//! A scenario is data: what it is called, what it takes, which claims it
//! answers to, and its tasks, written once for every execution model.

mod append;
mod breakfast;
mod chai_makers;
mod channels;
mod condition;
mod convoy;
mod counter;
mod crash;
mod creation;
mod crunch;
mod daemon;
mod deadlock;
mod divisor;
mod downloads;
mod files;
mod flood;
mod fork_lock;
mod hybrid;
mod images;
mod isolation;
mod letters;
mod long_short;
mod lots;
mod main_guard;
mod many_waits;
mod memory;
mod mixed;
mod monitor;
mod orders;
mod overlap;
pub mod parameter;
mod philosophers;
mod pickling;
mod primes;
mod producer_consumer;
pub mod quantity;
mod queries;
mod queue;
mod reentry;
mod semaphore;
mod shared_value;
mod signal;
mod spread;
mod squares;
mod squares_sum;
mod sum;
mod surroundings;
mod switching;
mod timing;
#[cfg(test)]
mod trial;
mod two_chais;
mod worker_pool;

pub use parameter::{Parameter, ParameterKind, ParameterValue, Parameters};
pub use surroundings::{NOT_BEGUN, Site, Surroundings};

use lab::trace::{Ending, Model};
use lab::{Lab, Value};

/// Every scenario, in the order in which `%scenarios` lists them.
pub const ALL: &[&Scenario] = &[
    &orders::ORDERS,
    &chai_makers::CHAI_MAKERS,
    &breakfast::BREAKFAST,
    &two_chais::TWO_CHAIS,
    &letters::LETTERS,
    &long_short::LONG_SHORT,
    &overlap::OVERLAP,
    &downloads::DOWNLOADS,
    &files::FILES,
    &queries::QUERIES,
    &many_waits::MANY_WAITS,
    &crunch::CRUNCH,
    &sum::SUM,
    &squares_sum::SQUARES_SUM,
    &primes::PRIMES,
    &squares::SQUARES,
    &images::IMAGES,
    &mixed::MIXED,
    &divisor::DIVISOR,
    &counter::COUNTER,
    &append::APPEND,
    &deadlock::DEADLOCK,
    &philosophers::PHILOSOPHERS,
    &reentry::REENTRY,
    &semaphore::SEMAPHORE,
    &signal::SIGNAL,
    &condition::CONDITION,
    &queue::QUEUE,
    &producer_consumer::PRODUCER_CONSUMER,
    &shared_value::SHARED_VALUE,
    &channels::CHANNELS,
    &hybrid::HYBRID,
    &worker_pool::WORKER_POOL,
    &isolation::ISOLATION,
    &monitor::MONITOR,
    &switching::SWITCHING,
    &crash::CRASH,
    &daemon::DAEMON,
    &pickling::PICKLING,
    &timing::TIMING,
    &creation::CREATION,
    &memory::MEMORY,
    &main_guard::MAIN_GUARD,
    &fork_lock::FORK_LOCK,
    &convoy::CONVOY,
    &flood::FLOOD,
];

/// A documented example with named parameters.
#[derive(Debug)]
pub struct Scenario {
    /// What a learner types.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What happens, in one line.
    pub about: &'static str,
    /// Where the guide tells it.
    pub section: &'static str,
    /// Execution models that make sense for it.
    pub models: &'static [Model],
    /// Who carries it out.
    pub crew: Crew,
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// Whether workers change something that they share. Such a scenario
    /// starts its workers together and gives them a chance to yield.
    pub shares: bool,
    /// Whether each worker has all of its computing to do, which `--split`
    /// divides among them.
    pub splits: bool,
    /// Rows of the inventory that it answers to.
    pub claims: &'static [&'static str],
    /// How long each worker takes by itself, for announcements only.
    pub estimate: fn(&Parameters) -> Estimate,
    /// The instance that is small enough for every schedule of it to be tried;
    /// none where workers share nothing.
    pub small: Option<Small>,
    /// What is wrong with what a run came to; none where nothing is.
    pub wrong: fn(&Parameters, &Value) -> Option<String>,
    /// Whether workers end in it otherwise than by returning, as what it shows.
    pub mortal: bool,
    /// What a measured run came to that ended with its process, and a line for
    /// the learner, where this is what it shows; else none, and the run failed.
    pub fallen: fn(&Parameters, Fall) -> Option<(Value, String)>,
    /// Why it cannot be simulated with these parameters; none where it can.
    pub unsimulated: fn(&Parameters) -> Option<String>,
    /// Whether a measured run gets a private folder.
    pub folder: bool,
    /// Makes what a measured run needs around it, before its first worker
    /// starts; else says which parameter is at fault and what is possible.
    pub surroundings: fn(&Site<'_>, &Parameters) -> Result<Surroundings, String>,
    /// Adds the tasks to a lab; says what they came to once they are done.
    pub tasks: fn(&Lab<'static>, &Parameters) -> Finish,
    /// Its own file, for `%source`.
    pub rust: &'static str,
    /// Its Python twin.
    pub python: &'static str,
    /// Left out of lists: it serves tests and benchmarks.
    pub hidden: bool,
}

/// The end of a run's process before the run was done.
#[derive(Clone, Debug)]
pub struct Fall {
    /// How it ended.
    pub how: Ending,
    /// How long the run had lasted.
    pub seconds: f64,
}

/// A small instance of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct Small {
    /// Its workers.
    pub workers: u32,
    /// Its numbers, where they are not the guide's.
    pub numbers: &'static [(&'static str, u64)],
}

/// Who carries a scenario out.
#[derive(Clone, Copy, Debug)]
pub enum Crew {
    /// Each has a part of its own, so their number is fixed.
    Roles(&'static [&'static str]),
    /// As many as asked for, all alike.
    Alike {
        /// The guide's number.
        default: u32,
    },
    /// A pool: each takes one task after another until none is left. The
    /// tasks are the same however many there are.
    Pool {
        /// The guide's number of workers.
        default: u32,
    },
}

impl Crew {
    /// The guide's number of workers.
    pub fn default(self) -> u32 {
        match self {
            Crew::Roles(roles) => roles.len() as u32,
            Crew::Alike { default } | Crew::Pool { default } => default,
        }
    }
}

/// Most workers that a run can have.
pub const MOST_WORKERS: u32 = 1_000;

/// How long a run is expected to take.
#[derive(Clone, Debug, Default)]
pub struct Estimate {
    /// Seconds that each worker waits.
    pub waits: Vec<f64>,
    /// Seconds that each worker computes.
    pub computes: Vec<f64>,
}

impl Estimate {
    /// Seconds until all are done, on so many cores.
    pub fn seconds(&self, model: Model, cores: f64) -> f64 {
        let computing: f64 = self.computes.iter().sum();
        let longest = |times: &[f64]| times.iter().copied().fold(0.0, f64::max);
        match model {
            Model::Sequential => self.waits.iter().sum::<f64>() + computing,
            Model::Async => longest(&self.waits) + computing,
            _ => longest(&self.waits) + (computing / cores.max(1.0)).max(longest(&self.computes)),
        }
    }
}

/// Seconds that each worker of a pool takes when tasks of so many seconds are
/// dealt out in turn.
fn dealt(tasks: impl IntoIterator<Item = f64>, workers: u32) -> Vec<f64> {
    let mut each = vec![0.0; workers.max(1) as usize];
    let hands = each.len();
    for (task, seconds) in tasks.into_iter().enumerate() {
        each[task % hands] += seconds;
    }
    each
}

/// What a run came to: its result, and a closing line for the learner.
///
/// It is given the lab, whose cells can be read, the seconds that passed, and
/// what the tasks returned.
pub type Finish = Box<dyn Fn(&Lab<'static>, f64, &[Value]) -> (Value, String)>;

/// Seconds of each worker where all share tasks that take so long each; a
/// parameter says how many.
fn shares(p: &Parameters, tasks: &str, each: f64) -> Vec<f64> {
    dealt(
        std::iter::repeat_n(each, p.number(tasks) as usize),
        p.workers,
    )
}

/// The numbers that the tasks came to, added up.
fn total(results: &[Value]) -> u64 {
    let numbers = results.iter().map(|result| match result {
        Value::Int(n) => u64::try_from(*n).unwrap_or_default(),
        Value::UInt(n) => *n,
        _ => 0,
    });
    numbers.sum()
}

/// Whatever is not the expected is wrong.
fn unless(expected: &Value, result: &Value) -> Option<String> {
    (expected != result).then(|| format!("{result} instead of {expected}"))
}

/// A whole number as a value, to the last digit: past 64 bits as text.
fn whole(number: u128) -> Value {
    i64::try_from(number).map_or_else(|_| Value::Text(number.to_string()), Value::Int)
}

/// A finish without a result of its own: a line with the seconds that passed.
fn closing(line: impl Fn(f64) -> String + 'static) -> Finish {
    Box::new(move |_, seconds, _| (Value::None, line(seconds)))
}

impl Scenario {
    /// What holds for a scenario that says nothing else: `..Scenario::PLAIN`.
    const PLAIN: Scenario = Scenario {
        name: "",
        aliases: &[],
        about: "",
        section: "",
        models: &[],
        crew: Crew::Alike { default: 1 },
        parameters: &[],
        shares: false,
        splits: false,
        claims: &[],
        estimate: |_| Estimate {
            waits: vec![],
            computes: vec![],
        },
        small: None,
        wrong: |_, _| None,
        mortal: false,
        fallen: |_, _| None,
        unsimulated: |_| None,
        folder: false,
        surroundings: |_, _| Ok(Surroundings::default()),
        tasks: |_, _| closing(|_| String::new()),
        rust: "",
        python: "",
        hidden: false,
    };

    /// A model under which its workers share what they share: threads, where it
    /// runs in them.
    pub fn shares_under(&self) -> Model {
        let threads = self.models.contains(&Model::Threads);
        let first = self.models.first().copied().unwrap_or(Model::Threads);
        if threads { Model::Threads } else { first }
    }

    /// The guide's parameters.
    pub fn defaults(&self) -> Parameters {
        Parameters::defaults(self.parameters, self.crew.default())
    }

    /// The parameters of its small instance.
    pub fn small(&self) -> Option<Parameters> {
        let small = self.small?;
        let mut parameters = self.defaults().with_workers(small.workers);
        for (name, number) in small.numbers {
            parameters.set(name, ParameterValue::Count(*number));
        }
        Some(parameters)
    }

    /// The source of its tasks alone.
    pub fn rust_tasks(&self) -> &'static str {
        let begin = self.rust.find("fn tasks(").unwrap_or(0);
        let rest = &self.rust[begin..];
        &rest[..rest.find("\n}\n").map_or(rest.len(), |end| end + 2)]
    }
}

/// A scenario by its name or one of its other names.
pub fn find(name: &str) -> Option<&'static Scenario> {
    ALL.iter()
        .copied()
        .find(|s| s.name == name || s.aliases.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_a_hyphen_may_be_typed_as_an_underscore() {
        let mut seen = HashSet::new();
        for scenario in ALL {
            for name in scenario.aliases.iter().chain([&scenario.name]) {
                assert!(seen.insert(*name), "{name} twice");
            }
            assert!(
                scenario
                    .name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '-')
            );
            let found = find(&scenario.name.replace('-', "_"));
            assert_eq!(found.map(|s| s.name), Some(scenario.name));
        }
    }

    #[test]
    fn tasks_take_only_parameters_that_the_scenario_declares() {
        for scenario in ALL {
            let parameters = scenario.defaults();
            let lab = Lab::new();
            // Panics where a parameter is not declared, or of another kind.
            let _finish = (scenario.tasks)(&lab, &parameters);
            let estimate = (scenario.estimate)(&parameters);
            assert!(
                estimate.seconds(Model::Threads, 2.0) > 0.0,
                "{}",
                scenario.name
            );
        }
    }

    #[test]
    fn the_source_shown_is_the_whole_function_of_the_tasks() {
        for scenario in ALL {
            let source = scenario.rust_tasks();
            assert!(
                source.starts_with("fn tasks("),
                "{}: {source}",
                scenario.name
            );
            assert_eq!(
                source.matches('{').count(),
                source.matches('}').count(),
                "{source}"
            );
        }
    }

    #[test]
    fn scaling_multiplies_waits_and_steps_and_nothing_else() {
        let scaled = find("crunch").unwrap().defaults().scaled(0.5);
        assert_eq!(scaled.number("n"), 50_000_000);
        let scaled = find("counter").unwrap().defaults().scaled(0.5);
        assert_eq!((scaled.number("increments"), scaled.workers), (100_000, 10));
        let scaled = find("breakfast").unwrap().defaults().scaled(0.5);
        assert_eq!(scaled.seconds("bun"), 1.5);
    }
}
