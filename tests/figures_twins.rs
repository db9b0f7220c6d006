//! Runs of a Python beside those of Rust, in one figure.

// The other tests draw on the rest.
#[allow(dead_code)]
mod traces;

use lab::trace::{Model, Trace};
use threadlab::figure::{Group, Style, comparison, timelines};

fn by_python(trace: &Trace) -> Trace {
    let mut trace = trace.clone();
    trace.header.python = Some("CPython 3.12.1".into());
    trace
}

fn group<'a>(label: &str, trace: &'a Trace) -> Group<'a> {
    Group {
        label: label.into(),
        trace,
    }
}

#[test]
fn the_workers_of_both_stand_in_one_timeline_under_names_that_tell_them_apart() {
    let rust = traces::breakfast();
    let python = by_python(&rust);
    let groups = [group("threads", &rust), group("CPython 3.12", &python)];
    let figure = timelines(&groups, None, &Style::default()).unwrap();
    for name in [
        "Rust: milk",
        "Rust: bun",
        "CPython 3.12: milk",
        "CPython 3.12: bun",
    ] {
        assert!(figure.svg.contains(name), "{name}");
    }
    let spans = figure.csv.lines().count() - 1;
    assert_eq!(spans, rust.spans.len() + python.spans.len());
    assert!(figure.text.contains("(Rust, measured)"), "{}", figure.text);
    assert!(
        figure.text.contains("(CPython 3.12.1, measured)"),
        "{}",
        figure.text
    );
}

#[test]
fn a_python_is_compared_with_its_own_sequential_run() {
    let run = |model: Model, seconds: u64| {
        let mut trace = traces::breakfast();
        trace.header.model = model;
        trace.samples.truncate(1);
        trace.samples[0].elapsed = seconds * traces::SECOND;
        trace
    };
    let (one, many) = (run(Model::Sequential, 1), run(Model::Threads, 1));
    let python = (
        by_python(&run(Model::Sequential, 40)),
        by_python(&run(Model::Threads, 20)),
    );
    let groups = [
        group("sequential", &one),
        group("threads", &many),
        group("sequential, CPython 3.12", &python.0),
        group("threads, CPython 3.12", &python.1),
    ];
    let figure = comparison(&groups, &[], &Style::default()).unwrap();
    let row = figure
        .text
        .lines()
        .find(|line| line.starts_with("threads, CPython"));
    assert!(
        row.is_some_and(|row| row.contains("2.00")),
        "{}",
        figure.text
    );
    let locks = figure
        .csv
        .lines()
        .filter(|line| line.contains(",CPython 3.12.1,"));
    assert_eq!(locks.count(), 2, "{}", figure.csv);
}
