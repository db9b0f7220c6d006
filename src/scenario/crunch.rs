//! Masterclass 4: work without waits, where only more cores help.

use super::quantity::thousands;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Value};
use std::hint::black_box;

/// Seconds that one step takes, roughly: for announcements only.
const STEP: f64 = 1.5e-9;

pub(super) const CRUNCH: Scenario = Scenario {
    name: "crunch",
    aliases: &["count"],
    about: "every worker counts to n: work, and no waiting",
    section: "Masterclass 4.1, 4.2",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Pool,
        Model::Processes,
    ],
    crew: Crew::Alike { default: 2 },
    parameters: &[Parameter::steps(
        "n",
        "how far each worker counts",
        100_000_000,
    )],
    splits: true,
    claims: &[
        "MC4.1",
        "MC4.2",
        "MC4.3-F",
        "MC4.3-T2a",
        "MC4.3-T2b",
        "MC4.3-T2c",
        "MC4.3-cpu",
        "CM.gil",
        "CF.3",
    ],
    estimate: |p| Estimate {
        computes: vec![p.number("n") as f64 * STEP; p.workers as usize],
        ..Estimate::default()
    },
    tasks,
    rust: include_str!("crunch.rs"),
    python: include_str!("crunch.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (workers, n) = (p.workers, p.number("n"));
    for number in 1..=workers {
        lab.task(format!("cruncher {number}"), async move |w| {
            w.say(format!("cruncher {number} begins to count"));
            // black_box keeps the compiler from answering n at once.
            let count = |steps: lab::Steps<'_>| {
                steps.fold(0u64, |reached, step| {
                    black_box(step);
                    black_box(black_box(reached) + 1)
                })
            };
            // A simulated run takes the answer as known.
            let reached = w.compute_known(n, count, || n).await;
            w.say(format!(
                "cruncher {number} has reached {}",
                thousands(reached)
            ));
            reached
        });
    }
    Box::new(move |_, seconds, results| {
        let line = format!("{workers} x {} counted in {seconds:.2} s", thousands(n));
        (Value::List(results.to_vec()), line)
    })
}
