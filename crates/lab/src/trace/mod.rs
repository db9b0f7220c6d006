//! What a run leaves behind, as plain data.
//!
//! The schema is described in `docs/trace.md`; [`VERSION`] changes whenever a
//! reader of an older trace would misread a newer one. Nothing here draws and
//! nothing here runs: [`event`] is how a worker tells what it does,
//! [`channel`] how that reaches another process, [`collect`] how it becomes a
//! [`Trace`].

pub mod channel;
pub mod collect;
mod ending;
pub mod event;
pub mod lost;
pub mod waits;

use crate::apart::Discard;
use crate::value::Value;

/// The version of the schema, written into every saved trace.
pub const VERSION: u32 = 2;

/// What a run comes to whose workers wait for one another for ever, as its
/// sample tells it.
pub const DEADLOCK: &str = "deadlock";

/// What the header of a learner's own tasks says where others name a scenario.
pub const CELL: &str = "cell";

/// Nanoseconds since the run began (CLOCK_MONOTONIC for measured runs).
pub type Nanos = u64;

/// How the tasks of a run are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Model {
    /// One task after another on the calling thread.
    Sequential,
    /// One operating system thread a task.
    Threads,
    /// rayon's work-stealing pool, one made for the run.
    Pool,
    /// One process a task.
    Processes,
    /// tokio on one thread, as asyncio does it.
    Async,
}

impl Model {
    /// All models, in the order in which tables and charts show them.
    pub const ALL: [Model; 5] = [
        Model::Sequential,
        Model::Threads,
        Model::Pool,
        Model::Processes,
        Model::Async,
    ];

    /// The word that a learner types and a chart shows.
    pub fn name(self) -> &'static str {
        match self {
            Model::Sequential => "sequential",
            Model::Threads => "threads",
            Model::Pool => "pool",
            Model::Processes => "processes",
            Model::Async => "async",
        }
    }
}

impl std::fmt::Display for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// Whether time was read from a clock or worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Kind {
    /// Wall time on this machine.
    Measured,
    /// Virtual time on a described machine.
    Simulated,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Kind::Measured => "measured",
            Kind::Simulated => "simulated",
        })
    }
}

/// The machine on which a run was measured, or for which it was simulated.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Machine {
    /// The processor as the system names it.
    pub cpu: String,
    /// Cores that the run may use: affinity and quota taken into account.
    pub cores: f64,
    /// Load average over the last minute when the run began.
    pub load: f64,
    /// Operating system and kernel release.
    pub system: String,
}

/// What was asked for, and where and when it ran.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Header {
    /// Name of the scenario, or `cell` for a learner's own tasks.
    pub scenario: String,
    /// Where the guide tells it, for example `Masterclass 5.1`.
    pub section: String,
    /// Execution model.
    pub model: Model,
    /// Measured or simulated.
    pub kind: Kind,
    /// Parameters as the run had them (scaled), as a learner would type them.
    pub parameters: Vec<(String, String)>,
    /// Number of workers.
    pub workers: u32,
    /// Factor on waits and computing.
    pub scale: f64,
    /// Version of the interpreter lock; none when it is off.
    pub gil: Option<String>,
    /// The Python that carried its twin out, such as `CPython 3.12.1`; none
    /// where Rust's workers did.
    #[cfg_attr(feature = "serde", serde(default))]
    pub python: Option<String>,
    /// Time of one loop iteration in nanoseconds; none for native pace.
    pub pace_ns: Option<f64>,
    /// On what that was measured, for example `CPython 3.12.1`; none where it
    /// was assumed or asked for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub pace_of: Option<String>,
    /// How long a waiter for the interpreter lock waits before it asks; none
    /// without the lock.
    #[cfg_attr(feature = "serde", serde(default))]
    pub switch_interval: Option<Nanos>,
    /// What it costs to start a worker, where that is part of a described
    /// machine.
    #[cfg_attr(feature = "serde", serde(default))]
    pub starts: Option<Starts>,
    /// Chance to give the processor away before a store, from 0 to 1; none
    /// where the scenario shares nothing.
    pub yield_chance: Option<f64>,
    /// Seed of all that is drawn by lot.
    pub seed: u64,
    /// When the run began, as RFC 3339 in UTC.
    pub date: String,
    /// Where it ran.
    pub machine: Machine,
    /// Version of Threadlab.
    pub threadlab: String,
}

/// What it costs to start a worker on a described machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Starts {
    /// A thread.
    pub thread: Nanos,
    /// A process.
    pub process: Nanos,
    /// An async task, or the next one that a worker carries out.
    pub task: Nanos,
}

/// How a worker's life ended.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Ending {
    /// Not yet, as far as the trace knows.
    #[default]
    Running,
    /// The task returned.
    Returned,
    /// The task panicked, with this message.
    Panicked(String),
    /// The process left with this exit status before its task returned.
    Exited(i32),
    /// The process was ended by this signal.
    Killed(i32),
}

/// One worker, from its start to its end.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Lane {
    /// The task's name.
    pub name: String,
    /// Process that carried it out.
    pub pid: u32,
    /// When the task's first statement ran; none when it never did.
    pub start: Option<Nanos>,
    /// When it ended; none while it runs or when it was cut off.
    pub end: Option<Nanos>,
    /// How it ended.
    pub ending: Ending,
    /// Exit status of its process, once that is gone; a signal that ended it as
    /// a negative number. For the last worker that a process was, where it was
    /// several.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub exit: Option<i32>,
    /// The most memory that its process had resident, in bytes.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub peak: Option<u64>,
    /// What the task returned.
    pub result: Option<Value>,
    /// Spans that were not recorded, past the first
    /// [`SPANS_PER_WORKER`](event::SPANS_PER_WORKER), or in virtual time
    /// [`SIMULATED_SPANS_PER_WORKER`](event::SIMULATED_SPANS_PER_WORKER).
    pub omitted: u64,
}

/// What a worker does during a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Activity {
    /// Computes.
    Working,
    /// Waits for time or for the outside: sleep, input and output.
    Waiting,
    /// Waits for another worker: a lock, a place in a queue.
    Blocked,
    /// Holds a lock; other spans may lie inside.
    Holding,
}

/// A stretch of a worker's time. Spans of one worker nest and never cross,
/// but for `Holding`, which may overlap anything.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Span {
    /// Index into [`Trace::workers`].
    pub worker: u32,
    /// What the worker does.
    pub activity: Activity,
    /// The lock's or the wait's name.
    pub label: String,
    /// Begin.
    pub start: Nanos,
    /// End; none while it lasts or when it was cut off.
    pub end: Option<Nanos>,
}

/// Something that happened at one moment.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Mark {
    /// Index into [`Trace::workers`]; none for the run itself.
    pub worker: Option<u32>,
    /// When.
    pub at: Nanos,
    /// What the worker said.
    pub text: String,
}

/// A value that changes over time, such as the depth of a queue.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Counter {
    /// Name of the object that is counted.
    pub name: String,
    /// The most that there can be, such as a queue's places; none for any number.
    #[cfg_attr(feature = "serde", serde(default))]
    pub capacity: Option<u64>,
    /// Moments and the value from then on.
    pub points: Vec<(Nanos, f64)>,
}

/// What an operation on something shared did.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Action {
    /// Read this value from a cell.
    Load(Value),
    /// Wrote this value to a cell.
    Store(Value),
    /// Changed a cell in one step, to this value.
    Update(Value),
    /// Began to wait for a lock, a place or a signal.
    Wait,
    /// Took a lock.
    Acquire,
    /// Let a lock go.
    Release,
    /// Set an event, notified a condition.
    Signal,
    /// Put this into a queue.
    Put(Value),
    /// Got this from a queue.
    Get(Value),
    /// Had a turn that changed nothing shared; what for, in words: `sleeps`.
    Does(String),
}

/// One operation on something shared, in the order in which they happened.
/// Recorded where schedules are explored, since recording takes longer than
/// many an operation.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Op {
    /// Index into [`Trace::workers`].
    pub worker: u32,
    /// When.
    pub at: Nanos,
    /// Name of the cell, lock, queue ...
    pub object: String,
    /// What was done.
    pub action: Action,
}

/// One worker let another go on: it released the lock that the other waited
/// for, put the item, set the event.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Edge {
    /// Who let go, as an index into [`Trace::workers`].
    pub from: u32,
    /// When.
    pub at: Nanos,
    /// Who went on.
    pub to: u32,
    /// When.
    pub then: Nanos,
    /// Name of the lock, queue, event ...
    pub object: String,
}

/// One repetition of the run.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sample {
    /// From the start of the first worker to the end of the last.
    pub elapsed: Nanos,
    /// Processor time of all workers together; 0 where it is not known.
    pub cpu: Nanos,
    /// What the scenario came to.
    pub result: Value,
}

impl Sample {
    /// Whether the repetition ended because nobody could go on.
    pub fn is_deadlock(&self) -> bool {
        matches!(&self.result, Value::Text(text) if text == DEADLOCK)
    }
}

/// All that a run leaves behind. Workers, spans, marks and counters are those
/// of the first repetition; `samples` has one row a repetition.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Trace {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// What was asked for, where and when.
    pub header: Header,
    /// One a worker, in the order of their tasks.
    pub workers: Vec<Lane>,
    /// In the order in which they began.
    pub spans: Vec<Span>,
    /// In the order of their times.
    pub marks: Vec<Mark>,
    /// One an object that was counted.
    pub counters: Vec<Counter>,
    /// Operations on what is shared, where they were recorded.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ops: Vec<Op>,
    /// Who let whom go on.
    #[cfg_attr(feature = "serde", serde(default))]
    pub edges: Vec<Edge>,
    /// One a finished repetition.
    pub samples: Vec<Sample>,
    /// Time that the traced repetition has taken so far, or took.
    pub elapsed: Nanos,
}

impl Discard for Trace {
    #[inline(never)]
    fn discard(self) {}
}
