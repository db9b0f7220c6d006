//! Several runs of one scenario as one trace, their workers below one another
//! and their time from the same zero.

use lab::trace::{Edge, Header, Lane, Mark, Span, Trace};

/// What a worker's name begins with: `CPython 3.12`, or `Rust`.
pub(super) fn prefix(header: &Header) -> String {
    let Some(python) = &header.python else {
        return "Rust".to_owned();
    };
    // The last part of a version tells nobody apart in a margin.
    match python.rmatch_indices('.').next() {
        Some((at, _)) if python.matches('.').count() > 1 => python[..at].to_owned(),
        _ => python.clone(),
    }
}

/// All in one. What the runs themselves said is left out, for nobody could see
/// which of them it was; so are counters.
pub(super) fn merged(traces: &[&Trace]) -> Option<Trace> {
    let mut all = Trace {
        workers: vec![],
        spans: vec![],
        marks: vec![],
        counters: vec![],
        ops: vec![],
        edges: vec![],
        ..(*traces.first()?).clone()
    };
    for trace in traces {
        let offset = all.workers.len() as u32;
        let prefix = prefix(&trace.header);
        all.workers.extend(trace.workers.iter().map(|lane| Lane {
            name: format!("{prefix}: {}", lane.name),
            ..lane.clone()
        }));
        all.spans.extend(trace.spans.iter().map(|span| Span {
            worker: span.worker + offset,
            ..span.clone()
        }));
        let said = trace.marks.iter().filter_map(|mark| {
            Some(Mark {
                worker: Some(mark.worker? + offset),
                ..mark.clone()
            })
        });
        all.marks.extend(said);
        all.edges.extend(trace.edges.iter().map(|edge| Edge {
            from: edge.from + offset,
            to: edge.to + offset,
            ..edge.clone()
        }));
        all.elapsed = all.elapsed.max(trace.elapsed);
    }
    all.spans.sort_by_key(|span| span.start);
    all.marks.sort_by_key(|mark| mark.at);
    Some(all)
}
