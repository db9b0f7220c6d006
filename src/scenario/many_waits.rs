//! Concurrency reference, the approaches: a thousand short waits, and what each
//! unit costs that waits.

use super::quantity::thousands;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Value};

/// Seconds that it takes to start a thread, roughly: for announcements only.
const START: f64 = 5e-5;

pub(super) const MANY_WAITS: Scenario = Scenario {
    name: "many-waits",
    aliases: &["many_waits"],
    about: "a thousand short waits at once, and what it costs to have so many",
    section: "Concurrency reference, Approaches",
    models: &[Model::Threads, Model::Pool, Model::Async],
    crew: Crew::Pool { default: 1_000 },
    parameters: &[
        Parameter::count("waits", "waits", 1_000, 10_000),
        Parameter::seconds("wait", "time of each", 0.1),
    ],
    claims: &["CF.T", "OV.ch3"],
    estimate: |p| Estimate {
        waits: super::dealt(each(p), p.workers),
        computes: vec![START; p.workers as usize],
    },
    wrong: |p, result| super::unless(&Value::Int(p.number("waits") as i64), result),
    tasks,
    rust: include_str!("many_waits.rs"),
    python: include_str!("many_waits.py"),
    ..Scenario::PLAIN
};

/// Seconds of every wait.
fn each(p: &Parameters) -> impl Iterator<Item = f64> {
    std::iter::repeat_n(p.seconds("wait"), p.number("waits") as usize)
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let wait = p.duration("wait");
    lab.workers(p.workers as usize);
    for number in 1..=p.number("waits") {
        lab.task(format!("wait {number}"), async move |w| w.sleep(wait).await);
    }
    let waits = super::dealt(each(p), p.workers);
    let least = waits.into_iter().fold(0.0, f64::max);
    Box::new(move |lab, seconds, _| {
        let waits = lab.completed().len() as u64;
        let line = format!(
            "{} waits after {seconds:.3} s, {:.3} s more than the waits need",
            thousands(waits),
            seconds - least
        );
        (Value::Int(waits as i64), line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn every_wait_that_ended_is_counted() {
        let mut p = MANY_WAITS.defaults().with_workers(7);
        p.set("waits", ParameterValue::Count(20));
        p.set("wait", ParameterValue::Seconds(0.001));
        for model in MANY_WAITS.models {
            assert_eq!(trial::measured(&MANY_WAITS, &p, *model), Value::Int(20));
            assert_eq!(trial::simulated(&MANY_WAITS, &p, *model), Value::Int(20));
        }
    }
}
