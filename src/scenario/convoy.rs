//! Requests and answers over a socket, beside a worker that computes.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Value, stats};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// What a system call on loopback takes in virtual time.
const SEND: Duration = Duration::from_micros(5);
/// What an answer takes on its way in virtual time: half of a round trip of 30
/// us, as measured without a worker that computes.
const ANSWER: Duration = Duration::from_micros(25);

pub(super) const CONVOY: Scenario = Scenario {
    name: "convoy",
    about: "requests and answers over a socket, beside a worker that computes",
    section: "Concurrency overview, GIL",
    models: &[Model::Threads],
    crew: Crew::Roles(&["client", "cruncher"]),
    parameters: &[
        Parameter::count("requests", "requests, one after another", 100, 100_000),
        Parameter::seconds("latency", "time that the server takes for an answer", 0.0),
    ],
    claims: &["OV.gil3"],
    estimate: |p| {
        let requests = p.number("requests") as f64;
        Estimate {
            waits: vec![requests * (p.seconds("latency") + 0.0002)],
            ..Estimate::default()
        }
    },
    tasks,
    rust: include_str!("convoy.rs"),
    python: include_str!("convoy.py"),
    ..Scenario::PLAIN
};

/// A client of a server that answers each byte with a byte, and lives as long
/// as the client's socket. It is no worker: no interpreter holds it up.
fn connect(latency: Duration) -> io::Result<TcpStream> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    std::thread::Builder::new()
        .name("server".into())
        .spawn(move || {
            let serve = || -> io::Result<()> {
                let (mut socket, _) = listener.accept()?;
                socket.set_nodelay(true)?;
                let mut byte = [0];
                while socket.read(&mut byte)? == 1 {
                    std::thread::sleep(latency);
                    socket.write_all(&byte)?;
                }
                Ok(())
            };
            if let Err(error) = serve() {
                eprintln!("the server has ended: {error}");
            }
        })?;
    let socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (requests, latency) = (p.number("requests"), p.duration("latency"));
    let done = lab.cell("done", false);
    lab.task("client", async move |w| {
        let real = || Some(connect(latency).expect("a socket on loopback"));
        let mut socket = w.call_known("connect", real, SEND, || None).await;
        let mut trips = vec![];
        for _ in 0..requests {
            let began = w.now();
            let send = || {
                socket
                    .as_mut()
                    .map_or(Ok(()), |socket| socket.write_all(b"?"))
            };
            w.call_known("send", send, SEND, || Ok(()))
                .await
                .expect("the server is there");
            let receive = || {
                socket
                    .as_mut()
                    .map_or(Ok(()), |socket| socket.read_exact(&mut [0]))
            };
            w.call_known("receive", receive, ANSWER + latency, || Ok(()))
                .await
                .expect("the server answers");
            trips.push((w.now() - began) as f64 / 1e6);
        }
        w.store(&done, true).await;
        w.say(format!("client has {requests} answers"));
        stats::median(&trips)
    });
    lab.task("cruncher", async move |w| {
        w.say("cruncher computes");
        while !w.load(&done).await {
            w.compute(10_000, |steps| steps.fold(0u64, |n, _| black_box(n + 1)))
                .await;
        }
        w.say("cruncher stops");
    });
    Box::new(|_, _, results| {
        let median = results.first().cloned().unwrap_or_default();
        let shown = if let Value::Float(ms) = median {
            format!("{ms:.3}")
        } else {
            median.to_string()
        };
        (
            median,
            format!("half of the round trips took {shown} ms or less"),
        )
    })
}
