//! Masterclass 15.3: for every item a wait, and then some computing.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Value};
use std::hint::black_box;

/// Seconds that one step takes, roughly: for announcements only.
const STEP: f64 = 1.5e-9;

pub(super) const MIXED: Scenario = Scenario {
    name: "mixed",
    about: "a few workers wait for each item, and then compute with it",
    section: "Masterclass 15.3, Table 9",
    models: &Model::ALL,
    crew: Crew::Pool { default: 4 },
    parameters: &[
        Parameter::count("items", "items", 8, 1_000),
        Parameter::seconds("wait", "time until an item is there", 0.1),
        Parameter::steps("n", "how far is counted for each item", 2_000_000),
    ],
    claims: &["MC15.3-T9d"],
    estimate: |p| {
        let items = p.number("items") as usize;
        let each = p.number("n") as f64 * STEP;
        Estimate {
            waits: super::dealt(std::iter::repeat_n(p.seconds("wait"), items), p.workers),
            computes: super::dealt(std::iter::repeat_n(each, items), p.workers),
        }
    },
    wrong: |p, result| {
        let reached = Value::Int(p.number("n") as i64);
        let expected = vec![reached; p.number("items") as usize];
        super::unless(&Value::List(expected), result)
    },
    tasks,
    rust: include_str!("mixed.rs"),
    python: include_str!("mixed.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (items, wait, n) = (p.number("items"), p.duration("wait"), p.number("n"));
    lab.workers(p.workers as usize);
    for number in 1..=items {
        lab.task(format!("item {number}"), async move |w| {
            w.sleep(wait).await;
            w.say(format!("item {number} is there"));
            // black_box keeps the compiler from answering n at once.
            let count = |steps: lab::Steps<'_>| {
                steps.fold(0u64, |reached, step| {
                    black_box(step);
                    black_box(black_box(reached) + 1)
                })
            };
            // A simulated run takes the answer as known.
            let reached = w.compute_known(n, count, || n).await;
            w.say(format!("item {number} is done"));
            reached
        });
    }
    Box::new(move |_, seconds, results| {
        let line = format!("{items} items after {seconds:.2} s");
        (Value::List(results.to_vec()), line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn every_item_is_counted_to_the_end() {
        let mut p = MIXED.defaults().scaled(0.01);
        p.set("n", ParameterValue::Steps(1_234));
        for model in [Model::Threads, Model::Async] {
            let measured = trial::measured(&MIXED, &p, model);
            assert_eq!((MIXED.wrong)(&p, &measured), None, "{model}: {measured}");
            assert_eq!(measured, trial::simulated(&MIXED, &p, model));
        }
        assert!((MIXED.wrong)(&p, &Value::List(vec![Value::Int(1_234); 7])).is_some());
    }
}
