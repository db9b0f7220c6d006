//! Masterclass 10, Table 6: what it costs to hand one turn from a worker to
//! another, between threads and between processes.

use super::quantity::thousands;
use super::spread::Spread;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Portable, Value};

/// Seconds of a hand-over, roughly: for announcements only.
const HAND_OVER: f64 = 1e-5;

pub(super) const SWITCHING: Scenario = Scenario {
    name: "switching",
    about: "two workers hand one turn to each other, and nothing else: what a hand-over costs",
    section: "Masterclass 10.2, Table 6",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Roles(&["ping", "pong"]),
    parameters: &[Parameter::count(
        "handovers",
        "hand-overs that are measured, after a fifth as many to warm up",
        10_000,
        10_000_000,
    )],
    claims: &["MC10-T6e", "CM.adv-p"],
    estimate: |p| Estimate {
        computes: vec![1.2 * p.number("handovers") as f64 * HAND_OVER],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 2,
        numbers: &[("handovers", 2)],
    }),
    wrong: |p, result| {
        let expected = rounds(p);
        let samples = Spread::from_value(result.clone()).map_or(0, |spread| spread.samples);
        (samples != expected).then(|| format!("{samples} samples instead of {expected}"))
    },
    unsimulated: |_| {
        Some("what a hand-over costs is for this machine and its system to say".into())
    },
    tasks,
    rust: include_str!("switching.rs"),
    python: include_str!("switching.py"),
    ..Scenario::PLAIN
};

/// Turns of each worker that are measured.
fn rounds(p: &Parameters) -> u64 {
    (p.number("handovers") / 2).max(1)
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (pings, pongs) = (lab.event("ping's turn"), lab.event("pong's turn"));
    let (rounds, handovers) = (rounds(p), p.number("handovers"));
    let warm_up = rounds / 5;
    lab.task("ping", async move |w| {
        let mut each = vec![];
        w.unrecorded("hand over", async || {
            for round in 0..warm_up + rounds {
                let began = w.now();
                w.set(&pongs).await;
                w.wait(&pings).await;
                w.clear(&pings).await;
                if round >= warm_up {
                    // There and back are two hand-overs.
                    each.push((w.now() - began) as f64 / 2e3);
                }
            }
        })
        .await;
        w.say(format!("ping has had {} turns", thousands(rounds)));
        Spread::of(&each)
    });
    lab.task("pong", async move |w| {
        w.unrecorded("hand over", async || {
            for _ in 0..warm_up + rounds {
                w.wait(&pongs).await;
                w.clear(&pongs).await;
                w.set(&pings).await;
            }
        })
        .await;
        w.say(format!("pong has had {} turns", thousands(rounds)));
    });
    Box::new(move |_, _, results| {
        let result = results.first().cloned().unwrap_or(Value::None);
        let each = Spread::from_value(result.clone()).map_or(String::new(), |s| s.told("us"));
        let line = format!("{} hand-overs: one takes {each}", thousands(handovers));
        (result, line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn every_turn_after_the_warm_up_is_a_sample_and_takes_some_time() {
        let mut p = SWITCHING.defaults();
        p.set("handovers", ParameterValue::Count(100));
        let result = trial::measured(&SWITCHING, &p, Model::Threads);
        assert_eq!((SWITCHING.wrong)(&p, &result), None);
        let spread = Spread::from_value(result).unwrap();
        assert!(spread.median > 0.0 && spread.samples == 50, "{spread:?}");
    }
}
