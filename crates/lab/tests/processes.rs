//! The process model. It forks, so it needs a process with one thread: this
//! test has a `main` of its own instead of cargo's threaded harness.

use lab::trace::Ending;
use lab::{Lab, Settings, Value, secs};

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

fn no_child_is_left() {
    // SAFETY: asks for any child; none is the answer that is wanted.
    let left = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
    assert_eq!(left, -1, "a child is left");
}
