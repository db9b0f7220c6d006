//! Two locks, taken in opposite order or not.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

pub(super) const DEADLOCK: Scenario = Scenario {
    name: "deadlock",
    about: "two workers take the same two locks, in opposite order or not",
    section: "Threading vs Multiprocessing, Deadlocks",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Roles(&["Ada", "Ben"]),
    parameters: &[
        Parameter::choice(
            "order",
            "in which the second worker takes the locks",
            &["opposite", "same"],
        ),
        Parameter::seconds("hold", "time with one lock alone", 0.1),
    ],
    claims: &["CM.dead", "CM.dead2", "OV.ch1", "MC12.3-T8"],
    estimate: |p| Estimate {
        waits: vec![p.seconds("hold"); 2],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 2,
        numbers: &[],
    }),
    wrong: |_, result| super::unless(&Value::Text("both held both".into()), result),
    tasks,
    rust: include_str!("deadlock.rs"),
    python: include_str!("deadlock.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (left, right) = (("left", lab.lock("left")), ("right", lab.lock("right")));
    let hold = p.duration("hold");
    let second = if p.word("order") == "same" {
        (left, right)
    } else {
        (right, left)
    };
    for (name, (first, then)) in [("Ada", (left, right)), ("Ben", second)] {
        lab.task(name, async move |w| {
            let outer = w.lock(&first.1).await;
            w.say(format!("{name} holds {}", first.0));
            w.sleep(hold).await;
            w.say(format!("{name} wants {}", then.0));
            let inner = w.lock(&then.1).await;
            w.say(format!("{name} holds both"));
            inner.release().await;
            outer.release().await;
        });
    }
    Box::new(|_, seconds, _| {
        let line = format!("both have held both locks after {seconds:.2} s");
        (Value::Text("both held both".into()), line)
    })
}
