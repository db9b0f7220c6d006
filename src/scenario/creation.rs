//! What it costs to start a unit and to see it end, one after another.

use super::spread::Spread;
use super::surroundings::must;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use crate::real::units::{self, ForkServer};
use lab::trace::Model;
use lab::{Lab, Portable, Start, Value};
use std::time::{Duration, Instant};

/// Units that warm up at the most, and are not counted.
const WARM_UP: u64 = 10;

pub(super) const CREATION: Scenario = Scenario {
    name: "creation",
    about: "units that do nothing are started one after another, each timed to its end",
    section: "Masterclass 10.3, Table 6",
    models: &[Model::Threads, Model::Pool, Model::Processes, Model::Async],
    crew: Crew::Roles(&["starter"]),
    parameters: &[Parameter::count(
        "units",
        "units that are started",
        200,
        100_000,
    )],
    claims: &["CM.T2", "MC10-T6d", "CF.g3", "CF.T"],
    estimate: |p| Estimate {
        computes: vec![p.number("units") as f64 * 4e-4],
        ..Estimate::default()
    },
    unsimulated: |_| {
        Some(
            "what it costs to start a unit is measured on this machine; \
             a described machine has the costs that were given to it"
                .into(),
        )
    },
    tasks,
    rust: include_str!("creation.rs"),
    python: include_str!("creation.py"),
    ..Scenario::PLAIN
};

/// Starts one unit that does nothing and waits for its end, in one of the ways
/// that block.
struct Starter {
    model: Model,
    start: Start,
    pool: Option<rayon::ThreadPool>,
    server: Option<ForkServer>,
}

impl Starter {
    fn new(model: Model, start: Start) -> Self {
        let pool = || must(rayon::ThreadPoolBuilder::new().num_threads(1).build());
        let served = model == Model::Processes && start == Start::ForkServer;
        Starter {
            model,
            start,
            pool: (model == Model::Pool).then(pool),
            server: served.then(|| must(ForkServer::start())),
        }
    }

    fn start_and_join(&mut self) {
        match (&self.pool, &mut self.server) {
            (Some(pool), _) => pool.install(|| ()),
            (_, Some(server)) => must(server.fork_and_wait()),
            _ if self.model != Model::Processes => {
                let thread = std::thread::Builder::new().spawn(|| ());
                // It does nothing, so it cannot panic.
                let _ = must(thread).join();
            }
            _ => must(match self.start {
                Start::Spawn => units::spawn_and_wait(),
                _ => units::fork_and_wait(),
            }),
        }
    }
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (units, model, start) = (p.number("units"), p.model(), p.start);
    let warm_up = WARM_UP.min(units.div_ceil(10));
    lab.task("starter", async move |w| {
        let mut times: Vec<f64> = vec![];
        if model == Model::Async {
            for _ in 0..warm_up + units {
                let began = Instant::now();
                let _ = tokio::spawn(async {}).await;
                times.push(began.elapsed().as_secs_f64());
            }
        } else {
            let run = || {
                let mut starter = Starter::new(model, start);
                let once = |_| {
                    let began = Instant::now();
                    starter.start_and_join();
                    began.elapsed().as_secs_f64()
                };
                (0..warm_up + units).map(once).collect()
            };
            times = w
                .call_known("start and join", run, Duration::ZERO, Vec::new)
                .await;
        }
        times.split_off(warm_up as usize)
    });
    Box::new(move |_, _, results| {
        let times = results.first().cloned().and_then(Vec::<f64>::from_value);
        let micros: Vec<f64> = times.iter().flatten().map(|s| s * 1e6).collect();
        let spread = Spread::of(&micros);
        let line = format!("start and join: {}", spread.told("us"));
        (Value::Float(spread.median), line)
    })
}
