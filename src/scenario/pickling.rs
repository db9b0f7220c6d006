//! Concurrency reference, limits of processes: what can cross to another
//! process, and what cannot; in Python by pickle, here as a message or by fork.

use super::{Crew, Estimate, Finish, Parameter, Parameters, Scenario};
use lab::trace::Model;
use lab::{Lab, Start, Value};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A thing, and what Python's pickle makes of it: the type as which it crosses,
/// or the error.
type Thing = (&'static str, Result<&'static str, &'static str>);

/// Seen on CPython 3.8 to 3.14; the twin tries it out on the reader's own.
const THINGS: [Thing; 10] = [
    ("number", Ok("int")),
    ("text", Ok("str")),
    ("list", Ok("list")),
    ("function", Ok("function, by its name")),
    ("lambda", Err("PicklingError or AttributeError, by version")),
    ("nested", Err("AttributeError")),
    ("lock", Err("TypeError")),
    ("file", Err("TypeError")),
    ("socket", Ok("socket, by its descriptor")),
    ("generator", Err("TypeError")),
];

pub(super) const PICKLING: Scenario = Scenario {
    name: "pickling",
    about: "what crosses to another process as a message, what by fork alone, and what Python pickles",
    section: "Concurrency reference, Limits",
    models: &[Model::Processes],
    crew: Crew::Pool { default: 1 },
    parameters: &[Parameter::choice(
        "what",
        "thing to be sent",
        &[
            "all",
            "number",
            "text",
            "list",
            "function",
            "lambda",
            "nested",
            "lock",
            "file",
            "socket",
            "generator",
        ],
    )],
    claims: &["CF.6", "CF.g2"],
    estimate: |_| Estimate {
        computes: vec![0.002],
        ..Estimate::default()
    },
    wrong: |p, result| {
        let names = things(p.word("what")).filter(|(name, _)| message(name).is_some());
        let names = names.map(|(name, _)| Value::Text((*name).into()));
        super::unless(&Value::List(names.collect()), result)
    },
    unsimulated: |p| {
        let fork = p.start == Start::Fork;
        (!fork).then(|| "what crosses by fork crosses under --start fork alone".into())
    },
    tasks,
    rust: include_str!("pickling.rs"),
    python: include_str!("pickling.py"),
    ..Scenario::PLAIN
};

fn things(what: &str) -> impl Iterator<Item = &'static Thing> {
    THINGS
        .iter()
        .filter(move |(name, _)| what == "all" || what == *name)
}

/// A thing as plain data, which can be put into a queue; none where it is more
/// than that.
fn message(name: &str) -> Option<Value> {
    match name {
        "number" => Some(Value::Int(42)),
        "text" => Some(Value::Text("chai".into())),
        "list" => Some(Value::List(vec![
            Value::Int(1),
            Value::Text("two".into()),
            Value::Float(3.0),
        ])),
        _ => None,
    }
}

/// What is no plain data, made before the processes are: a forked one has it, or
/// a copy of it.
struct Kept {
    function: fn() -> &'static str,
    lambda: Box<dyn Fn() -> &'static str + Send + Sync>,
    nested: Box<dyn Fn() -> String + Send + Sync>,
    lock: Mutex<u32>,
    file: io::Result<(File, u8)>,
    socket: io::Result<(UnixStream, UnixStream)>,
    generator: std::ops::Range<u32>,
}

fn greet() -> &'static str {
    "chai"
}

impl Kept {
    fn new() -> Self {
        let chai = greet().to_owned();
        let file = || {
            let file = File::open(std::env::current_exe()?)?;
            let mut first = [0];
            file.read_exact_at(&mut first, 0)?;
            Ok((file, first[0]))
        };
        Kept {
            function: greet,
            lambda: Box::new(|| "chai"),
            nested: Box::new(move || chai.clone()),
            lock: Mutex::new(42),
            file: file(),
            socket: UnixStream::pair(),
            generator: 0..3,
        }
    }

    /// Uses a thing where it has arrived.
    fn works(&self, name: &str) -> bool {
        let through = |(one, other): &(UnixStream, UnixStream)| -> io::Result<bool> {
            let mut byte = [0];
            io::Write::write_all(&mut &*one, b"c")?;
            io::Read::read_exact(&mut &*other, &mut byte)?;
            Ok(byte == *b"c")
        };
        match name {
            "function" => (self.function)() == "chai",
            "lambda" => (self.lambda)() == "chai",
            "nested" => (self.nested)() == "chai",
            "lock" => self.lock.try_lock().is_ok_and(|held| *held == 42),
            "file" => self.file.as_ref().is_ok_and(|(file, first)| {
                let mut again = [0];
                file.read_exact_at(&mut again, 0).is_ok() && again[0] == *first
            }),
            "socket" => self
                .socket
                .as_ref()
                .is_ok_and(|pair| through(pair).unwrap_or(false)),
            "generator" => self.generator.clone().sum::<u32>() == 3,
            _ => false,
        }
    }
}

fn tasks(lab: &Lab<'static>, p: &Parameters) -> Finish {
    let kept = Arc::new(Kept::new());
    let (what, forked) = (p.word("what").to_owned(), p.start == Start::Fork);
    lab.workers(p.workers as usize);
    for (name, python) in things(&what) {
        let kept = kept.clone();
        lab.task(*name, async move |w| {
            // Made in another process, a result comes back as a message.
            let sent = w.call_known(
                "send it",
                || message(name),
                Duration::ZERO,
                || message(name),
            );
            let sent = sent.await;
            let used = || forked && kept.works(name);
            let works = w.call_known("use it", used, Duration::ZERO, || sent.is_none());
            let here = match (&sent, works.await) {
                (Some(_), _) => "crosses as a message",
                (None, true) => "crosses by fork alone",
                (None, false) => "does not cross",
            };
            let pickled = match python {
                Ok(kind) => format!("Python pickles it, as {kind}"),
                Err(error) => format!("Python does not pickle it: {error}"),
            };
            w.say(format!("{name} {here}; {pickled}"));
            sent
        });
    }
    Box::new(move |_, _, results| {
        let all = || things(&what);
        let crossed = all().zip(results);
        let crossed = crossed.filter(|((name, _), got)| message(name).as_ref() == Some(got));
        let names = crossed.map(|((name, _), _)| Value::Text((*name).into()));
        let names: Vec<Value> = names.collect();
        let pickled = all().filter(|(_, python)| python.is_ok()).count();
        let number = names.len();
        let names = Value::List(names);
        let line = format!(
            "{number} of {} cross as messages: {names}; Python pickles {pickled}",
            all().count()
        );
        (names, line)
    })
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;

    #[test]
    fn plain_data_crosses_as_messages_and_everything_made_before_works() {
        let p = PICKLING.defaults();
        let result = trial::measured(&PICKLING, &p, Model::Threads);
        assert_eq!(result.to_string(), "[number, text, list]");
        assert_eq!((PICKLING.wrong)(&p, &result), None);
        let kept = Kept::new();
        for (name, _) in THINGS {
            assert_ne!(kept.works(name), message(name).is_some(), "{name}");
        }
    }
}
