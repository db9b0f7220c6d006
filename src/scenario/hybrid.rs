//! Fetch, then process. Under `pool` as in the guide: threads fetch, and hand
//! what they have to processes that were forked before the first of them.

use super::surroundings::must;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Site, Surroundings};
use crate::real::http::{self, FetchError};
use crate::real::processing::{self, ProcessPool};
use crate::real::server::{Page, Server};
use lab::trace::Model;
use lab::{Lab, Value};
use std::time::Duration;

/// How long an answer may take beyond the time to fetch.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) const HYBRID: Scenario = Scenario {
    name: "hybrid",
    about: "fetch, then process; under pool, threads fetch and a pool of processes processes",
    section: "Advanced topics, combining both",
    models: &[
        Model::Sequential,
        Model::Threads,
        Model::Pool,
        Model::Processes,
    ],
    crew: Crew::Alike { default: 3 },
    parameters: &[
        Parameter::count("sources", "sources that are fetched", 3, 1_000),
        Parameter::seconds("fetch", "time that the server takes for a source", 1.0),
        Parameter::seconds("process", "time that it takes to process one", 0.5),
    ],
    claims: &["AT9", "AT9b", "AT11"],
    estimate: |p| Estimate {
        waits: super::shares(p, "sources", p.seconds("fetch") + p.seconds("process")),
        ..Estimate::default()
    },
    wrong: |p, result| {
        let all = (1..=p.number("sources")).map(|source| Value::Text(upper(&text(source))));
        super::unless(&Value::List(all.collect()), result)
    },
    surroundings,
    tasks,
    rust: include_str!("hybrid.rs"),
    python: "",
    ..Scenario::PLAIN
};

/// What stands at a source.
fn text(source: u64) -> String {
    format!("data of source {source}")
}

fn upper(text: &str) -> String {
    text.to_uppercase()
}

/// The server, and under `pool` the processes.
fn surroundings(site: &Site<'_>, p: &Parameters) -> Result<Surroundings, String> {
    let page = |source| -> (String, Page) {
        (
            format!("/{source}"),
            ("text/plain", text(source).into_bytes()),
        )
    };
    let refused = |error| format!("no process could be started on this machine: {error}");
    let pages = (1..=p.number("sources")).map(page).collect();
    let server = Server::start(pages, p.duration("fetch")).map_err(refused)?;
    if site.model != Model::Pool {
        return Ok(Surroundings::at(server.address(), server));
    }
    let pool = ProcessPool::start(p.workers, p.duration("process"), upper).map_err(refused)?;
    let place = format!("{} {}", server.address(), pool.address());
    Ok(Surroundings::at(place, (server, pool)))
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    lab.workers(p.workers as usize);
    let (sources, fetch, process) = (
        p.number("sources"),
        p.duration("fetch"),
        p.duration("process"),
    );
    let (server, pool) = p.place().split_once(' ').unwrap_or((p.place(), ""));
    for source in 1..=sources {
        let (address, pool) = (format!("{server}/{source}"), pool.to_owned());
        lab.task(format!("source {source}"), async move |w| {
            w.say(format!("source {source} is fetched"));
            let get = || -> Result<String, FetchError> {
                let answer = http::get_blocking(&http::address(&address)?, fetch + PATIENCE)?;
                Ok(String::from_utf8_lossy(&answer.body).into_owned())
            };
            let fetched = must(w.call("fetch", get, fetch, || Ok(text(source))).await);
            w.say(format!("source {source} is processed"));
            let processed = if pool.is_empty() {
                w.wait_for("process", process).await;
                upper(&fetched)
            } else {
                let hand_in = || processing::hand_in(&pool, &fetched);
                must(
                    w.call("process", hand_in, process, || Ok(upper(&fetched)))
                        .await,
                )
            };
            w.say(format!("source {source} is done"));
            processed
        });
    }
    Box::new(move |_, seconds, results| {
        let line = format!("{sources} sources are processed after {seconds:.2} s");
        (Value::List(results.to_vec()), line)
    })
}
