//! Masterclass 14.2: every call of a task is timed.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Portable, Value, Worker};

pub(super) const TIMING: Scenario = Scenario {
    name: "timing",
    about: "every call of a task is timed, and the line says by which worker",
    section: "Masterclass 14.2",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Alike { default: 2 },
    parameters: &[Parameter::seconds("work", "time that the task takes", 1.0)],
    claims: &["MC14.2"],
    estimate: |p| Estimate {
        waits: vec![p.seconds("work"); p.workers as usize],
        ..Estimate::default()
    },
    wrong: |p, result| {
        let times = Vec::<f64>::from_value(result.clone()).unwrap_or_default();
        // Rounded to a millisecond.
        let least = p.seconds("work") - 0.0005;
        let right = times.len() == p.workers as usize && times.iter().all(|&t| t >= least);
        (!right).then(|| format!("{result} where each takes {} s", p.seconds("work")))
    },
    tasks,
    rust: include_str!("timing.rs"),
    python: include_str!("timing.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let work = p.duration("work");
    for number in 1..=p.workers {
        lab.task(format!("worker {number}"), async move |w| {
            let task = async || w.sleep(work).await;
            timed(&w, &format!("worker {number}"), task).await
        });
    }
    Box::new(|_, seconds, results| {
        let line = format!("{} calls timed after {seconds:.2} s", results.len());
        (Value::List(results.to_vec()), line)
    })
}

/// Calls a function and says how long that took; in seconds, to a millisecond.
async fn timed(w: &Worker, name: &str, function: impl AsyncFnOnce()) -> f64 {
    let began = w.now();
    function().await;
    let seconds = (w.now() - began) as f64 / 1e9;
    w.say(format!("{name} took {seconds:.2} s"));
    (seconds * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn what_is_told_is_how_long_the_call_took() {
        let mut p = TIMING.defaults();
        assert_eq!(
            trial::simulated(&TIMING, &p, Model::Threads).to_string(),
            "[1, 1]"
        );
        p.set("work", ParameterValue::Seconds(0.25));
        assert_eq!(
            trial::simulated(&TIMING, &p, Model::Threads).to_string(),
            "[0.25, 0.25]"
        );
        p.set("work", ParameterValue::Seconds(0.02));
        let measured = trial::measured(&TIMING, &p, Model::Threads);
        assert_eq!((TIMING.wrong)(&p, &measured), None);
    }
}
