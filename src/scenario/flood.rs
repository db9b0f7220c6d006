//! Lines without end: what the way from a worker to the cell can carry. Not a
//! scenario of the guides; tests and benchmarks run it.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::Lab;
use lab::trace::Model;

pub(super) const FLOOD: Scenario = Scenario {
    name: "flood",
    about: "every worker prints many lines",
    section: "beyond the guides",
    models: &Model::ALL,
    crew: Crew::Alike { default: 1 },
    parameters: &[
        Parameter::count("lines", "lines of each worker", 100_000, 100_000_000),
        Parameter::text("text", "what a line says; nothing counts the lines", ""),
        Parameter::count("length", "characters of a line", 80, 60_000),
    ],
    claims: &[],
    estimate: |p| Estimate {
        computes: vec![p.number("lines") as f64 * 1e-6; p.workers as usize],
        ..Estimate::default()
    },
    tasks,
    rust: include_str!("flood.rs"),
    python: "",
    hidden: true,
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (lines, length) = (p.number("lines"), p.number("length") as usize);
    for number in 1..=p.workers {
        let text = p.word("text").to_owned();
        lab.task(format!("printer {number}"), async move |w| {
            for line in 1..=lines {
                match text.as_str() {
                    "" => w.say(format!("{line:0length$}")),
                    text => w.say(text),
                }
            }
        });
    }
    super::closing(move |_| format!("{lines} lines printed"))
}
