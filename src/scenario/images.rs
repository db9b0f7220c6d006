//! Images: decoded, blurred, searched for edges, encoded. Work without waits.

use super::surroundings::must;
use super::{Crew, Estimate, Finish, Parameter, ParameterKind, Parameters, Scenario};
use crate::real::picture;
use lab::trace::Model;
use lab::{Lab, Value};
use std::sync::Arc;

/// Steps that stand for the work on a pixel, so that a step takes about as long
/// as one of counting.
const STEPS: u64 = 60;
/// Seconds that a step takes, roughly: for announcements only.
const STEP: f64 = 1.5e-9;
/// Bars of the richest picture; they repeat after it.
const BARS: u64 = 8;

pub(super) const IMAGES: Scenario = Scenario {
    name: "images",
    about: "images are decoded, blurred, searched for edges and encoded",
    section: "Masterclass 10.3, Table 7",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Pool,
        Model::Processes,
    ],
    crew: Crew::Pool { default: 2 },
    parameters: &[
        Parameter::count("images", "images that are worked on", 8, 10_000),
        Parameter {
            name: "pixels",
            about: "side of each, in pixels",
            kind: ParameterKind::Count {
                default: 256,
                least: 32,
                most: 4_096,
            },
        },
    ],
    claims: &["MC10-T7d", "OV.gil2"],
    estimate: |p| Estimate {
        computes: super::shares(p, "images", steps(p) as f64 * STEP),
        ..Estimate::default()
    },
    wrong: |p, result| super::unless(&Value::Int(p.number("images") as i64), result),
    tasks,
    rust: include_str!("images.rs"),
    python: include_str!("images.py"),
    ..Scenario::PLAIN
};

fn steps(p: &Parameters) -> u64 {
    p.number("pixels").pow(2) * STEPS
}

/// Bars of an image, by its number from 1.
fn bars(p: &Parameters, image: u64) -> u32 {
    let most = picture::most_bars(p.number("pixels") as u32);
    ((image - 1) % BARS.min(most.into())) as u32 + 1
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    lab.workers(p.workers as usize);
    let (images, side, steps) = (p.number("images"), p.number("pixels") as u32, steps(p));
    // Drawn before the run: it begins with files that are there.
    let different = BARS.min(images) as u32;
    let drawn: Vec<Arc<[u8]>> = (1..=different)
        .map(|bars| picture::bars(side, bars).unwrap_or_default().into())
        .collect();
    for image in 1..=images {
        let jpeg = drawn[bars(p, image) as usize - 1].clone();
        lab.task(format!("image {image}"), async move |w| {
            let work = |steps: lab::Steps<'_>| {
                // Under an interpreter's lock and pace the steps take its time;
                // without, they are passed over.
                steps.pass();
                let edges = picture::edges(&picture::blur(&picture::decode(&jpeg)?));
                picture::encode(&edges).map(|_| picture::count_bars(&edges))
            };
            let found = must(w.compute(steps, work).await);
            w.say(format!("image {image} is done"));
            found
        });
    }
    let right: Vec<Value> = (1..=images)
        .map(|image| Value::Int(bars(p, image).into()))
        .collect();
    Box::new(move |_, seconds, results| {
        // Those on which all edges were found that were drawn.
        let found = results.iter().zip(&right).filter(|(a, b)| a == b).count();
        let line = format!("{found} images after {seconds:.2} s");
        (Value::Int(found as i64), line)
    })
}
