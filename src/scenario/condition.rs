//! Workers that wait until there is a pass for them.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

pub(super) const CONDITION: Scenario = Scenario {
    name: "condition",
    about: "workers wait until there is a pass for them; notified one by one, or all at once",
    section: "Concurrency overview, Condition",
    models: &[Model::Threads],
    crew: Crew::Roles(&["waiter 1", "waiter 2", "waiter 3", "notifier"]),
    parameters: &[
        Parameter::choice("notify", "how many a call lets go on", &["all", "one"]),
        Parameter::seconds("delay", "time before each call", 0.1),
    ],
    claims: &["OV.sync-cond"],
    estimate: |p| Estimate {
        waits: vec![p.seconds("delay") * 3.0],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 4,
        numbers: &[],
    }),
    wrong: |_, result| super::unless(&Value::Int(3), result),
    tasks,
    rust: include_str!("condition.rs"),
    python: include_str!("condition.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (lock, changed) = (lab.lock("lock"), lab.condition("changed"));
    let (passes, gone) = (lab.cell("passes", 0u64), lab.cell("gone on", 0u64));
    let (delay, one) = (p.duration("delay"), p.word("notify") == "one");
    for number in 1..=3 {
        lab.task(format!("waiter {number}"), async move |w| {
            let mut held = w.lock(&lock).await;
            w.say(format!("waiter {number} waits"));
            // Woken is not allowed: somebody else may have taken the pass.
            while w.load(&passes).await == 0 {
                held = w.wait_on(&changed, held).await;
            }
            w.update(&passes, |n| n - 1).await;
            w.say(format!("waiter {number} goes on"));
            w.update(&gone, |n| n + 1).await;
            held.release().await;
        });
    }
    lab.task("notifier", async move |w| {
        for _ in 0..if one { 3 } else { 1 } {
            w.sleep(delay).await;
            let held = w.lock(&lock).await;
            if one {
                w.update(&passes, |n| n + 1).await;
                w.say("notifier lets one go on");
                w.notify_one(&changed).await;
            } else {
                w.update(&passes, |n| n + 3).await;
                w.say("notifier lets all go on");
                w.notify_all(&changed).await;
            }
            held.release().await;
        }
    });
    Box::new(move |lab, seconds, _| {
        let line = format!("all three have gone on after {seconds:.2} s");
        (Value::Int(lab.get(&gone) as i64), line)
    })
}
