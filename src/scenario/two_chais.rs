//! Masterclass 5.2: one function, two sets of arguments.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::Lab;
use lab::trace::Model;

pub(super) const TWO_CHAIS: Scenario = Scenario {
    name: "two-chais",
    aliases: &["two_chais"],
    about: "one function, started twice with different arguments",
    section: "Masterclass 5.2",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Processes,
        Model::Async,
    ],
    crew: Crew::Roles(&["Masala", "Ginger"]),
    parameters: &[
        Parameter::seconds("masala", "time for the Masala chai", 2.0),
        Parameter::seconds("ginger", "time for the Ginger chai", 4.0),
    ],
    claims: &["MC5.2", "MC5.2-F"],
    estimate: |p| Estimate {
        waits: vec![p.seconds("masala"), p.seconds("ginger")],
        ..Estimate::default()
    },
    tasks,
    rust: include_str!("two_chais.rs"),
    python: include_str!("two_chais.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    for (kind, time) in [
        ("Masala", p.duration("masala")),
        ("Ginger", p.duration("ginger")),
    ] {
        lab.task(kind, async move |w| {
            w.say(format!("{kind} chai on the fire"));
            w.sleep(time).await;
            w.say(format!("{kind} chai in the cup"));
        });
    }
    super::closing(|seconds| format!("both cups full after {seconds:.2} s"))
}
