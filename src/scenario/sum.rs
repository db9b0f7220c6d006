//! Masterclass 8: every worker adds up the numbers below n.

use super::quantity::thousands;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, whole};
use lab::trace::Model;
use lab::{Lab, Value};
use std::hint::black_box;

/// Seconds that one step takes, roughly: for announcements only.
const STEP: f64 = 1e-9;

pub(super) const SUM: Scenario = Scenario {
    name: "sum",
    about: "every worker adds up the numbers below n: work, and no waiting",
    section: "Masterclass 8.1, 8.2",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Pool,
        Model::Processes,
    ],
    crew: Crew::Alike { default: 2 },
    parameters: &[Parameter::steps(
        "n",
        "how many numbers each worker adds up",
        10_000_000,
    )],
    splits: true,
    claims: &["MC8.1", "MC8.2", "MC8.3-F"],
    estimate: |p| Estimate {
        computes: vec![p.number("n") as f64 * STEP; p.workers as usize],
        ..Estimate::default()
    },
    wrong: |p, result| {
        let expected = vec![whole(known(p.number("n"))); p.workers as usize];
        super::unless(&Value::List(expected), result)
    },
    tasks,
    rust: include_str!("sum.rs"),
    python: include_str!("sum.py"),
    ..Scenario::PLAIN
};

/// The sum of the numbers below n, as Gauss has it.
fn known(n: u64) -> u128 {
    let n = u128::from(n);
    n * n.saturating_sub(1) / 2
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (workers, n) = (p.workers, p.number("n"));
    for number in 1..=workers {
        lab.task(format!("adder {number}"), async move |w| {
            // black_box keeps the compiler from knowing the answer too.
            let add = |steps: lab::Steps<'_>| {
                steps.fold(0u128, |sum, step| sum + u128::from(black_box(step)))
            };
            // A simulated run takes the answer as known.
            let sum = w.compute_known(n, add, || known(n)).await;
            w.say(format!("adder {number} comes to {}", thousands(sum)));
            whole(sum)
        });
    }
    Box::new(move |_, seconds, results| {
        let line = format!(
            "{workers} sums of {} numbers after {seconds:.2} s",
            thousands(n)
        );
        (Value::List(results.to_vec()), line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn the_loop_adds_up_to_what_is_known() {
        for n in [1, 2, 3, 10, 1001] {
            let mut p = SUM.defaults();
            p.set("n", ParameterValue::Steps(n));
            let measured = trial::measured(&SUM, &p, Model::Threads);
            assert_eq!(measured, trial::simulated(&SUM, &p, Model::Threads));
            assert_eq!((SUM.wrong)(&p, &measured), None);
        }
    }

    #[test]
    fn sums_past_64_bits_are_told_to_the_last_digit() {
        let sum = whole(known(1_000_000_000_000));
        assert_eq!(sum.to_string(), "499999999999500000000000");
    }
}
