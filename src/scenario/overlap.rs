//! Threading vs multiprocessing, the introduction: long tasks that wait, one
//! after another or beside each other.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::Lab;
use lab::trace::Model;

pub(super) const OVERLAP: Scenario = Scenario {
    name: "overlap",
    about: "long tasks, beside each other or one after another; also with staggered starts",
    section: "Threading vs Multiprocessing, Introduction",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Processes,
        Model::Async,
    ],
    crew: Crew::Alike { default: 3 },
    parameters: &[
        Parameter::seconds("task-time", "time for one task", 10.0),
        Parameter::seconds("stagger", "how much later each task begins", 0.0),
    ],
    claims: &["CM.intro", "CM.chart1", "AT1-T", "OV.conc"],
    estimate: |p| Estimate {
        waits: (0..p.workers)
            .map(|number| p.seconds("task-time") + p.seconds("stagger") * f64::from(number))
            .collect(),
        ..Estimate::default()
    },
    tasks,
    rust: include_str!("overlap.rs"),
    python: include_str!("overlap.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (time, stagger) = (p.duration("task-time"), p.duration("stagger"));
    let earlier_is_over = lab.cell("an earlier task is over", false);
    for number in 1..=p.workers {
        lab.task(format!("task {number}"), async move |w| {
            // One after another, tasks begin late enough by themselves.
            if number > 1 && !stagger.is_zero() && !w.load(&earlier_is_over).await {
                w.wait_for("not begun", stagger * (number - 1)).await;
            }
            w.say(format!("task {number} begins"));
            w.sleep(time).await;
            w.say(format!("task {number} ends"));
            w.store(&earlier_is_over, true).await;
        });
    }
    super::closing(|seconds| format!("all tasks have ended after {seconds:.2} s"))
}
