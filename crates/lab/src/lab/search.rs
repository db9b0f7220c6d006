//! Schedules of the tasks: searched, or taken turn by turn.

use super::{Judge, Lab};
use crate::apart::Apart;
use crate::clock;
use crate::explore::schedule::{Program, Scheduled};
use crate::explore::{
    self, ByHand, Cut, Exploration, ExploreError, Failure, Search, Stepped, Verdict, replay,
};
use crate::model;
use crate::model::task::Task;
use crate::recorder::Recorder;
use crate::settings::RunError;
use crate::trace::lost::lost;
use crate::trace::{Ending, Header, Kind, Machine, Model, Op};
use crate::value::Value;
use std::sync::Arc;

/// What [`Lab::explore`] found.
#[derive(Clone, Debug)]
pub struct Explored {
    /// All of it.
    pub found: Apart<Exploration>,
    /// The verdict in a sentence.
    pub caption: String,
    /// The shortest failing schedule, for [`Lab::replay`].
    pub replay: Option<String>,
}

/// A task that panics is what exploring finds, and its verdict tells of it.
#[cfg(feature = "cell")]
use ::cell::quietly;

#[cfg(not(feature = "cell"))]
fn quietly<R>(explore: impl FnOnce() -> R) -> R {
    explore()
}

impl<'env> Lab<'env> {
    /// Goes through schedules of the tasks: the orders in which workers can take
    /// their steps, all of them where there are not too many. What is wrong with a
    /// schedule: a panic, a deadlock, a lost wake-up, a worker that starves, and a
    /// lost update, which is a write over another that the writer had not seen.
    /// What the schedules come to is listed: what the lab's cells hold, and what the
    /// tasks returned.
    ///
    /// ```
    /// # use lab::{Lab, explore::Verdict};
    /// let lab = Lab::new();
    /// let cups = lab.cell("cups", 0u64);
    /// for maker in ["Asha", "Ravi"] {
    ///     lab.task(maker, async |w| {
    ///         let seen = w.load(&cups).await;
    ///         w.store(&cups, seen + 1).await;
    ///     });
    /// }
    /// let explored = lab.explore()?;
    /// assert!(matches!(explored.found.verdict, Verdict::Fails(_)));
    /// assert_eq!((explored.found.schedules, explored.found.failing), (6, 4));
    /// # Ok::<(), lab::RunError>(())
    /// ```
    ///
    /// # Errors
    /// As [`explore_with`](Self::explore_with), and when the schedule that
    /// [`replay`](Self::replay) asked for is none of these tasks.
    pub fn explore(&self) -> Result<Explored, RunError> {
        let program = self.number();
        // Once: a lab that is kept is to be explored again.
        let replay = self.own.replay.take();
        let replayed = replay.map(|text| replay::read(program, &text));
        let search = match replayed.transpose() {
            Ok(Some(turns)) => Search::Replay(turns),
            Ok(None) => self.own.search.borrow().clone().unwrap_or(Search::Auto),
            Err(error) => {
                let why = error.to_string();
                return Err(RunError::Explore(ExploreError::Unreadable(why)));
            }
        };
        let seed = self.own.settings.borrow().seed;
        let outcome = |lab: &Self, results: &[Value]| {
            let last = lab.own.last.borrow();
            let outcome = last
                .as_ref()
                .map(|shared| lab.outcome(Model::Threads, shared, results));
            (outcome.unwrap_or_default().to_string(), None)
        };
        let mut found = self.schedules(true, &outcome, |program, judge| {
            explore::explore(program, &search, seed, judge)
        })?;
        found.trace.header.date = self.own.of_cell.then(clock::date).unwrap_or_default();
        let replay = found.shortest.as_ref();
        Ok(Explored {
            caption: caption(&found, self.tasks().len(), seed),
            replay: replay.map(|turns| replay::write(program, turns)),
            found: found.into(),
        })
    }

    /// Goes through schedules of the tasks in a way of one's own. `judge` is asked
    /// about each that came to its end; it reads what was shared with
    /// [`get`](Self::get), and gives what the schedule came to in words, and what
    /// is wrong with it.
    ///
    /// # Errors
    /// When there is no task, or when nothing can be said: the tasks depend on
    /// something outside of the lab, or the schedule to be replayed is one of
    /// another program.
    pub fn explore_with(
        &self,
        search: &Search,
        judge: &Judge<'_, Self>,
    ) -> Result<Exploration, RunError> {
        let seed = self.own.settings.borrow().seed;
        self.schedules(false, judge, |program, judge| {
            explore::explore(program, search, seed, judge)
        })
    }

    /// A number of these tasks and of what they share (FNV-1a): a schedule is one
    /// of a program.
    fn number(&self) -> u32 {
        let blueprint = self.own.blueprint.borrow();
        let tasks = self.tasks();
        let names = tasks.iter().map(|task| task.name);
        let names = names.chain(blueprint.cells.iter().map(|cell| cell.name.as_str()));
        let names = names.chain(blueprint.locks.iter().map(|(name, _)| name.as_str()));
        let text = names.fold(env!("CARGO_PKG_VERSION").to_owned(), |text, name| {
            text + "\n" + name
        });
        text.bytes().fold(0x811C_9DC5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    }

    /// Takes exactly the turns that somebody chose, from the beginning, and says
    /// what could come next. It stops before a turn that cannot be taken.
    /// `judge` is asked as in [`explore_with`](Self::explore_with), once nobody can have
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
        self.schedules(false, judge, |program, judge| {
            explore::step::step(program, by_hand, judge)
        })
    }

    /// Does something with the tasks as a program that can be scheduled, and with
    /// what says how a schedule of it came out.
    fn schedules<R>(
        &self,
        watched: bool,
        judge: &Judge<'_, Self>,
        with: impl FnOnce(
            &Program<'_, 'env>,
            &dyn Fn(&Scheduled) -> (String, Option<Failure>),
        ) -> Result<R, ExploreError>,
    ) -> Result<R, RunError> {
        let tasks = self.tasks_to_run()?;
        let blueprint = self.own.blueprint.borrow();
        let recorder = Arc::new(Recorder::nowhere());
        let shared = || Arc::new(blueprint.build(tasks.len()));
        let settings = self.settings();
        let crew = model::Crew {
            tasks: &tasks,
            hands: tasks.len(),
            shared: &shared(),
            arena: None,
            recorder: &recorder,
            settings: &settings,
            alarm: settings.on_deadlock.clone(),
            interpreter: None,
        };
        let header = Header {
            kind: Kind::Simulated,
            yield_chance: None,
            pace_ns: None,
            machine: Machine {
                cpu: "a step counts as 1 ns".into(),
                ..Machine::default()
            },
            ..self.header(Model::Threads, tasks.len() as u32, &settings)
        };
        let program = Program {
            crew: &crew,
            shared: &shared,
            header,
            watched,
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
                        Failure::Starvation(tasks[worker as usize].name.to_owned())
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
            *self.own.last.borrow_mut() = Some(done.shared.clone());
            let results: Vec<Value> = done
                .endings
                .iter()
                .map(|(_, value)| value.clone())
                .collect();
            let (outcome, wrong) = judge(self, &results);
            let wrong = wrong.map(Failure::Wrong);
            let lost = || done.board.look(|ops| lost_update(ops, &tasks));
            (outcome, wrong.or_else(|| lost().filter(|_| watched)))
        };
        quietly(|| with(&program, &verdict)).map_err(RunError::Explore)
    }
}

/// The first write of a schedule that was lost, in words.
fn lost_update(ops: &[Op], tasks: &[Task<'_>]) -> Option<Failure> {
    let lost = lost(ops).into_iter().next()?;
    let name = |op: &Op| tasks[op.worker as usize].name;
    let (erased, by) = (&ops[lost.erased], &ops[lost.by]);
    Some(Failure::LostUpdate(format!(
        "what {} wrote into {} is erased by {}, which had not seen it",
        name(erased),
        erased.object,
        name(by)
    )))
}

/// What schedules come to, and how many of them, the most first.
fn depends(found: &Exploration) -> String {
    if found.outcomes.len() < 2 {
        return String::new();
    }
    let mut outcomes: Vec<(&str, u64)> = (found.outcomes.iter())
        .map(|(what, times)| (what.as_str(), *times))
        .collect();
    outcomes.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let told = outcomes.iter().take(OUTCOMES);
    let mut told: Vec<String> = told
        .map(|(what, times)| format!("{what} in {}", grouped(*times)))
        .collect();
    if let Some(more) = outcomes
        .len()
        .checked_sub(OUTCOMES)
        .filter(|more| *more > 0)
    {
        told.push(format!("{more} more"));
    }
    format!(
        " But what they come to depends on the schedule: {}. An assert! in a task says what \
         must hold.",
        told.join(", ")
    )
}

/// Outcomes that are told of in words.
const OUTCOMES: usize = 4;

/// The verdict in a sentence, and where nothing is wrong whether results differ.
fn caption(found: &Exploration, tasks: usize, seed: u64) -> String {
    let tasks = match tasks {
        1 => "1 task".to_owned(),
        many => format!("{many} tasks"),
    };
    let tried = grouped(found.schedules);
    match &found.verdict {
        Verdict::Fails(failure) => format!(
            "{tasks}: {} of {tried} schedules fail. The shortest: {failure}.",
            grouped(found.failing)
        ),
        Verdict::Holds => {
            format!(
                "{tasks}: nothing is wrong in any schedule, of which there are {tried}.{}",
                depends(found)
            )
        }
        Verdict::NoFailure => format!(
            "{tasks}: nothing wrong in {tried} schedules ({}, seed {seed}); there are more.{}",
            found.policy,
            depends(found)
        ),
    }
}

/// A number with commas: `1,000,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
