//! Concurrency reference, early termination: the first to find a divisor stops
//! the others.

use super::quantity::thousands;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Portable};
use std::hint::black_box;
use std::ops::Range;

/// Seconds that one candidate takes, roughly: for announcements only.
const STEP: f64 = 2e-9;
/// Two primes, of which the second worker finds the first.
const NUMBER: u64 = 320_009 * 3_000_017;
/// Candidates between two looks at the event.
const LOOK: u64 = 100;

pub(super) const DIVISOR: Scenario = Scenario {
    name: "divisor",
    about: "workers search for a divisor, each in a range; the first to find one stops the others",
    section: "Concurrency reference, Early Termination",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Alike { default: 2 },
    parameters: &[
        Parameter::count("number", "what to find a divisor of", NUMBER, 1 << 53),
        Parameter::count("n", "candidates of each worker", 300_000, 100_000_000),
    ],
    shares: true,
    claims: &["CF.early", "CF.sync"],
    estimate: |p| Estimate {
        computes: vec![p.number("n") as f64 * STEP; p.workers as usize],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 2,
        // The first worker has 2, the second 3 to 5.
        numbers: &[("n", 3), ("number", 35)],
    }),
    wrong: |p, result| {
        let divides = |candidate: &u64| p.number("number").is_multiple_of(*candidate);
        let all = range(p, 1).start..range(p, p.workers).end;
        let right = match Option::<u64>::from_value(result.clone()).flatten() {
            Some(found) => all.contains(&found) && divides(&found),
            None => !all.clone().any(|candidate| divides(&candidate)),
        };
        (!right).then(|| format!("{result} of {} to {}", all.start, all.end - 1))
    },
    tasks,
    rust: include_str!("divisor.rs"),
    python: include_str!("divisor.py"),
    ..Scenario::PLAIN
};

/// The candidates of a worker.
fn range(p: &Parameters, worker: u32) -> Range<u64> {
    let edge = |worker: u32| (u64::from(worker) * p.number("n")).max(2);
    edge(worker - 1)..edge(worker)
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let number = p.number("number");
    let found = lab.event("found");
    for worker in 1..=p.workers {
        let candidates = range(p, worker);
        lab.task(format!("searcher {worker}"), async move |w| {
            let mut next = candidates.start;
            while next < candidates.end {
                if w.is_set(&found).await {
                    let tried = thousands(next - candidates.start);
                    w.say(format!("searcher {worker} stops after {tried} candidates"));
                    return None;
                }
                let some = LOOK.min(candidates.end - next);
                let search = |steps: lab::Steps<'_>| {
                    let mut candidates = steps.map(|step| next + step);
                    candidates.find(|candidate| black_box(number).is_multiple_of(*candidate))
                };
                if let Some(divisor) = w.compute(some, search).await {
                    w.set(&found).await;
                    w.say(format!("searcher {worker} finds {}", thousands(divisor)));
                    return Some(divisor);
                }
                next += some;
            }
            w.say(format!("searcher {worker} finds none"));
            None
        });
    }
    Box::new(|_, seconds, results| {
        let mut found = results.iter().cloned().filter_map(u64::from_value);
        let divisor = found.next();
        let end = match divisor {
            Some(_) => "a divisor is found",
            None => "there is no divisor among these",
        };
        (divisor.into_value(), format!("{end} after {seconds:.3} s"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;
    use lab::Value;

    fn found(number: u64, n: u64, workers: u32) -> Value {
        let mut p = DIVISOR.defaults().with_workers(workers);
        p.set("number", ParameterValue::Count(number));
        p.set("n", ParameterValue::Count(n));
        let measured = trial::measured(&DIVISOR, &p, Model::Threads);
        let simulated = trial::simulated(&DIVISOR, &p, Model::Processes);
        for result in [&measured, &simulated] {
            assert_eq!((DIVISOR.wrong)(&p, result), None, "{result}");
        }
        assert_eq!(measured, simulated);
        measured
    }

    #[test]
    fn the_only_divisor_in_the_ranges_is_found_or_none_is() {
        assert_eq!(found(NUMBER, 300_000, 2), Value::Int(320_009));
        assert_eq!(found(1_001 * 1_009, 1_005, 1), Value::Int(7));
        assert_eq!(found(1_009, 300, 3), Value::None);
        assert_eq!(found(1_009 * 1_013, 337, 3), Value::Int(1_009));
    }

    #[test]
    fn what_does_not_divide_or_was_overlooked_is_wrong() {
        let p = DIVISOR.defaults();
        let wrong = |result: Value| (DIVISOR.wrong)(&p, &result).is_some();
        assert!(wrong(Value::None) && wrong(Value::Int(7)) && wrong(Value::Int(3_000_017)));
        assert!(!wrong(Value::Int(320_009)));
    }
}
