//! From a trace to what a cell shows: SVG, PNG, PDF, and all at once.

#[allow(dead_code)]
#[path = "../tests/traces/mod.rs"]
mod traces;

use divan::Bencher;
use lab::trace::Trace;
use threadlab::display;
use threadlab::figure::{Figure, Style, timeline};

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
