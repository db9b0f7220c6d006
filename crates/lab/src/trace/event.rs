//! What a worker tells while it runs, and how that is written as bytes.
//!
//! The encoding is private to one build of Threadlab: both ends of a channel
//! are the same binary, or a cell compiled against the copy that it carries.
//! Integers are little-endian; text is its length and its UTF-8 bytes.

use super::{Activity, Ending};
use crate::value::Value;

/// Spans that one worker records; more are counted only, since recording
/// would change what is recorded.
pub const SPANS_PER_WORKER: u32 = 2_000;

/// The same where virtual time stands still meanwhile.
pub const SIMULATED_SPANS_PER_WORKER: u32 = 5_000;

/// Text longer than this is told in several events.
pub const TEXT_PER_EVENT: usize = 32 * 1024;

/// One thing that a run tells. Stamps are nanoseconds of CLOCK_MONOTONIC.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The traced repetition begins; the trace counts from here.
    Began {
        /// When.
        at: u64,
    },
    /// A worker will carry out the task of this name.
    Worker {
        /// Its number.
        worker: u32,
        /// The task's name.
        name: String,
    },
    /// The worker's first statement is about to run.
    Started {
        /// Its number.
        worker: u32,
        /// When.
        at: u64,
        /// Process that carries it out.
        pid: u32,
    },
    /// A worker, or the run itself, said something.
    Said {
        /// Who; none for the run.
        worker: Option<u32>,
        /// When.
        at: u64,
        /// The text, or a part of it.
        text: String,
        /// Whether the rest of the text follows in the next event.
        more: bool,
    },
    /// A span begins.
    Opened {
        /// Whose.
        worker: u32,
        /// Its number among the worker's spans.
        span: u32,
        /// When.
        at: u64,
        /// What the worker does.
        activity: Activity,
        /// The lock's or the wait's name.
        label: String,
    },
    /// A span ends.
    Closed {
        /// Whose.
        worker: u32,
        /// Its number among the worker's spans.
        span: u32,
        /// When.
        at: u64,
    },
    /// Something will be counted, from 0.
    Counter {
        /// What.
        name: String,
        /// The most that there can be; none for any number.
        capacity: Option<u64>,
    },
    /// Something that is counted has this value from now on.
    Counted {
        /// What.
        name: String,
        /// When.
        at: u64,
        /// The value.
        value: f64,
    },
    /// A worker went on that another one had let go on.
    Woken {
        /// Who let it.
        from: u32,
        /// When.
        at: u64,
        /// Who went on.
        to: u32,
        /// When.
        then: u64,
        /// Name of the lock.
        object: String,
    },
    /// A worker is done.
    Ended {
        /// Its number.
        worker: u32,
        /// When.
        at: u64,
        /// How.
        ending: Ending,
        /// What its task returned.
        result: Value,
        /// Spans that were not recorded.
        omitted: u64,
    },
    /// A worker process is gone.
    Gone {
        /// The worker that it was at last.
        worker: u32,
        /// Its exit status; a signal that ended it as a negative number, as
        /// Python's `Process.exitcode` has it.
        code: i32,
        /// The most memory that it had resident, in bytes.
        peak: u64,
    },
    /// Bytes that a process wrote to its standard output or error.
    Raw {
        /// The worker process; none where it cannot be told.
        worker: Option<u32>,
        /// Standard error rather than output.
        stderr: bool,
        /// What it wrote.
        bytes: Vec<u8>,
    },
    /// A repetition is finished.
    Sampled {
        /// How long it took.
        elapsed: u64,
        /// Processor time that it used.
        cpu: u64,
        /// What the scenario came to.
        result: Value,
    },
    /// What a run found that is no trace, as text of the program's own, or a
    /// part of it.
    Report {
        /// The text.
        text: String,
        /// Whether the rest of the text follows in the next event.
        more: bool,
    },
    /// The run could not be carried out.
    Failed {
        /// Why, and what to do.
        message: String,
    },
}

impl Event {
    /// Appends the event's bytes to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut w = Pen(out);
        match self {
            Event::Began { at } => w.tag(0).u64(*at),
            Event::Worker { worker, name } => w.tag(1).u32(*worker).text(name),
            Event::Started { worker, at, pid } => w.tag(2).u32(*worker).u64(*at).u32(*pid),
            Event::Said {
                worker,
                at,
                text,
                more,
            } => w
                .tag(3)
                .who(*worker)
                .u64(*at)
                .tag(u8::from(*more))
                .text(text),
            Event::Opened {
                worker,
                span,
                at,
                activity,
                label,
            } => w
                .tag(4)
                .u32(*worker)
                .u32(*span)
                .u64(*at)
                .tag(*activity as u8)
                .text(label),
            Event::Closed { worker, span, at } => w.tag(5).u32(*worker).u32(*span).u64(*at),
            Event::Ended {
                worker,
                at,
                ending,
                result,
                omitted,
            } => w
                .tag(6)
                .u32(*worker)
                .u64(*at)
                .u64(*omitted)
                .ending(ending)
                .value(result),
            Event::Raw {
                worker,
                stderr,
                bytes,
            } => w.tag(7).who(*worker).tag(u8::from(*stderr)).bytes(bytes),
            Event::Sampled {
                elapsed,
                cpu,
                result,
            } => w.tag(8).u64(*elapsed).u64(*cpu).value(result),
            Event::Failed { message } => w.tag(9).text(message),
            Event::Woken {
                from,
                at,
                to,
                then,
                object,
            } => w
                .tag(12)
                .u32(*from)
                .u64(*at)
                .u32(*to)
                .u64(*then)
                .text(object),
            Event::Gone { worker, code, peak } => {
                w.tag(13).u32(*worker).u32(*code as u32).u64(*peak)
            }
            Event::Report { text, more } => w.tag(11).tag(u8::from(*more)).text(text),
            // No capacity is one of 0.
            Event::Counter { name, capacity } => w.tag(14).u64(capacity.unwrap_or(0)).text(name),
            Event::Counted { name, at, value } => {
                w.tag(10).u64(*at).u64(value.to_bits()).text(name)
            }
        };
    }

    /// Reads one event from the whole of `bytes`; none when they are not one.
    pub fn decode(bytes: &[u8]) -> Option<Event> {
        let mut r = Eye(bytes);
        let event = match r.tag()? {
            0 => Event::Began { at: r.u64()? },
            1 => Event::Worker {
                worker: r.u32()?,
                name: r.text()?,
            },
            2 => Event::Started {
                worker: r.u32()?,
                at: r.u64()?,
                pid: r.u32()?,
            },
            3 => {
                let (worker, at, more) = (r.who()?, r.u64()?, r.tag()? != 0);
                Event::Said {
                    worker,
                    at,
                    more,
                    text: r.text()?,
                }
            }
            4 => Event::Opened {
                worker: r.u32()?,
                span: r.u32()?,
                at: r.u64()?,
                activity: r.activity()?,
                label: r.text()?,
            },
            5 => Event::Closed {
                worker: r.u32()?,
                span: r.u32()?,
                at: r.u64()?,
            },
            6 => {
                let (worker, at, omitted) = (r.u32()?, r.u64()?, r.u64()?);
                let (ending, result) = (r.ending()?, r.value(0)?);
                Event::Ended {
                    worker,
                    at,
                    ending,
                    result,
                    omitted,
                }
            }
            7 => Event::Raw {
                worker: r.who()?,
                stderr: r.tag()? != 0,
                bytes: r.bytes()?.to_vec(),
            },
            8 => Event::Sampled {
                elapsed: r.u64()?,
                cpu: r.u64()?,
                result: r.value(0)?,
            },
            9 => Event::Failed { message: r.text()? },
            10 => {
                let (at, value) = (r.u64()?, f64::from_bits(r.u64()?));
                Event::Counted {
                    at,
                    value,
                    name: r.text()?,
                }
            }
            14 => {
                let capacity = Some(r.u64()?).filter(|most| *most > 0);
                Event::Counter {
                    capacity,
                    name: r.text()?,
                }
            }
            11 => {
                let more = r.tag()? != 0;
                Event::Report {
                    more,
                    text: r.text()?,
                }
            }
            12 => {
                let (from, at, to, then) = (r.u32()?, r.u64()?, r.u32()?, r.u64()?);
                Event::Woken {
                    from,
                    at,
                    to,
                    then,
                    object: r.text()?,
                }
            }
            13 => Event::Gone {
                worker: r.u32()?,
                code: r.u32()? as i32,
                peak: r.u64()?,
            },
            _ => return None,
        };
        r.0.is_empty().then_some(event)
    }
}

/// Appends a value's bytes.
pub(crate) fn pack(value: &Value, out: &mut Vec<u8>) {
    Pen(out).value(value);
}

/// The value of these bytes.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Value> {
    Eye(bytes).value(0)
}

struct Pen<'a>(&'a mut Vec<u8>);

impl Pen<'_> {
    fn tag(&mut self, tag: u8) -> &mut Self {
        self.0.push(tag);
        self
    }
    fn u32(&mut self, n: u32) -> &mut Self {
        self.0.extend(n.to_le_bytes());
        self
    }
    fn u64(&mut self, n: u64) -> &mut Self {
        self.0.extend(n.to_le_bytes());
        self
    }
    fn who(&mut self, worker: Option<u32>) -> &mut Self {
        self.u32(worker.unwrap_or(u32::MAX))
    }
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.u32(bytes.len() as u32);
        self.0.extend(bytes);
        self
    }
    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }
    fn ending(&mut self, ending: &Ending) -> &mut Self {
        match ending {
            Ending::Running => self.tag(0),
            Ending::Returned => self.tag(1),
            Ending::Panicked(message) => self.tag(2).text(message),
            Ending::Exited(status) => self.tag(3).u32(*status as u32),
            Ending::Killed(signal) => self.tag(4).u32(*signal as u32),
        }
    }
    fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::None => self.tag(0),
            Value::Bool(b) => self.tag(1).tag(u8::from(*b)),
            Value::Int(i) => self.tag(2).u64(*i as u64),
            Value::Float(x) => self.tag(3).u64(x.to_bits()),
            Value::UInt(u) => self.tag(6).u64(*u),
            Value::Text(text) => self.tag(4).text(text),
            Value::List(items) => {
                self.tag(5).u32(items.len() as u32);
                for item in items {
                    self.value(item);
                }
                self
            }
        }
    }
}

struct Eye<'a>(&'a [u8]);

/// Lists in lists deeper than this are refused rather than followed.
const DEPTH: u32 = 64;

impl<'a> Eye<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }
    fn tag(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }
    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
    fn who(&mut self) -> Option<Option<u32>> {
        Some(Some(self.u32()?).filter(|&n| n != u32::MAX))
    }
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let n = self.u32()? as usize;
        self.take(n)
    }
    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
    fn activity(&mut self) -> Option<Activity> {
        [
            Activity::Working,
            Activity::Waiting,
            Activity::Blocked,
            Activity::Holding,
        ]
        .get(usize::from(self.tag()?))
        .copied()
    }
    fn ending(&mut self) -> Option<Ending> {
        Some(match self.tag()? {
            0 => Ending::Running,
            1 => Ending::Returned,
            2 => Ending::Panicked(self.text()?),
            3 => Ending::Exited(self.u32()? as i32),
            4 => Ending::Killed(self.u32()? as i32),
            _ => return None,
        })
    }
    fn value(&mut self, depth: u32) -> Option<Value> {
        Some(match self.tag()? {
            0 => Value::None,
            1 => Value::Bool(self.tag()? != 0),
            2 => Value::Int(self.u64()? as i64),
            3 => Value::Float(f64::from_bits(self.u64()?)),
            4 => Value::Text(self.text()?),
            6 => Value::UInt(self.u64()?),
            5 if depth < DEPTH => {
                let n = self.u32()?;
                (0..n)
                    .map(|_| self.value(depth + 1))
                    .collect::<Option<_>>()
                    .map(Value::List)?
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Event> {
        vec![
            Event::Began { at: 7 },
            Event::Worker {
                worker: 0,
                name: "milk & <bun> ü".into(),
            },
            Event::Started {
                worker: 0,
                at: 8,
                pid: 42,
            },
            Event::Said {
                worker: None,
                at: 9,
                text: "ready".into(),
                more: true,
            },
            Event::Opened {
                worker: 3,
                span: 1,
                at: 10,
                activity: Activity::Holding,
                label: "fork".into(),
            },
            Event::Closed {
                worker: 3,
                span: 1,
                at: 11,
            },
            Event::Ended {
                worker: 3,
                at: 12,
                ending: Ending::Panicked("oh".into()),
                result: Value::List(vec![Value::Int(-1), Value::Float(0.5), Value::None]),
                omitted: 3,
            },
            Event::Raw {
                worker: Some(1),
                stderr: true,
                bytes: vec![0xff, 0],
            },
            Event::Sampled {
                elapsed: 1,
                cpu: 2,
                result: Value::Bool(true),
            },
            Event::Woken {
                from: 0,
                at: 1,
                to: 2,
                then: 3,
                object: "lock".into(),
            },
            Event::Report {
                text: "{}".into(),
                more: true,
            },
            Event::Counted {
                name: "queue".into(),
                at: 4,
                value: 2.0,
            },
            Event::Failed {
                message: "no threads left".into(),
            },
        ]
    }

    #[test]
    fn every_event_comes_back_as_it_was() {
        for event in samples() {
            let mut bytes = vec![];
            event.encode(&mut bytes);
            assert_eq!(Event::decode(&bytes), Some(event));
        }
    }

    #[test]
    fn bytes_cut_short_are_not_an_event() {
        for event in samples() {
            let mut bytes = vec![];
            event.encode(&mut bytes);
            for end in 0..bytes.len() {
                assert_eq!(Event::decode(&bytes[..end]), None, "{event:?} cut at {end}");
            }
        }
    }
}
