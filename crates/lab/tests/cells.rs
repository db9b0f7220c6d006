//! What a learner's cells look like, as ordinary Rust, and what their results
//! show. Some of it forks, so the tests need a process with one thread: this
//! file has a `main` of its own instead of cargo's threaded harness.

use lab::SHOWN;
use lab::prelude::*;
use lab::trace::{Action, Activity, Ending, Kind};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::AsRawFd;

macro_rules! tests {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), $name as fn())),*] };
}

fn main() {
    let tests: &[(&str, fn())] = tests![
        a_chain_is_one_expression,
        statements_do_the_same,
        tasks_borrow_what_a_cell_has,
        no_model_leaves_a_thread_or_a_process_behind,
        a_header_says_all_that_a_figure_is_stamped_with,
        what_is_chosen_in_a_chain_is_in_the_header,
        a_cell_that_is_made_after_a_run_has_its_first_value,
        repetitions_are_samples_of_the_first_run,
        a_first_run_that_fails_is_not_repeated,
        what_workers_say_shows_before_the_figure,
        what_worker_processes_print_shows,
        what_a_worker_process_leaves_behind_is_not_waited_for,
        what_an_aborting_worker_did_is_in_the_trace,
        workers_in_each_others_way_end_the_run,
        who_waits_for_nobody_ends_the_run_under_every_model,
        one_after_another_nobody_waits_for_who_has_not_begun,
        a_worker_that_others_are_stuck_beside_comes_to_its_end,
        who_sleeps_beside_a_deadlock_is_not_waited_for,
        nobody_waits_for_a_daemon_under_any_model,
        what_is_never_awaited_ends_its_task,
        a_comparison_has_a_run_for_each_model,
        a_comparison_says_why_a_model_is_missing,
        a_race_is_told_beside_the_tasks_one_after_another,
        a_race_shows_the_cell_in_which_runs_differ,
        a_run_tells_all_its_cells_and_what_returned,
        results_that_depend_on_the_schedule_are_told,
        who_is_joined_is_there,
        a_race_without_a_result_says_what_is_missing,
        a_lost_update_is_found_without_a_judge,
        a_failing_schedule_can_be_had_again,
        what_holds_holds_and_outcomes_are_listed,
        a_simulated_run_tells_of_its_machine,
        every_result_shows_its_figure,
        the_data_of_a_figure_is_as_the_kernel_reads_it,
        an_error_ends_the_cell_with_its_text,
    ];
    println!("\nrunning {} tests", tests.len());
    let mut failed = 0;
    for (name, test) in tests {
        let ok = std::panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if ok { "ok" } else { "FAILED" });
        failed += usize::from(!ok);
    }
    let passed = tests.len() - failed;
    println!("\ntest result: {passed} passed; {failed} failed\n");
    std::process::exit(i32::from(failed > 0));
}

/// What a cell prints, and its exit status: it is carried out in a process of
/// its own.
fn printed(cell: fn()) -> (String, i32) {
    let path = std::env::temp_dir().join(format!("threadlab-cell-{}", std::process::id()));
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    std::io::stdout().flush().unwrap();
    // SAFETY: this process has one thread; the child leaves by `_exit`.
    let status = unsafe {
        match libc::fork() {
            0 => {
                libc::dup2(file.as_raw_fd(), libc::STDOUT_FILENO);
                let ok = std::panic::catch_unwind(cell).is_ok();
                let _ = std::io::stdout().flush();
                libc::_exit(i32::from(!ok))
            }
            child => {
                let mut status = 0;
                libc::waitpid(child, &mut status, 0);
                libc::WEXITSTATUS(status)
            }
        }
    };
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    (text, status)
}

/// What stands before a cell's block, and the block.
fn shown(cell: fn()) -> (String, Json) {
    let (text, status) = printed(cell);
    assert_eq!(status, 0, "{text}");
    let begin = format!("EVCXR_BEGIN_CONTENT {SHOWN}\n");
    let (before, rest) = text.split_once(&begin).expect("a block");
    let (json, after) = rest.split_once('\n').unwrap();
    assert_eq!(after, "EVCXR_END_CONTENT\n");
    (before.into(), serde_json::from_str(json).unwrap())
}

/// Threads of this process. One that has been joined may take a moment to leave
/// the system's list.
fn threads() -> usize {
    let count = || std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    for _ in 0..1_000 {
        if count() == 1 {
            break;
        }
        std::thread::sleep(millis(1.0));
    }
    count()
}

fn a_chain_is_one_expression() {
    let run = Lab::new()
        .task("kettle", async |w| {
            w.sleep(millis(5.0)).await;
            1
        })
        .task("cups", async |_| 2)
        .threads()
        .unwrap();
    assert_eq!(run.results(), [Value::Int(1), Value::Int(2)]);
}

fn statements_do_the_same() {
    let lab = Lab::new();
    let cups = lab.cell("cups", 0u64);
    for i in 0..2 {
        lab.task(format!("maker {i}"), async |w| {
            w.sleep(millis(1.0)).await;
            w.update(&cups, |n| n + 1).await;
        });
    }
    let run = lab.threads().unwrap();
    assert!(run.all_returned());
    assert_eq!(lab.get(&cups), 2);
}

fn tasks_borrow_what_a_cell_has() {
    let orders = vec!["masala".to_owned(), "ginger".to_owned()];
    let lab = Lab::new();
    for order in &orders {
        lab.task(order, async |_| order.len());
    }
    for run in [lab.threads(), lab.processes()] {
        assert_eq!(run.unwrap().results(), [Value::Int(6), Value::Int(6)]);
    }
    drop(orders);
}

fn no_model_leaves_a_thread_or_a_process_behind() {
    let lab = Lab::new();
    for i in 0..3u64 {
        lab.task(format!("task {i}"), async move |w| {
            w.sleep(millis(2.0)).await;
            i
        });
    }
    for model in Model::ALL {
        assert_eq!(
            lab.run(model).unwrap().results(),
            [0, 1, 2].map(Value::Int),
            "{model}"
        );
        assert_eq!(threads(), 1, "{model}");
        // SAFETY: asks for any child; none is the answer that is wanted.
        let left = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
        assert_eq!(left, -1, "{model}");
    }
}

fn a_header_says_all_that_a_figure_is_stamped_with() {
    let lab = Lab::new();
    lab.cell("cups", 0u64);
    lab.task("one", async |_| ());
    let header = &lab.threads().unwrap().trace.header;
    assert_eq!((header.scenario.as_str(), header.workers), ("cell", 1));
    assert_eq!(
        (header.model, header.kind),
        (Model::Threads, Kind::Measured)
    );
    assert_eq!(header.yield_chance, Some(lab::YIELD_CHANCE));
    assert!(header.date.ends_with('Z') && header.date.len() == 20);
    assert!(header.machine.cores > 0.0 && !header.machine.cpu.is_empty());
    assert!(!header.threadlab.is_empty());
    let seeds: BTreeSet<u64> = (0..8)
        .map(|_| {
            std::thread::sleep(millis(1.0));
            let lab = Lab::new();
            let lab = lab.task("one", async |_| ());
            lab.sequential().unwrap().trace.header.seed
        })
        .collect();
    assert!(seeds.len() > 1, "no seed was drawn: {seeds:?}");
}

fn what_is_chosen_in_a_chain_is_in_the_header() {
    let lab = Lab::new();
    lab.cell("cups", 0u64);
    lab.task("one", async |_| ()).task("other", async |_| ());
    let version = Version::find("3.9").unwrap();
    lab.gil(version).switch_interval(millis(2.0)).pace(25.0);
    let run = lab.seed(7).yield_chance(0.5).workers(1).threads().unwrap();
    let header = &run.trace.header;
    assert_eq!(header.gil.as_deref(), Some("3.9"));
    assert_eq!(header.switch_interval, Some(2_000_000));
    assert_eq!(header.pace_ns, Some(25.0));
    assert_eq!((header.seed, header.workers), (7, 1));
    assert_eq!(header.yield_chance, Some(0.5));
    let run = lab.gil(None).pace(0.0).threads().unwrap();
    let header = &run.trace.header;
    assert_eq!((&header.gil, header.pace_ns, header.seed), (&None, None, 7));
}

fn a_cell_that_is_made_after_a_run_has_its_first_value() {
    let lab = Lab::new();
    let cups = lab.cell("cups", 1u64);
    lab.task("one", async |w| w.store(&cups, 2).await);
    lab.sequential().unwrap();
    let bowls = lab.cell("bowls", 3u64);
    assert_eq!((lab.get(&cups), lab.get(&bowls)), (2, 3));
}

fn repetitions_are_samples_of_the_first_run() {
    let lab = Lab::new();
    let cups = lab.cell("cups", 3u64);
    lab.task("one", async |w| {
        w.update(&cups, |n| n + 1).await;
        w.say("once");
    });
    let run = lab.repeat(4).sequential().unwrap();
    let results: Vec<&Value> = run.trace.samples.iter().map(|s| &s.result).collect();
    assert_eq!(results, [&Value::Int(4); 4]);
    assert_eq!(run.trace.marks.len(), 1);
}

fn a_first_run_that_fails_is_not_repeated() {
    let lab = Lab::new();
    lab.task("milk", async |w| {
        if w.now() < u64::MAX {
            panic!("spilt");
        }
    });
    let run = lab.repeat(4).threads().unwrap();
    assert_eq!(run.trace.samples.len(), 1);
    assert!(!run.all_returned());
    let refused = lab.repeat(4).compare().unwrap_err().to_string();
    assert!(refused.contains("in repetition 1 of 4"), "{refused}");
}

fn what_workers_say_shows_before_the_figure() {
    let (before, block) = shown(|| {
        Lab::new()
            .task("first", async |w| w.say("water\nboils"))
            .task("second", async |w| {
                w.sleep(millis(50.0)).await;
                w.say("tea");
            })
            .threads()
            .evcxr_display();
    });
    assert_eq!(before, "water\nboils\ntea\n");
    assert_eq!(block["figure"], "timeline");
    assert_eq!(block["groups"][0]["label"], "threads");
    assert_eq!(block["explored"], Json::Null);
}

fn what_worker_processes_print_shows() {
    let (before, _) = shown(|| {
        Lab::new()
            .task("child", async |_| println!("from a process"))
            .processes()
            .evcxr_display();
    });
    assert_eq!(before, "from a process\n");
}

fn what_a_worker_process_leaves_behind_is_not_waited_for() {
    let (reads, writes) = std::io::pipe().unwrap();
    let lab = Lab::new();
    lab.task("starts", async |_| {
        println!("before it went");
        let mut shell = std::process::Command::new("sh");
        let left = shell
            .args(["-c", "read line"])
            .stdin(reads.try_clone().unwrap());
        left.spawn().is_ok()
    });
    // It would come to no end: the shell has this process's output until it reads.
    let run = lab.processes().unwrap();
    assert_eq!(run.results(), [Value::Bool(true)]);
    drop(writes);
}

fn what_an_aborting_worker_did_is_in_the_trace() {
    let lab = Lab::new();
    let lock = lab.lock("stove");
    lab.task("brave", async |w| -> () {
        let _held = w.lock(&lock).await;
        w.say("here I go");
        w.die(Death::Abort)
    });
    lab.task("calm", async |w| w.sleep(millis(5.0)).await);
    let run = lab.processes().unwrap();
    assert_eq!(run.endings[0].0, Ending::Killed(libc::SIGABRT));
    assert_eq!(run.endings[1].0, Ending::Returned);
    assert_eq!(run.trace.marks[0].text, "here I go");
    let held = |s: &&lab::trace::Span| s.worker == 0 && s.activity == Activity::Holding;
    assert_eq!(run.trace.spans.iter().find(held).unwrap().end, None);
}

fn in_each_others_way(model: Model) -> Run {
    let lab = Lab::new();
    let locks = [lab.lock("left"), lab.lock("right")];
    for (name, [first, second]) in [("one", [0, 1]), ("other", [1, 0])] {
        lab.task(name, async move |w| {
            let _first = w.lock(&locks[first]).await;
            w.sleep(millis(20.0)).await;
            let _second = w.lock(&locks[second]).await;
        });
    }
    lab.run(model).unwrap()
}

fn workers_in_each_others_way_end_the_run() {
    for model in Model::ALL.into_iter().skip(1) {
        let run = in_each_others_way(model);
        assert!(run.deadlock, "{model}");
        assert_eq!(
            run.trace.samples[0].result,
            Value::Text("deadlock".into()),
            "{model}"
        );
        let waits = lab::trace::waits::waits(&run.trace);
        assert_eq!(waits.len(), 2, "{model}: {:?}", run.trace.spans);
        assert!(run.endings.iter().all(|(e, _)| *e == Ending::Running));
        assert!(
            run.trace
                .workers
                .iter()
                .all(|l| l.ending == Ending::Running)
        );
        assert_eq!(threads(), 1, "{model}");
    }
    assert!(!in_each_others_way(Model::Sequential).deadlock);
}

fn who_waits_for_nobody_ends_the_run_under_every_model() {
    for model in Model::ALL {
        let lab = Lab::new();
        let bell = lab.event("bell");
        let belt = lab.queue::<u64>("belt", 0);
        lab.task("waits", async |w| w.wait(&bell).await);
        lab.task("gets", async |w| w.get(&belt).await.unwrap_or(0));
        let run = lab.run(model).unwrap();
        assert!(run.deadlock, "{model}");
        assert_eq!(threads(), 1, "{model}");
        // What the lab shares is as at the beginning again.
        assert!(lab.run(model).unwrap().deadlock, "{model}");
    }
}

fn one_after_another_nobody_waits_for_who_has_not_begun() {
    let lab = Lab::new();
    let belt = lab.queue::<u64>("belt", 0);
    lab.task("gets", async |w| w.get(&belt).await.unwrap_or(0));
    lab.task("puts", async |w| {
        w.put(&belt, 7u64).await;
    });
    assert!(lab.sequential().unwrap().deadlock);
    assert_eq!(lab.threads().unwrap().results()[0], Value::Int(7));
}

fn a_worker_that_others_are_stuck_beside_comes_to_its_end() {
    let lab = Lab::new();
    let lock = lab.lock("own");
    lab.task("twice", async |w| {
        let _held = w.lock(&lock).await;
        let _again = w.lock(&lock).await;
    });
    lab.task("computes", async |w| {
        w.compute(1_000, |steps| steps.count() as u64).await
    });
    let run = lab.threads().unwrap();
    assert!(run.deadlock);
    assert_eq!(run.endings[0].0, Ending::Running);
    assert_eq!(run.endings[1].1, Value::Int(1_000));
}

fn who_sleeps_beside_a_deadlock_is_not_waited_for() {
    for model in [Model::Threads, Model::Processes, Model::Async] {
        let lab = Lab::new();
        let lock = lab.lock("own");
        lab.task("twice", async |w| {
            let _held = w.lock(&lock).await;
            let _again = w.lock(&lock).await;
        });
        lab.task("sleeps", async |w| w.sleep(secs(3_600.0)).await);
        let run = lab.run(model).unwrap();
        assert!(run.deadlock, "{model}");
        assert_eq!(run.endings[1].0, Ending::Running, "{model}");
    }
}

fn what_is_never_awaited_ends_its_task() {
    let lab = Lab::new();
    let (stove, cups) = (lab.lock("stove"), lab.cell("cups", 0));
    let belt = lab.queue::<u64>("belt", 0);
    lab.task("locks", async |w| {
        let _held = w.lock(&stove);
        w.sleep(millis(1.0)).await;
    });
    lab.task("stores", async |w| {
        let _stored = w.store(&cups, 1);
    });
    lab.task("puts", async |w| {
        let _put = w.put(&belt, 1);
    });
    // Dropped before it came to that, which is no mistake.
    lab.daemon("later", async |w| {
        let held = w.lock(&stove);
        w.sleep(secs(3_600.0)).await;
        held.await.release().await;
    });
    for model in [Model::Threads, Model::Async, Model::Processes] {
        let run = lab.run(model).unwrap();
        let whys = run.endings[..3].iter().map(|(ending, _)| match ending {
            Ending::Panicked(why) => why.split(',').next().unwrap().to_owned(),
            other => other.to_string(),
        });
        let expected = [
            "w.lock(&stove) was never awaited",
            "w.store(&cups",
            "an operation of this worker was never awaited",
        ];
        assert_eq!(whys.collect::<Vec<_>>(), expected, "{model}");
        assert_eq!(run.endings[3].0, Ending::Running, "{model}");
    }
}

/// A task of two steps beside one that never ends.
fn with_a_daemon(daemon: fn(&Lab<'static>)) -> Lab<'static> {
    let lab = Lab::new();
    daemon(&lab);
    lab.task("work", async |w| {
        w.sleep(millis(20.0)).await;
        7
    });
    lab
}

fn nobody_waits_for_a_daemon_under_any_model() {
    let sleeps = |lab: &Lab<'static>| {
        lab.daemon("sleeps", async |w| -> () {
            loop {
                w.sleep(millis(1.0)).await;
            }
        });
    };
    let computes = |lab: &Lab<'static>| {
        lab.daemon("computes", async |w| -> () {
            loop {
                w.compute(1_000, |steps| steps.count() as u64).await;
                w.sleep(millis(0.1)).await;
            }
        });
    };
    let gets = |lab: &Lab<'static>| {
        let belt = lab.queue::<u64>("belt", 0);
        lab.daemon("gets", async move |w| w.get(&belt).await);
    };
    for daemon in [sleeps, computes, gets] {
        let lab = with_a_daemon(daemon);
        for model in Model::ALL {
            let run = lab.repeat(2).run(model).unwrap();
            assert!(!run.deadlock, "{model}");
            assert_eq!(run.endings[0].0, Ending::Running, "{model}");
            assert_eq!(run.endings[1].1, Value::Int(7), "{model}");
            assert_eq!(run.trace.workers[0].ending, Ending::Running, "{model}");
            assert_eq!(run.trace.workers[0].end, None, "{model}");
            assert_eq!(Some(run.elapsed), run.trace.workers[1].end, "{model}");
            assert_eq!(threads(), 1, "{model}");
            let simulated = lab.simulate_as(model, Described::guide()).unwrap();
            assert_eq!(simulated.endings[0].0, Ending::Running, "{model}");
            assert_eq!(simulated.endings[1].1, Value::Int(7), "{model}");
        }
        assert_eq!(lab.race().unwrap().runs.len(), 2);
        let explored = lab.explore().unwrap();
        assert_eq!(
            explored.found.verdict,
            Verdict::Holds,
            "{}",
            explored.caption
        );
    }
}

fn a_comparison_has_a_run_for_each_model() {
    let lab = Lab::new();
    lab.task("one", async |w| w.sleep(millis(1.0)).await);
    let compared = lab.repeat(2).compare().unwrap();
    let labels: Vec<&str> = compared.runs.iter().map(|r| r.label.as_str()).collect();
    assert_eq!(labels, Model::ALL.map(Model::name));
    assert!(compared.missing.is_empty());
    for run in &compared.runs {
        assert_eq!(run.trace.samples.len(), 2);
    }
    assert!(compared.seconds(Model::Threads).unwrap() >= 0.001);
    let two = lab.models([Model::Pool, Model::Async]).compare().unwrap();
    assert_eq!(two.runs.len(), 2);
}

fn a_comparison_says_why_a_model_is_missing() {
    let lab = Lab::new();
    let belt = lab.queue::<u64>("belt", 0);
    lab.task("gets", async |w| w.get(&belt).await.unwrap_or(0));
    lab.task("puts", async |w| {
        w.put(&belt, 7u64).await;
    });
    let compared = lab.repeat(1).compare().unwrap();
    assert_eq!(compared.runs.len(), 4);
    assert_eq!(compared.missing[0].label, "sequential");
    assert!(compared.missing[0].why.contains("wait for one another"));
}

/// Two workers that count without a lock.
fn counter() -> Lab<'static> {
    let lab = Lab::new();
    let cups = lab.cell("cups", 0u64);
    for maker in ["Asha", "Ravi"] {
        lab.task(maker, async move |w| {
            let seen = w.load(&cups).await;
            w.store(&cups, seen + 1).await;
        });
    }
    lab
}

fn a_race_is_told_beside_the_tasks_one_after_another() {
    let raced = counter().repeat(5).race().unwrap();
    assert_eq!(raced.results().len(), 5);
    assert_eq!(raced.distribution().values().sum::<usize>(), 5);
    let alone = &raced.runs[1];
    assert_eq!(alone.trace.header.model, Model::Sequential);
    assert_eq!(alone.trace.samples[0].result, Value::Int(2));
}

/// Two cells, of which runs differ in the second.
fn two_cells() -> Lab<'static> {
    let lab = Lab::new();
    lab.cell("tmp", 0u64);
    let cups = lab.cell("cups", 0u64);
    for maker in ["Asha", "Ravi"] {
        lab.task(maker, async move |w| {
            for _ in 0..100 {
                let seen = w.load(&cups).await;
                w.store(&cups, seen + 1).await;
            }
        });
    }
    lab
}

fn a_race_shows_the_cell_in_which_runs_differ() {
    let raced = two_cells().yield_chance(0.5).race().unwrap();
    assert_eq!(raced.runs[0].label, "cups, in threads");
    assert!(
        raced
            .results()
            .iter()
            .all(|result| *result != Value::Int(0))
    );
    assert_eq!(raced.runs[1].label, "cups, one after another");
    assert_eq!(raced.runs[1].trace.samples[0].result, Value::Int(200));
}

fn a_run_tells_all_its_cells_and_what_returned() {
    let came_to = |run: Result<Run, RunError>| run.unwrap().trace.samples[0].result.to_string();
    let lab = two_cells();
    assert_eq!(came_to(lab.sequential()), "tmp 0, cups 200");
    let copy = "tmp 0 (the parent's copy), cups 0 (the parent's copy)";
    assert_eq!(came_to(lab.processes()), copy);
    let lab = Lab::new();
    let cups = lab.cell("cups", 0u64);
    lab.task("seven", async move |w| w.update(&cups, |n| n + 7).await);
    assert_eq!(came_to(lab.threads()), "cups 7, returned 0");
}

fn results_that_depend_on_the_schedule_are_told() {
    let lab = Lab::new();
    let balance = lab.cell("balance", 100);
    for who in ["Asha", "Ravi"] {
        lab.task(who, async move |w| {
            if w.load(&balance).await >= 80 {
                w.update(&balance, |all| all - 80).await;
            }
        });
    }
    let explored = lab.explore().unwrap();
    assert_eq!(explored.found.verdict, Verdict::Holds);
    let told = "depends on the schedule: -60 in 4, 20 in 2. An assert!";
    assert!(explored.caption.contains(told), "{}", explored.caption);
}

fn who_is_joined_is_there() {
    let lab = Lab::new();
    let milk = lab.end_of("mlik");
    lab.task("milk", async |_| ());
    lab.task("guest", async |w| w.join(&milk).await);
    let text = "could not wait for the end of `mlik`: no task is called that; there are \
                `milk`, `guest`";
    assert_eq!(lab.threads().unwrap_err().to_string(), text);
    assert_eq!(lab.explore().unwrap_err().to_string(), text);
    assert_eq!(
        lab.simulate(Described::guide()).unwrap_err().to_string(),
        text
    );
}

fn a_race_without_a_result_says_what_is_missing() {
    let lab = Lab::new();
    lab.task("silent", async |_| ());
    let error = lab.repeat(2).race().unwrap_err();
    assert!(error.to_string().contains("lab.cell"));
}

fn a_lost_update_is_found_without_a_judge() {
    let explored = counter().explore().unwrap();
    assert_eq!((explored.found.schedules, explored.found.failing), (6, 4));
    assert_eq!(
        explored
            .found
            .outcomes
            .clone()
            .into_iter()
            .collect::<Vec<_>>(),
        [("1".into(), 4), ("2".into(), 2)]
    );
    assert!(explored.caption.contains("lost update: what"));
    assert!(matches!(
        explored.found.verdict,
        Verdict::Fails(lab::explore::Failure::LostUpdate(_))
    ));
}

fn a_failing_schedule_can_be_had_again() {
    let replay = counter().explore().unwrap().replay.unwrap();
    let lab = counter();
    let again = lab.replay(&replay).explore().unwrap();
    assert_eq!((again.found.schedules, again.found.failing), (1, 1));
    let stored = |op: &&lab::trace::Op| matches!(op.action, Action::Store(_));
    assert_eq!(again.found.trace.ops.iter().filter(stored).count(), 2);
    let all = lab.explore().unwrap();
    assert_eq!(all.found.schedules, 6, "it is replayed once");
    let other = Lab::new();
    other.task("someone else", async |_| ());
    let error = other.replay(&replay).explore().unwrap_err();
    assert!(error.to_string().contains("another program"), "{error}");
}

fn what_holds_holds_and_outcomes_are_listed() {
    let lab = Lab::new();
    let belt = lab.queue("belt", 0);
    for maker in 1..=2u64 {
        lab.task(format!("maker {maker}"), async move |w| {
            w.put(&belt, maker).await;
        });
    }
    lab.task("guest", async |w| w.get(&belt).await);
    let explored = lab.explore().unwrap();
    assert_eq!(explored.found.verdict, Verdict::Holds);
    assert_eq!(
        explored.found.outcomes.len(),
        2,
        "{:?}",
        explored.found.outcomes
    );
    assert_eq!(explored.replay, None);
}

fn a_simulated_run_tells_of_its_machine() {
    let lab = Lab::new();
    lab.task("kettle", async |w| w.sleep(secs(60.0)).await);
    let run = lab.simulate(Described::guide()).unwrap();
    assert_eq!(run.trace.header.machine.cpu, "the guide's machine");
    assert_eq!(run.trace.header.kind, Kind::Simulated);
    assert_eq!(run.trace.samples.len(), 1);
    let processes = lab.simulate_as(Model::Processes, Described::guide());
    assert_eq!(processes.unwrap().trace.header.model, Model::Processes);
}

fn every_result_shows_its_figure() {
    let cells: [(fn(), &str, usize); 5] = [
        (|| counter().tokio().evcxr_display(), "timeline", 1),
        (
            || counter().repeat(1).compare().evcxr_display(),
            "comparison",
            5,
        ),
        (
            || counter().repeat(3).race().evcxr_display(),
            "distribution",
            2,
        ),
        (|| counter().explore().evcxr_display(), "ladder", 1),
        (
            || counter().repeat(1).advise().evcxr_display(),
            "decision",
            5,
        ),
    ];
    for (cell, figure, groups) in cells {
        let (_, block) = shown(cell);
        assert_eq!(block["figure"], figure);
        assert_eq!(block["groups"].as_array().unwrap().len(), groups);
        assert_eq!(block["groups"][0]["trace"]["header"]["scenario"], "cell");
        assert_eq!(block["explored"].is_object(), figure == "ladder");
    }
    // A result that is not one of a failing call shows itself as well.
    let (_, block) = shown(|| counter().threads().unwrap().evcxr_display());
    assert_eq!(block["figure"], "timeline");
}

/// The kernel's own tests read these files; what a cell prints has the same
/// fields. `THREADLAB_WRITE=1` writes them anew.
fn the_data_of_a_figure_is_as_the_kernel_reads_it() {
    let cells: [(fn(), &str); 2] = [
        (|| counter().seed(7).explore().evcxr_display(), "ladder"),
        (
            || {
                let lab = Lab::new();
                let belt = lab.queue::<u64>("belt", 0);
                lab.task("gets", async |w| w.get(&belt).await.unwrap_or(0));
                lab.task("puts", async |w| {
                    w.put(&belt, 7u64).await;
                });
                let compared = lab.models([Model::Sequential, Model::Threads]).compare();
                compared.evcxr_display();
            },
            "comparison",
        ),
    ];
    let fields = |json: &Json| -> BTreeSet<String> {
        json.as_object()
            .into_iter()
            .flat_map(|o| o.keys().cloned())
            .collect()
    };
    for (cell, name) in cells {
        let (_, block) = shown(cell);
        let path = format!("{}/tests/shown/{name}.json", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("THREADLAB_WRITE").is_some() {
            std::fs::write(&path, serde_json::to_string_pretty(&block).unwrap()).unwrap();
        }
        let kept: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for at in [
            "",
            "/groups/0",
            "/groups/0/trace",
            "/explored",
            "/missing/0",
        ] {
            let (now, then) = (block.pointer(at), kept.pointer(at));
            assert_eq!(now.map(fields), then.map(fields), "{name}{at}");
        }
    }
}

fn an_error_ends_the_cell_with_its_text() {
    let (text, status) = printed(|| Lab::new().threads().evcxr_display());
    assert_eq!((text.as_str(), status), ("", 1));
}
