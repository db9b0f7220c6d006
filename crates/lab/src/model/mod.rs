//! The execution models: who carries out the tasks.

#[cfg(feature = "async")]
mod asynchronous;
mod gate;
#[cfg(feature = "pool")]
mod pool;
pub(crate) mod processes;
mod sequential;
pub(crate) mod simulated;
pub(crate) mod task;
mod threads;
mod watch;

use crate::memory::Arena;
use crate::recorder::Recorder;
use crate::settings::{Alarm, RunError, Settings};
use crate::stage::seat::Seat;
use crate::stage::{Interpreter, Stage, Waits};
use crate::sync::Shared;
use crate::trace::{Ending, Model};
use crate::worker::{Dice, Worker};
use std::rc::Rc;
use std::sync::Arc;
use task::{End, Task};

/// How each task ended, in the order of the tasks.
pub(crate) type Endings = Vec<End>;

/// All that a model needs to carry the tasks out.
#[derive(Clone)]
pub(crate) struct Crew<'run, 'env> {
    pub(crate) tasks: &'run [Task<'env>],
    /// How many workers carry them out: as many as there are tasks, or fewer,
    /// which then take one task after another.
    pub(crate) hands: usize,
    pub(crate) shared: &'run Arc<Shared>,
    /// The memory that the processes of the run share, where there are such.
    pub(crate) arena: Option<&'run Arc<Arena>>,
    pub(crate) recorder: &'run Arc<Recorder>,
    pub(crate) settings: &'run Settings,
    /// What a worker does that finds itself in a deadlock.
    pub(crate) alarm: Option<Alarm>,
    /// The interpreter of the calling process, where one is asked for.
    pub(crate) interpreter: Option<Interpreter>,
}

impl Crew<'_, '_> {
    pub(crate) fn carry_out(&self, model: Model) -> Result<Endings, RunError> {
        match model {
            Model::Sequential => Ok(sequential::run(self)),
            Model::Threads => threads::run(self),
            Model::Processes => processes::run(self),
            #[cfg(feature = "pool")]
            Model::Pool => pool::run(self),
            #[cfg(feature = "async")]
            Model::Async => asynchronous::run(self),
            #[cfg(not(all(feature = "pool", feature = "async")))]
            other => Err(RunError::system(
                format!("run under {other}"),
                std::io::Error::new(
                    std::io::ErrorKind::Unsupported,
                    format!("this copy of the library was built without it"),
                ),
            )),
        }
    }

    /// Whether nobody is left but daemons, and one of them is.
    fn only_daemons(&self) -> bool {
        let mut daemon = false;
        self.tasks.iter().enumerate().all(|(id, task)| {
            let over = self.shared.waiting.is_over(id);
            daemon |= task.daemon && !over;
            task.daemon || over
        }) && daemon
    }

    /// Ends what threads of this process are left where these are only daemons.
    fn let_daemons_go(&self) {
        if !self.only_daemons() {
            return;
        }
        match &self.settings.on_daemons {
            Some(Alarm(end)) => end(),
            None if self.shared.waiting.is_let_go() => {}
            None => {
                // What they have done so far is what there is to be told of them.
                self.recorder.stop();
                self.shared.let_go();
            }
        }
    }

    /// How a daemon ends whose process was terminated: by the signal where the end
    /// of a whole program is shown, else never, as one in a thread.
    fn dismissed(&self) -> Option<Ending> {
        let shown = self.settings.on_daemons.is_some();
        shown.then_some(Ending::Killed(libc::SIGTERM))
    }

    /// The worker of a task in real time, telling what it does to `recorder`.
    fn worker(&self, id: usize, waits: Waits, recorder: &Arc<Recorder>) -> Worker {
        let (gil, pace) = match &self.interpreter {
            Some(Interpreter { gil, pace }) => (gil.as_ref(), *pace),
            None => (None, None),
        };
        let seat = gil.map(|(gil, version)| {
            Rc::new(Seat::new(
                gil.clone(),
                *version,
                id as u32,
                recorder.clone(),
            ))
        });
        let stage = Stage::Wall {
            waits,
            seat,
            pace,
            tells: Some((self.shared.waiting.clone(), id as u32)),
        };
        self.worker_on(id, stage, self.shared, recorder)
    }

    /// The worker of a task on a stage.
    pub(crate) fn worker_on(
        &self,
        id: usize,
        stage: Stage,
        shared: &Arc<Shared>,
        recorder: &Arc<Recorder>,
    ) -> Worker {
        let id = id as u32;
        let dice = Dice::new(self.settings.yield_chance, self.settings.seed, id);
        Worker::new(
            id,
            stage,
            shared.clone(),
            recorder.clone(),
            dice,
            self.alarm.clone(),
        )
    }
}
