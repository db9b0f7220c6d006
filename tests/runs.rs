//! Runs through the command line, as a user types them: every scenario under
//! every model that it names. Times are asserted by lower bounds and order.

use serde_json::Value;
use std::process::{Command, Output};

fn threadlab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_threadlab"))
        .args(arguments)
        .env_remove("THREADLAB_SCALE")
        .output()
        .expect("the program starts")
}

fn json(arguments: &[&str]) -> Value {
    let output = threadlab(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}"))
}

fn fails(arguments: &[&str], status: i32) -> String {
    let output = threadlab(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        output.status.code(),
        Some(status),
        "{arguments:?}: {errors}"
    );
    assert!(output.stdout.is_empty(), "{arguments:?}");
    errors
}

fn scenarios() -> Vec<Value> {
    match json(&["scenarios", "--json"]) {
        Value::Array(list) => list,
        other => panic!("{other}"),
    }
}

#[test]
fn every_scenario_runs_under_every_model_that_it_names() {
    for scenario in scenarios() {
        let name = scenario["name"].as_str().unwrap();
        for model in scenario["models"].as_array().unwrap() {
            let model = model.as_str().unwrap();
            let run = json(&["run", model, name, "--scale", "0.01", "--json"]);
            assert_eq!(
                (run["scenario"].as_str(), run["model"].as_str()),
                (Some(name), Some(model))
            );
            let lanes = run["workers"].as_array().unwrap();
            let workers = scenario["workers"].as_u64().unwrap();
            if scenario["pool"] == true {
                assert!(
                    most_at_once(lanes) as u64 <= workers,
                    "{name} under {model}"
                );
            } else {
                assert_eq!(lanes.len() as u64, workers, "{name} under {model}");
            }
            if ["crash", "daemon"].contains(&name) {
                continue; // how workers end otherwise is what these show
            }
            for worker in run["workers"].as_array().unwrap() {
                let expected = if run["result"] == "deadlock" {
                    "running"
                } else {
                    "returned"
                };
                assert_eq!(worker["ending"], expected, "{name} under {model}");
            }
        }
    }
}

/// Most lanes that were there at the same moment.
fn most_at_once(lanes: &[Value]) -> usize {
    let at = |lane: &Value, end: &str| lane[end].as_f64().unwrap();
    let there = |moment: f64| {
        let lanes = lanes.iter();
        lanes.filter(move |lane| at(lane, "start") <= moment && moment < at(lane, "end"))
    };
    let starts = lanes.iter().map(|lane| at(lane, "start"));
    starts.map(|start| there(start).count()).max().unwrap_or(0)
}

#[test]
fn what_workers_do_is_the_same_under_every_model() {
    let spans = |run: &Value| -> Vec<Vec<String>> {
        let workers = run["workers"].as_array().unwrap().iter();
        let of = |worker: &Value| {
            // Who has to wait for whom is decided by the system.
            let spans = worker["spans"].as_array().unwrap().iter();
            spans
                .filter(|span| span["activity"] != "blocked")
                .map(|span| format!("{} {}", span["activity"], span["label"]))
                .collect()
        };
        workers.map(of).collect()
    };
    for scenario in scenarios() {
        let name = scenario["name"].as_str().unwrap();
        if !scenario["small"].is_null() || !scenario["unsimulated"].is_null() {
            continue; // who comes first to what is shared is decided by the system
        }
        let models = scenario["models"].as_array().unwrap();
        let runs: Vec<_> = models
            .iter()
            .map(|model| {
                spans(&json(&[
                    "run",
                    model.as_str().unwrap(),
                    name,
                    "--scale",
                    "0.01",
                    "--json",
                ]))
            })
            .collect();
        assert!(runs.iter().all(|run| run == &runs[0]), "{name}: {runs:?}");
        assert!(
            runs[0].iter().all(|spans| !spans.is_empty()),
            "{name} records something"
        );
    }
}

#[test]
fn waits_overlap_in_threads_and_add_up_one_after_the_other() {
    for (model, least) in [
        ("threads", 0.03),
        ("processes", 0.03),
        ("async", 0.03),
        ("sequential", 0.05),
    ] {
        let run = json(&["run", model, "breakfast", "--scale", "0.01", "--json"]);
        assert!(
            run["seconds"].as_f64().unwrap() >= least,
            "{model}: {}",
            run["seconds"]
        );
        let bounds = |worker: usize| {
            let worker = &run["workers"][worker];
            (
                worker["start"].as_f64().unwrap(),
                worker["end"].as_f64().unwrap(),
            )
        };
        let (milk, bun) = (bounds(0), bounds(1));
        assert_eq!(
            bun.0 < milk.1,
            model != "sequential",
            "{model}: {milk:?} {bun:?}"
        );
    }
}

#[test]
fn processes_have_a_pid_each_and_share_the_counter() {
    let run = json(&[
        "run",
        "processes",
        "counter",
        "--workers",
        "3",
        "--increments",
        "1000",
        "--protect",
        "lock",
        "--json",
    ]);
    assert_eq!(run["result"], 3000);
    let pids: std::collections::HashSet<u64> = run["drawn"]["groups"][0]["trace"]["workers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|worker| worker["pid"].as_u64().unwrap())
        .collect();
    assert_eq!(pids.len(), 3);
}

#[test]
fn a_race_loses_updates_and_every_protection_keeps_them() {
    for protect in ["lock", "rlock", "semaphore", "atomic"] {
        let run = json(&[
            "run",
            "race",
            "counter",
            "--protect",
            protect,
            "--workers",
            "4",
            "--repeat",
            "5",
            "--json",
        ]);
        let results = run["results"].as_array().unwrap();
        assert!(
            results.iter().all(|n| *n == 400_000),
            "{protect}: {results:?}"
        );
    }
    let both = json(&["run", "race", "counter", "--json"]);
    let [unprotected, lock] = both["runs"].as_array().unwrap().as_slice() else {
        panic!("{both}")
    };
    let results = unprotected["results"].as_array().unwrap();
    assert_eq!(results.len(), 30);
    assert!(
        results.iter().any(|n| n.as_i64() < Some(1_000_000)),
        "{results:?}"
    );
    assert!(
        lock["results"]
            .as_array()
            .unwrap()
            .iter()
            .all(|n| *n == 1_000_000)
    );
    assert_eq!(unprotected["yield_chance"], 0.01);
    let verdicts: Vec<_> = both["claims"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["id"].as_str().unwrap(), c["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(verdicts, [("MC7.1", "holds"), ("MC7.2", "holds")]);
}

#[test]
fn crunching_gives_the_number_that_was_counted_to() {
    let run = json(&[
        "run",
        "threads",
        "crunch",
        "--n",
        "1_234_567",
        "--workers",
        "3",
        "--json",
    ]);
    assert_eq!(
        run["result"],
        serde_json::json!([1_234_567, 1_234_567, 1_234_567])
    );
}

#[test]
fn the_results_of_the_guides_are_the_same_under_every_model() {
    let squares = serde_json::json!([1, 4, 9, 16, 25]);
    for (name, expected) in [("squares", squares), ("primes", 8_392.into())] {
        for model in ["sequential", "threads", "pool", "processes"] {
            let run = json(&["run", model, name, "--json"]);
            assert_eq!(run["result"], expected, "{name} under {model}");
        }
    }
}

#[test]
fn a_pool_takes_the_same_work_however_many_workers_it_has() {
    let all = json(&[
        "speedup",
        "squares-sum",
        "--workers",
        "1,2",
        "--models",
        "processes",
        "--n",
        "1e5",
        "--repeat",
        "1",
        "--json",
    ]);
    let runs = all["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for run in runs {
        assert_eq!(
            run["result"].as_array().unwrap(),
            &[333_328_333_350_000u64; 8]
        );
    }
}

#[test]
fn a_comparison_has_all_models_beside_the_guides_figures() {
    let all = json(&["compare", "orders", "--scale", "0.005", "--json"]);
    let runs = all["runs"].as_array().unwrap();
    let models: Vec<_> = runs
        .iter()
        .map(|run| run["model"].as_str().unwrap())
        .collect();
    assert_eq!(models, ["sequential", "threads", "processes", "async"]);
    assert!(
        runs.iter()
            .all(|run| run["samples"].as_array().unwrap().len() == 5)
    );
    assert!(
        runs.iter().all(|run| run["seed"] == runs[0]["seed"]),
        "one seed for all"
    );
    let saved = all["claims"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["says"] == "Table 1: time saved")
        .unwrap();
    assert_eq!(saved["documented"], "40 % saved");
}

#[test]
fn a_comparison_takes_lists_and_a_single_run_refuses_them() {
    let all = json(&[
        "compare",
        "chai-makers",
        "--models",
        "threads,async",
        "--workers",
        "1,2",
        "--scale",
        "0.001",
        "--json",
    ]);
    let labels: Vec<_> = all["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["label"].as_str().unwrap())
        .collect();
    assert_eq!(
        labels,
        [
            "threads, 1 workers",
            "threads, 2 workers",
            "async, 1 workers",
            "async, 2 workers"
        ]
    );
    assert!(fails(&["run", "threads", "chai-makers", "--workers", "1,2"], 2).contains("one value"));
}

#[test]
fn wrong_use_is_status_2_and_says_what_is_possible() {
    assert!(fails(&["run", "thread", "breakfast"], 2).contains("`threads`"));
    assert!(fails(&["run", "threads", "brekfast"], 2).contains("`breakfast`"));
    assert!(
        fails(&["run", "threads", "chai-makers", "--workers", "0"], 2).contains("from 1 to 1000")
    );
    assert!(
        fails(&["run", "threads", "chai-makers", "--workers", "1e9"], 2).contains("out of range")
    );
    assert!(fails(&["run", "threads", "breakfast", "--scale", "-1"], 2).contains("out of range"));
    assert!(
        fails(&["run", "pool", "breakfast"], 2).contains("sequential, threads, processes, async")
    );
    assert!(fails(&["run", "threads", "orders", "--milk", "2s"], 2).contains("breakfast has it"));
    assert!(fails(&["run", "threads", "counter", "--protect", "lokc"], 2).contains("`lock`"));
}

#[test]
fn the_environment_multiplies_every_scale() {
    let output = Command::new(env!("CARGO_BIN_EXE_threadlab"))
        .args(["run", "threads", "breakfast", "--scale", "0.1", "--json"])
        .env("THREADLAB_SCALE", "0.1")
        .output()
        .unwrap();
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!((run["scale"].as_f64().unwrap() - 0.01).abs() < 1e-9);
    assert_eq!(run["parameters"]["bun"], "30ms");
}

#[test]
fn a_runner_that_no_kernel_started_says_so() {
    assert!(fails(&["runner"], 2).contains("for the kernel to start"));
}

#[test]
fn notebooks_are_copied_and_what_is_there_is_kept() {
    let folder = std::env::temp_dir().join(format!("threadlab-notebooks-{}", std::process::id()));
    let to = folder.to_str().unwrap();
    assert!(threadlab(&["notebooks", to]).status.success());
    let chapter = folder.join("masterclass/05-waiting-in-threads.ipynb");
    std::fs::write(&chapter, "mine").unwrap();
    let again = threadlab(&["notebooks", to]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("as they were"));
    assert_eq!(std::fs::read_to_string(&chapter).unwrap(), "mine");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_kernel_is_installed_where_it_is_told_to() {
    let prefix = std::env::temp_dir().join(format!("threadlab-prefix-{}", std::process::id()));
    assert!(
        threadlab(&["install", "--prefix", prefix.to_str().unwrap()])
            .status
            .success()
    );
    let folder = prefix.join("share/jupyter/kernels/threadlab");
    let spec: Value =
        serde_json::from_slice(&std::fs::read(folder.join("kernel.json")).unwrap()).unwrap();
    assert_eq!(spec["argv"][0], env!("CARGO_BIN_EXE_threadlab"));
    assert!(folder.join("logo-64x64.png").exists());
    std::fs::remove_dir_all(&prefix).unwrap();
}

#[test]
fn a_race_takes_lists_and_each_group_has_its_own_goal() {
    let all = json(&[
        "run",
        "race",
        "counter",
        "--workers",
        "2,4",
        "--increments",
        "1000",
        "--repeat",
        "3",
        "--json",
    ]);
    let runs = all["runs"].as_array().unwrap();
    let labels: Vec<_> = runs
        .iter()
        .map(|run| run["label"].as_str().unwrap())
        .collect();
    assert_eq!(
        labels,
        [
            "unprotected, 2 workers",
            "lock, 2 workers",
            "unprotected, 4 workers",
            "lock, 4 workers"
        ]
    );
    assert_eq!(
        (&runs[1]["result"], &runs[3]["result"]),
        (&2000.into(), &4000.into())
    );
}

/// Processes whose parent is this one.
fn children(of: u32) -> Vec<i32> {
    let stat = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name in brackets may hold anything; what follows is fixed.
        let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?;
        (parent.parse() == Ok(of)).then_some(pid)
    };
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| stat(entry.ok()?))
        .collect()
}

#[test]
fn a_worker_that_dies_in_any_repetition_fails_the_run() {
    for kill_at in [1, 2] {
        let run = Command::new(env!("CARGO_BIN_EXE_threadlab"))
            .args([
                "run",
                "processes",
                "breakfast",
                "--milk",
                "1s",
                "--bun",
                "1s",
                "--repeat",
                "2",
                "--json",
            ])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut seen = std::collections::HashSet::new();
        while seen.len() < 2 * kill_at {
            let runners = children(run.id());
            let workers: Vec<i32> = runners.iter().flat_map(|r| children(*r as u32)).collect();
            seen.extend(workers.iter().copied());
            if seen.len() == 2 * kill_at {
                // SAFETY: kill takes plain numbers; it is a worker of this run.
                unsafe { libc::kill(workers[0], libc::SIGKILL) };
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let output = run.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(1),
            "killed in repetition {kill_at}: {errors}"
        );
        assert!(errors.contains("SIGKILL"), "{errors}");
    }
}

/// A line without what is measured, and so differs each time: `1.02 s`, and how
/// far somebody came until then.
fn without_measures(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    for at in 1..words.len() {
        let number = words[at - 1].replace(',', "").parse::<f64>().is_ok();
        let unit = words[at].trim_end_matches('"');
        if number && ["s", "candidates"].contains(&unit) {
            words[at - 1] = "_";
        }
    }
    words.join(" ")
}

/// What has to be typed for what a scenario's workers say not to be luck.
fn first_model(scenario: &Value) -> &str {
    scenario["models"][0].as_str().unwrap()
}

fn without_luck(scenario: &str) -> &'static [&'static str] {
    match scenario {
        "deadlock" => &["--order", "same"],
        "philosophers" => &["--strategy", "ordered"],
        // Between a look and the end of the work there are 100 ms.
        "monitor" => &["--period", "20s", "--work", "50s"],
        // The first worker is far from its end when the second finds this.
        "divisor" => &["--n", "50_000_000", "--number", "5_000_155_151_067_073"],
        _ => &[],
    }
}

#[test]
fn what_workers_do_is_the_same_in_wall_time_and_in_virtual_time() {
    let told = |arguments: &[&str]| -> Vec<(String, Vec<String>)> {
        let run = json(arguments);
        let trace = &run["drawn"]["groups"][0]["trace"];
        let marks = trace["marks"].as_array().unwrap();
        let workers = trace["workers"].as_array().unwrap().iter().enumerate();
        let of = |(index, worker): (usize, &Value)| {
            let own = marks.iter().filter(|mark| mark["worker"] == index);
            let said = own.map(|mark| without_measures(&mark["text"].to_string()));
            (worker["name"].to_string(), said.collect())
        };
        workers.map(of).collect()
    };
    for scenario in scenarios() {
        let name = scenario["name"].as_str().unwrap();
        if !scenario["unsimulated"].is_null() {
            let refused = fails(&["run", first_model(&scenario), name, "--simulate"], 2);
            assert!(refused.contains("cannot be simulated"), "{refused}");
            continue;
        }
        for model in scenario["models"].as_array().unwrap() {
            let measured = [
                "run",
                model.as_str().unwrap(),
                name,
                "--scale",
                "0.01",
                "--seed",
                "1",
                "--json",
            ];
            let measured: Vec<&str> = measured.iter().chain(without_luck(name)).copied().collect();
            let simulated: Vec<&str> = measured.iter().copied().chain(["--simulate"]).collect();
            assert_eq!(told(&measured), told(&simulated), "{name} under {model}");
        }
    }
}

#[test]
fn the_same_seed_simulates_the_same_trace() {
    let once = || {
        let mut run = json(&[
            "run",
            "threads",
            "counter",
            "--workers",
            "3",
            "--increments",
            "500",
            "--simulate",
            "--gil",
            "3.9",
            "--switch-interval",
            "10us",
            "--seed",
            "7",
            "--pace",
            "25ns",
            "--cores",
            "2",
            "--json",
        ]);
        let (kind, machine) = (run["kind"].clone(), run["machine"].clone());
        let trace = &mut run["drawn"]["groups"][0]["trace"];
        trace["header"]["date"].take();
        // A process number is this machine's, not the run's.
        trace["workers"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .for_each(|w| drop(w["pid"].take()));
        (kind, machine, trace.to_string())
    };
    let first = once();
    assert_eq!(first.0, "simulated");
    assert_eq!(first.1["cores"], 2.0);
    assert_eq!(first, once());
}

#[test]
fn the_guides_table_2_is_simulated_in_milliseconds() {
    let all = json(&[
        "compare",
        "crunch",
        "--simulate",
        "--machine",
        "guide",
        "--json",
    ]);
    let seconds: Vec<f64> = all["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["seconds"].as_f64().unwrap())
        .collect();
    let near = |got: f64, documented: f64| (got - documented).abs() < 0.11;
    assert!(
        near(seconds[0], 12.4) && near(seconds[1], 12.45) && near(seconds[3], 6.2),
        "{seconds:?}"
    );
    assert!(
        all["claims"]
            .as_array()
            .unwrap()
            .iter()
            .all(|claim| claim["verdict"] == "holds"),
        "{}",
        all["claims"]
    );
}

#[test]
fn a_deadlock_is_seen_drawn_and_ended() {
    for arguments in [
        &["run", "threads", "deadlock", "--json"][..],
        &["run", "threads", "deadlock", "--simulate", "--json"],
    ] {
        let run = json(arguments);
        assert_eq!(run["result"], "deadlock");
        let open = |activity: &str| -> Vec<String> {
            let workers = run["workers"].as_array().unwrap().iter();
            let spans = workers.flat_map(|w| w["spans"].as_array().unwrap());
            let open = spans.filter(|s| s["activity"] == activity && s["end"].is_null());
            open.map(|s| s["label"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(open("holding"), ["left", "right"], "{arguments:?}");
        assert_eq!(open("blocked"), ["right", "left"], "{arguments:?}");
    }
    let table = threadlab(&["run", "threads", "deadlock", "--no-chart"]);
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(
        table.contains("Ada waits for right, held by Ben"),
        "{table}"
    );
}

#[test]
fn a_real_lock_has_one_holder_at_a_time() {
    let run = json(&[
        "run",
        "threads",
        "crunch",
        "--workers",
        "3",
        "--n",
        "1_000_000",
        "--gil",
        "3.9",
        "--switch-interval",
        "1ms",
        "--json",
    ]);
    let mut turns: Vec<(f64, f64)> = run["workers"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|worker| worker["spans"].as_array().unwrap())
        .filter(|span| span["activity"] == "holding" && span["label"] == "interpreter lock")
        .map(|span| {
            (
                span["start"].as_f64().unwrap(),
                span["end"].as_f64().unwrap(),
            )
        })
        .collect();
    turns.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(turns.len() > 5, "they took turns: {turns:?}");
    assert!(
        turns.windows(2).all(|pair| pair[0].1 <= pair[1].0),
        "{turns:?}"
    );
}

#[test]
fn a_real_lock_lets_one_thread_compute_at_a_time() {
    let run = |gil: &str| {
        json(&[
            "run",
            "threads",
            "crunch",
            "--n",
            "4_000_000",
            "--gil",
            gil,
            "--pace",
            "25ns",
            "--json",
        ])
    };
    let locked = run("3.12");
    assert_eq!(locked["gil"], "3.12");
    // Two workers, and never more processor time than time: with a little for
    // what the runner does besides.
    let sample = &locked["drawn"]["groups"][0]["trace"]["samples"][0];
    let (elapsed, cpu) = (
        sample["elapsed"].as_f64().unwrap(),
        sample["cpu"].as_f64().unwrap(),
    );
    assert!(cpu <= 1.1 * elapsed, "{cpu} ns of work in {elapsed} ns");
    assert!(run("off")["gil"].is_null());
}

#[test]
fn exploring_finds_the_race_and_its_schedule_can_be_had_again() {
    let found = json(&["explore", "counter", "--json"]);
    assert_eq!(
        (
            &found["verdict"],
            &found["interleavings"],
            &found["failing"]
        ),
        (&"fails".into(), &6.into(), &4.into())
    );
    let replay = found["replay"].as_str().unwrap();
    let again = json(&["explore", "counter", "--replay", replay, "--json"]);
    assert_eq!(
        (&again["schedules"], &again["failing"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        again["drawn"]["groups"][0]["trace"]["ops"],
        found["drawn"]["groups"][0]["trace"]["ops"]
    );
    assert_eq!(
        json(&["explore", "counter", "--protect", "lock", "--json"])["verdict"],
        "holds"
    );
    assert!(
        fails(
            &["explore", "counter", "--workers", "3", "--replay", replay],
            2
        )
        .contains("another program")
    );
    assert!(fails(&["explore", "counter", "--scale", "2"], 2).contains("no time"));
    assert!(fails(&["explore", "breakfast"], 2).contains("shares nothing"));
    assert!(fails(&["explore", "counter", "--policy", "randum"], 2).contains("`random`"));
}

#[test]
fn every_small_instance_can_be_explored_and_only_the_faulty_fail() {
    let faulty = ["counter", "deadlock", "philosophers", "reentry"];
    for scenario in scenarios().iter().filter(|s| !s["small"].is_null()) {
        let name = scenario["name"].as_str().unwrap();
        // The deadlock of five comes late in the order of an exhaustive search.
        let policy = if name == "philosophers" {
            "pct"
        } else {
            "exhaustive"
        };
        let found = json(&[
            "explore",
            name,
            "--schedules",
            "2000",
            "--policy",
            policy,
            "--json",
        ]);
        let fails = found["verdict"] == "fails";
        assert_eq!(
            fails,
            faulty.contains(&name),
            "{name}: {}",
            found["caption"]
        );
    }
}

#[test]
fn a_look_before_an_append_is_found_to_be_of_no_use() {
    let found = json(&["explore", "append", "--how", "check-then-act", "--json"]);
    assert_eq!(found["verdict"], "fails");
    let caption = found["caption"].as_str().unwrap();
    assert!(caption.contains("1 instead of 0"), "{caption}");
}

#[test]
fn a_deadlock_ends_a_repeated_run_after_the_repetition_that_it_came_in() {
    let run = json(&[
        "run", "threads", "deadlock", "--repeat", "3", "--hold", "10ms", "--json",
    ]);
    assert_eq!(run["results"], serde_json::json!(["deadlock"]));
    let all = json(&[
        "compare",
        "deadlock",
        "--simulate",
        "--models",
        "threads",
        "--json",
    ]);
    assert_eq!(all["results"].as_array().unwrap().len(), 5);
}

#[test]
fn a_described_machine_is_simulated_or_refused() {
    for option in ["--cores=4", "--machine=guide"] {
        assert!(fails(&["run", "threads", "crunch", option], 2).contains("Add --simulate"));
    }
}

#[test]
fn split_work_is_one_total_for_all_and_the_title_says_so() {
    let run = |options: &[&str]| {
        let mut words = vec!["run", "threads", "crunch", "--simulate", "--machine=guide"];
        words.extend(["--n=1_000_000", "--workers=4", "--json"]);
        words.extend(options);
        json(&words)
    };
    let (whole, split) = (run(&[]), run(&["--split"]));
    assert_eq!(
        split["result"],
        serde_json::json!([250_000, 250_000, 250_000, 250_000])
    );
    let ratio = whole["seconds"].as_f64().unwrap() / split["seconds"].as_f64().unwrap();
    assert!((ratio - 4.0).abs() < 0.1, "{ratio}");
    assert_eq!(split["parameters"]["n"], "1_000_000", "as it was typed");
    let output = threadlab(&[
        "run",
        "threads",
        "crunch",
        "--simulate",
        "--n=1_000_000",
        "--split",
    ]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1,000,000 among 2"), "{said}");
    let refused = fails(&["run", "threads", "breakfast", "--split"], 2);
    assert!(refused.contains("nothing to --split"), "{refused}");
}

#[test]
fn a_trace_says_what_machine_was_simulated() {
    let run = json(&[
        "run",
        "threads",
        "crunch",
        "--simulate",
        "--gil=3.12",
        "--switch-interval=1ms",
        "--scale=0.001",
        "--json",
    ]);
    let header = &run["drawn"]["groups"][0]["trace"]["header"];
    assert_eq!(header["switch_interval"], 1_000_000);
    assert!(header["starts"]["thread"].as_u64() > Some(0), "{header}");
}

#[test]
fn every_start_method_starts_the_same_workers_in_processes_of_their_own() {
    for start in ["fork", "spawn", "forkserver"] {
        let run = json(&[
            "run",
            "processes",
            "counter",
            "--protect=lock",
            "--workers=3",
            "--increments=500",
            "--start",
            start,
            "--json",
        ]);
        assert_eq!(run["result"], 1_500, "{start}");
        let workers = run["drawn"]["groups"][0]["trace"]["workers"].clone();
        let workers = workers.as_array().unwrap();
        let pids: std::collections::HashSet<_> =
            workers.iter().map(|lane| lane["pid"].as_u64()).collect();
        assert_eq!(pids.len(), 3, "{start}");
        for lane in workers {
            assert_eq!(lane["exit"], 0, "{start}");
            assert!(lane["peak"].as_u64() > Some(100_000), "{start}: {lane}");
        }
    }
}

#[test]
fn items_and_deadlocks_are_the_same_under_every_start_method() {
    for start in ["spawn", "forkserver"] {
        let run = |scenario: &str| {
            let start = format!("--start={start}");
            json(&[
                "run",
                "processes",
                scenario,
                "--scale=0.02",
                &start,
                "--json",
            ])
        };
        let items = serde_json::json!([1, 2, 3, 4, 5]);
        assert_eq!(run("producer-consumer")["result"], items, "{start}");
    }
    let stuck = json(&[
        "run",
        "processes",
        "deadlock",
        "--start=spawn",
        "--hold=300ms",
        "--json",
    ]);
    assert_eq!(stuck["result"], "deadlock");
}

#[test]
fn a_start_method_is_for_processes_alone() {
    let refused = fails(&["run", "threads", "breakfast", "--start=spawn"], 2);
    assert!(refused.contains("run processes breakfast"), "{refused}");
    let refused = fails(&["run", "processes", "breakfast", "--start=clone"], 2);
    assert!(refused.contains("forkserver"), "{refused}");
}

#[test]
fn what_a_unit_costs_and_holds_is_measured_under_every_model_and_start() {
    let median = |arguments: &[&str]| {
        let mut words = vec!["run"];
        words.extend(arguments);
        words.extend(["creation", "--units=20", "--json"]);
        json(&words)["result"].as_f64().unwrap()
    };
    let [thread, pool, task] = ["threads", "pool", "async"].map(|model| median(&[model]));
    assert!(task > 0.0 && task < thread, "{task} {thread}");
    assert!(pool > 0.0);
    let started = |start: &str| median(&["processes", "--start", start]);
    let (fork, server, spawn) = (started("fork"), started("forkserver"), started("spawn"));
    assert!(fork < spawn, "{fork} {server} {spawn}");
    for model in ["threads", "processes", "async"] {
        let held = json(&["run", model, "memory", "--workers=20", "--json"])["result"].clone();
        let kinds: Vec<f64> = held
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|k| k.as_f64())
            .collect();
        let [resident, proportional, private] = kinds[..] else {
            panic!("{model}: {held}")
        };
        // Pages that are shared come and go, private ones are the unit's own.
        assert!(private > 0.0, "{model}: {held}");
        if model == "processes" {
            assert!(private <= proportional && proportional < resident, "{held}");
        }
    }
}

#[test]
fn a_program_without_a_guard_starts_itself_until_its_limit() {
    let run = |arguments: &[&str]| {
        let mut words = vec!["run", "processes", "main-guard", "--json"];
        words.extend(arguments);
        json(&words)["result"].clone()
    };
    assert_eq!(
        run(&["--start=spawn", "--limit=7"]),
        serde_json::json!([7, false])
    );
    let guarded = run(&["--start=spawn", "--guard=guard"]);
    assert_eq!(guarded, serde_json::json!([2, true]));
    assert_eq!(run(&["--start=fork"]), serde_json::json!([1, true]));
    let enough = run(&["--start=forkserver", "--guard=guard", "--limit=2"]);
    assert_eq!(enough, serde_json::json!([2, true]));
}

#[test]
fn a_forked_child_hangs_on_a_lock_that_nobody_in_it_holds() {
    let run = |lock: &str| {
        let words = [
            "run",
            "processes",
            "fork-lock",
            "--patience=200ms",
            "--json",
            "--lock",
        ];
        json(&[&words[..], &[lock]].concat())
    };
    let plain = run("plain");
    assert_eq!(plain["result"], "hangs");
    assert!(plain["seconds"].as_f64() >= Some(0.2));
    assert_eq!(run("remade")["result"], "ends");
}
