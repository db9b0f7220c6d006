//! One worker takes a lock that it holds.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

pub(super) const REENTRY: Scenario = Scenario {
    name: "reentry",
    about: "one worker takes a lock that it already holds",
    section: "Concurrency overview, RLock",
    models: &[Model::Threads],
    crew: Crew::Roles(&["Ada"]),
    parameters: &[Parameter::choice(
        "kind",
        "which lock it is",
        &["lock", "rlock"],
    )],
    claims: &["OV.sync-rlock"],
    estimate: |_| Estimate {
        waits: vec![0.001],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 1,
        numbers: &[],
    }),
    wrong: |_, result| super::unless(&Value::Int(2), result),
    tasks,
    rust: include_str!("reentry.rs"),
    python: include_str!("reentry.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let lock = if p.word("kind") == "rlock" {
        lab.rlock("the lock")
    } else {
        lab.lock("the lock")
    };
    lab.task("Ada", async move |w| {
        let outer = w.lock(&lock).await;
        w.say("Ada holds the lock");
        w.say("Ada wants it again");
        let inner = w.lock(&lock).await; // a plain lock does not know who asks
        w.say("Ada holds it twice");
        inner.release().await;
        outer.release().await;
        2
    });
    Box::new(|_, seconds, results| {
        let line = format!("Ada has let go twice after {seconds:.2} s");
        (results.first().cloned().unwrap_or_default(), line)
    })
}
