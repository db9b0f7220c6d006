//! Masterclass 10, Table 6: what a child changes, and whether its parent sees it.

use super::{Crew, Estimate, Finish, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

pub(super) const ISOLATION: Scenario = Scenario {
    name: "isolation",
    about: "a child changes a variable; threads see it, and a process has changed its own copy",
    section: "Masterclass 10.2, Table 6",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Roles(&["child", "parent"]),
    claims: &["MC10-T6a", "MC10-T6b", "OV.thr", "OV.mp"],
    estimate: |_| Estimate {
        waits: vec![0.001],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 2,
        numbers: &[],
    }),
    // Schedules are those of threads, and threads share.
    wrong: |_, result| super::unless(&Value::Int(1), result),
    tasks,
    rust: include_str!("isolation.rs"),
    python: include_str!("isolation.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, _: &Parameters) -> Finish {
    let cups = lab.cell("cups", 0u64);
    let child = lab.end_of("child");
    lab.task("child", async move |w| {
        w.update(&cups, |cups| cups + 1).await;
        let seen = w.load(&cups).await;
        w.say(format!("child has {}", told(seen)));
    });
    lab.task("parent", async move |w| {
        w.join(&child).await;
        let seen = w.load(&cups).await;
        w.say(format!("parent has {}", told(seen)));
        seen
    });
    Box::new(|_, _, results| {
        let seen = results.get(1).cloned().unwrap_or_default();
        let line = match seen {
            Value::Int(0) => "the child had a copy",
            _ => "memory is shared",
        };
        (seen, line.into())
    })
}

fn told(cups: u64) -> String {
    let s = if cups == 1 { "" } else { "s" };
    format!("{cups} cup{s}")
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;

    #[test]
    fn a_thread_sees_what_another_changed_and_a_process_does_not() {
        let p = ISOLATION.defaults();
        let simulated = |model| trial::simulated(&ISOLATION, &p, model);
        assert_eq!(
            trial::measured(&ISOLATION, &p, Model::Threads),
            Value::Int(1)
        );
        assert_eq!(simulated(Model::Threads), Value::Int(1));
        assert_eq!(simulated(Model::Processes), Value::Int(0));
    }
}
