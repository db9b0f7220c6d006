//! A schedule by hand: exactly the turns that somebody chose, and what could
//! come next.

use super::policy::Given;
use super::schedule::{Program, Scheduled};
use super::{ExploreError, Failure, words};
use crate::trace::{Action, Ending, Trace};

/// Turns that somebody chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ByHand {
    /// The workers in the order of their turns.
    pub turns: Vec<u32>,
    /// Past these the worker of the lowest number has its turn, until there
    /// have been so many in all. Not more than `turns` has: nobody goes on.
    pub most: usize,
}

impl ByHand {
    /// These turns and no other.
    pub fn exactly(turns: Vec<u32>) -> Self {
        let most = turns.len();
        ByHand { turns, most }
    }
}

/// Where turns have led to.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stepped {
    /// Whose turn it was and what it did, in words: `reads total: 0`. Fewer than
    /// were chosen where the next of them could not be taken.
    pub turns: Vec<(u32, String)>,
    /// Where each worker stands.
    pub workers: Vec<Standing>,
    /// What it came to, in words, once nobody can have another turn.
    pub outcome: Option<String>,
    /// What is wrong with that.
    pub failure: Option<Failure>,
    /// The turns with every operation. A step counts as a nanosecond.
    pub trace: Trace,
}

/// Where a worker stands between two turns, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Standing {
    /// It can have the next turn; what it is about to do: `writes total`.
    Ready(String),
    /// It cannot go on: `waits for lock, which adder 1 holds`.
    Blocked(String),
    /// It has ended: `has returned`.
    Ended(String),
}

impl Stepped {
    /// Who can have the next turn, and what each is about to do.
    pub fn ready(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..)
            .zip(&self.workers)
            .filter_map(|(worker, standing)| match standing {
                Standing::Ready(what) => Some((worker, what.as_str())),
                Standing::Blocked(_) | Standing::Ended(_) => None,
            })
    }
}

/// Takes the turns. `judge` is asked once nobody can have another.
pub(crate) fn step(
    program: &Program<'_, '_>,
    by_hand: &ByHand,
    judge: &dyn Fn(&Scheduled) -> (String, Option<Failure>),
) -> Result<Stepped, ExploreError> {
    let mut given = Given {
        turns: &by_hand.turns,
        most: by_hand.most,
    };
    let (mut scheduled, trace) = program.show(&mut given)?;
    let mut turns = Vec::with_capacity(scheduled.turns.len());
    let told = std::mem::take(&mut scheduled.told);
    for ((step, worker), mut told) in (1..).zip(&scheduled.turns).zip(told) {
        let mut ops = trace.ops.iter().filter(|op| op.at == step);
        if let Some(
            Action::Load(value)
            | Action::Store(value)
            | Action::Update(value)
            | Action::Put(value)
            | Action::Get(value),
        ) = ops.next().map(|op| &op.action)
        {
            told += &format!(": {value}");
        }
        turns.push((*worker, told));
    }
    let names: Vec<&str> = program.crew.tasks.iter().map(|task| task.name).collect();
    let workers: Vec<Standing> = (0..names.len())
        .map(|id| standing(&scheduled, id, &names))
        .collect();
    let mut stepped = Stepped {
        turns,
        workers,
        outcome: None,
        failure: None,
        trace,
    };
    if stepped.ready().next().is_none() {
        let (outcome, failure) = judge(&scheduled);
        let failure = failure.map(|failure| failure.seen_in(&stepped.trace));
        (stepped.outcome, stepped.failure) = (Some(outcome), failure);
    }
    Ok(stepped)
}

fn standing(scheduled: &Scheduled, id: usize, names: &[&str]) -> Standing {
    let Scheduled { board, shared, .. } = scheduled;
    if scheduled.is_ready(id) {
        return Standing::Ready(words::about_to(board, shared, id as u32));
    }
    match (scheduled.blocked[id], &scheduled.endings[id].0) {
        (Some(key), _) => Standing::Blocked(words::waits_for(key, shared, id as u32, names)),
        (None, Ending::Panicked(message)) => Standing::Ended(format!("panicked: {message}")),
        (None, Ending::Running) => Standing::Ended("is not waited for".into()),
        (None, _) => Standing::Ended("has returned".into()),
    }
}
