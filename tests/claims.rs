//! What takes the guides' claims up: `claims`, `table` and `advise` as a user
//! types them.

use serde_json::Value;
use std::process::{Command, Output};
use threadlab::claim::inventory::OnCpython;
use threadlab::magic::all_taken_up;

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

fn refused(arguments: &[&str]) -> String {
    let output = threadlab(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

// --- claims -------------------------------------------------------------------

#[test]
fn every_claim_that_is_not_an_opinion_is_taken_up_by_something() {
    let left: Vec<String> = all_taken_up()
        .into_iter()
        .filter(|taken| taken.row.verdict != OnCpython::Opinion)
        .filter(|taken| {
            taken.scenarios.is_empty() && taken.notebooks.is_empty() && taken.figures.is_empty()
        })
        .map(|taken| taken.row.id.clone())
        .collect();
    assert!(left.is_empty(), "nothing takes up {}", left.join(", "));
}

#[test]
fn every_claim_that_is_not_an_opinion_has_its_place_in_a_chapter() {
    let left: Vec<String> = all_taken_up()
        .into_iter()
        .filter(|taken| taken.row.verdict != OnCpython::Opinion && taken.notebooks.is_empty())
        .map(|taken| taken.row.id.clone())
        .collect();
    assert!(left.is_empty(), "no chapter takes up {}", left.join(", "));
}

#[test]
fn every_claim_is_listed_with_what_takes_it_up() {
    let all = json(&["claims", "--json"]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 178);
    let row = all.iter().find(|row| row["id"] == "MC5.1").unwrap();
    assert_eq!(row["scenarios"], serde_json::json!(["breakfast"]));
    assert_eq!(row["verdict"], "H");
    assert!(row["held"].as_array().unwrap().len() >= 2, "{row}");
    let table = all.iter().find(|row| row["id"] == "MC4.3-T2b").unwrap();
    let figures = table["figures"].as_array().unwrap();
    assert!(figures.contains(&"%table gil-impact".into()), "{table}");
}

#[test]
fn a_claim_that_there_is_not_is_told_with_what_was_probably_meant() {
    let error = refused(&["claims", "brekfast"]);
    assert!(error.contains("Did you mean `breakfast`?"), "{error}");
}

// --- table --------------------------------------------------------------------

#[test]
fn the_table_of_the_lock_has_the_guides_lines_and_a_column_for_each_source() {
    let table = json(&[
        "table",
        "gil-impact",
        "--scale",
        "0.002",
        "--repeat",
        "1",
        "--json",
    ]);
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        let cells = row.as_array().unwrap();
        assert_eq!(cells.len(), table["columns"].as_array().unwrap().len());
        assert!(cells.iter().all(|cell| cell != ""), "{row}");
    }
    // Virtual time gives the same again: under the lock two threads gain
    // nothing, and two processes all that two cores give.
    assert!(
        rows[1][2].as_str().unwrap().contains("1.00x, 1.0 cores"),
        "{}",
        rows[1]
    );
    assert!(
        rows[2][2].as_str().unwrap().contains("2.00x, 2.0 cores"),
        "{}",
        rows[2]
    );
    assert_eq!(table["gains"].as_array().unwrap().len(), 2);
}

#[test]
fn a_kind_of_work_that_waits_gains_from_threads_and_processes() {
    let table = json(&[
        "table",
        "expectations",
        "--scale",
        "0.02",
        "--repeat",
        "1",
        "--json",
    ]);
    let gains = table["gains"].as_array().unwrap();
    for gain in gains.iter().filter(|gain| gain["work"] == "network") {
        let value = &gain["values"][0];
        assert_eq!(value["source"], "Rust, measured");
        assert!(value["value"].as_f64().unwrap() > 1.5, "{gain}");
    }
    assert!(
        gains.iter().any(|gain| gain["work"] == "network"),
        "{table}"
    );
}

#[test]
fn a_table_says_what_it_does_not_take_and_which_there_are() {
    let error = refused(&["table", "gil-impac"]);
    assert!(error.contains("did you mean `gil-impact`?"), "{error}");
    let error = refused(&["table", "gil-impact", "--workers", "3"]);
    assert!(
        error.contains("--workers is a matter of one run"),
        "{error}"
    );
}

// --- advise -------------------------------------------------------------------

#[test]
fn waits_are_for_threads_and_the_path_says_why() {
    let advice = json(&["advise", "breakfast", "--scale", "0.02", "--json"]);
    assert_eq!(advice["model"], "threads");
    let path = advice["path"].as_array().unwrap();
    assert_eq!(path[0]["answer"], true);
    assert!(
        path[0]["fact"].as_str().unwrap().starts_with("waits "),
        "{advice}"
    );
    let share = advice["profile"]["share_waiting"].as_f64().unwrap();
    assert!(share > 0.5, "{advice}");
}

#[test]
fn a_thousand_waits_are_for_async() {
    let advice = json(&[
        "advise",
        "many-waits",
        "--scale",
        "0.2",
        "--repeat",
        "1",
        "--json",
    ]);
    assert_eq!(advice["model"], "async", "{advice}");
}

#[test]
fn computing_is_for_a_pool_and_under_a_lock_for_processes() {
    let run = ["advise", "crunch", "--simulate", "--json"];
    assert_eq!(json(&run)["model"], "pool");
    let locked = json(&[&run[..], &["--machine", "guide"]].concat());
    assert_eq!(locked["model"], "processes");
    let says = locked["says"].as_array().unwrap();
    let other = says.iter().any(|said| {
        said.as_str()
            .unwrap()
            .starts_with("Without an interpreter lock: pool")
    });
    assert!(other, "{says:?}");
}
