//! A lab: tasks and what they share, to be run under any execution model.

mod carry;
mod choose;
mod many;
mod outcome;
mod search;

pub use many::{Advised, Compared, Missing, Raced, Ran};
pub use search::Explored;

use crate::apart::{Apart, Discard};
use crate::explore::Search;
use crate::model;
use crate::settings::{RunError, Settings};
use crate::sync::cell::{Cell, Plain};
use crate::sync::lock::{Lock, LockKind};
use crate::sync::queue::Queue;
use crate::sync::signal::{Barrier, Condition, Event as Signalled, TaskEnd};
use crate::sync::{Blueprint, CellPlan, Made, Shared};
use crate::trace::{Ending, Model, Trace};
use crate::value::{Portable, Value};
use crate::worker::Worker;
use std::cell::{Cell as Local, RefCell};
use std::marker::PhantomData;
use std::sync::Arc;

pub(crate) use model::task::Body;
use model::task::{End, Task, Typed};

/// Tasks, and what they share.
///
/// `'env` is what the tasks borrow. Tasks live as long as that, not only as
/// long as the lab: so a task may borrow a handle that was made after the lab.
/// Their memory is given back when the process ends.
#[derive(Debug, Default)]
pub struct Lab<'env> {
    /// The task that was added last.
    last_task: Local<Option<&'env Task<'env>>>,
    own: Apart<Own>,
}

/// What a lab has but its tasks: nothing of it is borrowed.
#[derive(Debug, Default)]
struct Own {
    blueprint: RefCell<Blueprint>,
    settings: RefCell<Settings>,
    /// How many workers carry the tasks out; 0 takes one a task.
    hands: Local<usize>,
    /// How often they are carried out; 0 where nobody has said.
    repeat: Local<u32>,
    /// Models to compare; none where nobody has said.
    models: RefCell<Option<Vec<Model>>>,
    /// How schedules are chosen.
    search: RefCell<Option<Search>>,
    /// The schedule to be had again, as it was printed, until it was.
    replay: RefCell<Option<String>>,
    /// Whether what workers say stands in the trace only.
    quiet: Local<bool>,
    /// Whether these are a learner's own tasks, in a cell: what they say shows at
    /// once, and headers tell of the machine.
    of_cell: bool,
    /// What the last run shared, to be read after it.
    last: RefCell<Option<Arc<Shared>>>,
    /// The tasks of the last run in the order of their ends.
    completed: RefCell<Vec<usize>>,
    /// How its tasks ended.
    endings: RefCell<Vec<Ending>>,
}

impl Discard for Own {
    #[inline(never)]
    fn discard(self) {}
}

/// Says what a schedule came to in words, and what is wrong with it. It is
/// given the lab, whose cells can be read, and what the tasks returned.
pub type Judge<'j, L> = dyn Fn(&L, &[Value]) -> (String, Option<String>) + 'j;

/// What one run came to.
#[derive(Clone, Debug)]
pub struct Run {
    /// From the start of the first worker to the end of the last, in nanoseconds.
    pub elapsed: u64,
    /// Processor time of all workers together, in nanoseconds.
    pub cpu: u64,
    /// How each task ended, and what it returned.
    pub endings: Apart<Vec<(Ending, Value)>>,
    /// Whether the run ended because nobody could go on.
    pub deadlock: bool,
    /// The trace, when no recorder was set that sends it elsewhere. Its samples
    /// are all repetitions; everything else is of the first.
    pub trace: Apart<Trace>,
}

impl Discard for Vec<(Ending, Value)> {
    #[inline(never)]
    fn discard(self) {}
}

impl Run {
    /// What the tasks returned, in their order; none for one that did not.
    pub fn results(&self) -> Vec<Value> {
        self.endings
            .iter()
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Whether every task returned; daemons, which are not waited for, seldom do.
    pub fn all_returned(&self) -> bool {
        self.endings
            .iter()
            .all(|(ending, _)| *ending == Ending::Returned)
    }
}

impl<'env> Lab<'env> {
    /// A lab without tasks. With feature `cell` it is one of a learner's cell,
    /// [`of_cell`](Self::of_cell).
    pub fn new() -> Self {
        if cfg!(feature = "cell") {
            Self::of_cell()
        } else {
            Self::default()
        }
    }

    /// A lab as a learner's cell has it: a seed by lot, a chance to yield where
    /// something is shared, what workers say on standard output at once, and
    /// headers that say when and on what machine a run was.
    pub fn of_cell() -> Self {
        Self::of(Own {
            settings: RefCell::new(Settings::of_cell()),
            of_cell: true,
            ..Own::default()
        })
    }

    /// A lab whose runs are carried out like this.
    pub fn with(settings: Settings) -> Self {
        Self::of(Own {
            settings: RefCell::new(settings),
            ..Own::default()
        })
    }

    fn of(own: Own) -> Self {
        Lab {
            last_task: Local::default(),
            own: own.into(),
        }
    }

    /// Adds a task. It is run once in each run, by a worker of its own.
    pub fn task<F, R>(&self, name: impl Into<String>, body: F) -> &Self
    where
        F: AsyncFn(Worker) -> R + Send + Sync + 'env,
        R: Portable + 'env,
    {
        self.add(name.into(), body, false)
    }

    /// Adds a task that nobody waits for: when all others have ended, the run is
    /// over, and its lane has no end. Under processes its process is then
    /// terminated, as a daemonic one is when its parent ends; under tokio the task
    /// is dropped. Threads cannot be ended from outside: a daemon ends when it next
    /// sleeps, waits, computes or takes a lock, unless [`Settings::on_daemons`] ends
    /// the whole process. One after another, daemons are left out.
    ///
    /// ```
    /// # use lab::{Lab, millis, trace::Ending};
    /// let lab = Lab::new();
    /// lab.daemon("heart", async |w| -> () {
    ///     loop {
    ///         w.sleep(millis(1.0)).await;
    ///     }
    /// });
    /// lab.task("work", async |w| w.sleep(millis(5.0)).await);
    /// let run = lab.threads()?;
    /// assert_eq!(run.endings[0].0, Ending::Running);
    /// # Ok::<(), lab::RunError>(())
    /// ```
    pub fn daemon<F, R>(&self, name: impl Into<String>, body: F) -> &Self
    where
        F: AsyncFn(Worker) -> R + Send + Sync + 'env,
        R: Portable + 'env,
    {
        self.add(name.into(), body, true)
    }

    fn add<F, R>(&self, name: String, body: F, daemon: bool) -> &Self
    where
        F: AsyncFn(Worker) -> R + Send + Sync + 'env,
        R: Portable + 'env,
    {
        let body = Box::leak(Box::new(Typed(body, PhantomData)));
        self.push(name, body, daemon);
        self
    }

    fn push(&self, name: String, body: &'env dyn Body, daemon: bool) {
        let name = String::leak(name);
        let before = self.last_task.get();
        let task = Box::leak(Box::new(Task {
            name,
            body,
            daemon,
            before,
        }));
        self.last_task.set(Some(task));
    }

    /// The tasks in the order in which they were added.
    fn tasks(&self) -> Vec<Task<'env>> {
        let last = self.last_task.get().copied();
        let mut tasks: Vec<_> = std::iter::successors(last, |task| task.before.copied()).collect();
        tasks.reverse();
        tasks
    }

    /// Lets so many workers carry the tasks out, one task after another each: a
    /// pool, under every model but the sequential one. 0 stands for a worker
    /// of its own for each task, which is also what there is when schedules are
    /// explored.
    ///
    /// ```
    /// # use lab::Lab;
    /// let lab = Lab::new();
    /// for n in 1..=5u64 {
    ///     lab.task(format!("square {n}"), async move |_| n * n);
    /// }
    /// let run = lab.workers(2).threads()?;
    /// assert_eq!(run.results(), [1, 4, 9, 16, 25].map(lab::Value::Int));
    /// # Ok::<(), lab::RunError>(())
    /// ```
    pub fn workers(&self, workers: usize) -> &Self {
        self.own.hands.set(workers);
        self
    }

    /// The end of the task of this name, for [`Worker::join`]. The task may be added
    /// later; a run without one is refused.
    pub fn end_of(&self, task: impl Into<String>) -> TaskEnd {
        let made = self.draw(|blueprint| &mut blueprint.ends, task.into());
        TaskEnd { made }
    }

    /// The tasks of the last run by their numbers, in the order in which they
    /// ended.
    pub fn completed(&self) -> Vec<usize> {
        self.own.completed.borrow().clone()
    }

    /// How each task of the last run ended.
    pub fn endings(&self) -> Vec<Ending> {
        self.own.endings.borrow().clone()
    }

    fn hands(&self, tasks: usize) -> usize {
        match self.own.hands.get() {
            0 => tasks,
            hands => hands.min(tasks),
        }
    }

    /// Keeps what the last run came to that is asked for later.
    fn remember(&self, shared: Arc<Shared>, endings: Vec<End>) -> Vec<(Ending, Value)> {
        *self.own.last.borrow_mut() = Some(shared);
        let mut completed: Vec<usize> = (0..endings.len())
            .filter(|id| endings[*id].ending != Ending::Running)
            .collect();
        completed.sort_by_key(|id| endings[*id].at);
        *self.own.completed.borrow_mut() = completed;
        *self.own.endings.borrow_mut() = endings.iter().map(|e| e.ending.clone()).collect();
        endings.into_iter().map(|e| (e.ending, e.value)).collect()
    }

    /// A variable that all workers share. Processes get a copy each.
    pub fn cell<T: Plain>(&self, name: impl Into<String>, value: T) -> Cell<T> {
        self.new_cell(name.into(), value, false)
    }

    /// A variable that all workers share, processes too. There is no lock about
    /// it: make one.
    pub fn shared<T: Plain>(&self, name: impl Into<String>, value: T) -> Cell<T> {
        self.new_cell(name.into(), value, true)
    }

    fn new_cell<T: Plain>(&self, name: String, value: T, shared: bool) -> Cell<T> {
        let made = self.plan(CellPlan {
            name,
            bits: value.to_bits(),
            shared,
            shown: |bits| T::from_bits(bits).shown(),
        });
        Cell {
            made,
            of: PhantomData,
        }
    }

    fn plan(&self, cell: CellPlan) -> Made {
        let mut blueprint = self.own.blueprint.borrow_mut();
        blueprint.cells.push(cell);
        blueprint.last_of(blueprint.cells.len())
    }

    /// A lock that lets one worker in, and not its holder again.
    pub fn lock(&self, name: impl Into<String>) -> Lock {
        self.new_lock(name.into(), LockKind::Plain)
    }

    /// A lock that its holder may take again.
    pub fn rlock(&self, name: impl Into<String>) -> Lock {
        self.new_lock(name.into(), LockKind::Reentrant)
    }

    /// Lets so many workers in at a time.
    pub fn semaphore(&self, name: impl Into<String>, most: u32) -> Lock {
        self.new_lock(name.into(), LockKind::Semaphore(most))
    }

    /// Something that happens once.
    pub fn event(&self, name: impl Into<String>) -> Signalled {
        let made = self.draw(|blueprint| &mut blueprint.events, name.into());
        Signalled { made }
    }

    /// Something that workers wait for until they are notified.
    pub fn condition(&self, name: impl Into<String>) -> Condition {
        let made = self.draw(|blueprint| &mut blueprint.conditions, name.into());
        Condition { made }
    }

    /// A place where so many workers wait for each other.
    pub fn barrier(&self, name: impl Into<String>, workers: u32) -> Barrier {
        self.new_barrier(name.into(), workers)
    }

    /// A queue that holds so many items at the most; 0 for any number.
    pub fn queue<T: Portable>(&self, name: impl Into<String>, most: usize) -> Queue<T> {
        Queue {
            made: self.new_queue(name.into(), most),
            of: PhantomData,
        }
    }

    /// Writes a name into one of the blueprint's lists.
    fn draw(&self, list: fn(&mut Blueprint) -> &mut Vec<String>, name: String) -> Made {
        let mut blueprint = self.own.blueprint.borrow_mut();
        let list = list(&mut blueprint);
        list.push(name);
        let many = list.len();
        blueprint.last_of(many)
    }

    fn new_barrier(&self, name: String, workers: u32) -> Barrier {
        let mut blueprint = self.own.blueprint.borrow_mut();
        blueprint.barriers.push((name, workers));
        Barrier {
            made: blueprint.last_of(blueprint.barriers.len()),
        }
    }

    fn new_queue(&self, name: String, most: usize) -> Made {
        let mut blueprint = self.own.blueprint.borrow_mut();
        blueprint.queues.push((name, most));
        blueprint.last_of(blueprint.queues.len())
    }

    fn new_lock(&self, name: String, kind: LockKind) -> Lock {
        let mut blueprint = self.own.blueprint.borrow_mut();
        blueprint.locks.push((name, kind));
        Lock {
            made: blueprint.last_of(blueprint.locks.len()),
        }
    }

    /// What a cell holds in this process after the last run; its first value
    /// before any, and where it was made after it.
    pub fn get<T: Plain>(&self, cell: &Cell<T>) -> T {
        T::from_bits(self.bits(cell.made))
    }

    fn bits(&self, cell: Made) -> u64 {
        let cell = self.own.blueprint.borrow().own(cell);
        let last = self.own.last.borrow();
        match last.as_ref().and_then(|shared| shared.cells.get(cell)) {
            Some(held) => held.load(),
            None => self.own.blueprint.borrow().cells[cell].bits,
        }
    }

    /// One task after another.
    ///
    /// # Errors
    /// See [`run`](Self::run).
    pub fn sequential(&self) -> Result<Run, RunError> {
        self.run(Model::Sequential)
    }

    /// A thread for each task.
    ///
    /// # Errors
    /// See [`run`](Self::run).
    pub fn threads(&self) -> Result<Run, RunError> {
        self.run(Model::Threads)
    }

    /// A pool of threads, rayon's, made for this run.
    ///
    /// # Errors
    /// See [`run`](Self::run).
    #[cfg(feature = "pool")]
    pub fn pool(&self) -> Result<Run, RunError> {
        self.run(Model::Pool)
    }

    /// A process for each task, forked unless the settings say otherwise. The
    /// process that calls this must have no other thread.
    ///
    /// # Errors
    /// See [`run`](Self::run).
    pub fn processes(&self) -> Result<Run, RunError> {
        self.run(Model::Processes)
    }

    /// All tasks on one thread, under tokio.
    ///
    /// # Errors
    /// See [`run`](Self::run).
    #[cfg(feature = "async")]
    pub fn tokio(&self) -> Result<Run, RunError> {
        self.run(Model::Async)
    }
}
