//! Concurrency reference, process pools: the same sum of squares for every item.

use super::quantity::thousands;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, whole};
use lab::trace::Model;
use lab::{Lab, Value};
use std::hint::black_box;

/// Seconds that one step takes, roughly: for announcements only.
const STEP: f64 = 1.5e-9;

pub(super) const SQUARES_SUM: Scenario = Scenario {
    name: "squares-sum",
    aliases: &["squares_sum"],
    about: "a few workers add up the squares below n, once for every item",
    section: "Concurrency reference, ProcessPoolExecutor",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Pool,
        Model::Processes,
    ],
    crew: Crew::Pool { default: 4 },
    parameters: &[
        Parameter::count("items", "sums", 8, 1_000),
        Parameter::steps("n", "how many squares each adds up", 10_000_000),
    ],
    claims: &["CF.ppe", "CM.cpu"],
    estimate: |p| {
        let each = p.number("n") as f64 * STEP;
        let items = std::iter::repeat_n(each, p.number("items") as usize);
        Estimate {
            computes: super::dealt(items, p.workers),
            ..Estimate::default()
        }
    },
    wrong: |p, result| {
        let expected = vec![whole(known(p.number("n"))); p.number("items") as usize];
        super::unless(&Value::List(expected), result)
    },
    tasks,
    rust: include_str!("squares_sum.rs"),
    python: include_str!("squares_sum.py"),
    ..Scenario::PLAIN
};

/// The sum of the squares below n. The largest n that can be typed, 10^12,
/// comes to 36 digits, and 128 bits hold 38.
fn known(n: u64) -> u128 {
    let n = u128::from(n);
    n * n.saturating_sub(1) * (2 * n).saturating_sub(1) / 6
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (items, n) = (p.number("items"), p.number("n"));
    lab.workers(p.workers as usize);
    for number in 1..=items {
        lab.task(format!("item {number}"), async move |w| {
            // black_box keeps the compiler from knowing the answer too.
            let add = |steps: lab::Steps<'_>| {
                steps.fold(0u128, |sum, step| {
                    let number = u128::from(black_box(step));
                    sum + number * number
                })
            };
            // A simulated run takes the answer as known.
            let sum = w.compute_known(n, add, || known(n)).await;
            w.say(format!("item {number} comes to {}", thousands(sum)));
            whole(sum)
        });
    }
    Box::new(move |_, seconds, results| {
        let line = format!(
            "{items} sums of {} squares after {seconds:.2} s",
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
            let mut p = SQUARES_SUM.defaults();
            p.set("n", ParameterValue::Steps(n));
            let measured = trial::measured(&SQUARES_SUM, &p, Model::Threads);
            assert_eq!(measured, trial::simulated(&SQUARES_SUM, &p, Model::Threads));
            assert_eq!((SQUARES_SUM.wrong)(&p, &measured), None);
        }
    }

    #[test]
    fn the_guides_sum_has_more_digits_than_64_bits_hold() {
        // 0^2 + 1^2 + ... + 9,999,999^2, as CPython gives it.
        let sum = whole(known(10_000_000));
        assert_eq!(sum.to_string(), "333333283333335000000");
    }
}
