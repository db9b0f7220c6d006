//! Downloads: requests over real sockets, to a server that the run starts on
//! this machine, or to addresses that the learner names.

use super::quantity::thousands;
use super::surroundings::{go_on, must};
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Site, Surroundings};
use crate::real::bodies::{self, KINDS};
use crate::real::http::{self, Answer, FetchError, LARGEST};
use crate::real::server::{Page, Server};
use lab::trace::Model;
use lab::{Lab, Value};
use std::collections::HashMap;
use std::time::Duration;

/// How long an answer may take beyond the latency of the run's own server.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) const DOWNLOADS: Scenario = Scenario {
    name: "downloads",
    about: "requests over real sockets, to a server on this machine or to addresses of yours",
    section: "Masterclass 6",
    models: &Model::ALL,
    crew: Crew::Pool { default: 3 },
    parameters: &[
        Parameter::count("requests", "requests that are made", 3, 1_000),
        Parameter::seconds("latency", "time that the server takes for an answer", 2.0),
        Parameter::choice(
            "kind",
            "what is downloaded",
            &["mixed", KINDS[0], KINDS[1], KINDS[2]],
        ),
        Parameter::size("size", "bytes of each", 35_000, LARGEST as u64 / 4),
        Parameter::text(
            "url",
            "addresses to ask instead, in turn, separated by commas; each may take 10 s",
            "",
        ),
    ],
    claims: &[
        "MC6",
        "MC6-T3a",
        "MC6-T3b",
        "MC10-T7b",
        "MC15.3-T9b",
        "AT5",
        "CF.pat",
        "CM.io",
    ],
    estimate: |p| Estimate {
        waits: super::shares(p, "requests", p.seconds("latency").max(0.001)),
        ..Estimate::default()
    },
    wrong: |p, result| {
        let all = p.number("requests") * p.number("size");
        match p.word("url") {
            "" => super::unless(&Value::Int(all as i64), result),
            _ => None,
        }
    },
    unsimulated: |p| {
        let asked = p.word("url");
        (!asked.is_empty()).then(|| "nobody knows how long the servers of --url take".into())
    },
    surroundings,
    tasks,
    rust: include_str!("downloads.rs"),
    python: include_str!("downloads.py"),
    ..Scenario::PLAIN
};

/// The kind of a request, by its number from 1.
fn kind(p: &Parameters, number: u64) -> &'static str {
    let named = KINDS.into_iter().find(|kind| *kind == p.word("kind"));
    named.unwrap_or(KINDS[(number as usize - 1) % KINDS.len()])
}

/// The server, or the addresses that were named instead.
fn surroundings(_: &Site<'_>, p: &Parameters) -> Result<Surroundings, String> {
    if !p.word("url").is_empty() {
        for address in p.word("url").split(',') {
            http::address(address.trim()).map_err(|error| format!("--url: {error}"))?;
        }
        return Ok(Surroundings::at(p.word("url"), ()));
    }
    let mut pages: HashMap<String, Page> = HashMap::new();
    for kind in (1..=p.number("requests").min(3)).map(|number| kind(p, number)) {
        let body = bodies::body(kind, p.number("size") as usize)
            .map_err(|error| format!("--size {}: {error}", p.number("size")))?;
        pages.insert(format!("/{kind}"), (bodies::media_type(kind), body));
    }
    let server = Server::start(pages, p.duration("latency"))
        .map_err(|error| format!("no server could be started on this machine: {error}"))?;
    Ok(Surroundings::at(server.address(), server))
}

/// The address of a request: of the run's own server, or one of those named.
fn address(p: &Parameters, number: u64) -> String {
    if p.word("url").is_empty() {
        return format!("{}/{}", p.place(), kind(p, number));
    }
    let named: Vec<&str> = p.word("url").split(',').collect();
    named[(number as usize - 1) % named.len()].trim().to_owned()
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    lab.workers(p.workers as usize);
    let (requests, latency, size) = (
        p.number("requests"),
        p.duration("latency"),
        p.number("size"),
    );
    let named = !p.word("url").is_empty();
    let limit = if named { PATIENCE } else { latency + PATIENCE };
    for number in 1..=requests {
        let address = address(p, number);
        lab.task(format!("request {number}"), async move |w| {
            go_on();
            w.say(format!("request {number} goes out"));
            // Whose address it was, if it is wrong.
            let blame = if named { "--url: " } else { "" };
            let get = || -> Result<Answer, FetchError> {
                http::get_blocking(&http::address(&address)?, limit)
            };
            let get_async = async || http::get(&http::address(&address)?, limit).await;
            let known = || {
                let body = vec![0; size as usize];
                let kind = String::new();
                Ok(Answer { kind, body })
            };
            let answer = w.call_or_await("GET", get, get_async, latency, known).await;
            let answer = must(answer.map_err(|error| format!("{blame}{error}")));
            let bytes = answer.body.len() as u64;
            w.say(format!(
                "request {number} is back: {} bytes",
                thousands(bytes)
            ));
            bytes
        });
    }
    Box::new(move |_, seconds, results| {
        let bytes = super::total(results);
        let line = format!(
            "{requests} answers, {} bytes, after {seconds:.2} s",
            thousands(bytes)
        );
        (Value::Int(bytes as i64), line)
    })
}
