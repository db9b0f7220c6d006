//! Masterclass 5.1: waits that overlap.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::Lab;
use lab::trace::Model;

pub(super) const BREAKFAST: Scenario = Scenario {
    name: "breakfast",
    about: "the milk boils while a bun toasts",
    section: "Masterclass 5.1",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Processes,
        Model::Async,
    ],
    crew: Crew::Roles(&["milk", "bun"]),
    parameters: &[
        Parameter::seconds("milk", "time until the milk boils", 2.0),
        Parameter::seconds("bun", "time in the toaster", 3.0),
    ],
    claims: &["MC5.1", "MC5.1a", "MC5.1b"],
    estimate: |p| Estimate {
        waits: vec![p.seconds("milk"), p.seconds("bun")],
        ..Estimate::default()
    },
    tasks,
    rust: include_str!("breakfast.rs"),
    python: include_str!("breakfast.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (milk, bun) = (p.duration("milk"), p.duration("bun"));
    lab.task("milk", async move |w| {
        w.say("milk on the stove");
        w.sleep(milk).await;
        w.say("milk boils");
    });
    lab.task("bun", async move |w| {
        w.say("bun in the toaster");
        w.sleep(bun).await;
        w.say("bun is toasted");
    });
    super::closing(|seconds| format!("breakfast served after {seconds:.2} s"))
}
