//! What runs of `memory` measured, for the figure of what a unit holds.

use super::record::{Labelled, Shown};
use crate::figure::MemoryOfUnit;
use crate::scenario;
use lab::trace::{Model, Trace};
use lab::{Portable, stats};

/// What the guides give for a thread and for a process, in bytes (CM.mem).
const GUIDE_THREAD: (f64, f64) = (8e3, 8e3);
const GUIDE_PROCESS: (f64, f64) = (30e6, 50e6);

/// A unit for each run of `memory`; none of runs of something else.
pub(super) fn units(shown: &Shown) -> Vec<MemoryOfUnit> {
    let each = shown.groups.iter().filter_map(measured);
    each.collect()
}

fn measured(Labelled { label, trace }: &Labelled) -> Option<MemoryOfUnit> {
    if trace.header.scenario != scenario::find("memory")?.name {
        return None;
    }
    let (_, proportional, private) = median(trace)?;
    Some(MemoryOfUnit {
        label: label.clone(),
        private: private * 1024.0,
        shared: (proportional - private).max(0.0) * 1024.0,
        guide: match trace.header.model {
            Model::Threads => Some(GUIDE_THREAD),
            Model::Processes => Some(GUIDE_PROCESS),
            _ => None,
        },
    })
}

/// Resident, proportional and private kibibytes, each the median of all samples.
fn median(trace: &Trace) -> Option<(f64, f64, f64)> {
    let samples = trace.samples.iter();
    let weighed: Vec<(f64, f64, f64)> = samples
        .filter_map(|sample| Portable::from_value(sample.result.clone()))
        .collect();
    let of = |kind: fn(&(f64, f64, f64)) -> f64| {
        stats::median(&weighed.iter().map(kind).collect::<Vec<_>>())
    };
    Some((of(|w| w.0)?, of(|w| w.1)?, of(|w| w.2)?))
}
