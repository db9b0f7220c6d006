//! Queries of a real database: SQLite in a file, or a PostgreSQL server.

use super::quantity::thousands;
use super::surroundings::{give_up, go_on, must};
use super::{
    Crew, Estimate, Finish, Parameter, ParameterValue, Parameters, Scenario, Site, Surroundings,
};
use crate::real::database::{Database, Query, value};
use lab::trace::Model;
use lab::{Lab, Value};
use std::time::Duration;

/// What a query takes in virtual time: to connect and ask, and for each reading
/// that is looked at. As measured on SQLite.
const ASK: Duration = Duration::from_micros(200);
const LOOK: f64 = 50e-9;

pub(super) const QUERIES: Scenario = Scenario {
    name: "queries",
    about: "queries of a real database: SQLite in a file, or a PostgreSQL server",
    section: "Masterclass 10.3, Table 7",
    models: &Model::ALL,
    crew: Crew::Pool { default: 5 },
    parameters: &[
        Parameter::count("queries", "queries that are made", 10, 10_000),
        Parameter::choice(
            "kind",
            "one row from far away, a scan of the table, or all rows fetched and added up",
            &["remote", "scan", "rows"],
        ),
        Parameter::seconds("latency", "time on the way, for remote", 0.1),
        Parameter::count("rows", "rows of the table", 60_000, 10_000_000),
        Parameter::text(
            "database",
            "postgresql://USER@HOST/NAME instead of SQLite",
            "",
        ),
    ],
    claims: &["MC10-T7e"],
    estimate: |p| {
        let each = latency(p).as_secs_f64() + ASK.as_secs_f64() + looked_at(p) as f64 * LOOK;
        Estimate {
            waits: super::shares(p, "queries", each),
            ..Estimate::default()
        }
    },
    wrong: |p, result| {
        let each = if p.word("kind") == "rows" {
            p.number("rows")
        } else {
            1
        };
        let all = p.number("queries") * each;
        super::unless(&Value::Int(all as i64), result)
    },
    unsimulated: |p| {
        let asked = p.word("database");
        (!asked.is_empty()).then(|| "nobody knows how long the server of --database takes".into())
    },
    folder: true,
    surroundings,
    tasks,
    rust: include_str!("queries.rs"),
    python: include_str!("queries.py"),
    ..Scenario::PLAIN
};

fn database(p: &Parameters) -> Result<Database, String> {
    let shown = ParameterValue::Text(p.word("database").into());
    Database::server(p.word("database"), p.number("rows")).map_err(|error| {
        format!(
            "--database {shown}: {error}; postgresql://USER:PASSWORD@HOST:PORT/NAME is possible, \
             and SQLite without it"
        )
    })
}

/// The file with its table, or the server once it has answered.
fn surroundings(site: &Site<'_>, p: &Parameters) -> Result<Surroundings, String> {
    if p.word("database").is_empty() {
        let path = site.folder.join("readings.sqlite");
        Database::file(&path, p.number("rows")).map_err(|error| {
            format!(
                "--rows {}: {error}; TMPDIR names another place",
                p.number("rows")
            )
        })?;
        return Ok(Surroundings::at(path.display().to_string(), ()));
    }
    let shown = ParameterValue::Text(p.word("database").into());
    let first = database(p)?.ask_blocking(Query::One(1));
    first.map_err(|error| {
        format!("--database {shown}: {error}; without --database, SQLite in a file is asked")
    })?;
    Ok(Surroundings::at("", ()))
}

/// A query, by its number from 1.
fn query(p: &Parameters, number: u64) -> Query {
    match p.word("kind") {
        "remote" => Query::One(number * 1_009 % p.number("rows") + 1),
        "scan" => Query::Scan(number % 10),
        _ => Query::All,
    }
}

/// What a query comes to: the value asked for, or the sum of values.
fn answer(p: &Parameters, number: u64) -> u64 {
    let all = 1..=p.number("rows");
    match query(p, number) {
        Query::One(id) => value(id),
        Query::Scan(digit) => all.map(value).filter(|value| value % 10 == digit).sum(),
        Query::All => all.map(value).sum(),
    }
}

/// The rows that a query is known to give.
fn known(p: &Parameters, number: u64) -> Vec<(i64, i64)> {
    match query(p, number) {
        Query::All => (1..=p.number("rows"))
            .map(|id| (id as i64, value(id) as i64))
            .collect(),
        _ => vec![(0, answer(p, number) as i64)],
    }
}

fn latency(p: &Parameters) -> Duration {
    match p.word("kind") {
        "remote" => p.duration("latency"),
        _ => Duration::ZERO,
    }
}

/// Rows that the database looks at.
fn looked_at(p: &Parameters) -> u64 {
    if p.word("kind") == "remote" {
        1
    } else {
        p.number("rows")
    }
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    lab.workers(p.workers as usize);
    let (queries, latency) = (p.number("queries"), latency(p));
    let takes = ASK + lab::secs(looked_at(p) as f64 * LOOK);
    for number in 1..=queries {
        let (p, query) = (p.clone(), query(p, number));
        lab.task(format!("query {number}"), async move |w| {
            go_on();
            let database = || match p.word("database") {
                "" => Ok(Database::Sqlite(p.place().into())),
                _ => database(&p),
            };
            w.say(format!("query {number} is asked"));
            if !latency.is_zero() {
                w.wait_for("network", latency).await;
            }
            let ask = || database()?.ask_blocking(query).map_err(|e| e.to_string());
            let ask_async = async || database()?.ask(query).await.map_err(|e| e.to_string());
            let known = || Ok(known(&p, number));
            let rows = must(w.call_or_await("query", ask, ask_async, takes, known).await);
            // Making objects of rows is work, which an interpreter does by itself.
            let sum = |steps: lab::Steps<'_>| -> i64 {
                steps
                    .filter_map(|step| rows.get(step as usize))
                    .map(|(_, value)| value)
                    .sum()
            };
            let fetched = rows.len() as u64;
            let sum = w.compute(fetched, sum).await;
            let expected = answer(&p, number) as i64;
            if sum != expected {
                give_up(format!(
                    "query {number} comes to {sum} and not to {expected}"
                ));
            }
            w.say(format!(
                "query {number} is answered: {} rows",
                thousands(fetched)
            ));
            fetched
        });
    }
    Box::new(move |_, seconds, results| {
        let rows = super::total(results);
        let line = format!(
            "{queries} queries, {} rows, after {seconds:.2} s",
            thousands(rows)
        );
        (Value::Int(rows as i64), line)
    })
}
