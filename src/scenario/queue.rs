//! Masterclass 9.1: a child puts, its parent gets; and what happens when the
//! parent waits for the child's end first.

use super::quantity::{thousands, typed_bytes};
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Site, Small, Surroundings};
use lab::trace::Model;
use lab::{Lab, Portable, Value};

/// Bytes of all items together at the most: they may all be there at once.
const MOST: u64 = 1_000_000_000;

pub(super) const QUEUE: Scenario = Scenario {
    name: "queue",
    about: "a child puts items into a queue, its parent takes them out, before it joins the child or after",
    section: "Masterclass 9.1",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Roles(&["child", "parent"]),
    parameters: &[
        Parameter::count("items", "items that are put", 1, 10_000),
        Parameter::size(
            "size",
            "bytes of one item; with 0 an item is a short text, or a square of several",
            0,
            MOST,
        ),
        Parameter::choice(
            "drain",
            "when the parent takes them: before it joins the child, or after",
            &["before", "after"],
        ),
    ],
    claims: &[
        "MC9.1", "MC9.1-F", "MC12.1b", "MC12.2c", "AT7", "OV.queue", "CF.ipc", "CM.ipc", "CM.good",
    ],
    estimate: |p| {
        let bytes = p.number("items") * p.number("size").max(50);
        Estimate {
            computes: vec![0.001 + bytes as f64 * 1e-9; 2],
            ..Estimate::default()
        }
    },
    small: Some(Small {
        workers: 2,
        numbers: &[("items", 2)],
    }),
    wrong: |p, result| {
        let all = 1..=p.number("items");
        super::unless(
            &Value::List(all.map(|n| told(item(p, n))).collect()),
            result,
        )
    },
    unsimulated: too_much,
    surroundings: |_: &Site<'_>, p| too_much(p).map_or(Ok(Surroundings::default()), Err),
    tasks,
    rust: include_str!("queue.rs"),
    python: include_str!("queue_items.py"),
    ..Scenario::PLAIN
};

fn too_much(p: &Parameters) -> Option<String> {
    let (items, size) = (p.number("items"), p.number("size"));
    (items.saturating_mul(size) > MOST).then(|| {
        format!(
            "--items {items} of --size {} could all be in memory at once; {} is the most for all together",
            typed_bytes(size),
            typed_bytes(MOST)
        )
    })
}

/// An item by its number from 1.
fn item(p: &Parameters, number: u64) -> Value {
    match (p.number("size"), p.number("items")) {
        (0, 1) => Value::Text("chai for the parent".into()),
        (0, _) => (number * number).into_value(),
        (size, _) => Value::Text("x".repeat(size as usize)),
    }
}

/// An item as the result tells it: of a large one, how long it is.
fn told(item: Value) -> Value {
    match item {
        Value::Text(text) if text.starts_with('x') => text.len().into_value(),
        item => item,
    }
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (belt, child) = (lab.queue::<Value>("belt", 0), lab.end_of("child"));
    let (items, drains_first) = (p.number("items"), p.word("drain") == "before");
    let p = p.clone();
    lab.task("child", async move |w| {
        for number in 1..=items {
            w.say(format!("child puts item {number}"));
            w.put(&belt, item(&p, number)).await;
        }
    });
    lab.task("parent", async move |w| {
        if !drains_first {
            // A child ends when all that it has put is on its way. What finds no
            // room in the queue is not, as long as nobody takes anything.
            w.join(&child).await;
        }
        let mut taken = vec![];
        for number in 1..=items {
            let item = w.get(&belt).await.unwrap_or_default();
            w.say(format!("parent takes item {number}"));
            taken.push(told(item));
        }
        if drains_first {
            w.join(&child).await;
        }
        taken
    });
    Box::new(move |_, seconds, results| {
        let taken = results.get(1).cloned().unwrap_or_default();
        let line = match &taken {
            Value::List(all) if all.len() > 10 => {
                format!("{} items after {seconds:.2} s", thousands(all.len() as u64))
            }
            few => format!("{few} after {seconds:.2} s"),
        };
        (taken, line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;
    use lab::Described;

    fn with(items: u64, size: u64, drain: &str) -> Parameters {
        let mut p = QUEUE.defaults();
        p.set("items", ParameterValue::Count(items));
        p.set("size", ParameterValue::Size(size));
        p.set("drain", ParameterValue::Choice(drain.into()));
        p
    }

    #[test]
    fn what_was_put_is_taken() {
        for (p, expected) in [
            (with(1, 0, "after"), "[chai for the parent]"),
            (with(4, 0, "before"), "[1, 4, 9, 16]"),
            (with(2, 100_000, "before"), "[100000, 100000]"),
        ] {
            for result in [
                trial::measured(&QUEUE, &p, Model::Threads),
                trial::simulated(&QUEUE, &p, Model::Threads),
                trial::simulated(&QUEUE, &p, Model::Processes),
            ] {
                assert_eq!(result.to_string(), expected);
                assert_eq!((QUEUE.wrong)(&p, &result), None);
            }
        }
    }

    #[test]
    fn in_virtual_time_too_a_large_item_needs_somebody_who_takes_it() {
        let is_stuck = |size, drain, model| {
            let lab = Lab::new();
            let _finish = (QUEUE.tasks)(&lab, &with(1, size, drain));
            lab.simulate_as(model, Described::guide()).unwrap().deadlock
        };
        assert!(is_stuck(70_000, "after", Model::Processes));
        assert!(!is_stuck(60_000, "after", Model::Processes));
        assert!(!is_stuck(70_000, "before", Model::Processes));
        assert!(!is_stuck(70_000, "after", Model::Threads));
    }
}
