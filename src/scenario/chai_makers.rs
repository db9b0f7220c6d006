//! Masterclass 3.1: several makers, one cup each.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::Lab;
use lab::trace::Model;

pub(super) const CHAI_MAKERS: Scenario = Scenario {
    name: "chai-makers",
    aliases: &["chai_makers"],
    about: "several makers brew one chai each",
    section: "Masterclass 3.1",
    models: &Model::ALL,
    crew: Crew::Alike { default: 3 },
    parameters: &[Parameter::seconds("brew", "time for one cup", 3.0)],
    claims: &["MC3.1"],
    estimate: |p| Estimate {
        waits: vec![p.seconds("brew"); p.workers as usize],
        ..Estimate::default()
    },
    tasks,
    rust: include_str!("chai_makers.rs"),
    python: include_str!("chai_makers.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let brew = p.duration("brew");
    for number in 1..=p.workers {
        lab.task(format!("maker {number}"), async move |w| {
            w.say(format!("maker {number} puts the water on"));
            w.sleep(brew).await;
            w.say(format!("maker {number} pours the chai"));
        });
    }
    super::closing(|seconds| format!("every maker has poured after {seconds:.2} s"))
}
