//! Scenarios on real sockets, files and databases, through the command line:
//! what they come to, what they say when the world refuses, and that nothing of
//! them is left.

mod postgres;

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

fn threadlab(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_threadlab"));
    command.args(arguments).env_remove("THREADLAB_SCALE");
    command
}

fn read(output: Output, arguments: &[&str]) -> Value {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}"))
}

fn json(arguments: &[&str]) -> Value {
    let output = threadlab(arguments).arg("--json").output().unwrap();
    read(output, arguments)
}

/// What a run that cannot be had says; nothing of it is drawn.
fn refused(command: &mut Command, status: i32) -> String {
    let output = command.arg("--json").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{errors}");
    assert!(output.stdout.is_empty(), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}

const BLOCKING: [&str; 4] = ["sequential", "threads", "pool", "processes"];

#[test]
fn real_parts_come_to_the_same_under_every_model() {
    let texts = serde_json::json!(["CHAI 1", "CHAI 2", "CHAI 3"]);
    for (words, expected, asynchronous) in [
        ("downloads --scale 0.01", 105_000.into(), true),
        ("files --size 100KB", 500_000.into(), true),
        ("queries --scale 0.01", 10.into(), true),
        ("queries --kind scan --rows 1000", 10.into(), true),
        ("queries --kind rows --rows 1000", 10_000.into(), true),
        ("images --pixels 64", 8.into(), false),
        ("hybrid --scale 0.01", texts, false),
    ] {
        let models = BLOCKING.iter().chain(asynchronous.then_some(&"async"));
        for model in models {
            let mut arguments = vec!["run", model];
            arguments.extend(words.split(' '));
            assert_eq!(json(&arguments)["result"], expected, "{arguments:?}");
            if words.starts_with("queries --kind") {
                continue; // simulated below, once for each scenario
            }
            arguments.push("--simulate");
            assert_eq!(json(&arguments)["result"], expected, "{arguments:?}");
        }
    }
}

#[test]
fn processes_find_what_is_around_them_however_they_are_started() {
    let texts = serde_json::json!(["CHAI 1", "CHAI 2", "CHAI 3"]);
    for (scenario, expected) in [
        ("downloads", 105_000.into()),
        ("files", 5_000_000.into()),
        ("queries", 10.into()),
        ("images", 8.into()),
        ("hybrid", texts),
    ] {
        for start in ["spawn", "forkserver"] {
            let run = [
                "run",
                "processes",
                scenario,
                "--start",
                start,
                "--scale",
                "0.01",
            ];
            assert_eq!(json(&run)["result"], expected, "{scenario} by {start}");
        }
    }
}

#[test]
fn each_kind_of_body_has_exactly_the_size_asked_for() {
    for kind in ["jpeg", "png", "svg"] {
        let all = ["--kind", kind, "--size", "64KiB", "--latency", "0s"];
        let run = json(&[&["run", "threads", "downloads"], &all[..]].concat());
        assert_eq!(run["result"], 3 * 65_536, "{kind}");
    }
}

#[test]
fn requests_wait_beside_each_other_and_one_after_another_they_add_up() {
    let lanes = |model: &str| -> (f64, f64, f64) {
        let run = json(&["run", model, "downloads", "--latency", "100ms"]);
        let of = |end: &str| -> Vec<f64> {
            let workers = run["workers"].as_array().unwrap().iter();
            workers
                .map(|worker| worker[end].as_f64().unwrap())
                .collect()
        };
        let last_start = of("start").into_iter().fold(0.0, f64::max);
        let first_end = of("end").into_iter().fold(f64::MAX, f64::min);
        (last_start, first_end, run["seconds"].as_f64().unwrap())
    };
    for model in ["threads", "pool", "processes", "async"] {
        let (last_start, first_end, seconds) = lanes(model);
        assert!(last_start < first_end, "{model}: {last_start} {first_end}");
        assert!(seconds >= 0.1, "{model}: {seconds}");
    }
    let (last_start, first_end, seconds) = lanes("sequential");
    assert!(last_start >= first_end && seconds >= 0.3, "{seconds}");
}

#[test]
fn under_pool_the_processing_is_done_by_processes_and_waits_as_long() {
    let run = json(&[
        "run",
        "pool",
        "hybrid",
        "--fetch",
        "20ms",
        "--process",
        "30ms",
    ]);
    let workers = run["workers"].as_array().unwrap();
    assert_eq!(workers.len(), 6);
    for worker in &workers[3..] {
        let span = &worker["spans"][0];
        let took = span["end"].as_f64().unwrap() - span["start"].as_f64().unwrap();
        assert!(span["label"] == "process" && took >= 0.03, "{worker}");
    }
}

/// A server that answers each connection with these bytes, whatever it is asked.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/a.png", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut asked = [0; 1024];
            let _ = socket.read(&mut asked);
            let _ = socket.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn addresses_of_the_learner_are_asked_in_turn_and_redirects_followed() {
    let four = answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nchai");
    let chunked = answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ncha\r\n2\r\nis\r\n0\r\n\r\n",
    );
    let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {four}\r\nContent-Length: 0\r\n\r\n");
    let elsewhere = answering(redirect.leak());
    let addresses = [four, chunked, elsewhere].join(",");
    for model in ["threads", "processes", "async"] {
        let run = json(&[
            "run",
            model,
            "downloads",
            "--requests",
            "4",
            "--url",
            &addresses,
        ]);
        assert_eq!(run["result"], 4 + 5 + 4 + 4, "{model}");
    }
}

#[test]
fn an_address_that_gives_nothing_is_an_error_that_names_it() {
    let missing = answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let broken = answering("nonsense\r\n\r\n");
    let cut = answering("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nchai");
    let here = answering("HTTP/1.1 301 Gone round\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    for (url, why) in [
        (missing.as_str(), "404 Not Found"),
        (&broken, "cannot be read"),
        (&cut, "cannot be read"),
        (&here, "more than 5 redirects"),
        (&nobody, "cannot be reached"),
        ("ftp://host/a", "http://localhost:8000/a.png"),
        ("http:///a", "no web address"),
        ("chai", "no web address"),
    ] {
        for model in ["threads", "processes", "async"] {
            let error = refused(
                &mut threadlab(&["run", model, "downloads", "--url", url]),
                1,
            );
            assert!(error.contains("--url") && error.contains(why), "{error}");
            assert_eq!(error.trim().lines().count(), 1, "one error: {error}");
        }
    }
}

#[test]
fn once_a_worker_has_given_up_the_next_do_not_begin() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    for model in ["sequential", "pool", "processes", "async"] {
        let arguments = [
            "run",
            model,
            "downloads",
            "--workers",
            "1",
            "--url",
            &nobody,
        ];
        let output = threadlab(&arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("request 1 goes out"), "{model}: {said}");
        assert!(!said.contains("request 2 goes out"), "{model}: {said}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("cannot be reached"), "{model}: {error}");
    }
}

#[test]
fn what_cannot_be_simulated_says_why() {
    let database = "postgresql://me@localhost/db";
    for (scenario, option, value) in [
        ("downloads", "--url", "http://localhost/"),
        ("queries", "--database", database),
    ] {
        let arguments = ["run", "threads", scenario, option, value, "--simulate"];
        let error = refused(&mut threadlab(&arguments), 2);
        assert!(
            error.contains("nobody knows how long") && error.contains(option),
            "{error}"
        );
    }
}

#[test]
fn a_size_that_is_not_possible_names_the_parameter_and_what_is() {
    let error = refused(
        &mut threadlab(&["run", "threads", "downloads", "--size", "90"]),
        1,
    );
    assert!(
        error.contains("--size 90") && error.contains("are possible"),
        "{error}"
    );
    let error = refused(
        &mut threadlab(&["run", "threads", "downloads", "--size", "big"]),
        2,
    );
    assert!(error.contains("64KiB"), "{error}");
    let error = refused(
        &mut threadlab(&[
            "run", "threads", "files", "--size", "900GB", "--files", "10000",
        ]),
        1,
    );
    assert!(
        error.contains("--size 900GB") && error.contains("TMPDIR"),
        "{error}"
    );
    let error = refused(
        &mut threadlab(&["run", "threads", "images", "--pixels", "5"]),
        2,
    );
    assert!(error.contains("from 32 to 4096"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_had_is_an_error_that_says_where_another_may_be() {
    for scenario in ["files", "queries"] {
        let mut run = threadlab(&["run", "threads", scenario]);
        let error = refused(run.env("TMPDIR", "/nowhere/at/all"), 1);
        assert!(
            error.contains("/nowhere/at/all") && error.contains("TMPDIR"),
            "{error}"
        );
    }
}

#[test]
fn files_that_may_not_grow_are_one_error_and_leave_nothing() {
    let place = tempfile::tempdir().unwrap();
    for model in ["threads", "processes", "async"] {
        // The limit lets the run's channel pass (some 270 MB, of which next to
        // nothing is used), and stops the file.
        let run = format!(
            "ulimit -f 300000; exec '{}' run {model} files --files 1 --size 320MB --json",
            env!("CARGO_BIN_EXE_threadlab")
        );
        let mut shell = Command::new("bash");
        let output = shell
            .args(["-c", &run])
            .env("TMPDIR", place.path())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{model}: {error}");
        assert!(
            error.contains("file-1") && error.contains("a smaller --size"),
            "{error}"
        );
        assert!(empty(place.path()), "{model}");
    }
}

fn empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

/// Processes whose parent is this one.
fn children(of: u32) -> Vec<u32> {
    let stat = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name in brackets may hold anything; what follows is fixed.
        let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?;
        (parent.parse() == Ok(of)).then_some(pid)
    };
    let entries = std::fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| stat(entry.ok()?)).collect()
}

fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if condition() {
            return;
        }
        sleep(Duration::from_millis(5));
    }
    panic!("not in 10 s: {what}");
}

fn kill(pid: u32, signal: i32) {
    // SAFETY: kill takes plain numbers; it is a process of this test.
    unsafe { libc::kill(pid as i32, signal) };
}

/// A run that goes on, its runner, and the processes of the runner.
fn going_on(arguments: &[&str], place: &Path, processes: usize) -> (Child, u32, Vec<u32>) {
    let mut command = threadlab(arguments);
    command.arg("--json").env("TMPDIR", place);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = command.spawn().unwrap();
    let runner = || children(run.id()).first().copied();
    let below = || runner().map(children);
    until("the processes of the run", || {
        below().is_some_and(|below| below.len() == processes)
    });
    let (runner, below) = (runner().unwrap(), below().unwrap());
    (run, runner, below)
}

#[test]
fn no_process_and_no_file_is_left_however_a_run_ends() {
    let waits = ["--latency", "60s"];
    for (scenario, model, processes) in [
        ("downloads", "threads", 1),
        ("downloads", "processes", 4),
        ("files", "threads", 0),
        ("files", "processes", 5),
    ] {
        for (signal, to_runner) in [(libc::SIGINT, false), (libc::SIGKILL, true)] {
            let place = tempfile::tempdir().unwrap();
            let arguments = [&["run", model, scenario], &waits[..]].concat();
            let (run, runner, below) = going_on(&arguments, place.path(), processes);
            if scenario == "files" {
                until("the folder", || !empty(place.path()));
            }
            kill(if to_runner { runner } else { run.id() }, signal);
            let output = run.wait_with_output().unwrap();
            let case = format!("{scenario} {model} {signal}");
            assert_eq!(output.status.code(), Some(1), "{case}");
            assert!(empty(place.path()), "{case}: a folder is left");
            for pid in below.into_iter().chain([runner]) {
                let gone = || !Path::new(&format!("/proc/{pid}")).exists();
                until(&format!("{case}: the end of process {pid}"), gone);
            }
        }
    }
}

#[test]
fn a_kernel_that_is_killed_leaves_no_process() {
    let place = tempfile::tempdir().unwrap();
    let arguments = ["run", "threads", "hybrid", "--fetch", "60s"];
    let (mut run, runner, below) = going_on(&arguments, place.path(), 1);
    kill(run.id(), libc::SIGKILL);
    run.wait().unwrap();
    for pid in below.into_iter().chain([runner]) {
        let gone = || !Path::new(&format!("/proc/{pid}")).exists();
        until(&format!("the end of process {pid}"), gone);
    }
}

#[test]
fn queries_run_the_same_against_postgresql() {
    let Some(server) = postgres::Server::start() else {
        eprintln!("PostgreSQL's programs are not here (initdb, postgres): not tested");
        return;
    };
    let address = server.address("secret");
    for (kind, result) in [("remote", 4), ("scan", 4), ("rows", 2_000)] {
        for model in BLOCKING.iter().chain([&"async"]) {
            let run = json(&[
                "run",
                model,
                "queries",
                "--kind",
                kind,
                "--rows",
                "500",
                "--queries",
                "4",
                "--latency",
                "1ms",
                "--database",
                &address,
            ]);
            assert_eq!(run["result"], result, "{kind} under {model}");
            assert!(!run.to_string().contains("secret"), "the password is told");
            assert!(run.to_string().contains(":***@"));
        }
    }
    let wrong = server.address("wrong");
    let error = refused(
        &mut threadlab(&["run", "threads", "queries", "--database", &wrong]),
        1,
    );
    assert!(
        error.contains("--database") && error.contains("password"),
        "{error}"
    );
    assert!(!error.contains(":wrong@"), "{error}");
}

#[test]
fn a_database_that_refuses_is_an_error_that_names_the_parameter() {
    for (address, why) in [
        ("postgresql://me@127.0.0.1:1/db", "Connection refused"),
        ("mysql://me@127.0.0.1/db", "postgresql://USER"),
    ] {
        let mut run = threadlab(&["run", "threads", "queries", "--database", address]);
        let error = refused(&mut run, 1);
        assert!(
            error.contains(&format!("--database {address}")) && error.contains(why),
            "{error}"
        );
    }
}
