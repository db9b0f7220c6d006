//! A fork while another thread holds a lock: the one place here that forks with
//! threads alive, since that is what it shows.

use super::surroundings::must;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use crate::real::units;
use lab::trace::Model;
use lab::{Lab, Value};
use std::time::Duration;

pub(super) const FORK_LOCK: Scenario = Scenario {
    name: "fork-lock",
    aliases: &["fork_lock"],
    about: "a process is forked while a thread holds a lock, which the child then wants",
    section: "Concurrency reference, gotchas",
    models: &[Model::Processes],
    crew: Crew::Roles(&["program"]),
    parameters: &[
        Parameter::choice(
            "lock",
            "a plain lock, or one that is made anew in the child, as Python's logging does it",
            &["plain", "remade"],
        ),
        Parameter::seconds(
            "patience",
            "how long the child may hang before it is ended",
            1.0,
        ),
    ],
    claims: &["CF.g4"],
    estimate: |p| Estimate {
        waits: vec![p.seconds("patience")],
        ..Estimate::default()
    },
    unsimulated: |_| Some("its fork is real, and a described machine has none".into()),
    wrong: |p, result| {
        let expected = if p.word("lock") == "plain" {
            "hangs"
        } else {
            "ends"
        };
        super::unless(&Value::Text(expected.into()), result)
    },
    tasks,
    rust: include_str!("fork_lock.rs"),
    python: include_str!("fork_lock.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let remade = p.word("lock") == "remade";
    let patience = p.duration("patience");
    lab.task("program", async move |w| {
        w.say("holder holds the lock");
        w.say("child wants the lock");
        let fork = || must(units::fork_with_lock_held(remade, patience));
        let hangs = w
            .call_known("wait for the child", fork, Duration::ZERO, || false)
            .await;
        if !hangs {
            w.say("child has the lock");
        }
        if hangs { "hangs" } else { "ends" }
    });
    Box::new(move |_, seconds, results| {
        let result = results.first().cloned().unwrap_or_default();
        let line = match &result {
            Value::Text(how) if how == "hangs" => {
                format!("the child hangs and is ended after {seconds:.2} s")
            }
            _ => format!("the child has ended by itself after {seconds:.2} s"),
        };
        (result, line)
    })
}
