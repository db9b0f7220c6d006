//! Masterclass 14.1: one worker tells from time to time what the others do.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Portable};

const WORKERS: [&str; 3] = ["worker 1", "worker 2", "worker 3"];

pub(super) const MONITOR: Scenario = Scenario {
    name: "monitor",
    about: "one worker lists from time to time who is at work and who has ended",
    section: "Masterclass 14.1",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Roles(&["monitor", WORKERS[0], WORKERS[1], WORKERS[2]]),
    parameters: &[
        Parameter::seconds("period", "time before each look", 2.0),
        Parameter::seconds("work", "time that each worker needs", 5.0),
    ],
    claims: &["MC14.1", "MC12.1b"],
    estimate: |p| Estimate {
        waits: vec![looks(p) as f64 * p.seconds("period"), p.seconds("work")],
        ..Estimate::default()
    },
    small: Some(Small {
        workers: 4,
        numbers: &[],
    }),
    wrong: |_, result| {
        // Nobody comes back.
        let at_work = Vec::<u64>::from_value(result.clone()).unwrap_or_default();
        let right = !at_work.is_empty() && at_work.is_sorted_by(|a, b| a >= b);
        (!right).then(|| format!("{result} at work at the looks"))
    },
    tasks,
    rust: include_str!("monitor.rs"),
    python: include_str!("monitor.py"),
    ..Scenario::PLAIN
};

/// Looks until the workers have ended. There is an end to them, so that there is
/// one to every schedule.
fn looks(p: &Parameters) -> u64 {
    let before = p.seconds("work") / p.seconds("period");
    (before as u64).saturating_add(1).min(1_000)
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (period, work) = (p.duration("period"), p.duration("work"));
    let looks = looks(p);
    // Whoever ends says so where the monitor can see it.
    let ended = WORKERS.map(|name| lab.shared(format!("{name} has ended"), false));
    lab.task("monitor", async move |w| {
        let mut seen = vec![];
        for _ in 0..looks {
            w.sleep(period).await;
            let (mut states, mut at_work) = (vec![], 0u64);
            for (name, ended) in WORKERS.iter().zip(&ended) {
                let ended = w.load(ended).await;
                at_work += u64::from(!ended);
                let state = if ended { "has ended" } else { "at work" };
                states.push(format!("{name} {state}"));
            }
            w.say(format!("monitor: {}", states.join(", ")));
            seen.push(at_work);
            if at_work == 0 {
                break;
            }
        }
        seen
    });
    for (name, ended) in WORKERS.into_iter().zip(ended) {
        lab.task(name, async move |w| {
            w.sleep(work).await;
            w.say(format!("{name} is done"));
            w.store(&ended, true).await;
        });
    }
    Box::new(|_, seconds, results| {
        let looks = results.first().cloned().unwrap_or_default();
        let line = format!("nobody is at work after {seconds:.2} s");
        (looks, line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn each_look_tells_how_many_are_at_work() {
        let mut p = MONITOR.defaults();
        let simulated = |p: &Parameters| trial::simulated(&MONITOR, p, Model::Threads);
        assert_eq!(simulated(&p).to_string(), "[3, 3, 0]");
        p.set("period", ParameterValue::Seconds(1.5));
        assert_eq!(simulated(&p).to_string(), "[3, 3, 3, 0]");
        let measured = trial::measured(&MONITOR, &p.scaled(0.005), Model::Threads);
        assert_eq!((MONITOR.wrong)(&p, &measured), None);
    }

    #[test]
    fn who_comes_back_is_wrong() {
        let p = MONITOR.defaults();
        let wrong = |looks: &[u64]| (MONITOR.wrong)(&p, &looks.to_vec().into_value()).is_some();
        assert!(!wrong(&[3, 1, 0]) && !wrong(&[0]));
        assert!(wrong(&[1, 2, 0]) && wrong(&[]));
    }
}
