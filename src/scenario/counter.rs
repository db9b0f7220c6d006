//! Masterclass 7: a counter that many workers increment, protected or not.

use super::quantity::thousands;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

/// Seconds that one increment takes, roughly: for announcements only.
const INCREMENT: f64 = 5e-8;

pub(super) const COUNTER: Scenario = Scenario {
    name: "counter",
    about: "many workers increment one counter, protected or not",
    section: "Masterclass 7.1, 7.2",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Alike { default: 10 },
    parameters: &[
        Parameter::count(
            "increments",
            "increments of each worker",
            100_000,
            100_000_000,
        ),
        Parameter::choice(
            "protect",
            "what keeps two workers from writing over each other",
            &["none", "lock", "rlock", "semaphore", "atomic"],
        ),
    ],
    shares: true,
    claims: &[
        "MC7.1", "MC7.1-F", "MC7.2", "MC7.2-F", "AT4a", "AT4b", "CM.race", "CM.race2", "CM.lock",
        "OV.race", "OV.lock", "CF.g1",
    ],
    estimate: |p| Estimate {
        computes: vec![p.number("increments") as f64 * INCREMENT; p.workers as usize],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 2,
        numbers: &[("increments", 1)],
    }),
    wrong: |p, result| {
        super::unless(
            &Value::Int((u64::from(p.workers) * p.number("increments")) as i64),
            result,
        )
    },
    tasks,
    rust: include_str!("counter.rs"),
    python: include_str!("counter.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (workers, increments) = (p.workers, p.number("increments"));
    let total = lab.shared("total", 0u64);
    let lock = match p.word("protect") {
        "lock" => Some(lab.lock("lock")),
        "rlock" => Some(lab.rlock("rlock")),
        "semaphore" => Some(lab.semaphore("semaphore", 1)),
        _ => None,
    };
    let atomic = p.word("protect") == "atomic";
    for number in 1..=workers {
        lab.task(format!("adder {number}"), async move |w| {
            for _ in 0..increments {
                if atomic {
                    w.update(&total, |n| n + 1).await;
                    continue;
                }
                let held = match &lock {
                    Some(lock) => Some(w.lock(lock).await),
                    None => None,
                };
                let seen = w.load(&total).await; // another worker may come in here,
                w.store(&total, seen + 1).await; // and its increment is written over
                drop(held);
            }
        });
    }
    Box::new(move |lab, _, _| {
        let (counted, expected) = (lab.get(&total), u64::from(workers) * increments);
        let line = format!(
            "expected {}, counted {}",
            thousands(expected),
            thousands(counted)
        );
        (Value::Int(counted as i64), line)
    })
}
