//! Advanced topics, Pool: a function over a short list of numbers.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Portable, Value};

/// Seconds that a task takes, most of it to hand it over, roughly: for
/// announcements only.
const TASK: f64 = 2e-5;

pub(super) const SQUARES: Scenario = Scenario {
    name: "squares",
    about: "a function over a short list: work so small that handing it over costs more",
    section: "Advanced topics, Multiprocessing",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Pool,
        Model::Processes,
    ],
    crew: Crew::Pool { default: 4 },
    parameters: &[
        Parameter::count("numbers", "numbers in the list", 5, 1_000),
        Parameter::whole("from", "the first of them", 1, 1_000_000),
        Parameter::choice("function", "what is done to each", &["square", "double"]),
    ],
    claims: &["AT6", "CM.pool", "OV.tp", "OV.pp", "MC12.1a", "MC12.2b"],
    estimate: |p| Estimate {
        computes: super::dealt(numbers(p).map(|_| TASK), p.workers),
        ..Estimate::default()
    },
    wrong: |p, result| {
        // By sums alone: the square of n is that of n - 1, and 2n - 1 more.
        let doubled = numbers(p).map(|n| n + n);
        let expected: Vec<u64> = match p.word("function") {
            "double" => doubled.collect(),
            _ => numbers(p)
                .map(|n| (1..=n).map(|k| 2 * k - 1).sum())
                .collect(),
        };
        super::unless(&expected.into_value(), result)
    },
    tasks,
    rust: include_str!("squares.rs"),
    python: include_str!("squares.py"),
    ..Scenario::PLAIN
};

fn numbers(p: &Parameters) -> impl Iterator<Item = u64> {
    (p.number("from")..).take(p.number("numbers") as usize)
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let square = p.word("function") == "square";
    lab.workers(p.workers as usize);
    for (task, number) in (1..).zip(numbers(p)) {
        lab.task(format!("task {task}"), async move |w| {
            let function = |_: lab::Steps<'_>| if square { number * number } else { number * 2 };
            let value = w.compute(1, function).await;
            w.say(format!("task {task} gives {value}"));
            value
        });
    }
    Box::new(|_, seconds, results| {
        let results = Value::List(results.to_vec());
        let line = format!("{results} after {:.3} ms", seconds * 1e3);
        (results, line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    fn squares(from: u64, numbers: u64, function: &str) -> String {
        let mut p = SQUARES.defaults();
        p.set("from", ParameterValue::Count(from));
        p.set("numbers", ParameterValue::Count(numbers));
        p.set("function", ParameterValue::Choice(function.into()));
        let result = trial::measured(&SQUARES, &p, Model::Threads);
        assert_eq!(result, trial::simulated(&SQUARES, &p, Model::Processes));
        assert_eq!((SQUARES.wrong)(&p, &result), None);
        result.to_string()
    }

    #[test]
    fn results_are_the_guides_and_those_of_other_numbers_in_their_order() {
        assert_eq!(squares(1, 5, "square"), "[1, 4, 9, 16, 25]");
        assert_eq!(
            squares(0, 10, "square"),
            "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]"
        );
        assert_eq!(squares(1, 4, "double"), "[2, 4, 6, 8]");
        assert_eq!(squares(100, 2, "square"), "[10000, 10201]");
    }
}
