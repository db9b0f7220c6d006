//! Concurrency reference, gotchas: a list that many workers append to.

use super::quantity::thousands;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

/// Seconds that one append takes, roughly: for announcements only.
const STEP: f64 = 5e-8;

pub(super) const APPEND: Scenario = Scenario {
    name: "append",
    about: "many workers append to one list, at once or after a look at its length",
    section: "Concurrency reference, Gotchas",
    models: &[Model::Threads],
    crew: Crew::Alike { default: 10 },
    parameters: &[
        Parameter::count("appends", "tries of each worker", 100_000, 10_000_000),
        Parameter::choice(
            "how",
            "each try appends, or only while the list has places (for half of them)",
            &["append", "check-then-act"],
        ),
    ],
    shares: true,
    claims: &["CF.g6", "CM.bad2"],
    estimate: |p| Estimate {
        computes: vec![p.number("appends") as f64 * STEP; p.workers as usize],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 2,
        numbers: &[("appends", 1)],
    }),
    wrong: |p, result| {
        let right = if checks(p) { 0 } else { tries(p) };
        super::unless(&Value::Int(right as i64), result)
    },
    tasks,
    rust: include_str!("append.rs"),
    python: include_str!("append.py"),
    ..Scenario::PLAIN
};

fn checks(p: &Parameters) -> bool {
    p.word("how") == "check-then-act"
}

/// Of all workers together.
fn tries(p: &Parameters) -> u64 {
    u64::from(p.workers) * p.number("appends")
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (appends, tries, checks) = (p.number("appends"), tries(p), checks(p));
    // Of the list its length alone matters; an append is one step, as in CPython.
    let length = lab.cell("length", 0u64);
    let places = if checks { (tries / 2).max(1) } else { tries };
    for number in 1..=p.workers {
        lab.task(format!("appender {number}"), async move |w| {
            for _ in 0..appends {
                if checks && w.load(&length).await >= places {
                    continue;
                }
                // After the look, another worker may have taken the last place.
                w.update(&length, |entries| entries + 1).await;
            }
        });
    }
    Box::new(move |lab, _, _| {
        let entries = lab.get(&length);
        let line = format!(
            "expected {} entries, found {}",
            thousands(places),
            thousands(entries)
        );
        let over = entries.saturating_sub(places);
        let result = if checks { over } else { entries };
        (Value::Int(result as i64), line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn no_append_is_lost() {
        let mut p = APPEND.defaults();
        p.set("appends", ParameterValue::Count(1234));
        for result in [
            trial::measured(&APPEND, &p, Model::Threads),
            trial::simulated(&APPEND, &p, Model::Threads),
        ] {
            assert_eq!(result, Value::Int(12_340));
        }
    }

    #[test]
    fn a_list_that_stays_too_short_or_gets_too_long_is_wrong() {
        let mut p = APPEND.defaults();
        assert!((APPEND.wrong)(&p, &Value::Int(999_999)).is_some());
        p.set("how", ParameterValue::Choice("check-then-act".into()));
        assert!((APPEND.wrong)(&p, &Value::Int(1)).is_some());
        assert!((APPEND.wrong)(&p, &Value::Int(0)).is_none());
    }
}
