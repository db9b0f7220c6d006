//! Where the events of a run go: to the kernel over a channel, into memory
//! when the library is used alone, or nowhere in repetitions that are only
//! counted.

use crate::trace::channel::{Rings, Writer};
use crate::trace::event::{Event, TEXT_PER_EVENT};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

/// Takes events from all threads of one process.
#[derive(Debug)]
pub struct Recorder {
    sink: Sink,
    /// What comes from now on is no part of the run any more.
    stopped: AtomicBool,
}

#[derive(Debug)]
enum Sink {
    Nowhere,
    Memory {
        events: Mutex<Vec<Event>>,
        /// Whether what worker processes write goes to this one's standard output
        /// and error, and what is said to its output too.
        aloud: Option<bool>,
    },
    Channel(Arc<Rings>, Mutex<(Writer, Vec<u8>)>),
    Parent(Parent),
}

/// What takes the events of a process that has no ring.
struct Parent(Box<dyn Fn(&Event) + Send + Sync>);

impl std::fmt::Debug for Parent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parent")
    }
}

impl Recorder {
    /// Forgets everything.
    pub fn nowhere() -> Self {
        Self::of(Sink::Nowhere)
    }

    /// Keeps events for the run's own trace.
    pub fn memory() -> Self {
        Self::of(Sink::Memory {
            events: Mutex::default(),
            aloud: None,
        })
    }

    /// The same; what worker processes write goes to this process's standard
    /// output and error as it comes, and what workers say too, if it is to show.
    pub fn aloud(says: bool) -> Self {
        Self::of(Sink::Memory {
            events: Mutex::default(),
            aloud: Some(says),
        })
    }

    /// Hands each event to `take`.
    pub(crate) fn to(take: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self::of(Sink::Parent(Parent(Box::new(take))))
    }

    fn of(sink: Sink) -> Self {
        Recorder {
            sink,
            stopped: AtomicBool::new(false),
        }
    }

    /// Takes nothing any more: the run is over, though workers may still do
    /// something.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, SeqCst);
    }

    /// Sends events to the kernel; none when every ring is in use.
    pub fn channel(rings: Arc<Rings>) -> Option<Self> {
        let writer = rings.claim()?;
        Some(Self::of(Sink::Channel(rings, Mutex::new((writer, vec![])))))
    }

    /// The recorder of a process that is about to be forked from this one.
    /// It must be made before the fork: a ring has one writer.
    pub(crate) fn for_child(&self) -> Option<Self> {
        match &self.sink {
            Sink::Nowhere => Some(Self::nowhere()),
            // Handed over to the parent, once there is a way to it.
            Sink::Memory { .. } | Sink::Parent(_) => Some(Self::memory()),
            Sink::Channel(rings, _) => Self::channel(rings.clone()),
        }
    }

    /// Whether events are kept at all.
    pub(crate) fn records(&self) -> bool {
        !matches!(self.sink, Sink::Nowhere)
    }

    /// Whether events are kept in this process's own memory.
    pub(crate) fn keeps(&self) -> bool {
        matches!(self.sink, Sink::Memory { .. })
    }

    /// Records one event.
    pub fn record(&self, event: Event) {
        if self.stopped.load(SeqCst) {
            return;
        }
        match &self.sink {
            Sink::Nowhere => {}
            Sink::Memory { events, aloud } => {
                let mut events = events.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(says) = aloud {
                    tell(&event, *says);
                }
                events.push(event);
            }
            Sink::Parent(Parent(take)) => take(&event),
            Sink::Channel(_, writer) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                let (writer, bytes) = &mut *writer;
                bytes.clear();
                event.encode(bytes);
                writer.publish(bytes);
            }
        }
    }

    /// Records what somebody said, in as many events as it takes.
    pub fn say(&self, worker: Option<u32>, at: u64, text: &str) {
        self.in_parts(text, |text, more| Event::Said {
            worker,
            at,
            text,
            more,
        });
    }

    /// Records what a run found, in as many events as it takes.
    pub fn report(&self, text: &str) {
        self.in_parts(text, |text, more| Event::Report { text, more });
    }

    fn in_parts(&self, text: &str, event: impl Fn(String, bool) -> Event) {
        if !self.records() {
            return;
        }
        let mut rest = text;
        loop {
            let part = &rest[..rest.floor_char_boundary(TEXT_PER_EVENT)];
            rest = &rest[part.len()..];
            self.record(event(part.into(), !rest.is_empty()));
            if rest.is_empty() {
                return;
            }
        }
    }

    /// The events kept so far, which are then forgotten.
    pub(crate) fn taken(&self) -> Vec<Event> {
        match &self.sink {
            Sink::Memory { events, .. } => {
                std::mem::take(&mut *events.lock().unwrap_or_else(PoisonError::into_inner))
            }
            _ => vec![],
        }
    }
}

/// Writes to standard output or error what somebody said. Nobody may be there
/// to hear it, which is no reason to fail.
fn tell(event: &Event, says: bool) {
    let _ = match event {
        Event::Said { text, more, .. } if says => {
            let end = if *more { "" } else { "\n" };
            let mut out = io::stdout().lock();
            write!(out, "{text}{end}").and_then(|()| out.flush())
        }
        Event::Raw {
            stderr: true,
            bytes,
            ..
        } => io::stderr().write_all(bytes),
        Event::Raw { bytes, .. } => {
            let mut out = io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        _ => Ok(()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_told_in_parts_that_make_the_whole() {
        let recorder = Recorder::memory();
        let text = "ü".repeat(TEXT_PER_EVENT);
        recorder.say(Some(1), 0, &text);
        let mut whole = String::new();
        let events = recorder.taken();
        let last = events.len() - 1;
        for (at, event) in events.into_iter().enumerate() {
            let Event::Said { text, more, .. } = event else {
                panic!("{event:?}")
            };
            assert!(text.len() <= TEXT_PER_EVENT);
            assert_eq!(more, at < last);
            whole.push_str(&text);
        }
        assert_eq!(whole, text);
    }
}
