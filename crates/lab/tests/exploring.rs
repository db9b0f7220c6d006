//! Exploring: how many schedules there are, what they come to, and that a
//! failing one can be had again.

use lab::explore::{
    ByHand, Exploration, ExploreError, Failure, PATIENCE, Search, Standing, Stepped, Verdict,
    replay,
};
use lab::trace::lost::lost;
use lab::trace::{Action, Ending};
use lab::{Lab, RunError, Settings, secs};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Workers that increment a cell so often, and what it should come to.
fn increments(
    workers: u64,
    times: u64,
    lab: &Lab<'static>,
) -> impl Fn(&Lab<'static>) -> (String, Option<String>) {
    let total = lab.cell("total", 0u64);
    for worker in 1..=workers {
        lab.task(format!("adder {worker}"), async move |w| {
            for _ in 0..times {
                let seen = w.load(&total).await;
                w.store(&total, seen + 1).await;
            }
        });
    }
    move |lab| {
        let (got, expected) = (lab.get(&total), workers * times);
        let wrong = (got != expected).then(|| format!("{got} instead of {expected}"));
        (got.to_string(), wrong)
    }
}

fn explore(workers: u64, times: u64, search: &Search) -> Exploration {
    // With a seed that is not drawn, under every feature.
    let lab = Lab::with(Settings::default());
    let judge = increments(workers, times, &lab);
    lab.explore_with(search, &|lab, _| judge(lab)).unwrap()
}

const ALL: Search = Search::Exhaustive {
    most: 1_000_000,
    preemptions: None,
};

#[test]
fn there_are_6_90_and_2520_interleavings_of_one_increment_each() {
    for (workers, schedules, failing) in [(2, 6, 4), (3, 90, 84)] {
        let found = explore(workers, 1, &ALL);
        assert_eq!(
            (found.schedules, found.failing, found.complete),
            (schedules, failing, true)
        );
        assert!(matches!(
            found.verdict,
            Verdict::Fails(Failure::LostUpdate(_))
        ));
    }
    let found = explore(4, 1, &ALL);
    assert_eq!((found.schedules, found.failing), (2520, 2520 - 24));
    let outcomes: Vec<_> = found.outcomes.keys().map(String::as_str).collect();
    assert_eq!(outcomes, ["1", "2", "3", "4"]);
}

#[test]
fn the_failing_schedule_can_be_had_again_and_shows_the_lost_write() {
    let found = explore(2, 1, &ALL);
    let turns = found.shortest.clone().unwrap();
    assert_eq!(turns.len(), 4);
    let text = replay::write(9, &turns);
    let again = explore(2, 1, &Search::Replay(replay::read(9, &text).unwrap()));
    assert_eq!((again.schedules, again.failing), (1, 1));
    assert_eq!(again.trace, found.trace, "byte for byte");
    let lost = lost(&found.trace.ops);
    assert_eq!(lost.len(), 1);
    let (erased, by) = (
        &found.trace.ops[lost[0].erased],
        &found.trace.ops[lost[0].by],
    );
    assert!(erased.worker != by.worker && erased.action == by.action);
}

#[test]
fn one_step_updates_and_locks_hold_in_every_schedule() {
    for locked in [false, true] {
        let lab = Lab::new();
        let (total, lock) = (lab.cell("total", 0u64), lab.lock("lock"));
        for worker in 0..2 {
            lab.task(format!("adder {worker}"), async move |w| {
                if locked {
                    let held = w.lock(&lock).await;
                    let seen = w.load(&total).await;
                    w.store(&total, seen + 1).await;
                    drop(held);
                } else {
                    w.update(&total, |n| n + 1).await;
                }
            });
        }
        let judge = |lab: &Lab<'_>, _: &[lab::Value]| {
            let got = lab.get(&total);
            (
                got.to_string(),
                (got != 2).then(|| "an increment is gone".into()),
            )
        };
        let found = lab.explore_with(&ALL, &judge).unwrap();
        assert_eq!(found.verdict, Verdict::Holds, "locked: {locked}");
        assert_eq!(found.failing, 0);
        assert!(found.schedules >= 2);
    }
}

fn eaters(order_alike: bool, lab: &Lab<'static>) {
    let locks = [lab.lock("left"), lab.lock("right")];
    for me in 0..2 {
        let (first, second) = if order_alike { (0, 1) } else { (me, 1 - me) };
        lab.task(format!("eater {me}"), async move |w| {
            let _first = w.lock(&locks[first]).await;
            w.sleep(secs(0.1)).await;
            let _second = w.lock(&locks[second]).await;
        });
    }
}

#[test]
fn locks_in_opposite_order_deadlock_in_some_schedule_and_alike_in_none() {
    let fine = |_: &Lab<'_>, _: &[lab::Value]| ("fine".to_owned(), None);
    let lab = Lab::new();
    eaters(false, &lab);
    let found = lab.explore_with(&ALL, &fine).unwrap();
    assert_eq!(found.verdict, Verdict::Fails(Failure::Deadlock));
    assert!(found.failing < found.schedules);
    assert!(
        found
            .trace
            .workers
            .iter()
            .all(|lane| lane.ending == Ending::Running)
    );
    let lab = Lab::new();
    eaters(true, &lab);
    assert_eq!(
        lab.explore_with(&ALL, &fine).unwrap().verdict,
        Verdict::Holds
    );
}

#[test]
fn a_panic_is_a_failure_with_its_message() {
    let lab = Lab::new();
    let flag = lab.cell("flag", false);
    lab.task("sets", async move |w| w.store(&flag, true).await);
    lab.task("reads", async move |w| {
        assert!(w.load(&flag).await, "too early")
    });
    let found = lab
        .explore_with(&ALL, &|_, _| (String::new(), None))
        .unwrap();
    assert_eq!(
        found.verdict,
        Verdict::Fails(Failure::Panic("too early".into()))
    );
    assert_eq!((found.schedules, found.failing), (2, 1));
}

#[test]
fn random_and_pct_find_what_exhausting_finds_and_the_same_for_a_seed() {
    for search in [
        Search::Random { schedules: 200 },
        Search::Pct { schedules: 200 },
    ] {
        let found = explore(2, 3, &search);
        assert!(matches!(found.verdict, Verdict::Fails(_)), "{search:?}");
        assert!(!found.complete && found.schedules == 200);
        assert_eq!(
            found.outcomes,
            explore(2, 3, &search).outcomes,
            "{search:?}"
        );
    }
    let found = explore(1, 3, &Search::Random { schedules: 10 });
    assert_eq!(found.verdict, Verdict::NoFailure);
}

#[test]
fn what_is_too_large_is_searched_in_part_and_says_so() {
    let found = explore(
        2,
        20,
        &Search::Exhaustive {
            most: 1_000,
            preemptions: None,
        },
    );
    assert_eq!((found.schedules, found.complete), (1_000, false));
}

#[test]
fn state_that_the_lab_did_not_make_is_found_out() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let lab = Lab::new();
    let (a, b) = (lab.cell("a", 0u64), lab.cell("b", 0u64));
    for worker in 0..2 {
        lab.task(format!("{worker}"), async move |w| {
            for _ in 0..2 {
                let cell = if CALLS.fetch_add(1, Relaxed).is_multiple_of(3) {
                    &a
                } else {
                    &b
                };
                w.store(cell, 1).await;
            }
        });
    }
    let error = lab
        .explore_with(&ALL, &|_, _| (String::new(), None))
        .unwrap_err();
    assert!(
        matches!(error, RunError::Explore(ExploreError::Outside { .. })),
        "{error:?}"
    );
    assert!(error.to_string().contains("something the lab did not make"));
}

#[test]
fn a_schedule_of_another_program_is_refused() {
    let lab = Lab::new();
    let judge = increments(2, 1, &lab);
    let error = lab
        .explore_with(&Search::Replay(vec![0, 0, 0, 0]), &|lab, _| judge(lab))
        .unwrap_err();
    assert!(
        matches!(
            error,
            RunError::Explore(ExploreError::NotThisProgram { step: 3 })
        ),
        "{error:?}"
    );
}

#[test]
fn a_guards_release_is_a_step_that_another_worker_can_come_before() {
    let lab = Lab::new();
    let (lock, seen) = (lab.lock("lock"), lab.cell("seen", 0u64));
    lab.task("holds", async move |w| {
        drop(w.lock(&lock).await);
        w.store(&seen, 1).await;
    });
    lab.task("wants", async move |w| {
        let before = w.load(&seen).await;
        let _held = w.lock(&lock).await;
        before
    });
    let found = lab
        .explore_with(&ALL, &|_, values| (values[1].to_string(), None))
        .unwrap();
    assert_eq!(found.verdict, Verdict::Holds);
    assert_eq!(
        found.outcomes.keys().cloned().collect::<Vec<_>>(),
        ["0", "1"]
    );
    assert!(
        found
            .trace
            .ops
            .iter()
            .any(|op| op.action == Action::Release)
    );
}

#[test]
fn a_wake_up_that_can_be_missed_is_found() {
    let lab = Lab::new();
    let (lock, changed) = (lab.lock("lock"), lab.condition("changed"));
    let ready = lab.cell("ready", false);
    lab.task("waits", async move |w| {
        // The mistake: what is waited for is looked at before the lock is taken.
        if !w.load(&ready).await {
            let held = w.lock(&lock).await;
            w.wait_on(&changed, held).await.release().await;
        }
    });
    lab.task("tells", async move |w| {
        w.store(&ready, true).await;
        w.with(&lock, async || w.notify_all(&changed).await).await;
    });
    let found = lab
        .explore_with(&ALL, &|_, _| (String::new(), None))
        .unwrap();
    assert_eq!(found.verdict, Verdict::Fails(Failure::LostWakeUp));
    assert!(found.failing < found.schedules);
}

#[test]
fn a_queue_gives_every_item_once_in_every_schedule() {
    let lab = Lab::new();
    let queue = lab.queue::<u64>("queue", 1);
    lab.task("puts", async move |w| {
        for n in 1..=2 {
            w.put(&queue, n).await;
        }
    });
    lab.task("gets", async move |w| {
        (w.get(&queue).await, w.get(&queue).await)
    });
    let found = lab
        .explore_with(&ALL, &|_, values| (values[1].to_string(), None))
        .unwrap();
    assert_eq!(found.verdict, Verdict::Holds);
    assert_eq!(
        found.outcomes.keys().cloned().collect::<Vec<_>>(),
        ["[1, 2]"]
    );
}

#[test]
fn a_bound_on_preemptions_leaves_fewer_schedules_and_finds_what_needs_few() {
    let within = |preemptions| {
        explore(
            2,
            3,
            &Search::Exhaustive {
                most: 1_000_000,
                preemptions,
            },
        )
    };
    let (none, one, all) = (within(Some(0)), within(Some(1)), within(None));
    assert_eq!(
        (none.schedules, none.failing),
        (2, 0),
        "one after the other, in either order"
    );
    assert!(none.schedules < one.schedules && one.schedules < all.schedules);
    assert!(one.failing > 0 && !one.complete && all.complete);
}

fn step(by_hand: &ByHand) -> Stepped {
    let lab = Lab::new();
    let judge = increments(2, 1, &lab);
    lab.step(by_hand, &|lab, _| judge(lab)).unwrap()
}

fn told(stepped: &Stepped) -> Vec<(u32, &str)> {
    let turns = stepped.turns.iter();
    turns.map(|(who, what)| (*who, what.as_str())).collect()
}

#[test]
fn turns_that_are_chosen_are_taken_and_no_other() {
    let begun = step(&ByHand::default());
    let ready: Vec<_> = begun.ready().collect();
    assert_eq!(ready, [(0, "reads total"), (1, "reads total")]);
    assert!(begun.turns.is_empty() && begun.trace.ops.is_empty());

    let midway = step(&ByHand::exactly(vec![0, 1, 1]));
    assert_eq!(
        told(&midway),
        [
            (0, "reads total: 0"),
            (1, "reads total: 0"),
            (1, "writes total: 1")
        ]
    );
    assert_eq!(midway.ready().collect::<Vec<_>>(), [(0, "writes total")]);
    assert_eq!(midway.workers[1], Standing::Ended("has returned".into()));
    assert_eq!((&midway.outcome, &midway.failure), (&None, &None));
    assert_eq!(midway.trace.ops.len(), 3);
}

#[test]
fn the_end_of_the_turns_is_judged_and_past_them_goes_the_lowest_worker() {
    let lost = step(&ByHand::exactly(vec![0, 1, 1, 0]));
    let wrong = Failure::LostUpdate("1 instead of 2".into());
    assert_eq!(
        (lost.outcome, lost.failure),
        (Some("1".into()), Some(wrong))
    );
    let auto = step(&ByHand {
        turns: vec![1],
        most: 100,
    });
    let workers: Vec<u32> = auto.turns.iter().map(|(worker, _)| *worker).collect();
    assert_eq!(workers, [1, 0, 0, 1]);
    let some = step(&ByHand {
        turns: vec![],
        most: 3,
    });
    assert_eq!((some.turns.len(), some.outcome), (3, None));
}

#[test]
fn a_turn_that_cannot_be_taken_is_where_it_stops() {
    let stopped = step(&ByHand::exactly(vec![0, 0, 0, 1]));
    assert_eq!(stopped.turns.len(), 2);
    assert_eq!(stopped.workers[0], Standing::Ended("has returned".into()));
    let nobody = step(&ByHand::exactly(vec![7]));
    assert!(nobody.turns.is_empty());
}

#[test]
fn a_deadlock_by_hand_says_who_waits_for_what() {
    let walk = |turns: &[u32]| {
        let lab = Lab::new();
        eaters(false, &lab);
        let by_hand = ByHand::exactly(turns.to_vec());
        lab.step(&by_hand, &|_, _| ("fine".into(), None)).unwrap()
    };
    // Both have one lock and have slept.
    let close = walk(&[0, 1, 0, 1]);
    assert_eq!(
        close.ready().collect::<Vec<_>>(),
        [
            (0, "begins to wait for right"),
            (1, "begins to wait for left")
        ]
    );
    let stuck = walk(&[0, 1, 0, 1, 0]);
    let waits = Standing::Blocked("waits for right, which eater 1 holds".into());
    assert_eq!((&stuck.workers[0], &stuck.outcome), (&waits, &None));
    let dead = walk(&[0, 1, 0, 1, 0, 1]);
    assert_eq!(dead.failure, Some(Failure::Deadlock));
    assert!(dead.ready().next().is_none());
    // Alone, the first gets through: its locks are let go by turns of their own.
    let alone = walk(&[0; 5]);
    let turns: Vec<&str> = alone.turns.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(
        turns,
        [
            "takes left",
            "sleeps",
            "takes right",
            "lets right go",
            "lets left go"
        ]
    );
}

#[test]
fn what_comes_next_is_told_of_signals_and_queues_too() {
    let lab = Lab::new();
    let (kettle, queue) = (lab.event("kettle"), lab.queue::<u64>("tray", 1));
    lab.task("cook", async move |w| {
        w.wait(&kettle).await;
        w.put(&queue, 7).await;
    });
    lab.task("boy", async move |w| {
        w.set(&kettle).await;
        w.get(&queue).await
    });
    let judge = |_: &Lab<'_>, results: &[lab::Value]| (results[1].to_string(), None);
    let stepped = |turns: &[u32]| lab.step(&ByHand::exactly(turns.to_vec()), &judge).unwrap();
    let waiting = stepped(&[0]);
    assert_eq!(
        waiting.workers,
        [
            Standing::Blocked("waits for kettle".into()),
            Standing::Ready("sets kettle".into())
        ]
    );
    let all = stepped(&[0, 1, 1, 0, 0, 1]);
    assert_eq!(
        told(&all),
        [
            (0, "begins to wait for kettle"),
            (1, "sets kettle"),
            (1, "begins to wait for tray"),
            (0, "looks at kettle again"),
            (0, "puts into tray: 7"),
            (1, "looks at tray again: 7")
        ]
    );
    assert_eq!((all.outcome, all.failure), (Some("7".into()), None));
}

/// A worker that looks again and again whether another has done its part.
fn spins(before: u64, with_lock: bool) -> Lab<'static> {
    let lab = Lab::new();
    let (done, count) = (lab.cell("done", false), lab.cell("count", 0u64));
    let lock = lab.lock("lock");
    lab.task("spinner", async move |w| {
        for n in 0..before {
            w.store(&count, n + 1).await;
        }
        loop {
            let held = match with_lock {
                true => Some(w.lock(&lock).await),
                false => None,
            };
            let is_done = w.load(&done).await;
            drop(held);
            if is_done {
                return;
            }
        }
    });
    lab.task("setter", async move |w| w.store(&done, true).await);
    lab
}

fn all_good(_: &Lab<'static>, _: &[lab::Value]) -> (String, Option<String>) {
    ("done".into(), None)
}

#[test]
fn a_worker_that_is_passed_over_while_another_spins_starves() {
    for with_lock in [false, true] {
        let found = spins(0, with_lock).explore_with(&ALL, &all_good).unwrap();
        let starved = Failure::Starvation("setter".into());
        assert_eq!(found.verdict, Verdict::Fails(starved));
        assert!(!found.complete, "one can spin for ever in many ways");
        assert_eq!(found.failing, 1, "of all others something comes: {found:?}");
        let turns = found.shortest.unwrap();
        assert_eq!(turns.len() as u32, PATIENCE);
        let again = spins(0, with_lock).explore_with(&Search::Replay(turns), &all_good);
        assert_eq!(again.unwrap().failing, 1);
    }
}

#[test]
fn to_be_passed_over_while_something_comes_of_it_is_no_starvation() {
    let lab = Lab::new();
    let count = lab.cell("count", 0u64);
    lab.task("writer", async move |w| {
        for n in 0..3 * u64::from(PATIENCE) {
            w.store(&count, n + 1).await;
        }
    });
    lab.task("reader", async move |w| w.load(&count).await);
    let found = lab.explore_with(&ALL, &all_good).unwrap();
    assert_eq!(found.verdict, Verdict::Holds);
}

#[test]
fn a_program_without_an_end_is_given_up() {
    let lab = Lab::new();
    let count = lab.cell("count", 0u64);
    for worker in 0..2 {
        lab.task(format!("counter {worker}"), async move |w| {
            let mut seen = 0;
            while seen < u64::MAX {
                seen = w.load(&count).await;
                w.store(&count, seen + 1).await;
            }
        });
    }
    let search = Search::Random { schedules: 1_000 };
    let found = lab.explore_with(&search, &all_good).unwrap();
    assert_eq!(found.verdict, Verdict::Fails(Failure::Endless));
    assert_eq!(found.schedules, 1, "the others would have no end either");
}

#[test]
fn by_lot_too_what_the_lab_did_not_make_is_noticed() {
    for search in [
        Search::Random { schedules: 50 },
        Search::Pct { schedules: 50 },
    ] {
        let lab = Lab::new();
        let calls = AtomicU64::new(0);
        let cell = lab.cell("cell", 0u64);
        for worker in 0..2 {
            let calls = &calls;
            lab.task(format!("caller {worker}"), async move |w| {
                // An operation more at each third call.
                if calls.fetch_add(1, Relaxed).is_multiple_of(3) {
                    w.load(&cell).await;
                }
                w.store(&cell, 1).await;
            });
        }
        let found = lab.explore_with(&search, &|_, _| ("same".into(), None));
        assert!(
            matches!(found, Err(RunError::Explore(ExploreError::Outside { .. }))),
            "{found:?}"
        );
    }
}

#[test]
fn a_value_from_outside_that_nobody_reads_again_is_noticed() {
    let lab = Lab::new();
    let calls = AtomicU64::new(0);
    let cell = lab.cell("cell", 0u64);
    let calls = &calls;
    lab.task("caller", async move |w| {
        w.store(&cell, calls.fetch_add(1, Relaxed)).await;
    });
    let found = lab.explore_with(&ALL, &|_, _| ("same".into(), None));
    assert!(
        matches!(
            found,
            Err(RunError::Explore(ExploreError::Outside { step: 1 }))
        ),
        "{found:?}"
    );
}

#[test]
fn a_turn_without_an_operation_is_told_in_its_place() {
    let lab = Lab::new();
    let cell = lab.cell("cell", 0u64);
    lab.task("sleeper", async move |w| {
        w.sleep(secs(1.0)).await;
        w.store(&cell, 1).await;
    });
    let found = lab.explore_with(&ALL, &all_good).unwrap();
    let told: Vec<_> = found
        .trace
        .ops
        .iter()
        .map(|op| (op.at, &op.action))
        .collect();
    let sleeps = Action::Does("sleeps".into());
    assert_eq!(
        told,
        [(1, &sleeps), (2, &Action::Store(lab::Value::Int(1)))]
    );
}
