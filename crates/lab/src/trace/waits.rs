//! Who waits for whom, at the end of a trace.

use super::{Activity, Span, Trace};

/// A worker that waits for a lock when the trace ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Who, as an index into [`Trace::workers`].
    pub worker: u32,
    /// For which lock.
    pub lock: String,
    /// Who holds it.
    pub held_by: Vec<u32>,
}

/// Every worker that waits for something that another one, or it itself, holds.
pub fn waits(trace: &Trace) -> Vec<Waits> {
    let open = |activity| {
        let still = move |span: &&Span| span.activity == activity && span.end.is_none();
        trace.spans.iter().filter(still)
    };
    let holders = |label: &str| -> Vec<u32> {
        open(Activity::Holding)
            .filter(|s| s.label == label)
            .map(|s| s.worker)
            .collect()
    };
    open(Activity::Blocked)
        .map(|s| Waits {
            worker: s.worker,
            lock: s.label.clone(),
            held_by: holders(&s.label),
        })
        .filter(|waits| !waits.held_by.is_empty())
        .collect()
}
