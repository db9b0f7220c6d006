//! What workers are called, and what they carry out together.

use std::collections::HashMap;

use lab::trace::{CELL, Trace};

use super::words;

/// The scenario, or how many tasks of a learner's own.
pub(super) fn called(trace: &Trace) -> String {
    if trace.header.scenario != CELL {
        return trace.header.scenario.clone();
    }
    format!("{CELL}: {}", words::count(trace.workers.len(), "task"))
}

/// The workers' names; those that several share are numbered, so that rows of a
/// table can be told apart.
pub(super) fn unique(trace: &Trace) -> Vec<String> {
    let mut shared: HashMap<&str, usize> = HashMap::new();
    for lane in &trace.workers {
        *shared.entry(&lane.name).or_default() += 1;
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    trace
        .workers
        .iter()
        .map(|lane| {
            let number = seen.entry(&lane.name).or_default();
            *number += 1;
            if shared[lane.name.as_str()] > 1 {
                format!("{} #{number}", lane.name).trim_start().to_owned()
            } else {
                lane.name.clone()
            }
        })
        .collect()
}

/// The name of `worker` among `names`, or its number if it has none.
pub(super) fn of(names: &[String], worker: u32) -> String {
    match names.get(worker as usize) {
        Some(name) if !name.trim().is_empty() => name.clone(),
        _ => format!("worker {}", u64::from(worker) + 1),
    }
}
