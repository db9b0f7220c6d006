//! Beyond the guides: five philosophers, five forks, and three ways to take two
//! of them.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value};

const SEATS: usize = 5;

pub(super) const PHILOSOPHERS: Scenario = Scenario {
    name: "philosophers",
    about: "five philosophers share five forks, and each needs two of them to eat",
    section: "Concurrency overview, Deadlock",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Roles(&[
        "philosopher 1",
        "philosopher 2",
        "philosopher 3",
        "philosopher 4",
        "philosopher 5",
    ]),
    parameters: &[
        Parameter::choice(
            "strategy",
            "how forks are taken: all the left one first, by their numbers, or with a waiter's leave",
            &["left-first", "ordered", "waiter"],
        ),
        Parameter::count("meals", "meals of each", 3, 1_000),
        Parameter::seconds("think", "time to think before a meal", 0.01),
        Parameter::seconds(
            "eat",
            "time to eat; a tenth of it from one fork to the next",
            0.01,
        ),
    ],
    claims: &["OV.ch1"],
    estimate: |p| {
        let meals = p.number("meals") as f64;
        let each = meals * (p.seconds("think") + 3.0 * p.seconds("eat"));
        Estimate {
            waits: vec![each; SEATS],
            ..Estimate::default()
        }
    },
    small: Some(Small {
        workers: SEATS as u32,
        numbers: &[("meals", 1)],
    }),
    wrong: |p, result| {
        let meals = SEATS as i64 * p.number("meals") as i64;
        super::unless(&Value::Int(meals), result)
    },
    tasks,
    rust: include_str!("philosophers.rs"),
    python: include_str!("philosophers.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (meals, think, eat) = (p.number("meals"), p.duration("think"), p.duration("eat"));
    let (ordered, waiter) = (
        p.word("strategy") == "ordered",
        p.word("strategy") == "waiter",
    );
    let forks: Vec<_> = (1..=SEATS)
        .map(|fork| lab.lock(format!("fork {fork}")))
        .collect();
    // Of five who want two forks each, four always leave somebody a pair.
    let waiter = waiter.then(|| lab.semaphore("waiter", SEATS as u32 - 1));
    let eaten = lab.shared("meals eaten", 0u64);
    for seat in 0..SEATS {
        let (left, right) = (seat, (seat + 1) % SEATS);
        let swap = ordered && right < left;
        let (first, second) = if swap { (right, left) } else { (left, right) };
        let (first, second) = (forks[first], forks[second]);
        let name = format!("philosopher {}", seat + 1);
        lab.task(name.clone(), async move |w| {
            for meal in 1..=meals {
                w.wait_for("think", think).await;
                let leave = match &waiter {
                    Some(waiter) => Some(w.lock(waiter).await),
                    None => None,
                };
                let one = w.lock(&first).await;
                w.wait_for("reach", eat / 10).await;
                let other = w.lock(&second).await; // all may have one, and wait for this
                w.say(format!("{name} eats meal {meal}"));
                w.wait_for("eat", eat).await;
                w.update(&eaten, |meals| meals + 1).await;
                other.release().await;
                one.release().await;
                if let Some(leave) = leave {
                    leave.release().await;
                }
            }
            w.say(format!("{name} has had enough"));
        });
    }
    Box::new(move |lab, seconds, _| {
        let line = format!("all have eaten after {seconds:.2} s");
        (Value::Int(lab.get(&eaten) as i64), line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn by_their_numbers_or_with_a_waiter_all_eat_every_meal() {
        let mut p = PHILOSOPHERS.defaults();
        p.set("meals", ParameterValue::Count(7));
        for strategy in ["ordered", "waiter"] {
            p.set("strategy", ParameterValue::Choice(strategy.into()));
            let measured = trial::measured(&PHILOSOPHERS, &p.scaled(0.01), Model::Threads);
            assert_eq!(measured, Value::Int(35), "{strategy}");
            assert_eq!((PHILOSOPHERS.wrong)(&p, &measured), None);
            assert!((PHILOSOPHERS.wrong)(&p, &Value::Int(34)).is_some());
        }
    }
}
