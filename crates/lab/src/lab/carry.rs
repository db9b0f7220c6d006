//! A run of the tasks, measured or simulated.

use super::{Lab, Run};
use crate::gil::real::Gil;
use crate::memory::Arena;
use crate::model::task::Task;
use crate::recorder::Recorder;
use crate::settings::{Alarm, Described, Repeated, RunError, Settings, Start};
use crate::stage::{Interpreter, Pace};
use crate::sync::Shared;
use crate::trace::collect::Collector;
use crate::trace::event::Event;
use crate::trace::{CELL, DEADLOCK, Ending, Header, Kind, Machine, Model, Sample};
use crate::value::Value;
use crate::{clock, machine, model};
use std::borrow::Borrow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

impl<'env> Lab<'env> {
    /// Runs the tasks under a model, as often as [`repeat`](Self::repeat) says:
    /// once, where nothing was said. What they share is as at the beginning each
    /// time. The first run is told of, the others are only counted.
    ///
    /// # Errors
    /// When there is no task, or when the system refuses a thread, a process
    /// or a descriptor; workers that had started are then waited for. A task
    /// that panics is no error of the first run: its [`Ending`] says so.
    pub fn run(&self, model: Model) -> Result<Run, RunError> {
        self.times(model, self.repetitions().unwrap_or(1), true, &mut || ())
    }

    /// Runs the tasks so many times; where they are a cell's, what they say in the
    /// first shows or does not. `after` is called after each.
    pub(super) fn times(
        &self,
        model: Model,
        of: u32,
        says: bool,
        after: &mut dyn FnMut(),
    ) -> Result<Run, RunError> {
        let settings = self.settings();
        let mut run = self.once(model, &settings, says)?;
        after();
        if let Some(worker) = self.fallen(&run).filter(|_| of > 1) {
            // The first is told of where only one model is asked for; of several
            // there would be nothing to compare.
            return if says {
                Ok(run)
            } else {
                Err(self.failed(&run, worker, 1, of))
            };
        }
        for repetition in 2..=of {
            let settings = Settings {
                recorder: Some(Arc::new(Recorder::nowhere())),
                // Each rolls differently, and the same for the same seed.
                seed: settings.seed.wrapping_add(u64::from(repetition - 1)),
                ..settings.clone()
            };
            let again = self.once(model, &settings, false)?;
            after();
            if let Some(worker) = self.fallen(&again) {
                return Err(self.failed(&again, worker, repetition, of));
            }
            run.trace.samples.extend(again.trace.into_inner().samples);
        }
        Ok(run)
    }

    fn failed(&self, run: &Run, worker: usize, repetition: u32, of: u32) -> RunError {
        let repeated = Repeated {
            repetition,
            of,
            worker: self.tasks()[worker].name.to_owned(),
            ending: run.endings[worker].0.clone(),
        };
        RunError::Repetition(repeated.into())
    }

    /// The first task that did not return, where it was waited for and the run came
    /// to an end.
    pub(super) fn fallen(&self, run: &Run) -> Option<usize> {
        if run.deadlock {
            return None;
        }
        let tasks = self.tasks();
        let fell = |(task, (ending, _)): (&Task<'_>, &(Ending, Value))| match ending {
            Ending::Returned => false,
            Ending::Running => !task.daemon,
            _ => true,
        };
        tasks.iter().zip(run.endings.iter()).position(fell)
    }

    fn once(&self, model: Model, settings: &Settings, says: bool) -> Result<Run, RunError> {
        let tasks = self.tasks_to_run()?;
        if self.own.of_cell && model == Model::Processes && settings.start == Start::Fork {
            alone()?;
        }
        let own = Arc::new(self.memory(says));
        let recorder = settings.recorder.clone().unwrap_or_else(|| own.clone());
        let blueprint = self.own.blueprint.borrow();
        let arena =
            match model {
                Model::Processes => Some(blueprint.arena().map_err(|source| {
                    RunError::system("share memory between processes", source)
                })?),
                _ => None,
            };
        let shared = Arc::new(blueprint.build_in(tasks.len(), arena.as_ref()));
        for (worker, task) in (0..).zip(tasks.iter()) {
            recorder.record(Event::Worker {
                worker,
                name: task.name.to_owned(),
            });
        }
        let alarm = settings.on_deadlock.clone();
        let alarm = once(alarm.unwrap_or_else(|| give_up(model, &shared, &recorder)));
        if model == Model::Sequential {
            let Alarm(alarm) = alarm.clone();
            shared.waiting.one_at_a_time(move || alarm());
        }
        let crew = model::Crew {
            tasks: &tasks,
            hands: self.hands(tasks.len()),
            shared: &shared,
            arena: arena.as_ref(),
            recorder: &recorder,
            settings,
            alarm: Some(alarm),
            interpreter: interpreter(settings),
        };
        let header = Header {
            date: self.own.of_cell.then(clock::date).unwrap_or_default(),
            machine: self.own.of_cell.then(machine::here).unwrap_or_default(),
            ..self.header(model, crew.hands as u32, settings)
        };
        let cpu = clock::cpu();
        let began = clock::now();
        recorder.record(Event::Began { at: began });
        self.tell_queues(&recorder);
        let endings = crew.carry_out(model)?;
        // Daemons are not waited for, though they may fall a little later.
        let awaited = tasks.iter().zip(&endings).filter(|(task, _)| !task.daemon);
        let last = match tasks.iter().any(|task| task.daemon) {
            true => awaited.map(|(_, end)| end.at).max().filter(|at| *at > 0),
            false => None,
        };
        let elapsed = last.unwrap_or_else(clock::now).saturating_sub(began);
        let cpu = clock::cpu().saturating_sub(cpu);
        let deadlock = shared.waiting.is_given_up();
        let endings = self.remember(shared.clone(), endings);
        let mut trace = Collector::new(header);
        own.taken().into_iter().for_each(|event| trace.take(event));
        let trace = trace.finish();
        Ok(self.came_to(
            &shared,
            Run {
                elapsed,
                cpu,
                endings: endings.into(),
                deadlock,
                trace: trace.into(),
            },
        ))
    }

    /// The run with what it came to, as a sample of its trace.
    fn came_to(&self, shared: &Shared, mut run: Run) -> Run {
        let result = match run.deadlock {
            true => Value::Text(DEADLOCK.into()),
            false => self.outcome(run.trace.header.model, shared, &run.results()),
        };
        run.trace.elapsed = run.elapsed;
        run.trace.samples = vec![Sample {
            elapsed: run.elapsed,
            cpu: run.cpu,
            result,
        }];
        run
    }

    /// Keeps what happens for the run's own trace.
    fn memory(&self, says: bool) -> Recorder {
        match self.own.of_cell {
            true => Recorder::aloud(says && !self.own.quiet.get()),
            false => Recorder::memory(),
        }
    }

    /// How a run is carried out.
    pub(super) fn settings(&self) -> Settings {
        let settings = self.own.settings.borrow().clone();
        let shares = !self.own.blueprint.borrow().cells.is_empty();
        Settings {
            // Who comes late to a short loop meets nobody.
            together: settings.together || (self.own.of_cell && shares),
            ..settings
        }
    }

    /// Takes part in the run of another process of the same program, as the
    /// worker process that its environment says it is. The tasks have to be the
    /// same, made in the same order. Ends this process.
    ///
    /// # Errors
    /// When this process was not started to be one, or has other tasks.
    pub fn take_part(&self) -> RunError {
        let refused = |source| RunError::system("take part in the run of another process", source);
        let handed = match model::processes::Handed::from_environment() {
            Ok(handed) => handed,
            Err(error) => return refused(error),
        };
        let tasks = self.tasks();
        let arena = match handed.memory().and_then(Arena::attach) {
            Ok(arena) => arena,
            Err(error) => return refused(error),
        };
        let shared = Arc::new(
            self.own
                .blueprint
                .borrow()
                .build_in(tasks.len(), Some(&arena)),
        );
        let settings = self.settings();
        let recorder = match &settings.recorder {
            Some(recorder) => recorder.clone(),
            None => Arc::new(Recorder::memory()),
        };
        let crew = model::Crew {
            tasks: &tasks,
            hands: self.hands(tasks.len()),
            shared: &shared,
            arena: Some(&arena),
            recorder: &recorder,
            settings: &settings,
            alarm: None,
            interpreter: interpreter(&settings),
        };
        model::processes::take_part(&crew, handed)
    }

    /// The tasks, each of whose ends that are waited for is the end of one.
    ///
    /// # Errors
    /// When there is no task, or none of a name that [`Lab::end_of`] was given.
    pub(super) fn tasks_to_run(&self) -> Result<Vec<Task<'env>>, RunError> {
        let tasks = self.tasks();
        if tasks.is_empty() {
            return Err(RunError::NoTasks);
        }
        let names: Vec<&str> = tasks.iter().map(|task| task.name).collect();
        let ends = &self.own.blueprint.borrow().ends;
        match ends.iter().find(|end| !names.contains(&end.as_str())) {
            None => Ok(tasks),
            Some(end) => Err(RunError::system(
                format!("wait for the end of `{end}`"),
                std::io::Error::other(format!(
                    "no task is called that; there are `{}`",
                    names.join("`, `")
                )),
            )),
        }
    }

    /// Says what queues there are, which all begin empty.
    fn tell_queues(&self, recorder: &Recorder) {
        for (name, most) in &self.own.blueprint.borrow().queues {
            recorder.record(Event::Counter {
                name: name.clone(),
                capacity: (*most > 0).then_some(*most as u64),
            });
        }
    }

    /// Runs the tasks once in virtual time, as a machine would carry them out in
    /// threads: [`simulate_as`](Self::simulate_as) with that model.
    ///
    /// ```
    /// # use lab::{Described, Lab, secs};
    /// let lab = Lab::new();
    /// lab.task("kettle", async |w| w.sleep(secs(60.0)).await);
    /// let run = lab.simulate(Described::guide())?;
    /// assert!(run.elapsed >= 60_000_000_000);
    /// # Ok::<(), lab::RunError>(())
    /// ```
    ///
    /// # Errors
    /// As [`simulate_as`](Self::simulate_as).
    pub fn simulate(&self, machine: impl Borrow<Described>) -> Result<Run, RunError> {
        self.simulate_as(Model::Threads, machine)
    }

    /// Runs the tasks once in virtual time, as a machine would carry them out
    /// under a model. Nothing waits and nothing is measured; the same lab gives
    /// the same trace every time.
    ///
    /// # Errors
    /// When there is no task. Workers that wait for one another for ever are
    /// no error: their lanes never end, and [`Run::deadlock`] says so.
    pub fn simulate_as(
        &self,
        model: Model,
        machine: impl Borrow<Described>,
    ) -> Result<Run, RunError> {
        let machine = machine.borrow();
        let settings = self.settings();
        let tasks = self.tasks_to_run()?;
        let own = Arc::new(self.memory(true));
        let recorder = settings.recorder.clone().unwrap_or_else(|| own.clone());
        for (worker, task) in (0..).zip(tasks.iter()) {
            recorder.record(Event::Worker {
                worker,
                name: task.name.to_owned(),
            });
        }
        recorder.record(Event::Began { at: 0 });
        self.tell_queues(&recorder);
        let blueprint = self.own.blueprint.borrow();
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
            settings: &settings,
            alarm: settings.on_deadlock.clone(),
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
        let endings = self.remember(seen.clone(), done.endings);
        let header = Header {
            kind: Kind::Simulated,
            gil: machine.gil.map(|version| version.to_string()),
            python: None,
            pace_ns: Some(machine.pace),
            switch_interval: machine.interval(),
            starts: Some(machine.starts()),
            yield_chance: None,
            date: self.own.of_cell.then(clock::date).unwrap_or_default(),
            // What was simulated, not where.
            machine: Machine {
                cpu: machine.name.clone(),
                cores: f64::from(machine.cores),
                load: 0.0,
                system: "virtual time".into(),
            },
            ..self.header(model, crew.hands as u32, &settings)
        };
        let mut trace = Collector::new(header);
        own.taken().into_iter().for_each(|event| trace.take(event));
        Ok(self.came_to(
            &seen,
            Run {
                elapsed: done.elapsed,
                cpu: done.busy,
                endings: endings.into(),
                deadlock: done.deadlock,
                trace: trace.finish().into(),
            },
        ))
    }

    pub(super) fn header(&self, model: Model, workers: u32, settings: &Settings) -> Header {
        let shares = !self.own.blueprint.borrow().cells.is_empty();
        Header {
            scenario: CELL.into(),
            section: String::new(),
            model,
            kind: Kind::Measured,
            parameters: vec![],
            workers,
            scale: 1.0,
            gil: settings.gil.map(|version| version.to_string()),
            python: None,
            pace_ns: settings.pace,
            pace_of: None,
            switch_interval: (settings.gil)
                .filter(|version| version.ticks().is_none())
                .map(|_| settings.switch_interval),
            starts: None,
            yield_chance: shares.then_some(settings.yield_chance),
            seed: settings.seed,
            date: String::new(),
            machine: Machine::default(),
            threadlab: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

/// The interpreter of a measured run, where one is asked for.
fn interpreter(settings: &Settings) -> Option<Interpreter> {
    let gil = settings.gil.map(|version| {
        let asks = version.ticks().is_none();
        let interval = asks.then_some(settings.switch_interval);
        (Arc::new(Gil::new(interval)), version)
    });
    (gil.is_some() || settings.pace.is_some()).then(|| Interpreter {
        gil,
        pace: settings.pace.map(Pace::new),
    })
}

/// The same alarm, raised by whoever is the first to find a reason.
fn once(Alarm(alarm): Alarm) -> Alarm {
    let raised = AtomicBool::new(false);
    Alarm(Arc::new(move || {
        if !raised.swap(true, SeqCst) {
            alarm();
        }
    }))
}

/// Ends a measured run that cannot end by itself: what was told so far is what
/// there is to be told, and whoever waits falls. Worker processes are ended by
/// the one that attends to them.
fn give_up(model: Model, shared: &Arc<Shared>, recorder: &Arc<Recorder>) -> Alarm {
    // Weak, for what is shared holds the alarm.
    let (shared, recorder) = (Arc::downgrade(shared), recorder.clone());
    Alarm(Arc::new(move || {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        recorder.say(None, clock::now(), DEADLOCK);
        if model == Model::Processes {
            // What they have told and nobody has heard yet is part of the run.
            shared.waiting.give_up();
        } else {
            recorder.stop();
            shared.give_up();
        }
    }))
}

/// How long threads that are about to end are waited for.
const LAST_STEPS: Duration = Duration::from_millis(50);

/// Makes sure that this process has one thread, as far as the system tells.
fn alone() -> Result<(), RunError> {
    let began = Instant::now();
    loop {
        let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
        match threads.saturating_sub(1) {
            0 => return Ok(()),
            others if began.elapsed() > LAST_STEPS => return Err(RunError::Threads { others }),
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}
