//! The decision: questions, each with the fact that answers it, and what they
//! lead to.

use super::super::record::Missing;
use super::profile::Profile;
use crate::figure::{Decision, End, Fork, Node, bytes, duration};
use lab::trace::Model;

/// From this share of waiting on, overlapping waits gains more than cores do.
const HALF: f64 = 0.5;
/// From so many waits at once on, what each worker costs by itself counts.
const MANY: usize = 100;
/// A task that computes for less costs more to hand out than it saves: a
/// process takes CPython 2 to 39 ms to start.
const SHORT: f64 = 0.01;
/// More bytes than this for each second of computing are copied for longer than
/// a hand-over should last.
const MUCH: f64 = 1e6;

/// The way of a workload through the questions, where an interpreter lock lets
/// one thread compute at a time or does not.
pub(super) fn decide(name: &str, profile: &Profile, lock: bool) -> Decision {
    let waits = profile.share() >= HALF;
    let root = fork(
        true,
        "Does it wait for at least half of its time?",
        waits,
        format!(
            "waits {:.0} %, computes {:.0} %: {} and {}",
            profile.share() * 100.0,
            (1.0 - profile.share()) * 100.0,
            duration(profile.waits),
            duration(profile.computes),
        ),
        |on| waiting(on, profile),
        |on| computing(on, profile, lock),
    );
    Decision {
        title: format!("{name}: which model to take"),
        says: vec![
            "The guide's own tree comes to asyncio only with a task that neither waits nor computes; here the question stands where tasks wait.".into(),
        ],
        root,
    }
}

fn waiting(on: bool, profile: &Profile) -> Node {
    fork(
        on,
        "Are a hundred waits or more open at once?",
        profile.waiting >= MANY,
        format!("{} workers wait", profile.waiting),
        |_| {
            Node::end(
                "async",
                "one thread keeps all of them open, and each costs next to nothing",
            )
        },
        |_| {
            Node::end(
                "threads",
                "while one waits the others go on; a process each would gain nothing",
            )
        },
    )
}

fn computing(on: bool, profile: &Profile, lock: bool) -> Node {
    fork(
        on,
        "Does a task compute for 10 ms or longer?",
        profile.task() >= SHORT,
        format!("{} a task", duration(profile.task())),
        |on| {
            fork(
                on,
                "Does an interpreter lock let one thread compute at a time?",
                lock,
                if lock {
                    "it does (--gil)"
                } else {
                    "Rust has none"
                }
                .into(),
                |on| crossing(on, profile),
                |_| Node::end("pool", "a thread for each core, and memory is shared"),
            )
        },
        |_| Node::end("sequential", "to hand it out would cost more than it saves"),
    )
}

fn crossing(on: bool, profile: &Profile) -> Node {
    fork(
        on,
        "Does more than 1 MB cross for each second of computing?",
        profile.bytes_a_second() > MUCH,
        format!("{} cross", bytes(profile.bytes as f64)),
        |_| {
            Node::end(
                "processes with shared memory",
                "each has a lock of its own, and nothing is copied",
            )
        },
        |_| {
            Node::end(
                "processes",
                "each has a lock of its own, and little has to be handed over",
            )
        },
    )
}

/// A question; its fact and its answer stand there only where the workload
/// comes by.
fn fork(
    on: bool,
    asks: &str,
    answer: bool,
    fact: String,
    yes: impl FnOnce(bool) -> Node,
    no: impl FnOnce(bool) -> Node,
) -> Node {
    Node::Fork(Box::new(Fork {
        asks: asks.into(),
        fact: if on { fact } else { String::new() },
        takes: on.then_some(answer),
        yes: yes(on && answer),
        no: no(on && !answer),
    }))
}

/// An answer whose model was tried in vain says so, instead of what speaks for it.
pub(super) fn except(decision: &mut Decision, missing: &[Missing]) {
    let Some(end) = decision.end_mut() else {
        return;
    };
    let Some(model) = model(end) else { return };
    if let Some(missing) = missing.iter().find(|m| m.label == model.name()) {
        *end = End {
            take: format!("{model} once this is mended"),
            why: missing.why.clone(),
        };
    }
}

/// The model that an answer means.
pub(super) fn model(end: &End) -> Option<Model> {
    let first = end.take.split(' ').next()?;
    Model::ALL.into_iter().find(|model| model.name() == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(profile: Profile, lock: bool) -> String {
        decide("x", &profile, lock).end().unwrap().take.clone()
    }

    fn work(waits: f64, computes: f64) -> Profile {
        Profile {
            waits,
            computes,
            elapsed: waits + computes,
            workers: 2,
            tasks: 2,
            waiting: 2,
            bytes: 16,
            scale: 1.0,
        }
    }

    #[test]
    fn every_answer_is_come_to_by_some_workload() {
        let many = Profile {
            waiting: 1_000,
            ..work(100.0, 0.1)
        };
        let heavy = Profile {
            bytes: 1_000_000_000,
            ..work(0.0, 2.0)
        };
        assert_eq!(take(work(5.0, 0.1), false), "threads");
        assert_eq!(take(work(5.0, 0.1), true), "threads");
        assert_eq!(take(many, true), "async");
        assert_eq!(take(work(0.0, 2.0), false), "pool");
        assert_eq!(take(work(0.0, 2.0), true), "processes");
        assert_eq!(take(heavy, true), "processes with shared memory");
        assert_eq!(take(work(0.0, 0.001), true), "sequential");
    }

    #[test]
    fn a_model_that_was_tried_in_vain_is_not_recommended_as_it_is() {
        let why = "its tasks wait for one another, and nobody can go on";
        let missing = |label: &str| Missing {
            label: label.into(),
            why: why.into(),
        };
        let mut decision = decide("x", &work(5.0, 0.1), false);
        except(&mut decision, &[missing("pool")]);
        assert_eq!(decision.end().unwrap().take, "threads");
        except(&mut decision, &[missing("pool"), missing("threads")]);
        let end = decision.end().unwrap();
        assert_eq!(
            (end.take.as_str(), end.why.as_str()),
            ("threads once this is mended", why)
        );
        assert_eq!(model(end), Some(Model::Threads));
    }

    #[test]
    fn every_answer_is_a_model() {
        fn ends(node: &Node, all: &mut Vec<End>) {
            match node {
                Node::Fork(fork) => {
                    ends(&fork.yes, all);
                    ends(&fork.no, all);
                }
                Node::End(end) => all.push(end.clone()),
            }
        }
        let mut all = vec![];
        ends(&decide("x", &work(1.0, 1.0), false).root, &mut all);
        assert_eq!(all.len(), 6);
        assert!(all.iter().all(|end| model(end).is_some()), "{all:?}");
    }

    #[test]
    fn facts_stand_only_at_the_forks_that_the_workload_comes_by() {
        let decision = decide("x", &work(5.0, 0.1), false);
        assert_eq!(decision.path().len(), 2);
        let Node::Fork(root) = &decision.root else {
            panic!("the root is a question");
        };
        let Node::Fork(other) = &root.no else {
            panic!("the other way has a question too");
        };
        assert!(other.fact.is_empty() && other.takes.is_none());
    }
}
