//! An event that several workers wait for.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

pub(super) const SIGNAL: Scenario = Scenario {
    name: "signal",
    about: "workers wait for an event, and one call lets them all go on",
    section: "Concurrency overview, Event",
    models: &[Model::Threads, Model::Processes, Model::Async],
    crew: Crew::Roles(&["waiter 1", "waiter 2", "waiter 3", "starter"]),
    parameters: &[Parameter::seconds("delay", "time before the signal", 0.5)],
    claims: &["CF.sync", "OV.sync-event"],
    estimate: |p| Estimate {
        waits: vec![p.seconds("delay")],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 4,
        numbers: &[],
    }),
    wrong: |_, result| super::unless(&Value::Int(3), result),
    tasks,
    rust: include_str!("signal.rs"),
    python: include_str!("signal_event.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (ready, delay) = (lab.event("signal"), p.duration("delay"));
    let gone = lab.shared("gone on", 0u64);
    for number in 1..=3 {
        lab.task(format!("waiter {number}"), async move |w| {
            w.say(format!("waiter {number} waits"));
            w.wait(&ready).await;
            w.say(format!("waiter {number} goes on"));
            w.update(&gone, |n| n + 1).await;
        });
    }
    lab.task("starter", async move |w| {
        w.sleep(delay).await;
        w.say("starter gives the signal");
        w.set(&ready).await;
    });
    Box::new(move |lab, seconds, _| {
        let line = format!("all three have gone on after {seconds:.2} s");
        (Value::Int(lab.get(&gone) as i64), line)
    })
}
