//! What a unit holds while it waits.

use super::quantity::tenths;
use super::surroundings::must;
use super::{Crew, Estimate, Finish, Parameters, Scenario, Site, Surroundings};
use crate::real::units::{self, Held};
use lab::trace::Model;
use lab::{Lab, Portable, Value};
use std::sync::Arc;
use std::time::Duration;

/// Resident, proportional and private.
const KINDS: usize = 3;

pub(super) const MEMORY: Scenario = Scenario {
    name: "memory",
    about: "units wait while what they hold is measured: resident, proportional and private memory",
    section: "Masterclass 11.2",
    models: &[Model::Threads, Model::Processes, Model::Async],
    crew: Crew::Alike { default: 10 },
    claims: &[
        "MC11.2-F", "CM.mem-t", "CM.mem-p", "CM.T1", "MC10-T6h", "OV.ch3",
    ],
    estimate: |p| Estimate {
        computes: vec![5e-5; p.workers as usize],
        ..Estimate::default()
    },
    unsimulated: |_| {
        Some(
            "what a unit holds is measured on this machine; a described machine has no memory"
                .into(),
        )
    },
    surroundings,
    tasks,
    rust: include_str!("memory.rs"),
    python: include_str!("memory.py"),
    ..Scenario::PLAIN
};

/// What this process holds before it starts a unit, in bytes, by kind.
fn surroundings(_: &Site<'_>, _: &Parameters) -> Result<Surroundings, String> {
    let Held {
        resident,
        proportional,
        private,
    } = units::held_by(std::process::id())
        .map_err(|error| format!("this system does not tell what a process holds: {error}"))?;
    Ok(Surroundings::at(
        format!("{resident} {proportional} {private}"),
        (),
    ))
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (workers, model) = (p.workers, p.model());
    let (there, leave) = (lab.barrier("all there", workers), lab.event("leave"));
    let pids: Arc<[_]> = (1..=workers)
        .map(|number| lab.shared(format!("process of unit {number}"), 0u32))
        .collect();
    let before: Vec<u64> = p
        .place()
        .split(' ')
        .filter_map(|n| n.parse().ok())
        .collect();
    for (number, pid) in (1..).zip(pids.to_vec()) {
        let (pids, before) = (pids.clone(), before.clone());
        lab.task(format!("unit {number}"), async move |w| {
            w.store(&pid, std::process::id()).await;
            if !w.meet(&there).await {
                w.wait(&leave).await;
                return vec![];
            }
            // The last to come weighs them all.
            let mut of = vec![];
            for pid in pids.iter() {
                of.push(w.load(pid).await);
            }
            let weigh = || match model {
                Model::Processes => of.iter().map(|pid| must(units::held_by(*pid))).fold(
                    vec![0; KINDS],
                    |sum, one| {
                        let both = sum.iter().zip(in_order(one));
                        both.map(|(sum, one)| sum + one).collect()
                    },
                ),
                _ => {
                    let after = in_order(must(units::held_by(std::process::id())));
                    let more = after.iter().zip(&before);
                    more.map(|(after, before)| after.saturating_sub(*before))
                        .collect()
                }
            };
            let held = w.call_known("weigh", weigh, Duration::ZERO, Vec::new).await;
            w.set(&leave).await;
            held
        });
    }
    Box::new(move |_, _, results| {
        let weighed = results.iter().cloned().filter_map(Vec::<u64>::from_value);
        let held = weighed.max_by_key(Vec::len).unwrap_or_default();
        let each = held
            .iter()
            .map(|bytes| *bytes as f64 / 1024.0 / f64::from(workers));
        let each: Vec<f64> = each.map(tenths).collect();
        let [resident, proportional, private] = each[..] else {
            return (Value::None, "nothing was measured".into());
        };
        let line = format!(
            "one of {workers} units holds {resident:.0} kB resident, \
             {proportional:.0} kB proportional, {private:.0} kB private"
        );
        (
            Value::List(each.into_iter().map(Value::Float).collect()),
            line,
        )
    })
}

fn in_order(held: Held) -> [u64; KINDS] {
    [held.resident, held.proportional, held.private]
}
