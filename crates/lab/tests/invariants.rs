//! What holds for every trace of every program on every machine: programs and
//! machines drawn by lot, run in virtual time.

use lab::gil::Version;
use lab::trace::{Activity, Model, Span, Trace};
use lab::{Described, Lab, Settings, secs};
use proptest::prelude::*;

/// One statement of a worker.
#[derive(Clone, Debug)]
enum Statement {
    Sleep(u16),
    Compute(u16),
    Increment,
    Locked(u8, u16),
    Put,
    Get,
}

fn statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        (0u16..2000).prop_map(Statement::Sleep),
        (1u16..5000).prop_map(Statement::Compute),
        Just(Statement::Increment),
        (0u8..2, 0u16..500).prop_map(|(lock, work)| Statement::Locked(lock, work)),
        Just(Statement::Put),
        Just(Statement::Get),
    ]
}

fn program() -> impl Strategy<Value = Vec<Vec<Statement>>> {
    prop::collection::vec(prop::collection::vec(statement(), 0..8), 1..6)
}

const CAPACITY: usize = 3;

fn lab(program: &[Vec<Statement>], seed: u64) -> Lab<'static> {
    let lab = Lab::with(Settings {
        seed,
        ..Settings::default()
    });
    let total = lab.cell("total", 0u64);
    let locks = [lab.lock("left"), lab.lock("right")];
    let queue = lab.queue::<u64>("queue", CAPACITY);
    for (number, statements) in program.iter().enumerate() {
        let statements = statements.clone();
        lab.task(format!("worker {number}"), async move |w| {
            for statement in &statements {
                match statement {
                    Statement::Sleep(us) => w.sleep(secs(f64::from(*us) * 1e-6)).await,
                    Statement::Compute(n) => w.compute(u64::from(*n), |_| ()).await,
                    Statement::Increment => {
                        let seen = w.load(&total).await;
                        w.store(&total, seen + 1).await;
                    }
                    Statement::Locked(lock, n) => {
                        let held = w.lock(&locks[usize::from(*lock)]).await;
                        w.compute(u64::from(*n), |_| ()).await;
                        held.release().await;
                    }
                    Statement::Put => drop(w.put(&queue, 1).await),
                    Statement::Get => drop(w.get(&queue).await),
                }
            }
        });
    }
    lab
}

fn machine(cores: u32, version: Option<usize>, interval: u64) -> Described {
    Described {
        cores,
        gil: version.and_then(|v| Version::find(Version::names()[v])),
        switch_interval: interval,
        ..Described::guide()
    }
}

fn end(span: &Span, trace: &Trace) -> u64 {
    span.end.unwrap_or(trace.elapsed)
}

/// How many of some spans there are at once, at the most.
fn at_once<'s>(spans: impl Iterator<Item = &'s Span>, trace: &Trace) -> i64 {
    let mut changes: Vec<(u64, i64)> = spans
        .filter(|span| end(span, trace) > span.start)
        .flat_map(|span| [(span.start, 1), (end(span, trace), -1)])
        .collect();
    // At one moment, who leaves leaves first.
    changes.sort();
    let mut now = 0;
    changes
        .iter()
        .map(|(_, change)| {
            now += change;
            now
        })
        .max()
        .unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_trace_keeps_the_rules(
        program in program(),
        model in prop::sample::select(vec![Model::Sequential, Model::Threads, Model::Pool, Model::Async]),
        cores in 1u32..5,
        version in prop::option::of(0..Version::names().len()),
        interval in 20_000u64..6_000_000,
        seed in any::<u64>(),
    ) {
        let machine = machine(cores, version, interval);
        let run = lab(&program, seed).simulate_as(model, &machine).unwrap();
        let trace = &run.trace;
        let of = |activity, label: &'static str| {
            trace.spans.iter().filter(move |s| s.activity == activity && s.label == label)
        };

        for lock in ["left", "right", "interpreter lock"] {
            prop_assert!(at_once(of(Activity::Holding, lock), trace) <= 1, "two hold {lock}");
        }
        for counter in &trace.counters {
            for (_, depth) in &counter.points {
                prop_assert!((0.0..=CAPACITY as f64).contains(depth), "{depth} in a queue for {CAPACITY}");
            }
        }
        for (index, lane) in trace.workers.iter().enumerate() {
            let own: Vec<(u64, u64)> = trace.spans.iter()
                .filter(|s| s.worker as usize == index && s.activity != Activity::Holding)
                .map(|s| (s.start, end(s, trace)))
                .collect();
            for (at, a) in own.iter().enumerate() {
                prop_assert!(a.0 <= a.1);
                for b in &own[at + 1..] {
                    let apart = a.1 <= b.0 || b.1 <= a.0;
                    let inside = (a.0 <= b.0 && b.1 <= a.1) || (b.0 <= a.0 && a.1 <= b.1);
                    prop_assert!(apart || inside, "{a:?} crosses {b:?}");
                }
            }
            prop_assert!(lane.start <= lane.end || lane.end.is_none());
        }
        // No more processor time than there are cores for it.
        let most = run.elapsed as u128 * u128::from(if version.is_some() && model != Model::Processes { 1 } else { cores });
        prop_assert!(u128::from(run.cpu) <= most, "{} ns of work in {} ns", run.cpu, run.elapsed);
        prop_assert_eq!(run.deadlock, trace.workers.iter().any(|lane| lane.end.is_none()));
    }

    #[test]
    fn the_same_program_machine_and_seed_give_the_same_trace(
        program in program(),
        cores in 1u32..5,
        version in prop::option::of(0..Version::names().len()),
        seed in any::<u64>(),
    ) {
        let once = || {
            let run = lab(&program, seed).simulate_as(Model::Threads, machine(cores, version, 50_000)).unwrap();
            (run.elapsed, run.cpu, run.trace)
        };
        prop_assert_eq!(once(), once());
    }

    #[test]
    fn a_slice_that_was_asked_for_is_never_shorter_than_the_interval(
        workers in 2u32..6,
        interval in 20_000u64..2_000_000,
        pace in 1.0f64..100.0,
        seed in any::<u64>(),
    ) {
        let lab = Lab::with(Settings { seed, ..Settings::default() });
        let steps = (interval as f64 * 8.0 / pace) as u64;
        for worker in 0..workers {
            lab.task(format!("cruncher {worker}"), async move |w| w.compute(steps, |_| ()).await);
        }
        let machine = Described { pace, ..machine(4, Some(4), interval) };
        let trace = lab.simulate_as(Model::Threads, &machine).unwrap().trace;
        let last_end = |worker: u32| trace.workers[worker as usize].end;
        for span in trace.spans.iter().filter(|s| s.activity == Activity::Holding) {
            // The last turn of a worker ends with its task, not because it was asked.
            if span.end == last_end(span.worker) || span.start == 0 {
                continue;
            }
            let first = trace.spans.iter().find(|s| s.activity == Activity::Holding).map(|s| s.start);
            if Some(span.start) == first {
                continue; // nobody waited when it began
            }
            let slice = span.end.unwrap() - span.start;
            prop_assert!(slice >= interval, "{slice} < {interval}");
        }
    }
}
