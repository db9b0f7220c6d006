//! How many schedules a second: the counts of the documents, and by lot.

use divan::Bencher;
use lab::explore::Search;
use lab::{Described, Lab, secs};

fn main() {
    divan::main();
}

fn explore(workers: u64, times: u64, search: &Search) -> u64 {
    let lab = Lab::new();
    let total = lab.cell("total", 0u64);
    for worker in 0..workers {
        lab.task(format!("adder {worker}"), async move |w| {
            for _ in 0..times {
                let seen = w.load(&total).await;
                w.store(&total, seen + 1).await;
            }
        });
    }
    let judge = |lab: &Lab<'static>, _: &[lab::Value]| (lab.get(&total).to_string(), None);
    lab.explore_with(search, &judge)
        .expect("a program of the lab alone")
        .schedules
}

/// 6, 90 and 2,520 schedules; at most 0.1, 1 and 20 ms.
#[divan::bench(args = [2, 3, 4])]
fn every_interleaving_of_one_increment_each(workers: u64) -> u64 {
    explore(
        workers,
        1,
        &Search::Exhaustive {
            most: 1_000_000,
            preemptions: None,
        },
    )
}

/// At most 100 ms.
#[divan::bench]
fn ten_thousand_by_lot_of_two_workers_with_ten_steps() -> u64 {
    explore(2, 5, &Search::Random { schedules: 10_000 })
}

/// A few seconds, in constant memory.
#[divan::bench(sample_count = 1)]
fn a_million_of_five_workers() -> u64 {
    explore(
        5,
        1,
        &Search::Exhaustive {
            most: 1_000_000,
            preemptions: None,
        },
    )
}

/// Ten workers on two cores, no lock: at most 120 ms, so that a chart of it is
/// there within 150.
#[divan::bench]
fn a_million_increments_in_virtual_time() -> u64 {
    let lab = Lab::with(lab::Settings {
        together: true,
        ..lab::Settings::default()
    });
    let total = lab.cell("total", 0u64);
    for worker in 0..10 {
        lab.task(format!("adder {worker}"), async move |w| {
            for _ in 0..100_000 {
                let seen = w.load(&total).await;
                w.store(&total, seen + 1).await;
            }
        });
    }
    let machine = Described::here(2, 0.65);
    lab.simulate_as(lab::trace::Model::Threads, &machine)
        .expect("there are tasks")
        .elapsed
}

/// At most 500 ms.
#[divan::bench]
fn a_thousand_workers_with_a_hundred_waits(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| waits(1_000, 100));
}

/// Steps x log(workers): ten times the steps take about ten times as long.
#[divan::bench(args = [10_000, 100_000, 1_000_000, 10_000_000], sample_count = 1)]
fn so_many_steps_of_a_hundred_workers(steps: u64) -> u64 {
    waits(100, steps / 100)
}

fn waits(workers: u64, waits: u64) -> u64 {
    let lab = Lab::new();
    for worker in 0..workers {
        lab.task(format!("waits {worker}"), async move |w| {
            for _ in 0..waits {
                w.sleep(secs(0.1)).await;
            }
        });
    }
    let machine = Described {
        gil: None,
        ..Described::guide()
    };
    lab.simulate_as(lab::trace::Model::Threads, &machine)
        .expect("there are tasks")
        .elapsed
}
