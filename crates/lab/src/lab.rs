//! A lab: tasks and what they share, to be run under any execution model.

use crate::clock;
use crate::explore::schedule::{Program, Scheduled};
use crate::explore::{self, ByHand, Cut, Exploration, ExploreError, Failure, Search, Stepped};
use crate::gil::real::Gil;
use crate::memory::Arena;
use crate::model;
use crate::recorder::Recorder;
use crate::settings::{Described, RunError, Settings};
use crate::stage::{Interpreter, Pace};
use crate::sync::cell::{Cell, Plain};
use crate::sync::lock::{Lock, LockKind};
use crate::sync::queue::Queue;
use crate::sync::signal::{Barrier, Condition, Event as Signalled, TaskEnd};
use crate::sync::{Blueprint, CellPlan, Shared};
use crate::trace::collect::Collector;
use crate::trace::event::Event;
use crate::trace::{Ending, Header, Kind, Machine, Model, Trace};
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
    tasks: RefCell<Vec<Task<'env>>>,
    blueprint: RefCell<Blueprint>,
    settings: Settings,
    /// How many workers carry the tasks out; 0 takes one a task.
    hands: Local<usize>,
    /// What the last run shared, to be read after it.
    last: RefCell<Option<Arc<Shared>>>,
    /// The tasks of the last run in the order of their ends.
    completed: RefCell<Vec<usize>>,
    /// How its tasks ended.
    endings: RefCell<Vec<Ending>>,
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
    pub endings: Vec<(Ending, Value)>,
    /// Whether the run ended because nobody could go on.
    pub deadlock: bool,
    /// The trace, when no recorder was set that sends it elsewhere.
    pub trace: Trace,
}

impl Run {
    /// What the tasks returned, in their order; none for one that did not.
    pub fn results(&self) -> Vec<Value> {
        self.endings
            .iter()
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Whether every task returned.
    pub fn all_returned(&self) -> bool {
        self.endings
            .iter()
            .all(|(ending, _)| *ending == Ending::Returned)
    }
}

impl<'env> Lab<'env> {
    /// A lab without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// A lab whose runs are carried out like this.
    pub fn with(settings: Settings) -> Self {
        Lab {
            settings,
            ..Self::default()
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
    /// over. Under processes its process is then terminated, as a daemonic one
    /// is when its parent ends. Threads cannot be ended from outside: they end
    /// with their process, so it is [`Settings::on_daemons`] that ends the run.
    /// Without it, and under the other models, daemons are waited for too.
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
        let body: &'env dyn Body = Box::leak(Box::new(Typed(body, PhantomData)));
        self.tasks.borrow_mut().push(Task { name, body, daemon });
        self
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
        self.hands.set(workers);
        self
    }

    /// The end of the task of this name, for [`Worker::join`].
    pub fn end_of(&self, task: impl Into<String>) -> TaskEnd {
        let mut blueprint = self.blueprint.borrow_mut();
        blueprint.ends.push(task.into());
        TaskEnd {
            index: blueprint.ends.len() - 1,
        }
    }

    /// The tasks of the last run by their numbers, in the order in which they
    /// ended.
    pub fn completed(&self) -> Vec<usize> {
        self.completed.borrow().clone()
    }

    /// How each task of the last run ended.
    pub fn endings(&self) -> Vec<Ending> {
        self.endings.borrow().clone()
    }

    fn hands(&self, tasks: usize) -> usize {
        match self.hands.get() {
            0 => tasks,
            hands => hands.min(tasks),
        }
    }

    /// Keeps what the last run came to that is asked for later.
    fn remember(&self, shared: Arc<Shared>, endings: Vec<End>) -> Vec<(Ending, Value)> {
        *self.last.borrow_mut() = Some(shared);
        let mut completed: Vec<usize> = (0..endings.len())
            .filter(|id| endings[*id].ending != Ending::Running)
            .collect();
        completed.sort_by_key(|id| endings[*id].at);
        *self.completed.borrow_mut() = completed;
        *self.endings.borrow_mut() = endings.iter().map(|e| e.ending.clone()).collect();
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
        let mut blueprint = self.blueprint.borrow_mut();
        let bits = value.to_bits();
        blueprint.cells.push(CellPlan { name, bits, shared });
        Cell {
            index: blueprint.cells.len() - 1,
            of: PhantomData,
        }
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
        let mut blueprint = self.blueprint.borrow_mut();
        blueprint.events.push(name.into());
        Signalled {
            index: blueprint.events.len() - 1,
        }
    }

    /// Something that workers wait for until they are notified.
    pub fn condition(&self, name: impl Into<String>) -> Condition {
        let mut blueprint = self.blueprint.borrow_mut();
        blueprint.conditions.push(name.into());
        Condition {
            index: blueprint.conditions.len() - 1,
        }
    }

    /// A place where so many workers wait for each other.
    pub fn barrier(&self, name: impl Into<String>, workers: u32) -> Barrier {
        let mut blueprint = self.blueprint.borrow_mut();
        blueprint.barriers.push((name.into(), workers));
        Barrier {
            index: blueprint.barriers.len() - 1,
        }
    }

    /// A queue that holds so many items at the most; 0 for any number.
    pub fn queue<T: Portable>(&self, name: impl Into<String>, most: usize) -> Queue<T> {
        let mut blueprint = self.blueprint.borrow_mut();
        blueprint.queues.push((name.into(), most));
        Queue {
            index: blueprint.queues.len() - 1,
            of: PhantomData,
        }
    }

    fn new_lock(&self, name: String, kind: LockKind) -> Lock {
        let mut blueprint = self.blueprint.borrow_mut();
        blueprint.locks.push((name, kind));
        Lock {
            index: blueprint.locks.len() - 1,
        }
    }

    /// What a cell holds in this process after the last run; its first value
    /// before any.
    pub fn get<T: Plain>(&self, cell: &Cell<T>) -> T {
        match &*self.last.borrow() {
            Some(shared) => shared.cells[cell.index].load(),
            None => T::from_bits(self.blueprint.borrow().cells[cell.index].bits),
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

    /// Runs the tasks once under a model. What they share is as at the
    /// beginning.
    ///
    /// # Errors
    /// When there is no task, or when the system refuses a thread, a process
    /// or a descriptor; workers that had started are then waited for. A task
    /// that panics is no error: its [`Ending`] says so.
    pub fn run(&self, model: Model) -> Result<Run, RunError> {
        let tasks = self.tasks.borrow();
        if tasks.is_empty() {
            return Err(RunError::NoTasks);
        }
        let own = Arc::new(Recorder::memory());
        let recorder = self
            .settings
            .recorder
            .clone()
            .unwrap_or_else(|| own.clone());
        let blueprint = self.blueprint.borrow();
        let arena = match model {
            Model::Processes => Some(blueprint.arena().map_err(|source| RunError::System {
                what: "share memory between processes".into(),
                source,
            })?),
            _ => None,
        };
        let shared = Arc::new(blueprint.build_in(tasks.len(), arena.as_ref()));
        for (worker, task) in (0..).zip(tasks.iter()) {
            recorder.record(Event::Worker {
                worker,
                name: task.name.clone(),
            });
        }
        let crew = model::Crew {
            tasks: &tasks,
            hands: self.hands(tasks.len()),
            shared: &shared,
            arena: arena.as_ref(),
            recorder: &recorder,
            settings: &self.settings,
            alarm: self.settings.on_deadlock.clone(),
            interpreter: self.interpreter(),
        };
        let cpu = clock::cpu();
        let began = clock::now();
        recorder.record(Event::Began { at: began });
        self.tell_queues(&recorder);
        let endings = crew.carry_out(model)?;
        let elapsed = clock::now() - began;
        let cpu = clock::cpu().saturating_sub(cpu);
        let endings = self.remember(shared.clone(), endings);

        let mut trace = Collector::new(self.header(model, crew.hands as u32));
        for event in own.taken() {
            trace.take(event);
        }
        let mut run = Run {
            elapsed,
            cpu,
            endings,
            deadlock: false,
            trace: trace.finish(),
        };
        run.trace.elapsed = elapsed;
        Ok(run)
    }

    /// Takes part in the run of another process of the same program, as the
    /// worker process that its environment says it is. The tasks have to be the
    /// same, made in the same order. Ends this process.
    ///
    /// # Errors
    /// When this process was not started to be one, or has other tasks.
    pub fn take_part(&self) -> RunError {
        let refused = |source| RunError::System {
            what: "take part in the run of another process".into(),
            source,
        };
        let handed = match model::processes::Handed::from_environment() {
            Ok(handed) => handed,
            Err(error) => return refused(error),
        };
        let tasks = self.tasks.borrow();
        let arena = match handed.memory().and_then(Arena::attach) {
            Ok(arena) => arena,
            Err(error) => return refused(error),
        };
        let shared = Arc::new(self.blueprint.borrow().build_in(tasks.len(), Some(&arena)));
        let recorder = match &self.settings.recorder {
            Some(recorder) => recorder.clone(),
            None => Arc::new(Recorder::memory()),
        };
        let crew = model::Crew {
            tasks: &tasks,
            hands: self.hands(tasks.len()),
            shared: &shared,
            arena: Some(&arena),
            recorder: &recorder,
            settings: &self.settings,
            alarm: None,
            interpreter: self.interpreter(),
        };
        model::processes::take_part(&crew, handed)
    }

    /// Says what queues there are, which all begin empty.
    fn tell_queues(&self, recorder: &Recorder) {
        for (name, most) in &self.blueprint.borrow().queues {
            recorder.record(Event::Counter {
                name: name.clone(),
                capacity: (*most > 0).then_some(*most as u64),
            });
        }
    }

    /// The interpreter of a measured run, where one is asked for.
    fn interpreter(&self) -> Option<Interpreter> {
        let Settings {
            gil,
            pace,
            switch_interval,
            ..
        } = self.settings;
        let gil = gil.map(|version| {
            let interval = version.ticks().is_none().then_some(switch_interval);
            (Arc::new(Gil::new(interval)), version)
        });
        (gil.is_some() || pace.is_some()).then(|| Interpreter {
            gil,
            pace: pace.map(Pace::new),
        })
    }

    /// Runs the tasks once in virtual time, as a machine would carry them out
    /// under a model. Nothing waits and nothing is measured; the same lab gives
    /// the same trace every time.
    ///
    /// # Errors
    /// When there is no task. Workers that wait for one another for ever are
    /// no error: their lanes never end, and [`Run::deadlock`] says so.
    pub fn simulate(&self, model: Model, machine: &Described) -> Result<Run, RunError> {
        let tasks = self.tasks.borrow();
        if tasks.is_empty() {
            return Err(RunError::NoTasks);
        }
        let own = Arc::new(Recorder::memory());
        let recorder = self
            .settings
            .recorder
            .clone()
            .unwrap_or_else(|| own.clone());
        for (worker, task) in (0..).zip(tasks.iter()) {
            recorder.record(Event::Worker {
                worker,
                name: task.name.clone(),
            });
        }
        recorder.record(Event::Began { at: 0 });
        self.tell_queues(&recorder);
        let blueprint = self.blueprint.borrow();
        let shared = match model {
            Model::Processes => blueprint.build_bounded(tasks.len()),
            _ => blueprint.build(tasks.len()),
        };
        let shared = Arc::new(shared);
        let crew = model::Crew {
            tasks: &tasks,
            hands: self.hands(tasks.len()),
            shared: &shared,
            arena: None,
            recorder: &recorder,
            settings: &self.settings,
            alarm: self.settings.on_deadlock.clone(),
            interpreter: None,
        };
        let done = model::simulated::run(&crew, model, machine, || {
            Arc::new(blueprint.build_beside(&shared))
        });
        // A process changes its own copy: the parent's is as at the beginning.
        let seen = if model == Model::Processes {
            shared.clone()
        } else {
            done.shared
        };
        let endings = self.remember(seen, done.endings);
        let header = Header {
            kind: Kind::Simulated,
            gil: machine.gil.map(|version| version.to_string()),
            python: None,
            pace_ns: Some(machine.pace),
            switch_interval: machine.interval(),
            starts: Some(machine.starts()),
            yield_chance: None,
            ..self.header(model, crew.hands as u32)
        };
        let mut trace = Collector::new(header);
        for event in own.taken() {
            trace.take(event);
        }
        let (elapsed, cpu) = (done.elapsed, done.busy);
        let mut run = Run {
            elapsed,
            cpu,
            endings,
            deadlock: done.deadlock,
            trace: trace.finish(),
        };
        run.trace.elapsed = elapsed;
        Ok(run)
    }

    /// Goes through schedules of the tasks: the orders in which workers can take
    /// their steps. `judge` is asked about each that came to its end; it reads
    /// what was shared with [`get`](Self::get), and gives what the schedule came
    /// to in words, and what is wrong with it.
    ///
    /// # Errors
    /// When there is no task, or when nothing can be said: the tasks depend on
    /// something outside of the lab, or the schedule to be replayed is one of
    /// another program.
    pub fn explore(
        &self,
        search: &Search,
        judge: &Judge<'_, Self>,
    ) -> Result<Exploration, RunError> {
        let seed = self.settings.seed;
        self.schedules(judge, |program, judge| {
            explore::explore(program, search, seed, judge)
        })
    }

    /// Takes exactly the turns that somebody chose, from the beginning, and says
    /// what could come next. It stops before a turn that cannot be taken.
    /// `judge` is asked as in [`explore`](Self::explore), once nobody can have
    /// another turn.
    ///
    /// ```
    /// # use lab::{Lab, explore::ByHand};
    /// let lab = Lab::new();
    /// let cups = lab.cell("cups", 0u64);
    /// lab.task("maker", async |w| w.store(&cups, 1).await);
    /// let stepped = lab.step(&ByHand::default(), &|_, _| (String::new(), None))?;
    /// assert_eq!(stepped.ready().collect::<Vec<_>>(), [(0, "writes cups")]);
    /// # Ok::<(), lab::RunError>(())
    /// ```
    ///
    /// # Errors
    /// When there is no task.
    pub fn step(&self, by_hand: &ByHand, judge: &Judge<'_, Self>) -> Result<Stepped, RunError> {
        self.schedules(judge, |program, judge| {
            explore::step::step(program, by_hand, judge)
        })
    }

    /// Does something with the tasks as a program that can be scheduled, and with
    /// what says how a schedule of it came out.
    fn schedules<R>(
        &self,
        judge: &Judge<'_, Self>,
        with: impl FnOnce(
            &Program<'_, 'env>,
            &dyn Fn(&Scheduled) -> (String, Option<Failure>),
        ) -> Result<R, ExploreError>,
    ) -> Result<R, RunError> {
        let tasks = self.tasks.borrow();
        if tasks.is_empty() {
            return Err(RunError::NoTasks);
        }
        let blueprint = self.blueprint.borrow();
        let recorder = Arc::new(Recorder::nowhere());
        let shared = || Arc::new(blueprint.build(tasks.len()));
        let crew = model::Crew {
            tasks: &tasks,
            hands: tasks.len(),
            shared: &shared(),
            arena: None,
            recorder: &recorder,
            settings: &self.settings,
            alarm: self.settings.on_deadlock.clone(),
            interpreter: None,
        };
        let header = Header {
            kind: Kind::Simulated,
            yield_chance: None,
            ..self.header(Model::Threads, tasks.len() as u32)
        };
        let program = Program {
            crew: &crew,
            shared: &shared,
            header,
        };
        let verdict = |done: &Scheduled| {
            let panicked = done.endings.iter().find_map(|(ending, _)| match ending {
                Ending::Panicked(message) => Some(message.clone()),
                _ => None,
            });
            if let Some(message) = panicked {
                return ("panic".to_owned(), Some(Failure::Panic(message)));
            }
            if let Some(cut) = done.cut {
                let failure = match cut {
                    Cut::Starved(worker) => {
                        Failure::Starvation(tasks[worker as usize].name.clone())
                    }
                    Cut::Endless => Failure::Endless,
                };
                return (failure.to_string(), Some(failure));
            }
            if done.is_stuck() {
                // Everybody who waits for a lock waits for somebody who waits.
                let failure = if done
                    .blocked
                    .iter()
                    .flatten()
                    .any(|key| *key < blueprint.locks.len())
                {
                    Failure::Deadlock
                } else {
                    Failure::LostWakeUp
                };
                return (failure.to_string(), Some(failure));
            }
            *self.last.borrow_mut() = Some(done.shared.clone());
            let results: Vec<Value> = done
                .endings
                .iter()
                .map(|(_, value)| value.clone())
                .collect();
            let (outcome, wrong) = judge(self, &results);
            (outcome, wrong.map(Failure::Wrong))
        };
        with(&program, &verdict).map_err(RunError::Explore)
    }

    fn header(&self, model: Model, workers: u32) -> Header {
        let shares = !self.blueprint.borrow().cells.is_empty();
        Header {
            scenario: "cell".into(),
            section: String::new(),
            model,
            kind: Kind::Measured,
            parameters: vec![],
            workers,
            scale: 1.0,
            gil: self.settings.gil.map(|version| version.to_string()),
            python: None,
            pace_ns: self.settings.pace,
            pace_of: None,
            switch_interval: (self.settings.gil)
                .filter(|version| version.ticks().is_none())
                .map(|_| self.settings.switch_interval),
            starts: None,
            yield_chance: shares.then_some(self.settings.yield_chance),
            seed: self.settings.seed,
            date: String::new(),
            machine: Machine::default(),
            threadlab: env!("CARGO_PKG_VERSION").into(),
        }
    }
}
