//! Fetch, then process. Under `pool` as in the guide: threads fetch, and what
//! they have is processed by processes, which were forked before the first of
//! them. Under every other model all of it is done under that model.

use super::surroundings::{go_on, must};
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Site, Surroundings};
use crate::real::http::{self, FetchError};
use crate::real::processing::{self, ProcessPool};
use crate::real::server::{Page, Server};
use lab::trace::Model;
use lab::{Lab, Portable, Value};
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
    // What is fetched first is processed first; each text with its source.
    let fetched = lab.queue::<(u64, String)>("fetched", sources as usize);
    for source in 1..=sources {
        let address = format!("{server}/{source}");
        lab.task(format!("fetch {source}"), async move |w| {
            go_on();
            let get = || -> Result<String, FetchError> {
                let answer = http::get_blocking(&http::address(&address)?, fetch + PATIENCE)?;
                Ok(String::from_utf8_lossy(&answer.body).into_owned())
            };
            let got = w.call_known("fetch", get, fetch, || Ok(text(source))).await;
            // Whoever waits for it hears of a failure too.
            let text = got.as_deref().unwrap_or_default().to_owned();
            w.put(&fetched, (source, text)).await;
            must(got);
            w.say(format!("fetch {source} is done"));
        });
    }
    for number in 1..=sources {
        let pool = pool.to_owned();
        lab.task(format!("process {number}"), async move |w| {
            go_on();
            let (source, text) = w.get(&fetched).await.unwrap_or_default();
            let processed = if pool.is_empty() {
                w.wait_for("process", process).await;
                upper(&text)
            } else {
                let hand_in = || processing::hand_in(&pool, &text);
                let known = || Ok(upper(&text));
                must(w.call_known("process", hand_in, process, known).await)
            };
            w.say(format!("process {number} is done"));
            (source, processed)
        });
    }
    Box::new(move |_, seconds, results| {
        let processed = results.iter().skip(sources as usize);
        let mut texts: Vec<(u64, String)> = processed
            .filter_map(|result| Portable::from_value(result.clone()))
            .collect();
        texts.sort();
        let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
        let line = format!("['{}'] after {seconds:.2} s", texts.join("', '"));
        (texts.into_value(), line)
    })
}
