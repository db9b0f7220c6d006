//! Threading vs multiprocessing, the first examples: two workers, of which the
//! shorter ends first.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Portable};

const ROLES: [&str; 2] = ["first", "second"];

pub(super) const LONG_SHORT: Scenario = Scenario {
    name: "long-short",
    aliases: &["long_short"],
    about: "two workers begin in order and end by the length of their waits",
    section: "Threading vs Multiprocessing, Basic Example",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Processes,
        Model::Async,
    ],
    crew: Crew::Roles(&ROLES),
    parameters: &[
        Parameter::seconds("first", "how long the first one waits", 2.0),
        Parameter::seconds("second", "how long the second one waits", 3.0),
    ],
    claims: &["CM.basic", "CM.mp", "CF.basic", "OV.basic", "OV.mpbasic"],
    estimate: |p| Estimate {
        waits: ROLES.map(|role| p.seconds(role)).to_vec(),
        ..Estimate::default()
    },
    wrong: |_, result| {
        let ended = Vec::<String>::from_value(result.clone()).unwrap_or_default();
        let both = ended.len() == 2 && ROLES.iter().all(|role| ended.iter().any(|e| e == role));
        (!both).then(|| format!("{result} instead of both"))
    },
    tasks,
    rust: include_str!("long_short.rs"),
    python: include_str!("long_short.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    for role in ROLES {
        let time = p.duration(role);
        lab.task(role, async move |w| {
            w.say(format!("{role} begins"));
            w.sleep(time).await;
            w.say(format!("{role} ends"));
        });
    }
    Box::new(|lab, seconds, _| {
        let ended = lab.completed().into_iter().map(|task| ROLES[task]);
        let line = format!("both have ended after {seconds:.2} s");
        (ended.collect::<Vec<_>>().into_value(), line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn the_shorter_ends_first_in_threads_and_the_first_ends_first_without() {
        let mut p = LONG_SHORT.defaults();
        let ended = |p: &Parameters, model| trial::simulated(&LONG_SHORT, p, model).to_string();
        assert_eq!(ended(&p, Model::Threads), "[first, second]");
        p.set("second", ParameterValue::Seconds(1.0));
        assert_eq!(ended(&p, Model::Threads), "[second, first]");
        assert_eq!(ended(&p, Model::Sequential), "[first, second]");
        let measured = trial::measured(&LONG_SHORT, &p.scaled(0.02), Model::Threads);
        assert_eq!(measured.to_string(), "[second, first]");
    }
}
