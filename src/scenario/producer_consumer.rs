//! A producer and a consumer, and a queue with few places between them.

use super::lots::Lots;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Small};
use lab::trace::Model;
use lab::{Lab, Value, secs};
use std::time::Duration;

pub(super) const PRODUCER_CONSUMER: Scenario = Scenario {
    name: "producer-consumer",
    aliases: &["producer_consumer"],
    about: "one worker makes items, another uses them; a queue with few places lies between",
    section: "Masterclass 13.1",
    models: &[Model::Threads, Model::Processes, Model::Async],
    crew: Crew::Roles(&["producer", "consumer"]),
    parameters: &[
        Parameter::count("items", "items that are made", 5, 10_000),
        Parameter::count("capacity", "places in the queue", 2, 10_000),
        Parameter::seconds("produce-min", "least time to make one", 0.5),
        Parameter::seconds("produce-max", "most", 1.5),
        Parameter::seconds("consume-min", "least time to use one", 1.0),
        Parameter::seconds("consume-max", "most", 2.0),
    ],
    claims: &["MC13.1", "CM.ipc"],
    estimate: |p| {
        let of = |what: &str| {
            (p.seconds(&format!("{what}-min")) + p.seconds(&format!("{what}-max"))) / 2.0
        };
        let items = p.number("items") as f64;
        Estimate {
            waits: vec![items * of("produce"), items * of("consume")],
            ..Estimate::default()
        }
    },
    small: Some(Small {
        workers: 2,
        numbers: &[("items", 2), ("capacity", 1)],
    }),
    wrong: |p, result| {
        super::unless(
            &Value::List((1..=p.number("items") as i64).map(Value::Int).collect()),
            result,
        )
    },
    tasks,
    rust: include_str!("producer_consumer.rs"),
    python: include_str!("producer_consumer.py"),
    ..Scenario::PLAIN
};

/// So many paces between two, drawn by lot before the start: one seed, one pace
/// under every model.
fn paces(p: &Parameters, what: &str, lot: u64) -> Vec<Duration> {
    let (least, most) = (
        p.seconds(&format!("{what}-min")),
        p.seconds(&format!("{what}-max")),
    );
    let lots = Lots::new(p.seed ^ lot).take(p.number("items") as usize);
    lots.map(|lot| secs(least + lot * (most - least).max(0.0)))
        .collect()
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (items, belt) = (
        p.number("items"),
        lab.queue::<u64>("belt", p.number("capacity") as usize),
    );
    let (making, using) = (paces(p, "produce", 1), paces(p, "consume", 2));
    lab.task("producer", async move |w| {
        for (number, pace) in (1..).zip(&making) {
            w.say(format!("producer puts item {number}"));
            w.put(&belt, number).await;
            w.sleep(*pace).await;
        }
        w.say("producer has no more");
        w.close_queue(&belt).await;
    });
    lab.task("consumer", async move |w| {
        let mut used = vec![];
        while let Some(item) = w.get(&belt).await {
            w.say(format!("consumer takes item {item}"));
            w.sleep(using[used.len()]).await;
            used.push(item);
        }
        w.say("consumer stops");
        used
    });
    Box::new(move |_, seconds, results| {
        let line = format!("{items} items have gone through after {seconds:.2} s");
        (results.get(1).cloned().unwrap_or_default(), line)
    })
}
