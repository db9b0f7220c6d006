//! What holds for tasks under every execution model that needs no fork, and
//! what each model does differently. Real time is asserted by order and lower
//! bounds only.

use lab::trace::{Activity, Ending, Model};
use lab::{Described, Lab, Portable, Settings, Value, secs};
use std::time::Duration;

const MODELS: [Model; 4] = [Model::Sequential, Model::Threads, Model::Pool, Model::Async];

#[test]
fn one_source_gives_the_same_results_under_every_model() {
    for model in MODELS {
        let lab = Lab::new();
        for i in 0..3u64 {
            lab.task(format!("task {i}"), async move |w| {
                w.sleep(secs(0.001)).await;
                w.compute(10, |steps| steps.sum::<u64>()).await + i
            });
        }
        let run = lab.run(model).unwrap();
        assert_eq!(run.results(), [45, 46, 47].map(Value::Int), "{model}");
        assert!(
            run.trace
                .workers
                .iter()
                .all(|lane| lane.ending == Ending::Returned),
            "{model}"
        );
        let names: Vec<_> = run
            .trace
            .workers
            .iter()
            .map(|lane| lane.name.as_str())
            .collect();
        assert_eq!(names, ["task 0", "task 1", "task 2"], "{model}");
    }
}

#[test]
fn waits_overlap_under_every_model_but_the_sequential() {
    for model in MODELS {
        let lab = Lab::new();
        for _ in 0..3 {
            lab.task("waits", async |w| w.sleep(Duration::from_millis(30)).await);
        }
        let run = lab.run(model).unwrap();
        let (mut starts, mut ends) = (vec![], vec![]);
        for lane in &run.trace.workers {
            starts.push(lane.start.unwrap());
            ends.push(lane.end.unwrap());
        }
        let overlap = starts.iter().max() < ends.iter().min();
        assert_eq!(overlap, model != Model::Sequential, "{model}");
        let least = if overlap { 30 } else { 90 };
        assert!(
            run.elapsed >= least * 1_000_000,
            "{model}: {} ns",
            run.elapsed
        );
    }
}

#[test]
fn a_task_that_computes_keeps_the_others_of_tokio_waiting() {
    let lab = Lab::new();
    let order = lab.cell("order", 0u64);
    let place = async |w: &lab::Worker| w.update(&order, |n| n + 1).await;
    lab.task("computes", async |w| {
        w.compute(3_000_000, |steps| {
            steps.fold(0, |n, _| std::hint::black_box(n + 1))
        })
        .await;
        place(&w).await
    });
    lab.task("is quick", async |w| place(&w).await);
    assert_eq!(lab.tokio().unwrap().results(), [0, 1].map(Value::Int));
}

#[test]
fn to_sleep_for_no_time_lets_the_other_tasks_of_tokio_go_on() {
    let lab = Lab::new();
    for task in ["a", "b"] {
        lab.task(task, async |w| {
            w.say(1);
            w.sleep(Duration::ZERO).await;
            w.say(2);
        });
    }
    let run = lab.tokio().unwrap();
    let said: Vec<&str> = run.trace.marks.iter().map(|mark| &*mark.text).collect();
    assert_eq!(said, ["1", "1", "2", "2"]);
}

#[test]
fn what_is_called_runs_for_real_and_is_refused_where_time_is_virtual() {
    let lab = Lab::new();
    lab.task("caller", async |w| w.call("ask", || 7u64).await);
    assert_eq!(lab.threads().unwrap().results(), [Value::Int(7)]);
    let run = lab.simulate_as(Model::Threads, Described::guide()).unwrap();
    let ending = run.trace.workers[0].ending.clone();
    let Ending::Panicked(message) = ending else {
        panic!("{ending:?}");
    };
    assert!(message.contains("w.call_known(\"ask\""), "{message}");
}

#[test]
fn every_run_begins_with_cells_as_they_were_made() {
    let lab = Lab::new();
    let cups = lab.cell("cups", 5u64);
    lab.task("pours", async |w| w.update(&cups, |n| n + 1).await);
    for model in MODELS {
        lab.run(model).unwrap();
        assert_eq!(lab.get(&cups), 6, "{model}");
    }
}

#[test]
fn a_load_and_a_store_lose_updates_where_workers_may_come_between() {
    let settings = Settings {
        yield_chance: 0.05,
        together: true,
        ..Settings::default()
    };
    let lab = Lab::with(settings);
    let counter = lab.cell("counter", 0u64);
    for i in 0..4 {
        lab.task(format!("adder {i}"), async |w| {
            for _ in 0..20_000 {
                let seen = w.load(&counter).await;
                w.store(&counter, seen + 1).await;
            }
        });
    }
    lab.threads().unwrap();
    let got = lab.get(&counter);
    assert!((2..80_000).contains(&got), "{got}");
}

#[test]
fn an_update_a_lock_an_rlock_and_a_semaphore_of_one_lose_nothing() {
    for kind in 0..4 {
        for model in MODELS {
            let settings = Settings {
                yield_chance: 0.01,
                together: true,
                ..Settings::default()
            };
            let lab = Lab::with(settings);
            let counter = lab.cell("counter", 0u64);
            let lock = match kind {
                0 => lab.lock("lock"),
                1 => lab.rlock("rlock"),
                _ => lab.semaphore("semaphore", 1),
            };
            for i in 0..4 {
                lab.task(format!("adder {i}"), async |w| {
                    for _ in 0..5_000 {
                        if kind == 3 {
                            w.update(&counter, |n| n + 1).await;
                            continue;
                        }
                        let held = w.lock(&lock).await;
                        let seen = w.load(&counter).await;
                        w.store(&counter, seen + 1).await;
                        held.release().await;
                    }
                });
            }
            lab.run(model).unwrap();
            assert_eq!(lab.get(&counter), 20_000, "kind {kind} under {model}");
        }
    }
}

#[test]
fn a_semaphore_lets_in_as_many_as_it_says_and_no_more() {
    for model in [Model::Threads, Model::Pool, Model::Async] {
        let lab = Lab::new();
        let (inside, most) = (lab.cell("inside", 0u64), lab.cell("most", 0u64));
        let door = lab.semaphore("door", 3);
        for i in 0..12 {
            lab.task(format!("guest {i}"), async |w| {
                w.with(&door, async || {
                    let now = w.update(&inside, |n| n + 1).await + 1;
                    w.update(&most, |n: u64| n.max(now)).await;
                    w.sleep(Duration::from_millis(3)).await;
                    w.update(&inside, |n| n - 1).await;
                })
                .await;
            });
        }
        let run = lab.run(model).unwrap();
        assert!(run.all_returned());
        assert_eq!(lab.get(&most), 3, "{model}");
        assert_eq!(lab.get(&inside), 0, "{model}");
    }
}

#[test]
fn an_rlock_lets_its_holder_in_again() {
    let lab = Lab::new();
    let lock = lab.rlock("rlock");
    lab.task("twice", async |w| {
        let _outer = w.lock(&lock).await;
        let _inner = w.lock(&lock).await;
        true
    });
    assert_eq!(lab.threads().unwrap().results(), [Value::Bool(true)]);
}

#[test]
fn waiting_for_a_lock_and_holding_it_are_spans_of_their_own() {
    let lab = Lab::new();
    let stove = lab.lock("stove");
    for i in 0..2 {
        lab.task(format!("cook {i}"), async |w| {
            w.with(&stove, async || w.sleep(Duration::from_millis(20)).await)
                .await;
        });
    }
    let trace = lab.threads().unwrap().trace;
    let of = |activity| {
        trace
            .spans
            .iter()
            .filter(|s| s.activity == activity)
            .collect::<Vec<_>>()
    };
    let (held, blocked) = (of(Activity::Holding), of(Activity::Blocked));
    assert_eq!((held.len(), blocked.len()), (2, 1));
    assert_eq!(held[0].label, "stove");
    assert!(held[0].end <= Some(held[1].start), "never two holders");
    assert!(blocked[0].end >= held[0].end, "let in after the other left");
}

#[test]
fn a_panic_ends_its_own_task_and_no_other() {
    for model in MODELS {
        let lab = Lab::new();
        let lock = lab.lock("lock");
        lab.task("spills", async |w| {
            let _held = w.lock(&lock).await;
            assert!(w.id() == 99, "milk everywhere");
        });
        lab.task("goes on", async |w| w.with(&lock, async || 7).await);
        let run = lab.run(model).unwrap();
        assert_eq!(
            run.endings[0].0,
            Ending::Panicked("milk everywhere".into()),
            "{model}"
        );
        assert_eq!(run.endings[1], (Ending::Returned, Value::Int(7)), "{model}");
    }
}

#[test]
fn a_task_that_awaits_what_the_lab_does_not_know_ends_with_a_reason() {
    let lab = Lab::new();
    lab.task("waits for ever", async |_w| {
        std::future::pending::<()>().await
    });
    let run = lab.threads().unwrap();
    let Ending::Panicked(why) = &run.endings[0].0 else {
        panic!("{:?}", run.endings)
    };
    assert!(why.contains("not an operation of the lab"), "{why}");
}

#[test]
fn spans_past_the_limit_are_counted_and_not_kept() {
    let lab = Lab::new();
    let lock = lab.lock("lock");
    lab.task("busy", async |w| {
        for _ in 0..2_500 {
            w.lock(&lock).await.release().await;
        }
    });
    let trace = lab.sequential().unwrap().trace;
    assert_eq!((trace.spans.len(), trace.workers[0].omitted), (2_000, 500));
}

#[test]
fn a_thousand_async_tasks_wait_together() {
    let lab = Lab::new();
    for i in 0..1_000 {
        lab.task(format!("waits {i}"), async |w| {
            w.sleep(Duration::from_millis(50)).await
        });
    }
    let run = lab.tokio().unwrap();
    let ends = run.trace.workers.iter().map(|lane| lane.end.unwrap());
    let starts = run.trace.workers.iter().map(|lane| lane.start.unwrap());
    assert!(
        starts.max() < ends.min(),
        "all had begun before the first ended"
    );
}

#[test]
fn a_lab_without_tasks_says_what_to_do() {
    let error = Lab::new().threads().unwrap_err();
    assert!(error.to_string().contains("lab.task("), "{error}");
}

#[test]
fn an_event_lets_everybody_go_on_and_stays_set() {
    for model in [Model::Threads, Model::Pool, Model::Async] {
        let lab = Lab::new();
        let (ready, order) = (lab.event("ready"), lab.cell("order", 0u64));
        for i in 0..3 {
            lab.task(format!("waits {i}"), async move |w| {
                w.wait(&ready).await;
                w.load(&order).await
            });
        }
        lab.task("sets", async move |w| {
            w.sleep(Duration::from_millis(10)).await;
            w.store(&order, 1).await;
            w.set(&ready).await;
            w.wait(&ready).await;
            1u64
        });
        assert_eq!(
            lab.run(model).unwrap().results(),
            [1, 1, 1, 1].map(Value::Int),
            "{model}"
        );
    }
}

#[test]
fn notify_one_lets_one_go_on_and_notify_all_the_rest() {
    for model in [Model::Threads, Model::Async] {
        let lab = Lab::new();
        let (lock, changed) = (lab.lock("lock"), lab.condition("changed"));
        let (waiting, gone) = (lab.cell("waiting", 0u64), lab.cell("gone", 0u64));
        for i in 0..3 {
            lab.task(format!("waits {i}"), async move |w| {
                let held = w.lock(&lock).await;
                w.update(&waiting, |n| n + 1).await;
                let held = w.wait_on(&changed, held).await;
                w.update(&gone, |n| n + 1).await;
                held.release().await;
            });
        }
        lab.task("notifies", async move |w| {
            while w.load(&waiting).await < 3 {
                w.sleep(Duration::from_millis(1)).await;
            }
            // Holding the lock once says that all three have let it go.
            w.with(&lock, async || w.notify_one(&changed).await).await;
            while w.load(&gone).await < 1 {
                w.sleep(Duration::from_millis(1)).await;
            }
            w.sleep(Duration::from_millis(20)).await;
            let after_one = w.load(&gone).await;
            w.with(&lock, async || w.notify_all(&changed).await).await;
            after_one
        });
        let run = lab.run(model).unwrap();
        assert_eq!(run.results()[3], Value::Int(1), "{model}");
        assert_eq!(lab.get(&gone), 3, "{model}");
    }
}

#[test]
fn a_barrier_lets_nobody_by_before_the_last_has_come() {
    for model in [Model::Threads, Model::Async] {
        let lab = Lab::new();
        let (start, here) = (lab.barrier("start", 4), lab.cell("here", 0u64));
        for i in 0..4 {
            lab.task(format!("runner {i}"), async move |w| {
                w.sleep(Duration::from_millis(i * 3)).await;
                w.update(&here, |n| n + 1).await;
                let last = w.meet(&start).await;
                (w.load(&here).await, last)
            });
        }
        let run = lab.run(model).unwrap();
        let met: Vec<_> = run.results().iter().map(ToString::to_string).collect();
        assert!(
            met.iter().all(|text| text.starts_with("[4, ")),
            "{model}: {met:?}"
        );
        assert_eq!(
            met.iter().filter(|text| text.ends_with("true]")).count(),
            1,
            "{model}"
        );
    }
}

#[test]
fn a_queue_keeps_order_and_holds_no_more_than_it_may() {
    for model in [Model::Threads, Model::Pool, Model::Async] {
        let lab = Lab::new();
        let queue = lab.queue::<u64>("queue", 2);
        lab.task("puts", async move |w| {
            for n in 0..50 {
                assert!(w.put(&queue, n).await);
            }
            w.close_queue(&queue).await;
            w.put(&queue, 99).await
        });
        lab.task("gets", async move |w| {
            let mut got = vec![];
            while let Some(n) = w.get(&queue).await {
                got.push(n);
            }
            got
        });
        let run = lab.run(model).unwrap();
        let all = Value::List((0..50).map(Value::Int).collect());
        assert_eq!(run.results(), [Value::Bool(false), all], "{model}");
        let depth = &run.trace.counters[0];
        assert_eq!(depth.name, "queue");
        assert!(
            depth.points.iter().all(|(_, n)| (0.0..=2.0).contains(n)),
            "{:?}",
            depth.points
        );
        let steps: Vec<f64> = depth.points.windows(2).map(|p| p[1].1 - p[0].1).collect();
        assert_eq!(steps.len(), 100, "{model}");
        assert!(
            steps.iter().all(|step| step.abs() == 1.0),
            "{model}: {steps:?}"
        );
    }
}

#[test]
fn text_comes_out_of_a_queue_as_it_went_in() {
    let lab = Lab::new();
    let queue = lab.queue("orders", 0);
    lab.task("guest", async move |w| {
        for order in ["milk", "tea"] {
            w.put(&queue, order).await;
        }
        w.close_queue(&queue).await;
    });
    lab.task("cook", async move |w| {
        let mut got = vec![];
        while let Some(order) = w.get(&queue).await {
            got.push(order);
        }
        got
    });
    let got = vec!["milk", "tea"].into_value();
    assert_eq!(lab.threads().unwrap().results()[1], got);
}

#[test]
fn what_another_lab_made_is_refused() {
    let other = Lab::new();
    let (cup, door) = (other.cell("cup", 0u64), other.lock("door"));
    let lab = Lab::new();
    lab.cell("own", 5.5);
    lab.lock("own");
    lab.task("reads", async move |w| w.load(&cup).await);
    lab.task("enters", async move |w| {
        let _held = w.lock(&door).await;
    });
    let run = lab.threads().unwrap();
    for (ending, _) in run.endings.iter() {
        let Ending::Panicked(why) = ending else {
            panic!("{ending:?}");
        };
        assert!(why.contains("another lab made"), "{why}");
    }
    assert_eq!(other.get(&cup), 0);
}

#[test]
fn so_many_workers_carry_the_tasks_out_and_no_more_at_a_time() {
    for model in [Model::Threads, Model::Pool, Model::Async] {
        let lab = pool_of_two();
        let run = lab.run(model).unwrap();
        assert_eq!(run.results(), [0, 1, 2, 3, 4].map(Value::Int), "{model}");
        assert_eq!(most_at_once(&run), 2, "{model}");
        assert_eq!(lab.completed().len(), 5, "{model}");
    }
    let simulated = Described::here(4, 1.0);
    for model in [Model::Threads, Model::Pool, Model::Async, Model::Processes] {
        let run = pool_of_two().simulate_as(model, &simulated).unwrap();
        assert_eq!(most_at_once(&run), 2, "{model}, simulated");
    }
}

fn pool_of_two() -> Lab<'static> {
    let lab = Lab::new();
    for number in 0..5u64 {
        lab.task(format!("task {number}"), async move |w| {
            w.sleep(secs(0.005)).await;
            number
        });
    }
    lab.workers(2);
    lab
}

/// Most tasks that were there at the same moment.
fn most_at_once(run: &lab::Run) -> usize {
    let lanes = &run.trace.workers;
    let at = |moment: u64| {
        let there = |lane: &&lab::trace::Lane| {
            lane.start.is_some_and(|start| start <= moment)
                && lane.end.is_some_and(|end| moment < end)
        };
        lanes.iter().filter(there).count()
    };
    let starts = lanes.iter().filter_map(|lane| lane.start);
    starts.map(at).max().unwrap_or(0)
}

#[test]
fn tasks_are_completed_in_the_order_of_their_ends() {
    let lab = Lab::new();
    for (name, time) in [("slow", 0.03), ("quick", 0.005)] {
        lab.task(name, async move |w| w.sleep(secs(time)).await);
    }
    lab.threads().unwrap();
    assert_eq!(lab.completed(), [1, 0]);
}

#[test]
fn who_joins_a_task_goes_on_after_its_end() {
    let joined = || {
        let lab = Lab::new();
        let (child, said) = (lab.end_of("child"), lab.cell("said", 0u64));
        lab.task("parent", async move |w| {
            w.join(&child).await;
            w.load(&said).await
        });
        lab.task("child", async move |w| {
            w.sleep(secs(0.01)).await;
            w.store(&said, 7).await;
        });
        lab
    };
    for model in [Model::Threads, Model::Pool, Model::Async] {
        let run = joined().run(model).unwrap();
        assert_eq!(run.results()[0], Value::Int(7), "{model}");
    }
    let run = joined()
        .simulate_as(Model::Threads, Described::here(2, 1.0))
        .unwrap();
    assert_eq!(run.results()[0], Value::Int(7));
}

/// Who let whom go on, over what; each wait is long enough to be one.
fn edges(run: &lab::Run) -> Vec<(u32, u32, String)> {
    let mut edges: Vec<_> = run
        .trace
        .edges
        .iter()
        .map(|edge| {
            assert!(edge.at <= edge.then, "{edge:?}");
            (edge.from, edge.to, edge.object.clone())
        })
        .collect();
    edges.sort();
    edges.dedup();
    edges
}

#[test]
fn who_lets_whom_go_on_is_told_of_all_that_is_waited_for_on_both_stages() {
    let lab = Lab::new();
    let (event, barrier) = (lab.event("event"), lab.barrier("barrier", 2));
    let (lock, condition) = (lab.lock("lock"), lab.condition("condition"));
    let queue = lab.queue::<u64>("queue", 1);
    lab.task("first", async move |w| {
        w.wait(&event).await;
        w.meet(&barrier).await;
        let held = w.lock(&lock).await;
        drop(w.wait_on(&condition, held).await);
        w.get(&queue).await;
        w.sleep(secs(0.02)).await;
        w.get(&queue).await;
    });
    lab.task("second", async move |w| {
        let pause = async || w.sleep(secs(0.02)).await;
        pause().await;
        w.set(&event).await;
        pause().await;
        w.meet(&barrier).await;
        pause().await;
        w.notify_one(&condition).await;
        pause().await;
        for item in 0..3 {
            w.put(&queue, item).await;
        }
    });
    let machine = lab::Described::here(2, 1.0);
    for run in [
        lab.threads().unwrap(),
        lab.tokio().unwrap(),
        lab.simulate_as(Model::Threads, &machine).unwrap(),
    ] {
        let wanted = [
            (0, 1, "queue"),
            (1, 0, "barrier"),
            (1, 0, "condition"),
            (1, 0, "event"),
            (1, 0, "queue"),
        ];
        assert_eq!(
            edges(&run),
            wanted.map(|(a, b, what)| (a, b, what.to_owned()))
        );
        let labels: Vec<_> = run.trace.spans.iter().map(|s| s.label.as_str()).collect();
        assert!(labels.contains(&"get from queue") && labels.contains(&"put into queue"));
        assert_eq!(run.trace.counters[0].capacity, Some(1));
        assert_eq!(run.trace.counters[0].points[0], (0, 0.0));
    }
}
