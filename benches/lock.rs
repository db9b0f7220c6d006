//! The interpreter lock in real time, beside what CPython was measured to do, and
//! beside the slices of the Python on PATH in the same minute. Prints a table; on a
//! busy machine slices stretch, for both, and only lower bounds hold.

use lab::gil::Version;
use lab::trace::{Activity, Model, Trace};
use lab::{Lab, Settings, Value, stats};
use std::hint::black_box;
use std::process::Command;

const PACE: f64 = 25.0;

fn settings(version: &str, interval: u64) -> Settings {
    Settings {
        gil: Version::find(version),
        switch_interval: interval,
        pace: Some(PACE),
        together: true,
        ..Settings::default()
    }
}

fn crunch(settings: Settings, workers: u64, seconds: f64) -> lab::Run {
    let lab = Lab::with(settings);
    let steps = (seconds * 1e9 / PACE) as u64 / workers;
    for worker in 0..workers {
        lab.task(format!("cruncher {worker}"), async move |w| {
            w.compute(steps, |steps| steps.fold(0u64, |n, _| black_box(n + 1)))
                .await
        });
    }
    lab.run(Model::Threads).expect("two threads can be started")
}

/// Milliseconds of each turn with the lock.
fn slices(trace: &Trace) -> Vec<f64> {
    let turns = trace
        .spans
        .iter()
        .filter(|s| s.activity == Activity::Holding);
    turns
        .filter_map(|s| Some((s.end? - s.start) as f64 / 1e6))
        .collect()
}

/// The share of increments that is lost, median of five runs.
fn lost(version: &str, interval: u64, workers: u64, via_call: bool) -> f64 {
    let shares: Vec<f64> = (0..5)
        .map(|_| {
            let lab = Lab::with(settings(version, interval));
            let total = lab.cell("total", 0u64);
            for worker in 0..workers {
                lab.task(format!("adder {worker}"), async move |w| {
                    for _ in 0..100_000 {
                        let seen = w.load(&total).await;
                        if via_call {
                            w.function(|| ()).await;
                        }
                        w.store(&total, seen + 1).await;
                    }
                });
            }
            lab.run(Model::Threads).expect("two threads can be started");
            100.0 * (1.0 - lab.get(&total) as f64 / (workers * 100_000) as f64)
        })
        .collect();
    stats::median(&shares).unwrap_or(f64::NAN)
}

fn row(what: &str, ours: String, cpython: &str) {
    println!("{what:58} {ours:>22}   {cpython}");
}

/// p1 and p50 of the slices of the Python on PATH, in milliseconds.
fn python(interval: u64) -> Option<(f64, f64)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/slices.py");
    let seconds = interval as f64 / 1e9;
    let run = Command::new("python3")
        .args([
            script,
            &seconds.to_string(),
            &(300.0 * seconds).max(0.5).to_string(),
        ])
        .output()
        .ok()?;
    let said = String::from_utf8(run.stdout).ok()?;
    let (p1, p50) = said.trim().split_once(' ')?;
    Some((p1.parse().ok()?, p50.parse().ok()?))
}

/// How late the system may wake this thread, those that it starts and its child
/// processes, in nanoseconds (Linux; 50,000 where nobody asks).
fn set_timer_slack(nanoseconds: u64) {
    #[cfg(target_os = "linux")]
    // SAFETY: prctl takes plain numbers here; what it refuses stays as it was.
    unsafe {
        libc::prctl(libc::PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = nanoseconds;
}

fn main() {
    row(
        "the lock in real time",
        "Rust".into(),
        "CPython, measured on an idle machine",
    );
    let slack = [50_000, 1];
    for (interval, cpython) in [
        (5_000_000, "5.04-5.07 (p1 5.02)"),
        (1_000_000, "1.038"),
        (100_000, "0.117"),
    ]
    .into_iter()
    .flat_map(|row| slack.map(|slack| (row, slack)))
    .map(|((interval, cpython), slack)| {
        set_timer_slack(slack);
        (interval, (cpython, slack))
    }) {
        let (cpython, slack) = cpython;
        let run = crunch(settings("3.12", interval), 2, 400.0 * interval as f64 / 1e9);
        let slices = slices(&run.trace);
        let at = |q| stats::quantile(&slices, q).unwrap_or(f64::NAN);
        let ours = format!("{:.3} (p1 {:.3})", at(0.5), at(0.01));
        let now = python(interval).map_or("no python3 to compare with".into(), |(p1, p50)| {
            let ratio = at(0.5) / p50;
            format!("; python3 now {p50:.3} (p1 {p1:.3}), ratio {ratio:.3}")
        });
        row(
            &format!(
                "slice p50 at {} ms, timer slack {} us, ms",
                interval as f64 / 1e6,
                slack as f64 / 1e3
            ),
            ours,
            &format!("{cpython}{now}"),
        );
    }
    set_timer_slack(slack[0]);
    let ratio = |workers| crunch(settings("3.12", 5_000_000), workers, 0.5).elapsed as f64;
    let speedup = ratio(1) / ratio(2);
    row(
        "speed-up of two threads, same work",
        format!("{speedup:.2}"),
        "0.92-1.2",
    );
    for (version, cpython) in [("3.9", "34 % [29-39]"), ("3.10", "0"), ("3.13", "0")] {
        let share = lost(version, 100_000, 2, false);
        row(
            &format!("lost of 2 x 100,000 `+= 1` at 0.1 ms, {version}"),
            format!("{share:.1} %"),
            cpython,
        );
    }
    for (workers, cpython) in [(2, "25 %"), (4, "54 %"), (10, "75 %")] {
        let share = lost("2.7", 5_000_000, workers, false);
        row(
            &format!("lost of {workers} x 100,000 `+= 1`, 2.7"),
            format!("{share:.1} %"),
            cpython,
        );
    }
    for (version, cpython) in [("3.9", "41 %"), ("3.10", "36 %"), ("3.13", "26 %")] {
        let share = lost(version, 100_000, 2, true);
        row(
            &format!("with a call between load and store, {version}"),
            format!("{share:.1} %"),
            cpython,
        );
    }
    let lab = Lab::with(settings("3.12", 5_000_000));
    let done = lab.cell("done", false);
    lab.task("client", async move |w| {
        let mut trips = vec![];
        for _ in 0..60 {
            let began = w.now();
            w.sleep(lab::secs(20e-6)).await;
            trips.push((w.now() - began) as f64 / 1e6);
        }
        w.store(&done, true).await;
        trips
    });
    lab.task("cruncher", async move |w| {
        while !w.load(&done).await {
            w.compute(10_000, |steps| steps.fold(0u64, |n, _| black_box(n + 1)))
                .await;
        }
    });
    let run = lab.run(Model::Threads).expect("two threads can be started");
    if let Value::List(trips) = &run.results()[0] {
        let trips: Vec<f64> = trips
            .iter()
            .filter_map(|t| {
                if let Value::Float(ms) = t {
                    Some(*ms)
                } else {
                    None
                }
            })
            .collect();
        let p50 = stats::median(&trips).unwrap_or(f64::NAN);
        row(
            "a short wait beside a computing thread, p50, ms",
            format!("{p50:.2}"),
            "5.1 a release of the lock",
        );
    }
}
