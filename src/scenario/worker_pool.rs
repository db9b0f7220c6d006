//! Masterclass 13.2: more tasks than workers, and the order of their results.

use super::lots::Lots;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Portable, Value, secs};

pub(super) const WORKER_POOL: Scenario = Scenario {
    name: "worker-pool",
    aliases: &["worker_pool"],
    about: "three workers take ten tasks; results in order, or as they come",
    section: "Masterclass 13.2",
    models: &[Model::Threads, Model::Pool, Model::Processes, Model::Async],
    crew: Crew::Pool { default: 3 },
    parameters: &[
        Parameter::count("tasks", "tasks", 10, 1_000),
        Parameter::seconds("task-time", "time for one task", 2.0),
        Parameter::seconds(
            "spread",
            "time by which a task may be longer or shorter, by lot",
            0.0,
        ),
        Parameter::choice(
            "results",
            "in which order they are taken: as tasks end, or as they were given",
            &["as-completed", "map", "submit"],
        ),
    ],
    claims: &["MC13.2", "MC12.1a", "MC12.2b", "CF.pat", "CF.g5"],
    estimate: |p| Estimate {
        waits: super::dealt(times(p), p.workers),
        ..Estimate::default()
    },
    wrong: |p, result| {
        let mut order = Vec::<u64>::from_value(result.clone()).unwrap_or_default();
        if p.word("results") == "as-completed" {
            order.sort_unstable(); // any order, and each once
        }
        let all: Vec<u64> = (1..=p.number("tasks")).collect();
        (order != all).then(|| format!("{result} instead of a result of each task"))
    },
    tasks,
    rust: include_str!("worker_pool.rs"),
    python: include_str!("worker_pool.py"),
    ..Scenario::PLAIN
};

/// Seconds of each task: one seed, one time under every model.
fn times(p: &Parameters) -> impl Iterator<Item = f64> {
    let (time, spread) = (p.seconds("task-time"), p.seconds("spread"));
    let lots = Lots::new(p.seed).take(p.number("tasks") as usize);
    lots.map(move |lot| (time + (2.0 * lot - 1.0) * spread).max(0.0))
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    lab.workers(p.workers as usize);
    for (number, time) in (1u64..).zip(times(p)) {
        lab.task(format!("task {number}"), async move |w| {
            w.say(format!("task {number} begins"));
            w.sleep(secs(time)).await;
            w.say(format!("task {number} ends"));
            number
        });
    }
    let as_completed = p.word("results") == "as-completed";
    Box::new(move |lab, seconds, results| {
        let results: Vec<Value> = if as_completed {
            let ended = lab.completed().into_iter();
            ended.map(|task| results[task].clone()).collect()
        } else {
            results.to_vec()
        };
        let results = Value::List(results);
        let line = format!("results {results} after {seconds:.2} s");
        (results, line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    fn order(results: &str, spread: f64) -> String {
        let mut p = WORKER_POOL.defaults().with_seed(5);
        p.set("results", ParameterValue::Choice(results.into()));
        p.set("spread", ParameterValue::Seconds(spread));
        let simulated = trial::simulated(&WORKER_POOL, &p, Model::Threads);
        let measured = trial::measured(&WORKER_POOL, &p.scaled(0.001), Model::Threads);
        for result in [&simulated, &measured] {
            assert_eq!((WORKER_POOL.wrong)(&p, result), None);
        }
        simulated.to_string()
    }

    #[test]
    fn results_come_as_tasks_end_or_in_the_order_of_the_tasks() {
        let in_order = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
        assert_eq!(order("map", 2.0), in_order);
        assert_eq!(order("submit", 2.0), in_order);
        assert_ne!(order("as-completed", 2.0), in_order);
        assert_eq!(order("as-completed", 0.0), in_order);
    }

    #[test]
    fn a_result_that_is_missing_or_out_of_order_is_wrong() {
        let mut p = WORKER_POOL.defaults();
        p.set("tasks", ParameterValue::Count(3));
        let wrong = |p: &Parameters, of: &[u64]| {
            (WORKER_POOL.wrong)(p, &of.to_vec().into_value()).is_some()
        };
        assert!(!wrong(&p, &[2, 3, 1]) && wrong(&p, &[2, 3]) && wrong(&p, &[1, 1, 2]));
        p.set("results", ParameterValue::Choice("map".into()));
        assert!(wrong(&p, &[2, 3, 1]) && !wrong(&p, &[1, 2, 3]));
    }
}
