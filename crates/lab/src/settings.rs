//! How a run is carried out, and why it could not be.

use crate::apart::{Apart, Discard};
use crate::gil::{self, Version};
use crate::recorder::Recorder;
use crate::trace::{Ending, Starts};
use std::sync::Arc;

/// How a run is carried out, beside its model.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where events go; none keeps them for the run's own trace.
    pub recorder: Option<Arc<Recorder>>,
    /// Chance to give the processor away before each store, from 0 to 1.
    pub yield_chance: f64,
    /// Seed of all that is drawn by lot.
    pub seed: u64,
    /// Whether threads and processes wait for each other before they start.
    pub together: bool,
    /// Version of the interpreter lock that measured runs take for real; none
    /// without a lock.
    pub gil: Option<Version>,
    /// How long its waiters wait before they ask, in nanoseconds.
    pub switch_interval: u64,
    /// Nanoseconds of one loop iteration, which measured runs work off; none
    /// for native pace.
    pub pace: Option<f64>,
    /// How worker processes come about.
    pub start: Start,
    /// How this program is started anew to be a worker of the same run, which
    /// every start but a fork needs.
    pub relaunch: Option<Relaunch>,
    /// What to do when workers of a measured run wait for each other for ever.
    /// Without it they fall, and [`Run::deadlock`](crate::Run::deadlock) says so
    /// once the others have come to an end or to a wait.
    pub on_deadlock: Option<Alarm>,
    /// What to do when only daemons are left of a measured run in threads: to end
    /// the process, with which they end. Without it each falls at the next thing
    /// that it does.
    pub on_daemons: Option<Alarm>,
}

/// Something to be done once.
#[derive(Clone)]
pub struct Alarm(pub Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Alarm")
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            recorder: None,
            yield_chance: 0.0,
            seed: 0,
            together: false,
            gil: None,
            switch_interval: gil::INTERVAL,
            pace: None,
            start: Start::Fork,
            relaunch: None,
            on_deadlock: None,
            on_daemons: None,
        }
    }
}

/// Chance to give the processor away before a store where none is asked for: at
/// this, a race shows on two cores as on many.
pub const YIELD_CHANCE: f64 = 0.01;

impl Settings {
    /// How a learner's cell is carried out: a seed by lot, and a chance to yield.
    pub fn of_cell() -> Self {
        Settings {
            seed: crate::clock::any_seed(),
            yield_chance: YIELD_CHANCE,
            ..Settings::default()
        }
    }
}

/// How a worker process comes about: the start methods of Python's
/// `multiprocessing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Start {
    /// A copy of the process that starts it, with all that this holds.
    #[default]
    Fork,
    /// The program, started anew, which makes the tasks again for itself.
    Spawn,
    /// A copy of a process that was started anew for this purpose.
    ForkServer,
}

impl Start {
    /// All of them, the default first.
    pub const ALL: [Start; 3] = [Start::Fork, Start::Spawn, Start::ForkServer];

    /// As `multiprocessing.set_start_method` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Start::Fork => "fork",
            Start::Spawn => "spawn",
            Start::ForkServer => "forkserver",
        }
    }

    /// The start method of this name.
    pub fn find(name: &str) -> Option<Start> {
        Self::ALL.into_iter().find(|start| start.name() == name)
    }
}

/// Gives the command that starts this program anew. The new process is to make
/// the same tasks in the same order and to say
/// [`Lab::take_part`](crate::Lab::take_part).
#[derive(Clone)]
pub struct Relaunch(pub Arc<dyn Fn() -> std::process::Command + Send + Sync>);

impl std::fmt::Debug for Relaunch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Relaunch")
    }
}

/// Why a run could not be carried out.
#[non_exhaustive]
pub enum RunError {
    /// The lab has no task.
    NoTasks,
    /// The system gave no thread, process or descriptor.
    System(Apart<Refused>),
    /// Exploring can say nothing.
    Explore(ExploreError),
    /// Processes cannot be started in this way here.
    NoRelaunch(Start),
    /// This process has threads, and a fork would copy the locks that they hold.
    Threads {
        /// Those beside the one that asked.
        others: usize,
    },
    /// In a repetition that is only counted, a worker did not return.
    Repetition(Apart<Repeated>),
    /// A race that comes to nothing.
    NoResult,
    /// More worker processes than there are channels for.
    TooMany {
        /// The most there can be.
        most: usize,
    },
}

/// What the system did not give.
#[derive(Debug)]
pub struct Refused {
    /// What was asked of it, and for which worker.
    pub what: String,
    /// What it said.
    pub source: std::io::Error,
}

impl Discard for Refused {
    #[inline(never)]
    fn discard(self) {}
}

/// A repetition in which a worker did not return.
#[derive(Debug)]
pub struct Repeated {
    /// Which repetition, from 1.
    pub repetition: u32,
    /// Of how many.
    pub of: u32,
    /// The worker's task.
    pub worker: String,
    /// How it ended.
    pub ending: Ending,
}

impl Discard for Repeated {
    #[inline(never)]
    fn discard(self) {}
}

impl RunError {
    /// The system did not do this, and said why.
    pub(crate) fn system(what: impl Into<String>, source: std::io::Error) -> Self {
        let what = what.into();
        RunError::System(Refused { what, source }.into())
    }
}

/// The sentence, which is what a learner's `unwrap` prints.
impl std::fmt::Debug for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RunError::NoTasks => {
                f.write_str("this lab has no task: add one with lab.task(name, async |w| ...)")
            }
            RunError::System(refused) => {
                write!(f, "could not {}: {}", refused.what, refused.source)
            }
            RunError::Explore(error) => error.fmt(f),
            RunError::NoResult => f.write_str(
                "these tasks come to nothing that could be counted: share a lab.cell(name, value), \
                 or let them return something",
            ),
            RunError::NoRelaunch(start) => write!(
                f,
                "a process cannot be started by {} here: what a task captured cannot be carried \
                 into a program that is started anew; fork copies it",
                start.name()
            ),
            RunError::Threads { others } => write!(
                f,
                "this process has {others} other thread{} that still run{}: a fork would copy the \
                 locks that they hold, and might wait for ever. Let them end first, take \
                 .threads(), or in a notebook end them with all variables by %reset",
                if *others == 1 { "" } else { "s" },
                if *others == 1 { "s" } else { "" },
            ),
            RunError::Repetition(failed) => {
                let Repeated {
                    repetition,
                    of,
                    worker,
                    ending,
                } = &**failed;
                write!(
                    f,
                    "in repetition {repetition} of {of} worker `{worker}` {ending}; its result \
                     counts for nothing, so this was ended"
                )
            }
            RunError::TooMany { most } => {
                write!(
                    f,
                    "more worker processes than the {most} that a run can have"
                )
            }
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RunError::System(refused) => Some(&refused.source),
            RunError::Explore(error) => Some(error),
            RunError::NoTasks
            | RunError::NoResult
            | RunError::NoRelaunch(_)
            | RunError::Threads { .. }
            | RunError::Repetition(_)
            | RunError::TooMany { .. } => None,
        }
    }
}

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExploreError {
    /// Two schedules that began alike went on differently.
    Outside {
        /// The step at which that was noticed, from 1.
        step: usize,
    },
    /// What was to be replayed is no schedule, or one of other tasks; why.
    Unreadable(String),
    /// A replayed schedule names a worker that has no turn there.
    NotThisProgram {
        /// The step, from 1.
        step: usize,
    },
}

impl std::fmt::Display for ExploreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ExploreError::Outside { step } => write!(
                f,
                "this task depends on something the lab did not make (noticed at step {step}): \
                 what workers share has to be made by the lab, which sets it up anew for each \
                 schedule; no verdict is possible"
            ),
            ExploreError::Unreadable(why) => f.write_str(why),
            ExploreError::NotThisProgram { step } => write!(
                f,
                "this schedule is one of another program: at its step {step} the worker that it \
                 names has no turn"
            ),
        }
    }
}

impl std::error::Error for ExploreError {}

/// A machine to be simulated.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Described {
    /// What it is called on charts.
    pub name: String,
    /// Its cores.
    pub cores: u32,
    /// Version of the interpreter lock of each of its processes; none without.
    pub gil: Option<Version>,
    /// How long a waiter for that lock waits before it asks, in nanoseconds.
    pub switch_interval: u64,
    /// Nanoseconds of one loop iteration.
    pub pace: f64,
    /// Nanoseconds that it takes to start a thread.
    pub thread_start: u64,
    /// Nanoseconds that it takes to start a process.
    pub process_start: u64,
    /// Nanoseconds that it takes to start an async task.
    pub task_start: u64,
    /// Nanoseconds that it takes to bring an item from one process to another,
    /// however small.
    pub item_move: u64,
    /// Nanoseconds for each of its bytes.
    pub byte_move: f64,
}

impl Described {
    /// How long a waiter for its lock waits before it asks, in nanoseconds; none
    /// where nobody asks.
    pub fn interval(&self) -> Option<u64> {
        let asks = self.gil.filter(|version| version.ticks().is_none());
        asks.map(|_| self.switch_interval)
    }

    /// What it costs to start a worker on it.
    pub fn starts(&self) -> Starts {
        Starts {
            thread: self.thread_start,
            process: self.process_start,
            task: self.task_start,
        }
    }

    /// The guides' machine: four cores, and a CPython 3.12 whose loop takes
    /// 62 ns an iteration, as their 12.5 s for 2 x 100,000,000 imply. Costs of
    /// starting are CPython's, measured under fork; so are those of a
    /// `multiprocessing.Queue` (280,000 small items a second, 0.85 GB/s).
    pub fn guide() -> Self {
        Described {
            name: "the guide's machine".into(),
            cores: 4,
            gil: Version::find("3.12"),
            switch_interval: gil::INTERVAL,
            pace: 62.0,
            thread_start: 70_000,
            process_start: 1_800_000,
            task_start: 5_000,
            item_move: 3_600,
            byte_move: 1.2,
        }
    }

    /// Nanoseconds that a step of computing takes in native Rust on this
    /// machine, measured for about a millisecond.
    pub fn native_pace() -> f64 {
        let n = 500_000u64;
        let passes = (0..3).map(|_| {
            let began = std::time::Instant::now();
            let count = (0..n).fold(0u64, |reached, step| {
                std::hint::black_box(step);
                std::hint::black_box(std::hint::black_box(reached) + 1)
            });
            std::hint::black_box(count);
            began.elapsed().as_nanos() as f64 / n as f64
        });
        passes.fold(f64::INFINITY, f64::min)
    }

    /// The same with what it costs to start a process by this method, in the
    /// proportions that were measured: of CPython where there is an interpreter
    /// (1.8 ms, 34 ms, 10.7 ms), else of this library.
    pub fn with_start(self, start: Start) -> Self {
        let times = match (start, self.gil.is_some()) {
            (Start::Fork, _) => 1.0,
            (Start::Spawn, true) => 19.0,
            (Start::ForkServer, true) => 6.0,
            (Start::Spawn, false) => 6.0,
            (Start::ForkServer, false) => 1.5,
        };
        let process_start = (self.process_start as f64 * times) as u64;
        Described {
            process_start,
            ..self
        }
    }

    /// Nanoseconds that one of both sides takes to bring so many bytes from one
    /// process to another.
    pub(crate) fn half_a_move(&self, bytes: usize) -> u64 {
        let whole = self.item_move as f64 + self.byte_move * bytes as f64;
        (whole / 2.0).round() as u64
    }

    /// A machine like this one, under no lock: Rust's costs of starting.
    pub fn here(cores: u32, pace: f64) -> Self {
        Described {
            name: "a machine like this".into(),
            cores: cores.max(1),
            gil: None,
            switch_interval: gil::INTERVAL,
            pace,
            thread_start: 30_000,
            process_start: 400_000,
            task_start: 1_000,
            item_move: 500,
            byte_move: 0.3,
        }
    }
}
