//! Concurrency reference, daemons: the main part ends while a worker is still at
//! work, which is waited for or not.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::{Ending, Model};
use lab::{Lab, Value};

pub(super) const DAEMON: Scenario = Scenario {
    name: "daemon",
    about: "the main part ends while a worker is at work: a daemon ends with it, anybody else is waited for",
    section: "Concurrency reference, Daemon threads",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Roles(&["main", "worker"]),
    parameters: &[
        Parameter::seconds(
            "work",
            "time that the worker needs; the main part ends after a tenth of it",
            5.0,
        ),
        Parameter::choice("daemon", "whether the worker is one", &["yes", "no"]),
    ],
    claims: &["CF.daemon", "MC12.1b"],
    estimate: |p| {
        let work = p.seconds("work");
        let waits = if p.word("daemon") == "yes" {
            work / 10.0
        } else {
            work
        };
        Estimate {
            waits: vec![work / 10.0, waits],
            ..Estimate::default()
        }
    },
    small: Some(Small {
        workers: 2,
        numbers: &[],
    }),
    mortal: true,
    fallen: |p, fall| {
        let is_daemon = p.word("daemon") == "yes" && fall.how == Ending::Exited(0);
        is_daemon.then(|| told(false, fall.seconds))
    },
    tasks,
    rust: include_str!("daemon.rs"),
    python: include_str!("daemon.py"),
    ..Scenario::PLAIN
};

/// Whether the worker's work was done, as the result and as a line.
fn told(done: bool, seconds: f64) -> (Value, String) {
    let (result, work) = match done {
        true => ("done", "with the worker's work done"),
        false => ("undone", "the worker's work left undone"),
    };
    let line = format!("the program is over after {seconds:.2} s, {work}");
    (Value::Text(result.into()), line)
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (work, begun) = (p.duration("work"), lab.event("begun"));
    lab.task("main", async move |w| {
        w.wait(&begun).await;
        w.sleep(work / 10).await;
        w.say("main ends");
    });
    let worker = async move |w: lab::Worker| {
        w.say("worker is at work");
        w.set(&begun).await;
        w.sleep(work).await;
        w.say("worker is done");
    };
    if p.word("daemon") == "yes" {
        lab.daemon("worker", worker);
    } else {
        lab.task("worker", worker);
    }
    Box::new(|lab, seconds, _| {
        let done = lab.endings().get(1) == Some(&Ending::Returned);
        told(done, seconds)
    })
}

#[cfg(test)]
mod tests {
    use super::super::ParameterValue;
    use super::*;
    use lab::Described;

    #[test]
    fn a_daemon_is_not_waited_for() {
        for (daemon, expected, seconds) in [("yes", "undone", 0.5), ("no", "done", 5.0)] {
            for model in DAEMON.models {
                let mut p = DAEMON.defaults();
                p.set("daemon", ParameterValue::Choice(daemon.into()));
                let lab = Lab::new();
                let finish = (DAEMON.tasks)(&lab, &p);
                let run = lab.simulate_as(*model, Described::guide()).unwrap();
                let took = run.elapsed as f64 / 1e9;
                assert!(!run.deadlock && (took - seconds).abs() < 0.02, "{took}");
                let (result, _) = finish(&lab, took, &run.results());
                assert_eq!(result.to_string(), expected, "{daemon} {model}");
            }
        }
    }
}
