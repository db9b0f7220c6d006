//! Masterclass 10, Table 6: a worker dies. Who dies with it?

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::{Ending, Model};
use lab::{Death, Lab, Value};

/// The status with which a worker leaves that is asked to.
const STATUS: i32 = 3;

pub(super) const CRASH: Scenario = Scenario {
    name: "crash",
    about: "one worker dies at its work: a process alone, and threads all together, unless it is a panic",
    section: "Masterclass 10.2, Table 6",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Roles(&["victim", "bystander"]),
    parameters: &[
        Parameter::choice(
            "how",
            "the victim dies",
            &["panic", "abort", "segfault", "exit"],
        ),
        Parameter::seconds(
            "work",
            "time that the bystander needs; the victim dies after half of it",
            1.0,
        ),
    ],
    claims: &["MC10-T6f", "CM.adv-t", "CM.adv-p"],
    estimate: |p| Estimate {
        waits: vec![p.seconds("work") / 2.0, p.seconds("work")],
        ..Estimate::default()
    },
    mortal: true,
    fallen: |p, fall| {
        let expected = match p.word("how") {
            "abort" => Ending::Killed(libc::SIGABRT),
            "segfault" => Ending::Killed(libc::SIGSEGV),
            "exit" => Ending::Exited(STATUS),
            _ => return None,
        };
        // Where memory ends, some systems say it with another signal.
        let same = expected == fall.how || fall.how == Ending::Killed(libc::SIGBUS);
        same.then(|| told(&[fall.how.clone(), fall.how]))
    },
    tasks,
    rust: include_str!("crash.rs"),
    python: include_str!("crash.py"),
    ..Scenario::PLAIN
};

/// What became of the victim and the bystander, as the result and as a line.
fn told(endings: &[Ending]) -> (Value, String) {
    let so = |ending: &Ending| match ending {
        Ending::Panicked(_) => "panics".to_owned(),
        Ending::Exited(status) => format!("leaves with status {status}"),
        Ending::Killed(signal) => format!("is killed by signal {signal}"),
        Ending::Returned | Ending::Running => "lives".to_owned(),
    };
    let [victim, bystander] = endings else {
        return (Value::None, String::new());
    };
    let result = if victim == bystander {
        format!("the process of both {}", so(victim))
    } else {
        format!("victim {}, bystander {}", so(victim), so(bystander))
    };
    // With the signal's name.
    let line = match victim {
        Ending::Killed(_) => format!("{result}; it {victim}"),
        _ => result.clone(),
    };
    (Value::Text(result), line)
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let work = p.duration("work");
    let how = match p.word("how") {
        "abort" => Death::Abort,
        "segfault" => Death::Segfault,
        "exit" => Death::Exit(STATUS),
        _ => Death::Panic("the victim gives up".into()),
    };
    lab.task("victim", async move |w| -> Value {
        w.say("victim is at work");
        w.sleep(work / 2).await;
        w.die(how.clone())
    });
    lab.task("bystander", async move |w| {
        w.say("bystander is at work");
        w.sleep(work).await;
        w.say("bystander is done");
    });
    Box::new(|lab, _, _| told(&lab.endings()))
}

#[cfg(test)]
mod tests {
    use super::super::{Fall, ParameterValue};
    use super::*;
    use lab::Described;

    fn simulated(how: &str, model: Model) -> String {
        let mut p = CRASH.defaults();
        p.set("how", ParameterValue::Choice(how.into()));
        let lab = Lab::new();
        let finish = (CRASH.tasks)(&lab, &p);
        let run = lab.simulate_as(model, Described::guide()).unwrap();
        assert!(!run.deadlock);
        let both = if how == "panic" || model == Model::Processes {
            1.0
        } else {
            0.5
        };
        assert!(
            (run.elapsed as f64 / 1e9 - both).abs() < 0.01,
            "{}",
            run.elapsed
        );
        finish(&lab, 0.0, &run.results()).0.to_string()
    }

    #[test]
    fn a_process_dies_alone_and_threads_die_together_unless_they_panic() {
        for (how, what) in [
            ("abort", "signal 6"),
            ("segfault", "signal 11"),
            ("exit", "status 3"),
        ] {
            let (threads, processes) = (
                simulated(how, Model::Threads),
                simulated(how, Model::Processes),
            );
            assert!(
                threads.starts_with("the process of both") && threads.contains(what),
                "{threads}"
            );
            assert!(
                processes.ends_with("bystander lives") && processes.contains(what),
                "{processes}"
            );
        }
        for model in CRASH.models {
            let alone = "victim panics, bystander lives";
            assert_eq!(simulated("panic", *model), alone);
        }
    }

    #[test]
    fn only_the_end_that_was_asked_for_is_no_fault() {
        let fall = |how: &str, ending| {
            let mut p = CRASH.defaults();
            p.set("how", ParameterValue::Choice(how.into()));
            let fall = Fall {
                how: ending,
                seconds: 0.5,
            };
            (CRASH.fallen)(&p, fall).is_some()
        };
        assert!(fall("abort", Ending::Killed(libc::SIGABRT)));
        assert!(fall("exit", Ending::Exited(3)) && !fall("exit", Ending::Exited(1)));
        assert!(!fall("abort", Ending::Killed(libc::SIGKILL)));
        assert!(!fall("panic", Ending::Killed(libc::SIGABRT)));
    }
}
