//! Fetch, then process. Under `pool` as in the guide: threads fetch, and what
//! they have is processed by processes, which were forked before the first of
//! them. Under every other model all of it is done under that model.

use super::surroundings::{go_on, must};
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Site, Surroundings};
use crate::real::http;
use crate::real::processing::{self, Handover, ProcessPool};
use crate::real::server::{Page, Server};
use lab::trace::Model;
use lab::{Lab, Value};
use std::sync::Arc;
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
    crew: Crew::Pool { default: 3 },
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
    python: include_str!("hybrid.py"),
    ..Scenario::PLAIN
};

/// What stands at a source.
fn text(source: u64) -> String {
    format!("chai {source}")
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
    let mut fetched = vec![];
    for source in 1..=sources {
        let address = format!("{server}/{source}");
        let handover = Arc::new(Handover::new(fetch + PATIENCE));
        fetched.push(handover.clone());
        lab.task(format!("fetch {source}"), async move |w| {
            go_on();
            let get = || -> Result<String, String> {
                let answer = http::address(&address)
                    .and_then(|address| http::get_blocking(&address, fetch + PATIENCE))
                    .map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
                // Whoever waits for it hears of a failure too.
                let text = answer.as_deref().unwrap_or_default();
                handover.give(text).map_err(|error| error.to_string())?;
                answer.map_err(|error| error.to_string())
            };
            let text = must(w.call("fetch", get, fetch, || Ok(text(source))).await);
            w.say(format!("fetch {source} is done"));
            text
        });
    }
    for (source, handover) in (1..).zip(fetched) {
        let pool = pool.to_owned();
        lab.task(format!("process {source}"), async move |w| {
            go_on();
            let work = || -> std::io::Result<String> {
                let text = handover.take()?;
                if !pool.is_empty() {
                    return processing::hand_in(&pool, &text);
                }
                std::thread::sleep(process);
                Ok(upper(&text))
            };
            let known = || Ok(upper(&text(source)));
            let processed = must(w.call("process", work, process, known).await);
            w.say(format!("process {source} is done"));
            processed
        });
    }
    Box::new(move |_, seconds, results| {
        let texts = results.get(sources as usize..).unwrap_or_default().to_vec();
        let quoted: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
        let line = format!("[{}] after {seconds:.2} s", quoted.join(", "));
        (Value::List(texts), line)
    })
}
