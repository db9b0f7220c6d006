//! Scenarios that pass things between workers, or lose a worker, through the
//! command line.

use serde_json::{Value, json};
use std::process::{Command, Output};

fn threadlab(words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_threadlab"))
        .args(words.split(' '))
        .env_remove("THREADLAB_SCALE")
        .output()
        .expect("the program starts")
}

fn run(words: &str) -> Value {
    let output = threadlab(&format!("run {words} --json"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}: {errors}");
    assert!(errors.is_empty(), "{words}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{words}: {e}"))
}

/// What the run itself said last.
fn closing(run: &Value) -> String {
    let marks = run["drawn"]["groups"][0]["trace"]["marks"]
        .as_array()
        .unwrap();
    let mut own = marks.iter().filter(|mark| mark["worker"].is_null());
    let last = own.next_back().expect("it says what it came to");
    last["text"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_child_puts_its_parent_takes() {
    for model in ["threads", "processes"] {
        for (words, result) in [
            ("", json!(["chai for the parent"])),
            (" --items 4", json!([1, 4, 9, 16])),
            (" --items 4 --drain after", json!([1, 4, 9, 16])),
            (" --items 2 --size 1MB", json!([1_000_000, 1_000_000])),
        ] {
            for simulated in ["", " --simulate"] {
                let words = format!("{model} queue{words}{simulated}");
                assert_eq!(run(&words)["result"], result, "{words}");
            }
        }
    }
}

#[test]
fn a_large_item_that_nobody_takes_keeps_its_process_from_ending() {
    let words = "queue --size 1MB --drain after";
    assert_eq!(
        run(&format!("threads {words}"))["result"],
        json!([1_000_000])
    );
    for simulated in ["", " --simulate"] {
        let stuck = run(&format!("processes {words}{simulated}"));
        assert_eq!(stuck["result"], "deadlock", "{simulated}");
        for (worker, waits_for) in [(0, "put into belt"), (1, "join child")] {
            let spans = stuck["workers"][worker]["spans"].as_array().unwrap();
            let last = spans.last().unwrap();
            assert_eq!(last["label"], waits_for, "{stuck}");
            assert!(last["activity"] == "blocked" && last["end"].is_null());
        }
    }
    let shown = threadlab(&format!("run processes {words} --no-chart"));
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        shown.contains("parent waits for the end of child")
            && shown.contains("child waits to put into belt"),
        "{shown}"
    );
}

#[test]
fn more_than_memory_should_hold_is_refused() {
    for simulated in ["", " --simulate"] {
        let output = threadlab(&format!(
            "run threads queue --items 10000 --size 1MB{simulated}"
        ));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && errors.contains("--size 1MB"),
            "{errors}"
        );
    }
}

#[test]
fn a_shared_value_is_whole_with_its_lock_and_as_wide_as_its_type() {
    let locked = run("processes shared-value");
    assert_eq!(locked["result"], 400_000);
    let open = run("processes shared-value --protect none --yield-chance 1 --increments 1000");
    assert!(
        open["result"].as_i64().unwrap() < 4_000,
        "{}",
        open["result"]
    );
    let byte = run("processes shared-value --type c --increments 100");
    assert_eq!(byte["result"], 400 % 256);
    let float = run("processes shared-value --type f --increments 100");
    assert!(closing(&float).ends_with("0.1 becomes 0.10000000149"));
}

#[test]
fn hand_overs_and_messages_are_measured_with_their_spread() {
    for model in ["threads", "processes"] {
        let switched = run(&format!("{model} switching --handovers 200"));
        let result = switched["result"].as_array().unwrap();
        let [median, low, high] = [0, 1, 2].map(|at| result[at].as_f64().unwrap());
        assert!(0.0 < low && low <= median && median <= high, "{result:?}");
        assert_eq!(result[3], 100);
        for over in ["queue", "pipe", "shared", "manager"] {
            let words = format!("{model} channels --over {over} --messages 100 --size 100KB");
            let sent = run(&words);
            let line = closing(&sent);
            assert!(
                line.starts_with(over) && line.contains("in 200 samples"),
                "{line}"
            );
            assert_eq!(sent["result"][0][3], 10, "{words}");
            assert_eq!(sent["result"][1][3], 200, "{words}");
            assert!(sent["result"][1][0].as_f64().unwrap() > 0.0, "{words}");
        }
    }
}

#[test]
fn channels_work_between_processes_however_these_are_started() {
    for start in ["spawn", "forkserver"] {
        for over in ["queue", "pipe", "shared", "manager"] {
            let words = format!("processes channels --over {over} --messages 20 --start {start}");
            assert_eq!(run(&words)["result"][1][3], 200, "{words}");
        }
    }
}

#[test]
fn compared_channels_have_a_figure_over_the_size_of_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("channels.csv");
    let words = format!(
        "compare channels --models processes --over queue,pipe --size 64B,4KiB --messages 100 \
         --repeat 1 --json --save {}",
        path.display()
    );
    assert!(threadlab(&words).status.success());
    let csv = std::fs::read_to_string(folder.path().join("channels-ipc.csv")).unwrap();
    for channel in ["queue (processes)", "pipe (processes)"] {
        for bytes in ["64", "4096"] {
            let begins = format!("{channel},{bytes},");
            assert!(csv.lines().any(|line| line.starts_with(&begins)), "{csv}");
        }
    }
}

#[test]
fn who_dies_with_whom_is_shown_and_is_no_error() {
    for (how, ended) in [
        ("abort", json!({"killed": 6})),
        ("segfault", json!({"killed": 11})),
        ("exit", json!({"exited": 3})),
    ] {
        for simulated in ["", " --simulate"] {
            let together = run(&format!(
                "threads crash --work 200ms --how {how}{simulated}"
            ));
            for lane in together["workers"].as_array().unwrap() {
                assert_eq!(lane["ending"], ended, "{how}{simulated}");
            }
            let result = together["result"].as_str().unwrap();
            assert!(result.starts_with("the process of both"), "{result}");
            assert!(closing(&together).starts_with(result));

            let alone = run(&format!(
                "processes crash --work 200ms --how {how}{simulated}"
            ));
            assert_eq!(alone["workers"][0]["ending"], ended, "{how}{simulated}");
            assert_eq!(
                alone["workers"][1]["ending"], "returned",
                "{how}{simulated}"
            );
            let result = alone["result"].as_str().unwrap();
            assert!(result.ends_with("bystander lives"), "{result}");
        }
    }
    for model in ["threads", "processes"] {
        let panicked = run(&format!("{model} crash --work 20ms"));
        assert_eq!(panicked["workers"][1]["ending"], "returned", "{model}");
        let result = panicked["result"].as_str().unwrap();
        assert!(result.ends_with("bystander lives"), "{result}");
    }
}

#[test]
fn a_daemon_ends_with_the_program_and_anybody_else_is_waited_for() {
    for model in ["threads", "processes"] {
        for simulated in ["", " --simulate"] {
            let words = format!("{model} daemon --work 500ms{simulated}");
            let left = run(&words);
            assert_eq!(left["result"], "undone", "{words}");
            assert_eq!(left["workers"][0]["ending"], "returned", "{words}");
            let ending = match model {
                "threads" => json!("running"),
                _ => json!({"killed": 15}),
            };
            assert_eq!(left["workers"][1]["ending"], ending, "{words}");
            let waited = run(&format!("{words} --daemon no"));
            assert_eq!(waited["result"], "done", "{words}");
            assert!(waited["seconds"].as_f64().unwrap() >= 0.5, "{words}");
        }
    }
    let spawned = run("processes daemon --work 500ms --start spawn");
    assert_eq!(spawned["workers"][1]["ending"], json!({"killed": 15}));
}

#[test]
fn a_death_that_is_shown_may_be_shown_several_times() {
    let several = run("processes crash --how abort --work 20ms --repeat 3");
    assert_eq!(several["results"].as_array().unwrap().len(), 3);
    let once = run("threads crash --how abort --work 20ms --repeat 3");
    assert_eq!(once["results"].as_array().unwrap().len(), 1);
}

#[test]
fn plain_data_crosses_as_messages_and_the_rest_by_fork() {
    let all = run("processes pickling");
    assert_eq!(all["result"], json!(["number", "text", "list"]));
    assert_eq!(all["workers"].as_array().unwrap().len(), 10);
    let said = |run: &Value| -> Vec<String> {
        let marks = run["drawn"]["groups"][0]["trace"]["marks"]
            .as_array()
            .unwrap();
        let texts = marks
            .iter()
            .map(|mark| mark["text"].as_str().unwrap().to_owned());
        texts.collect()
    };
    let forked = said(&all)
        .iter()
        .filter(|line| line.contains("by fork alone"))
        .count();
    assert_eq!(forked, 7, "{:?}", said(&all));
    let spawned = run("processes pickling --what lambda --start spawn");
    assert!(
        said(&spawned)[0].starts_with("lambda does not cross"),
        "{:?}",
        said(&spawned)
    );
}
