//! Many guests, a few places.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

pub(super) const SEMAPHORE: Scenario = Scenario {
    name: "semaphore",
    about: "many guests, of whom only so many are inside at a time",
    section: "Concurrency overview, Semaphore",
    models: &[Model::Threads, Model::Processes, Model::Async],
    crew: Crew::Alike { default: 20 },
    parameters: &[
        Parameter::count("places", "guests inside at a time", 5, 1_000),
        Parameter::seconds("stay", "time that each stays inside", 0.1),
    ],
    claims: &["OV.sync-sem"],
    estimate: |p| {
        let rounds = u64::from(p.workers).div_ceil(p.number("places")) as f64;
        Estimate {
            waits: vec![p.seconds("stay") * rounds],
            ..Estimate::default()
        }
    },
    small: Some(Small {
        workers: 3,
        numbers: &[("places", 2)],
    }),
    wrong: |p, result| match result {
        Value::Int(most) if *most > p.number("places") as i64 => Some(format!(
            "{most} inside, with places for {}",
            p.number("places")
        )),
        _ => None,
    },
    tasks,
    rust: include_str!("semaphore.rs"),
    python: include_str!("semaphore.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (places, stay) = (p.number("places"), p.duration("stay"));
    let door = lab.semaphore("door", places as u32);
    let (inside, most) = (lab.shared("inside", 0u64), lab.shared("most", 0u64));
    for number in 1..=p.workers {
        lab.task(format!("guest {number}"), async move |w| {
            let held = w.lock(&door).await;
            let now = w.update(&inside, |n| n + 1).await + 1;
            w.update(&most, |n: u64| n.max(now)).await;
            w.say(format!("guest {number} comes in"));
            w.sleep(stay).await;
            w.say(format!("guest {number} leaves"));
            w.update(&inside, |n| n - 1).await;
            held.release().await;
        });
    }
    Box::new(move |lab, _, _| {
        let most = lab.get(&most);
        let line = format!("places for {places}, at most {most} inside at once");
        (Value::Int(most as i64), line)
    })
}
