//! What small programs can come to: the same set of outcomes as shuttle finds.

use lab::Lab;
use lab::explore::{Failure, Search, Verdict};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// The outcomes that shuttle finds by depth-first search.
fn shuttles(program: impl Fn() -> String + Send + Sync + 'static) -> BTreeSet<String> {
    let found = Arc::new(Mutex::new(BTreeSet::new()));
    let into = found.clone();
    let keep = move || {
        into.lock().unwrap().insert(program());
    };
    shuttle::check_dfs(keep, None);
    let found = found.lock().unwrap();
    found.clone()
}

fn ours(
    lab: &Lab<'static>,
    judge: impl Fn(&Lab<'static>, &[lab::Value]) -> String,
) -> BTreeSet<String> {
    let search = Search::Exhaustive {
        most: 1_000_000,
        preemptions: None,
    };
    let found = lab
        .explore_with(&search, &|lab, values| (judge(lab, values), None))
        .unwrap();
    assert!(found.complete);
    found.outcomes.into_keys().collect()
}

#[test]
fn increments_of_two_and_three_threads() {
    for workers in [2, 3] {
        let theirs = shuttles(move || {
            use shuttle::sync::atomic::{AtomicU64, Ordering::SeqCst};
            let total = Arc::new(AtomicU64::new(0));
            let threads: Vec<_> = (0..workers)
                .map(|_| {
                    let total = total.clone();
                    shuttle::thread::spawn(move || {
                        let seen = total.load(SeqCst);
                        total.store(seen + 1, SeqCst);
                    })
                })
                .collect();
            threads
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            total.load(SeqCst).to_string()
        });
        let lab = Lab::new();
        let total = lab.cell("total", 0u64);
        for worker in 0..workers {
            lab.task(format!("{worker}"), async move |w| {
                let seen = w.load(&total).await;
                w.store(&total, seen + 1).await;
            });
        }
        assert_eq!(
            ours(&lab, |lab, _| lab.get(&total).to_string()),
            theirs,
            "{workers}"
        );
    }
}

#[test]
fn two_threads_that_write_and_read_each_others_flag() {
    let theirs = shuttles(|| {
        use shuttle::sync::atomic::{AtomicU64, Ordering::SeqCst};
        let flags = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
        let threads: Vec<_> = (0..2)
            .map(|me| {
                let flags = flags.clone();
                shuttle::thread::spawn(move || {
                    flags[me].store(1, SeqCst);
                    flags[1 - me].load(SeqCst)
                })
            })
            .collect();
        let read: Vec<u64> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        format!("{read:?}")
    });
    let lab = Lab::new();
    let flags = [lab.cell("a", 0u64), lab.cell("b", 0u64)];
    for me in 0..2 {
        lab.task(format!("{me}"), async move |w| {
            w.store(&flags[me], 1).await;
            w.load(&flags[1 - me]).await
        });
    }
    let judge = |_: &Lab<'static>, values: &[lab::Value]| format!("[{}, {}]", values[0], values[1]);
    assert_eq!(ours(&lab, judge), theirs);
}

#[test]
fn a_lock_around_a_read_and_a_write() {
    let theirs = shuttles(|| {
        let total = Arc::new(shuttle::sync::Mutex::new(0u64));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let total = total.clone();
                shuttle::thread::spawn(move || *total.lock().unwrap() += 1)
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        total.lock().unwrap().to_string()
    });
    let lab = Lab::new();
    let (lock, total) = (lab.lock("lock"), lab.cell("total", 0u64));
    for worker in 0..2 {
        lab.task(format!("{worker}"), async move |w| {
            let _held = w.lock(&lock).await;
            let seen = w.load(&total).await;
            w.store(&total, seen + 1).await;
        });
    }
    assert_eq!(ours(&lab, |lab, _| lab.get(&total).to_string()), theirs);
}

#[test]
fn locks_in_opposite_order_deadlock_for_both() {
    let theirs = std::panic::catch_unwind(|| {
        shuttle::check_dfs(
            || {
                let locks = [(); 2].map(|()| Arc::new(shuttle::sync::Mutex::new(())));
                let threads: Vec<_> = (0..2)
                    .map(|me| {
                        let (first, second) = (locks[me].clone(), locks[1 - me].clone());
                        shuttle::thread::spawn(move || {
                            let _first = first.lock().unwrap();
                            let _second = second.lock().unwrap();
                        })
                    })
                    .collect();
                threads
                    .into_iter()
                    .for_each(|thread| thread.join().unwrap());
            },
            None,
        );
    });
    assert!(theirs.is_err(), "shuttle finds the deadlock");
    let lab = Lab::new();
    let locks = [lab.lock("a"), lab.lock("b")];
    for me in 0..2 {
        lab.task(format!("{me}"), async move |w| {
            let _first = w.lock(&locks[me]).await;
            let _second = w.lock(&locks[1 - me]).await;
        });
    }
    let found = lab
        .explore_with(&Search::Auto, &|_, _| (String::new(), None))
        .unwrap();
    assert_eq!(found.verdict, Verdict::Fails(Failure::Deadlock));
}
