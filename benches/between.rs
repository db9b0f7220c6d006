//! What passes between processes, beside CPython on the same machine in the same
//! minute: the scenario and its Python twin, each as a learner runs them.
//! Prints a table. Python is the `python3` of PATH, or what `PYTHON` names.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Runs of each, of which the best is kept: others use the machine too.
const RUNS: usize = 5;

/// What the scenario came to, as JSON.
fn rust(words: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_threadlab"))
        .args(["run", "processes"])
        .args(words.split(' '))
        .arg("--json")
        .output()
        .expect("the program starts");
    serde_json::from_slice(&output.stdout).expect("it gives JSON")
}

/// The last line that a twin printed; none without a Python.
fn python(twin: &str, words: &str) -> Option<String> {
    let program = std::env::var("PYTHON").unwrap_or("python3".into());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenario");
    let output = Command::new(program)
        .arg(folder.join(twin))
        .arg("processes")
        .args(words.split(' ').filter(|word| !word.is_empty()))
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().next_back()?.to_owned())
}

/// The number before a word of a line, its thousands set apart or not.
fn before(line: &str, word: &str) -> Option<f64> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words
        .iter()
        .position(|w| w.trim_end_matches([',', ';']) == word)?;
    words.get(at.checked_sub(1)?)?.replace(',', "").parse().ok()
}

fn best(mut once: impl FnMut() -> Option<f64>, larger: bool) -> f64 {
    let runs = (0..RUNS).filter_map(|_| once());
    let better = if larger { f64::max } else { f64::min };
    runs.reduce(better).unwrap_or(f64::NAN)
}

fn row(what: &str, unit: &str, ours: f64, theirs: f64, ratio: f64, goal: &str) {
    println!("{what:44} {ours:>14.2} {theirs:>14.2} {unit:14} {ratio:>8.2}   {goal}");
}

fn main() {
    println!(
        "{:44} {:>14} {:>14} {:14} {:>8}   goal",
        "between processes", "Rust", "CPython", "", "ratio"
    );
    for over in ["queue", "pipe", "shared", "manager"] {
        let words = format!("channels --over {over}");
        let number = |at: usize| {
            let words = words.clone();
            move || rust(&words)["result"][at][0].as_f64()
        };
        let told = |word: &'static str| {
            move || before(&python("channels.py", &format!("--over {over}"))?, word)
        };
        let (ours, theirs) = (best(number(0), true), best(told("messages"), true));
        let goal = if over == "queue" { "at least 8" } else { "" };
        let what = format!("{over}: messages one way");
        row(&what, "a second", ours, theirs, ours / theirs, goal);
        let (ours, theirs) = (best(number(1), false), best(told("us"), false));
        let goal = if over == "pipe" { "at most 0.5" } else { "" };
        let what = format!("{over}: there and back");
        row(&what, "us", ours, theirs, ours / theirs, goal);
    }
    let n = 1_000_000.0;
    let words = format!("--workers 1 --increments {n}");
    let ours = || Some(rust(&format!("shared-value {words}"))["seconds"].as_f64()? * 1e9 / n);
    let theirs = || Some(before(&python("shared_value.py", &words)?, "s")? * 1e9 / n);
    let (ours, theirs) = (best(ours, false), best(theirs, false));
    let what = "locked increment of a shared value, one process";
    row(what, "ns", ours, theirs, ours / theirs, "at most 0.2");
    let ours = || rust("switching")["result"][0].as_f64();
    let theirs = || before(&python("switching.py", "")?, "us");
    let (ours, theirs) = (best(ours, false), best(theirs, false));
    row("hand-over", "us", ours, theirs, ours / theirs, "");
}
