//! Masterclass 9.3, Table 5: four ways for messages to go from one worker to
//! another, by what a message costs.

use super::quantity::thousands;
use super::spread::Spread;
use super::surroundings::must;
use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario, Site, Surroundings};
use crate::real::channels::{Fifo, SharedBytes};
use crate::real::manager::{Manager, ManagerClient};
use lab::trace::Model;
use lab::{Event, Lab, Portable, Queue, Worker};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Batches of messages one way, each of which gives a rate, after one to warm up.
const BATCHES: u64 = 10;
/// Messages there and back, after a quarter as many to warm up.
const TRIPS: u64 = 200;
/// Bytes of one message at the most.
const LARGEST: u64 = 64_000_000;
/// Bytes that may wait in a queue.
const WAITING: u64 = 64_000_000;

pub(super) const CHANNELS: Scenario = Scenario {
    name: "channels",
    about: "messages over a queue, a pipe, shared memory or a manager: how many a second, and how long there and back",
    section: "Masterclass 9.3, Table 5",
    models: &[Model::Threads, Model::Processes],
    crew: Crew::Roles(&["sender", "receiver"]),
    parameters: &[
        Parameter::choice(
            "over",
            "what the messages go over",
            &["queue", "pipe", "shared", "manager"],
        ),
        Parameter::count(
            "messages",
            "messages that are sent one way",
            10_000,
            10_000_000,
        ),
        Parameter::size("size", "bytes of each", 64, LARGEST),
    ],
    claims: &[
        "MC9.3-T5a",
        "MC9.3-T5b",
        "MC9.3-T5c",
        "MC9.3-T5d",
        "MC10-T6b",
        "MC12.2c",
        "CM.comm",
        "CM.T3",
        "OV.pipe",
        "OV.shm",
    ],
    estimate: |p| {
        let (each, trip) = match p.word("over") {
            "shared" => (2e-5, 3e-5),
            "manager" => (3e-5, 6e-5),
            _ => (2e-6, 2e-5),
        };
        let copied = p.number("size") as f64 * 1e-9;
        let all = p.number("messages") as f64 * 1.1 * (each + copied);
        Estimate {
            computes: vec![all + TRIPS as f64 * 1.25 * (trip + 2.0 * copied)],
            ..Estimate::default()
        }
    },
    wrong: |p, result| {
        let samples = <(Spread, Spread)>::from_value(result.clone());
        let samples = samples.map(|(rates, trips)| (rates.samples, trips.samples));
        let batches = batches(p.number("messages")).len() as u64 - 1;
        (samples != Some((batches, TRIPS))).then(|| format!("{samples:?} samples"))
    },
    unsimulated: |_| Some("what a message costs is for this machine and its system to say".into()),
    folder: true,
    surroundings,
    tasks,
    rust: include_str!("channels.rs"),
    python: include_str!("channels.py"),
    ..Scenario::PLAIN
};

/// How many messages there are in each batch, the first of which warms up.
fn batches(messages: u64) -> Vec<u64> {
    let parts = messages.min(BATCHES);
    let part = |n: u64| messages * (n + 1) / parts - messages * n / parts;
    [part(0)].into_iter().chain((0..parts).map(part)).collect()
}

/// What lies between the workers, at names in the run's folder: also a process
/// that is started anew finds it.
fn surroundings(site: &Site<'_>, p: &Parameters) -> Result<Surroundings, String> {
    let made: io::Result<Box<dyn std::any::Any>> = match p.word("over") {
        "pipe" => ["there", "back"]
            .into_iter()
            .try_for_each(|name| Fifo::make(&site.folder.join(name)))
            .map(|()| Box::new(()) as _),
        "shared" => ["there", "back"]
            .into_iter()
            .try_for_each(|name| SharedBytes::make(&site.folder.join(name), p.number("size")))
            .map(|()| Box::new(()) as _),
        "manager" => Manager::start(&site.folder.join("manager"), WAITING as usize)
            .map(|manager| Box::new(manager) as _),
        _ => Ok(Box::new(())),
    };
    let kept = made.map_err(|error| format!("--over {}: {error}", p.word("over")))?;
    Ok(Surroundings::at(site.folder.display().to_string(), kept))
}

/// One direction of a channel, by the lab's own means.
#[derive(Clone, Copy)]
struct Way {
    queue: Queue<String>,
    /// Whether there is a message in shared memory, and whether it was taken.
    full: Event,
    free: Event,
}

/// A worker's end of a channel.
enum End {
    Queue {
        puts: Way,
        gets: Way,
    },
    Pipe {
        puts: Fifo,
        gets: Fifo,
    },
    Shared {
        puts: (Way, SharedBytes),
        gets: (Way, SharedBytes),
        has_put: bool,
    },
    Manager {
        client: ManagerClient,
        puts: u8,
        gets: u8,
    },
}

impl End {
    /// Of the sender or the receiver.
    fn open(over: &str, folder: &Path, ways: [Way; 2], sends: bool) -> io::Result<End> {
        let [there, back] = [folder.join("there"), folder.join("back")];
        let mine = |there, back| if sends { (there, back) } else { (back, there) };
        Ok(match over {
            "pipe" => {
                // Each waits for the other to open it too, in the same order.
                let (first, second) = (Fifo::open(&there, sends)?, Fifo::open(&back, !sends)?);
                let (puts, gets) = if sends {
                    (first, second)
                } else {
                    (second, first)
                };
                End::Pipe { puts, gets }
            }
            "shared" => {
                let [there, back] = [SharedBytes::open(&there)?, SharedBytes::open(&back)?];
                let [there, back] = [(ways[0], there), (ways[1], back)];
                let (puts, gets) = if sends { (there, back) } else { (back, there) };
                let has_put = false;
                End::Shared {
                    puts,
                    gets,
                    has_put,
                }
            }
            "manager" => {
                let client = ManagerClient::connect(&folder.join("manager"))?;
                let (puts, gets) = if sends { (0, 1) } else { (1, 0) };
                End::Manager { client, puts, gets }
            }
            _ => {
                let (puts, gets) = mine(ways[0], ways[1]);
                End::Queue { puts, gets }
            }
        })
    }

    async fn put(&mut self, w: &Worker, message: &str) {
        let bytes = message.as_bytes();
        match self {
            End::Queue { puts, .. } => {
                w.put(&puts.queue, message.to_owned()).await;
            }
            End::Pipe { puts, .. } => {
                must(
                    w.call_known("write", || puts.write(bytes), Duration::ZERO, || Ok(()))
                        .await,
                );
            }
            End::Shared {
                puts: (way, memory),
                has_put,
                ..
            } => {
                if std::mem::replace(has_put, true) {
                    w.wait(&way.free).await;
                    w.clear(&way.free).await;
                }
                memory.store(bytes);
                w.set(&way.full).await;
            }
            End::Manager { client, puts, .. } => {
                let put = || client.put(*puts, bytes);
                must(w.call_known("put", put, Duration::ZERO, || Ok(())).await);
            }
        }
    }

    /// Gets a message of so many bytes; how many came.
    async fn get(&mut self, w: &Worker, into: &mut Vec<u8>) -> usize {
        match self {
            End::Queue { gets, .. } => {
                let message = w.get(&gets.queue).await.unwrap_or_default();
                message.len()
            }
            End::Pipe { gets, .. } => {
                must(
                    w.call_known("read", || gets.read(into), Duration::ZERO, || Ok(()))
                        .await,
                );
                into.len()
            }
            End::Shared {
                gets: (way, memory),
                ..
            } => {
                w.wait(&way.full).await;
                w.clear(&way.full).await;
                memory.load(into);
                w.set(&way.free).await;
                into.len()
            }
            End::Manager { client, gets, .. } => {
                let get = || client.get(*gets, into);
                must(w.call_known("get", get, Duration::ZERO, || Ok(())).await);
                into.len()
            }
        }
    }
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let (messages, size) = (p.number("messages"), p.number("size"));
    let over = p.word("over").to_owned();
    let places = (WAITING / size).clamp(1, 10_000) as usize;
    let ways = ["there", "back"].map(|name| Way {
        queue: lab.queue(name, places),
        full: lab.event(format!("message {name}")),
        free: lab.event(format!("room {name}")),
    });
    let (from, to) = (p.clone(), p.clone());
    let open = move |p: &Parameters, sends| {
        must(End::open(p.word("over"), Path::new(p.place()), ways, sends))
    };
    lab.task("sender", async move |w| {
        let (mut rates, mut trips) = (vec![], vec![]);
        let (message, mut answer) = ("x".repeat(size as usize), vec![0; size as usize]);
        // Nothing is recorded meanwhile: it would take longer than a message.
        w.unrecorded("send", async || {
            let mut end = open(&from, true);
            end.get(&w, &mut answer).await; // the receiver is there
            for batch in batches(messages) {
                let began = w.now();
                for _ in 0..batch {
                    end.put(&w, &message).await;
                }
                end.get(&w, &mut answer).await;
                rates.push(batch as f64 * 1e9 / (w.now() - began).max(1) as f64);
            }
            for _ in 0..TRIPS + TRIPS / 4 {
                let began = w.now();
                end.put(&w, &message).await;
                end.get(&w, &mut answer).await;
                trips.push((w.now() - began) as f64 / 1e3);
            }
        })
        .await;
        w.say(format!("sender has sent {} messages", thousands(messages)));
        (rates.split_off(1), trips.split_off(TRIPS as usize / 4))
    });
    lab.task("receiver", async move |w| {
        let (answer, mut message) = ("x".repeat(size as usize), vec![0; size as usize]);
        let mut received = 0;
        w.unrecorded("receive", async || {
            let mut end = open(&to, false);
            end.put(&w, &answer).await;
            for (number, batch) in batches(messages).into_iter().enumerate() {
                for _ in 0..batch {
                    let whole = end.get(&w, &mut message).await as u64 == size;
                    received += u64::from(whole && number > 0);
                }
                end.put(&w, &answer).await;
            }
            for _ in 0..TRIPS + TRIPS / 4 {
                end.get(&w, &mut message).await;
                end.put(&w, &answer).await;
            }
        })
        .await;
        w.say(format!(
            "receiver has received {} messages",
            thousands(received)
        ));
    });
    Box::new(move |_, _, results| {
        let samples = results
            .first()
            .cloned()
            .and_then(<(Vec<f64>, Vec<f64>)>::from_value);
        let (rates, trips) = samples.unwrap_or_default();
        let (rates, trips) = (Spread::of(&rates), Spread::of(&trips));
        let line = format!(
            "{over}: {}; there and back {}",
            rates.told("messages a second"),
            trips.told("us")
        );
        ((rates, trips).into_value(), line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterValue, trial};
    use super::*;

    #[test]
    fn batches_hold_all_messages_and_one_more_batch_warms_up() {
        for messages in [1, 7, 10, 10_003] {
            let batches = batches(messages);
            assert_eq!(batches[1..].iter().sum::<u64>(), messages);
            assert!(batches.iter().all(|batch| *batch > 0));
        }
    }

    #[test]
    fn messages_come_through_every_channel() {
        for over in ["queue", "pipe", "shared", "manager"] {
            let mut p = CHANNELS.defaults();
            p.set("over", ParameterValue::Choice(over.into()));
            p.set("messages", ParameterValue::Count(50));
            p.set("size", ParameterValue::Size(100_000));
            let folder = tempfile::tempdir().unwrap();
            let site = Site {
                model: Model::Threads,
                folder: folder.path(),
            };
            if over == "manager" {
                continue; // a process of its own, which a test with threads does not fork
            }
            let around = (CHANNELS.surroundings)(&site, &p).unwrap();
            let p = p.at(around.place().to_owned());
            let result = trial::measured(&CHANNELS, &p, Model::Threads);
            assert_eq!((CHANNELS.wrong)(&p, &result), None, "{over}: {result}");
        }
    }
}
