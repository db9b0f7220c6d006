//! What a child does with the program's own file, by start method.

use super::surroundings::must;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use crate::real::units::Program;
use lab::trace::Model;
use lab::{Lab, Start};
use std::time::Duration;

pub(super) const MAIN_GUARD: Scenario = Scenario {
    name: "main-guard",
    aliases: &["main_guard"],
    about: "a program whose file starts a child, which runs that file again unless there is a guard",
    section: "Masterclass 3.2",
    models: &[Model::Processes],
    crew: Crew::Roles(&["program"]),
    parameters: &[
        Parameter::choice(
            "guard",
            "whether only the first run of the file starts a child",
            &["none", "guard"],
        ),
        Parameter::count("limit", "runs of the file, at most", 20, 200),
    ],
    claims: &[
        "MC3.2a", "MC3.2b", "MC3.2c", "MC3.2d", "AT10a", "CM.guard", "MC12.2a",
    ],
    estimate: |p| Estimate {
        computes: vec![p.number("limit") as f64 * 4e-4],
        ..Estimate::default()
    },
    unsimulated: |_| Some("its processes are real, and a described machine has none".into()),
    tasks,
    rust: include_str!("main_guard.rs"),
    python: include_str!("main_guard.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (limit, start) = (p.number("limit") as u32, p.start);
    let guarded = p.word("guard") == "guard";
    lab.task("program", async move |w| {
        // A forked child goes on where its parent was. One that is started anew
        // runs the file from its top, where it starts a child in turn, unless a
        // guard keeps it from that.
        let program = Program {
            anew: start != Start::Fork,
            guarded,
            limit,
        };
        let run = || must(program.run());
        let (runs, served) = w
            .call_known("run the file", run, Duration::ZERO, || (0, false))
            .await;
        let times = if runs == 1 { "time" } else { "times" };
        w.say(format!(
            "under {} the file is run {runs} {times}",
            start.name()
        ));
        if served {
            w.say("the child has served chai");
        } else {
            w.say(format!(
                "no chai is served: ended at the limit of {limit} runs"
            ));
        }
        (u64::from(runs), served)
    });
    Box::new(move |_, _, results| {
        let line = if guarded || start == Start::Fork {
            "no child starts a child".to_owned()
        } else {
            "each child starts the next; Python refuses that to the first child".to_owned()
        };
        (results.first().cloned().unwrap_or_default(), line)
    })
}
