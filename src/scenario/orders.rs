//! Masterclass 2.1 and Table 1: two workers, each with several waits.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::Lab;
use lab::trace::Model;

pub(super) const ORDERS: Scenario = Scenario {
    name: "orders",
    about: "a waiter takes orders while a brewer makes the chai",
    section: "Masterclass 2.1",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Processes,
        Model::Async,
    ],
    crew: Crew::Roles(&["waiter", "brewer"]),
    parameters: &[
        Parameter::count("orders", "orders, and cups to brew", 3, 1_000),
        Parameter::seconds("order-time", "time for one order", 2.0),
        Parameter::seconds("brew-time", "time for one cup", 3.0),
    ],
    claims: &["MC2.1", "MC2.1-F", "MC2.2-T1"],
    estimate: |p| {
        let orders = p.number("orders") as f64;
        let waits = vec![
            orders * p.seconds("order-time"),
            orders * p.seconds("brew-time"),
        ];
        Estimate {
            waits,
            ..Estimate::default()
        }
    },
    tasks,
    rust: include_str!("orders.rs"),
    python: include_str!("orders.py"),
    ..Scenario::PLAIN
};

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let orders = p.number("orders");
    let (order_time, brew_time) = (p.duration("order-time"), p.duration("brew-time"));
    lab.task("waiter", async move |w| {
        for number in 1..=orders {
            w.say(format!("order {number} comes in"));
            w.sleep(order_time).await;
        }
    });
    lab.task("brewer", async move |w| {
        for number in 1..=orders {
            w.say(format!("chai {number} goes on the fire"));
            w.sleep(brew_time).await;
        }
    });
    super::closing(|seconds| format!("nobody waits for chai after {seconds:.2} s"))
}
