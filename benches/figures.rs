//! From a trace to what a cell shows: SVG, PNG, PDF, and all at once.

#[allow(dead_code)]
#[path = "../tests/traces/mod.rs"]
mod traces;

use divan::Bencher;
use lab::trace::{Model, Trace};
use threadlab::display;
use threadlab::figure::{
    Figure, Group, Style, handover, ladder, preview_timeline, queue_depth, speedup, timeline,
    wait_for,
};

fn main() {
    divan::main();
}

/// Two workers, and a thousand spans of ten.
const RUNS: [&str; 2] = ["breakfast", "thousand"];

fn trace(run: &str) -> Trace {
    match run {
        "breakfast" => traces::breakfast(),
        _ => traces::busy(10, 100),
    }
}

fn figure(run: &str) -> Figure {
    timeline(&trace(run), None, &Style::default()).expect("a drawing")
}

#[divan::bench(args = RUNS)]
fn svg(bencher: Bencher<'_, '_>, run: &str) {
    let trace = trace(run);
    bencher.bench_local(|| timeline(&trace, None, &Style::default()));
}

#[divan::bench(args = RUNS)]
fn png(bencher: Bencher<'_, '_>, run: &str) {
    let figure = figure(run);
    bencher.bench_local(|| display::png(&figure));
}

#[divan::bench(args = RUNS)]
fn pdf(bencher: Bencher<'_, '_>, run: &str) {
    let figure = figure(run);
    bencher.bench_local(|| display::pdf(&figure));
}

#[divan::bench(args = RUNS)]
fn bundle(bencher: Bencher<'_, '_>, run: &str) {
    let figure = figure(run);
    bencher.bench_local(|| display::chart(&figure, false));
}

/// A million spans of forty workers.
#[divan::bench(sample_count = 5)]
fn million(bencher: Bencher<'_, '_>) {
    let trace = traces::busy(40, 25_000);
    bencher.bench_local(|| timeline(&trace, None, &Style::default()));
}

/// The same as it grows, without table and CSV.
#[divan::bench(sample_count = 5)]
fn million_preview(bencher: Bencher<'_, '_>) {
    let trace = traces::busy(40, 25_000);
    bencher.bench_local(|| preview_timeline(&trace, None, &Style::default()));
}

/// Ten thousand steps, and a lost write among them.
#[divan::bench(sample_count = 20)]
fn ladder_of_ten_thousand(bencher: Bencher<'_, '_>) {
    let trace = traces::shared::many_steps(2, 10_000, 9_990);
    bencher.bench_local(|| ladder(&trace, "", &Style::default()));
}

#[divan::bench]
fn wait_for_five(bencher: Bencher<'_, '_>) {
    let trace = traces::shared::philosophers(&["Ada", "Ben", "Cleo", "Dan", "Eve"]);
    bencher.bench_local(|| wait_for(&trace, &Style::default()));
}

#[divan::bench]
fn speedup_of_six(bencher: Bencher<'_, '_>) {
    let traces: Vec<Trace> = [1, 2, 4, 8, 16, 32]
        .map(|workers| {
            let millis = [1000, 1001, 1003].map(|all| all / u64::from(workers) + 20);
            traces::shared::scaled(Model::Threads, workers, &millis)
        })
        .into();
    let group = |trace| Group {
        label: "threads".to_owned(),
        trace,
    };
    let groups: Vec<Group<'_>> = traces.iter().map(group).collect();
    bencher.bench_local(|| speedup(&groups, 8.0, &Style::default()));
}

/// Three workers and a number of turns each.
#[divan::bench(args = [10, 20_000], sample_count = 10)]
fn handovers(bencher: Bencher<'_, '_>, rounds: u32) {
    let trace = traces::shared::turns(3, rounds, 5 * traces::MILLI);
    bencher.bench_local(|| handover(&trace, "interpreter lock", &Style::default()));
}

/// So many items through a queue of eight places.
#[divan::bench(args = [30, 50_000], sample_count = 10)]
fn queue(bencher: Bencher<'_, '_>, items: u64) {
    let trace = traces::shared::kitchen(8, items, true);
    bencher.bench_local(|| queue_depth(&trace, Some(8), "orders", &Style::default()));
}
