//! The process model. It forks, so it needs a process with one thread: this
//! test has a `main` of its own instead of cargo's threaded harness.

use lab::trace::Ending;
use lab::{Alarm, Described, Lab, Settings, Value, secs};

fn main() {
    let tests: &[(&str, fn())] = &[
        (
            "results_come_back_from_processes_of_their_own",
            results_come_back,
        ),
        ("a_cell_is_copied_into_each_process", a_cell_is_copied),
        ("a_worker_that_aborts_harms_no_other", a_worker_that_aborts),
        (
            "a_worker_that_exits_is_told_with_its_status",
            a_worker_that_exits,
        ),
        ("a_panic_is_an_ending", a_panic),
        ("waits_overlap", waits_overlap),
        ("what_a_process_says_is_in_the_trace", what_a_process_says),
        ("a_result_larger_than_a_pipe_comes_back", a_large_result),
        (
            "processes_that_start_together_all_start",
            all_start_together,
        ),
        (
            "two_processes_take_one_task_after_another",
            two_take_five_tasks,
        ),
        (
            "a_process_that_dies_at_its_second_task_harms_only_that_one",
            one_dies_at_its_second_task,
        ),
        (
            "a_shared_cell_under_a_lock_counts_what_all_processes_add",
            shared_and_locked,
        ),
        (
            "items_cross_between_processes_in_order_large_ones_too",
            items_cross,
        ),
        ("events_and_barriers_work_between_processes", signals_cross),
        ("who_joins_a_process_that_dies_goes_on", join_the_dead),
        (
            "two_processes_in_each_others_way_raise_the_alarm",
            a_deadlock_of_processes,
        ),
        ("a_put_that_nobody_gets_raises_the_alarm", a_put_for_ever),
        ("no_child_is_left", no_child_is_left),
    ];
    println!("\nrunning {} tests", tests.len());
    let mut failed = 0;
    for (name, test) in tests {
        let ok = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if ok { "ok" } else { "FAILED" });
        failed += usize::from(!ok);
    }
    let (passed, word) = (
        tests.len() - failed,
        if failed == 0 { "ok" } else { "FAILED" },
    );
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; \
         0 filtered out; finished in 0.00s\n"
    );
    std::process::exit(i32::from(failed > 0));
}

fn results_come_back() {
    let lab = Lab::new();
    for i in 0..3u32 {
        lab.task(format!("maker {i}"), async move |_w| {
            (i, std::process::id())
        });
    }
    let run = lab.processes().unwrap();
    let mut pids = vec![std::process::id()];
    for (i, (lane, value)) in run.trace.workers.iter().zip(run.results()).enumerate() {
        assert_eq!(
            value,
            Value::List(vec![Value::Int(i as i64), Value::Int(lane.pid.into())])
        );
        pids.push(lane.pid);
    }
    pids.sort();
    pids.dedup();
    assert_eq!(pids.len(), 4, "each has a process of its own");
}

fn a_cell_is_copied() {
    let lab = Lab::new();
    let cups = lab.cell("cups", 1u64);
    for i in 0..2 {
        lab.task(format!("pours {i}"), async |w| {
            w.update(&cups, |n| n + 1).await;
            w.load(&cups).await
        });
    }
    assert_eq!(lab.processes().unwrap().results(), [2, 2].map(Value::Int));
    assert_eq!(lab.get(&cups), 1, "the parent's is as it was");
}

fn a_worker_that_aborts() {
    let lab = Lab::new();
    lab.task("aborts", async |_w| -> () { std::process::abort() });
    lab.task("goes on", async |w| {
        w.sleep(secs(0.01)).await;
        "done"
    });
    let run = lab.processes().unwrap();
    assert_eq!(run.endings[0].0, Ending::Killed(libc::SIGABRT));
    assert_eq!(
        run.endings[1],
        (Ending::Returned, Value::Text("done".into()))
    );
    assert_eq!(run.trace.workers[0].ending, Ending::Killed(libc::SIGABRT));
}

fn a_worker_that_exits() {
    let lab = Lab::new();
    lab.task("leaves", async |_w| -> () { std::process::exit(3) });
    assert_eq!(lab.processes().unwrap().endings[0].0, Ending::Exited(3));
}

fn a_panic() {
    let lab = Lab::new();
    lab.task("spills", async |w| assert!(w.id() == 99, "milk everywhere"));
    let run = lab.processes().unwrap();
    assert_eq!(run.endings[0].0, Ending::Panicked("milk everywhere".into()));
}

fn waits_overlap() {
    let lab = Lab::new();
    for _ in 0..3 {
        lab.task("waits", async |w| w.sleep(secs(0.05)).await);
    }
    let run = lab.processes().unwrap();
    let starts = run.trace.workers.iter().map(|lane| lane.start.unwrap());
    let ends = run.trace.workers.iter().map(|lane| lane.end.unwrap());
    assert!(starts.max() < ends.min());
    assert!(run.elapsed >= 50_000_000);
}

fn what_a_process_says() {
    let lab = Lab::new();
    lab.task("talks", async |w| w.say("chai ready"));
    let trace = lab.processes().unwrap().trace;
    assert_eq!(
        (trace.marks[0].worker, trace.marks[0].text.as_str()),
        (Some(0), "chai ready")
    );
}

fn a_large_result() {
    let lab = Lab::new();
    lab.task("large", async |_w| "x".repeat(1 << 20));
    let Value::Text(text) = &lab.processes().unwrap().endings[0].1 else {
        panic!("no text")
    };
    assert_eq!(text.len(), 1 << 20);
}

fn all_start_together() {
    let lab = Lab::with(Settings {
        together: true,
        ..Settings::default()
    });
    for i in 0..8 {
        lab.task(format!("{i}"), async move |_w| i);
    }
    assert_eq!(
        lab.processes().unwrap().results(),
        [0, 1, 2, 3, 4, 5, 6, 7].map(Value::Int)
    );
}

fn two_take_five_tasks() {
    let lab = Lab::new();
    for number in 0..5u64 {
        lab.task(format!("task {number}"), async move |w| {
            w.sleep(secs(0.002)).await;
            number
        });
    }
    let run = lab.workers(2).processes().unwrap();
    assert_eq!(run.results(), [0, 1, 2, 3, 4].map(Value::Int));
    let mut pids: Vec<_> = run.trace.workers.iter().map(|lane| lane.pid).collect();
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), 2);
}

fn one_dies_at_its_second_task() {
    let lab = Lab::new();
    for number in 0..4u64 {
        lab.task(format!("task {number}"), async move |w| {
            w.sleep(secs(0.005)).await;
            if number == 2 {
                std::process::abort();
            }
            number
        });
    }
    let run = lab.workers(2).processes().unwrap();
    let endings: Vec<_> = run.endings.iter().map(|(ending, _)| ending).collect();
    assert_eq!(endings[2], &Ending::Killed(6));
    for number in [0, 1, 3] {
        assert_eq!(endings[number], &Ending::Returned, "task {number}");
    }
}

fn shared_and_locked() {
    let lab = Lab::new();
    let (total, own) = (lab.shared("total", 0u64), lab.cell("own", 0u64));
    let lock = lab.lock("lock");
    for number in 0..3 {
        lab.task(format!("adder {number}"), async move |w| {
            for _ in 0..2_000 {
                let held = w.lock(&lock).await;
                let seen = w.load(&total).await;
                w.store(&total, seen + 1).await;
                w.update(&own, |n| n + 1).await;
                drop(held);
            }
        });
    }
    lab.processes().unwrap();
    assert_eq!((lab.get(&total), lab.get(&own)), (6_000, 0));
    let machine = Described::here(2, 5.0);
    lab.simulate_as(lab::trace::Model::Processes, &machine)
        .unwrap();
    assert_eq!((lab.get(&total), lab.get(&own)), (6_000, 0), "simulated");
}

fn items_cross() {
    let lab = Lab::new();
    let belt = lab.queue::<String>("belt", 0);
    let sizes = [3usize, 70_000, 0, 200_000, 9];
    lab.task("puts", async move |w| {
        for size in sizes {
            w.put(&belt, "x".repeat(size)).await;
        }
        w.close_queue(&belt).await;
    });
    lab.task("gets", async move |w| {
        let mut got = vec![];
        while let Some(item) = w.get(&belt).await {
            got.push(item.len() as u64);
        }
        got
    });
    let results = lab.processes().unwrap().results();
    let sizes = sizes.map(|size| Value::Int(size as i64)).to_vec();
    assert_eq!(results[1], Value::List(sizes));
}

fn signals_cross() {
    let lab = Lab::new();
    let (go, barrier) = (lab.event("go"), lab.barrier("barrier", 3));
    let arrived = lab.shared("arrived", 0u64);
    for number in 0..2 {
        lab.task(format!("waiter {number}"), async move |w| {
            w.wait(&go).await;
            w.update(&arrived, |n| n + 1).await;
            w.meet(&barrier).await;
            w.load(&arrived).await
        });
    }
    lab.task("caller", async move |w| {
        w.sleep(secs(0.005)).await;
        w.set(&go).await;
        w.meet(&barrier).await;
    });
    let results = lab.processes().unwrap().results();
    assert_eq!(results[..2], [2, 2].map(Value::Int));
}

fn join_the_dead() {
    let lab = Lab::new();
    let child = lab.end_of("child");
    lab.task("child", async |w| {
        w.sleep(secs(0.005)).await;
        if w.id() == 0 {
            std::process::abort();
        }
    });
    lab.task("parent", async move |w| {
        w.join(&child).await;
        1u8
    });
    assert_eq!(lab.processes().unwrap().results()[1], Value::Int(1));
}

/// What a run comes to that cannot end by itself: whether the alarm was raised.
/// It ends the process that it is raised in, so each such run has one of its own.
fn alarmed(run: impl FnOnce(Alarm)) -> bool {
    // SAFETY: this process has one thread.
    match unsafe { libc::fork() } {
        0 => {
            run(Alarm(std::sync::Arc::new(|| std::process::exit(7))));
            std::process::exit(0)
        }
        child => {
            let mut status = 0;
            // SAFETY: waits for a child of ours.
            unsafe { libc::waitpid(child, &mut status, 0) };
            libc::WEXITSTATUS(status) == 7
        }
    }
}

fn alarm_lab(alarm: Alarm) -> Lab<'static> {
    Lab::with(Settings {
        on_deadlock: Some(alarm),
        ..Settings::default()
    })
}

fn a_deadlock_of_processes() {
    assert!(alarmed(|alarm| {
        let lab = alarm_lab(alarm);
        let locks = [lab.lock("left"), lab.lock("right")];
        for (name, [first, second]) in [("one", [0, 1]), ("other", [1, 0])] {
            lab.task(name, async move |w| {
                let _first = w.lock(&locks[first]).await;
                w.sleep(secs(0.02)).await;
                let _second = w.lock(&locks[second]).await;
            });
        }
        // Somebody who has nothing to do with it goes on.
        lab.task("bystander", async |w| w.sleep(secs(30.0)).await);
        let _ = lab.processes();
    }));
}

fn a_put_for_ever() {
    assert!(alarmed(|alarm| {
        let lab = alarm_lab(alarm);
        let belt = lab.queue::<String>("belt", 0);
        let child = lab.end_of("child");
        lab.task("child", async move |w| {
            w.put(&belt, "x".repeat(100_000)).await
        });
        lab.task("parent", async move |w| {
            // Joined before it is drained.
            w.join(&child).await;
            w.get(&belt).await
        });
        let _ = lab.processes();
    }));
}

fn no_child_is_left() {
    // SAFETY: asks for any child; none is the answer that is wanted.
    let left = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
    assert_eq!(left, -1, "a child is left");
}
