//! Advanced topics, threading: one worker says numbers, another letters.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Portable, Value};

pub(super) const LETTERS: Scenario = Scenario {
    name: "letters",
    about: "one worker says numbers, another letters, with a pause after each",
    section: "Advanced topics, Threading",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Processes,
        Model::Async,
    ],
    crew: Crew::Roles(&["numbers", "letters"]),
    parameters: &[
        Parameter::count("times", "numbers, and letters", 5, 26),
        Parameter::seconds("pause", "time after each of them", 0.5),
    ],
    claims: &["AT3", "OV.ch4"],
    estimate: |p| Estimate {
        waits: vec![p.number("times") as f64 * p.seconds("pause"); 2],
        ..Estimate::default()
    },
    wrong: |p, result| {
        // How the two are mixed is luck; the order of each is not.
        let (letters, numbers): (String, String) =
            result.to_string().chars().partition(|c| c.is_alphabetic());
        let said = Value::List(vec![Value::Text(numbers), Value::Text(letters)]);
        let times = p.number("times");
        let expected = vec![numbers_to(times).concat(), letters_to(times).concat()];
        super::unless(&expected.into_value(), &said)
    },
    tasks,
    rust: include_str!("letters.rs"),
    python: include_str!("letters.py"),
    ..Scenario::PLAIN
};

fn numbers_to(times: u64) -> Vec<String> {
    (1..=times).map(|number| number.to_string()).collect()
}

fn letters_to(times: u64) -> Vec<String> {
    let letters = ('a'..='z').map(String::from);
    letters.take(times as usize).collect()
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (times, pause) = (p.number("times"), p.duration("pause"));
    for (name, signs) in [
        ("numbers", numbers_to(times)),
        ("letters", letters_to(times)),
    ] {
        lab.task(name, async move |w| {
            let mut said = vec![];
            for sign in &signs {
                w.say(sign);
                said.push((w.now(), sign.clone()));
                w.sleep(pause).await;
            }
            said
        });
    }
    Box::new(|_, seconds, results| {
        // What all have said, in the order in which they said it.
        let mut said: Vec<(u64, String)> = results
            .iter()
            .filter_map(|said| Vec::from_value(said.clone()))
            .flatten()
            .collect();
        said.sort_by_key(|(at, _)| *at);
        let line: String = said.into_iter().map(|(_, sign)| sign).collect();
        let told = format!("everything is said after {seconds:.2} s");
        (Value::Text(line), told)
    })
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;

    #[test]
    fn they_alternate_where_both_begin_at_once_and_else_come_one_after_the_other() {
        let mut p = LETTERS.defaults();
        assert_eq!(
            trial::simulated(&LETTERS, &p, Model::Threads).to_string(),
            "1a2b3c4d5e"
        );
        p.set("times", super::super::ParameterValue::Count(3));
        assert_eq!(
            trial::measured(&LETTERS, &p.scaled(0.001), Model::Sequential).to_string(),
            "123abc"
        );
    }

    #[test]
    fn a_letter_that_is_missing_or_out_of_order_is_wrong() {
        let p = LETTERS.defaults();
        let wrong = |said: &str| (LETTERS.wrong)(&p, &Value::Text(said.into())).is_some();
        assert!(!wrong("12a3bc4d5e"));
        assert!(wrong("12a3bc4d5") && wrong("12a3cb4d5e") && wrong("21a3bc4d5e"));
    }
}
