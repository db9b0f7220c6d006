//! Concurrency reference, Pool: how many primes there are in a range.

use super::quantity::thousands;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Portable};
use std::hint::black_box;
use std::ops::Range;

/// Seconds that one division takes, roughly: for announcements only.
const STEP: f64 = 2e-9;
/// Divisions that a number takes on average near the guide's range.
const DIVISIONS: f64 = 25.0;

pub(super) const PRIMES: Scenario = Scenario {
    name: "primes",
    about: "a few workers count the primes of a range by trial division, chunk by chunk",
    section: "Concurrency reference, Pool",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Pool,
        Model::Processes,
    ],
    crew: Crew::Pool { default: 8 },
    parameters: &[
        Parameter::whole("from", "first number", 100_000, 10_000_000),
        Parameter::whole("to", "one past the last", 200_000, 10_000_000),
        Parameter::count("chunks", "parts of the range", 32, 1_000),
    ],
    claims: &["CF.pool"],
    estimate: |p| {
        let each = |chunk: Range<u64>| chunk.count() as f64 * DIVISIONS * STEP;
        Estimate {
            computes: super::dealt(chunks(p).map(each), p.workers),
            ..Estimate::default()
        }
    },
    wrong: |p, result| {
        let known = known(p.number("from")..p.number("to")).primes;
        super::unless(&known.into_value(), result)
    },
    tasks,
    rust: include_str!("primes.rs"),
    python: include_str!("primes.py"),
    ..Scenario::PLAIN
};

/// The range in parts.
fn chunks(p: &Parameters) -> impl Iterator<Item = Range<u64>> {
    let (from, to, chunks) = (p.number("from"), p.number("to"), p.number("chunks"));
    let numbers = to.saturating_sub(from);
    let edge = move |chunk| from + numbers * chunk / chunks;
    (0..chunks).map(move |chunk| edge(chunk)..edge(chunk + 1))
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    lab.workers(p.workers as usize);
    for (number, chunk) in (1..).zip(chunks(p)) {
        // How long a computation takes has to be said before it.
        let known = known(chunk.clone());
        lab.task(format!("chunk {number}"), async move |w| {
            let count = |mut steps: lab::Steps<'_>| {
                let prime = |number: &u64| is_prime(*number, &mut steps);
                chunk.clone().filter(prime).count() as u64
            };
            // A simulated run takes the answer as known.
            let found = w.compute_known(known.steps, count, || known.primes).await;
            w.say(format!("chunk {number} has {found} primes"));
            found
        });
    }
    Box::new(|_, seconds, results| {
        let found = results.iter().cloned().filter_map(u64::from_value);
        let found: u64 = found.sum();
        let line = format!("{} primes after {seconds:.2} s", thousands(found));
        (found.into_value(), line)
    })
}

/// Trial division: by 2, and by every odd number up to the square root. A step
/// each.
fn is_prime(number: u64, steps: &mut lab::Steps<'_>) -> bool {
    steps.next();
    if number < 4 || number.is_multiple_of(2) {
        return number == 2 || number == 3;
    }
    (3..=number.isqrt()).step_by(2).all(|divisor| {
        steps.next();
        !black_box(number).is_multiple_of(divisor)
    })
}

/// What trial division comes to, and in how many steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Known {
    primes: u64,
    steps: u64,
}

/// The same by a sieve, which takes a small part of the time.
fn known(range: Range<u64>) -> Known {
    let length = range.end.saturating_sub(range.start);
    // The least odd divisor past 1, for every number that is not prime.
    let mut least = vec![0; length as usize];
    for divisor in (3..=range.end.isqrt()).step_by(2) {
        let first = range.start.next_multiple_of(divisor).max(divisor * divisor);
        for multiple in (first..range.end).step_by(divisor as usize) {
            let least = &mut least[(multiple - range.start) as usize];
            if *least == 0 {
                *least = divisor;
            }
        }
    }
    let mut known = Known::default();
    for (number, least) in range.zip(least) {
        let odd = number > 3 && number % 2 == 1;
        let prime = number == 2 || number == 3 || odd && least == 0;
        let last = if least == 0 { number.isqrt() } else { least };
        let divisions = if odd { last.saturating_sub(1) / 2 } else { 0 };
        known.primes += u64::from(prime);
        known.steps += 1 + divisions;
    }
    known
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;
    use lab::Value;

    #[test]
    fn the_guides_range_has_8392_primes_by_division_and_by_the_sieve() {
        let p = PRIMES.defaults();
        assert_eq!(
            trial::measured(&PRIMES, &p, Model::Threads),
            Value::Int(8_392)
        );
        assert_eq!(
            trial::simulated(&PRIMES, &p, Model::Threads),
            Value::Int(8_392)
        );
    }

    #[test]
    fn any_range_in_any_chunks_comes_to_what_is_known() {
        for (from, to, chunks) in [(0, 100, 7), (2, 3, 1), (89, 122, 50), (50, 50, 3)] {
            let mut p = PRIMES.defaults();
            p.set("from", ParameterValue::Count(from));
            p.set("to", ParameterValue::Count(to));
            p.set("chunks", ParameterValue::Count(chunks));
            let measured = trial::measured(&PRIMES, &p, Model::Threads);
            assert_eq!(measured, trial::simulated(&PRIMES, &p, Model::Pool));
            assert_eq!((PRIMES.wrong)(&p, &measured), None);
        }
        assert_eq!(known(0..100).primes, 25);
    }

    #[test]
    fn the_steps_are_known_to_the_last_one() {
        let lab = Lab::new();
        for number in 0..300 {
            let known = known(number..number + 1);
            lab.task(format!("{number}"), async move |w| {
                w.compute(known.steps, |mut steps| {
                    let prime = is_prime(number, &mut steps);
                    (u64::from(prime) == known.primes, steps.next().is_none())
                })
                .await
            });
            // One step fewer is too few.
            lab.task(format!("{number}, less a step"), async move |w| {
                w.compute(known.steps - 1, |steps| {
                    steps.count() as u64 + 1 == known.steps
                })
                .await
            });
        }
        let results = lab.sequential().unwrap().results();
        let right = [(true, true).into_value(), true.into_value()];
        assert!(results.chunks(2).all(|pair| pair == right));
    }
}
