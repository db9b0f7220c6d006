//! Where the events of a run go: to the kernel over a channel, into memory
//! when the library is used alone, or nowhere in repetitions that are only
//! counted.

use crate::trace::channel::{Rings, Writer};
use crate::trace::event::{Event, TEXT_PER_EVENT};
use std::sync::{Arc, Mutex, PoisonError};

/// Takes events from all threads of one process.
#[derive(Debug)]
pub struct Recorder(Sink);

#[derive(Debug)]
enum Sink {
    Nowhere,
    Memory(Mutex<Vec<Event>>),
    Channel(Arc<Rings>, Mutex<(Writer, Vec<u8>)>),
}

impl Recorder {
    /// Forgets everything.
    pub fn nowhere() -> Self {
        Recorder(Sink::Nowhere)
    }

    /// Keeps events for the run's own trace.
    pub fn memory() -> Self {
        Recorder(Sink::Memory(Mutex::default()))
    }

    /// Sends events to the kernel; none when every ring is in use.
    pub fn channel(rings: Arc<Rings>) -> Option<Self> {
        let writer = rings.claim()?;
        Some(Recorder(Sink::Channel(rings, Mutex::new((writer, vec![])))))
    }

    /// The recorder of a process that is about to be forked from this one.
    /// It must be made before the fork: a ring has one writer.
    pub(crate) fn for_child(&self) -> Option<Self> {
        match &self.0 {
            Sink::Nowhere => Some(Self::nowhere()),
            Sink::Memory(_) => Some(Self::memory()),
            Sink::Channel(rings, _) => Self::channel(rings.clone()),
        }
    }

    /// Whether events are kept at all.
    pub(crate) fn records(&self) -> bool {
        !matches!(self.0, Sink::Nowhere)
    }

    /// Records one event.
    pub fn record(&self, event: Event) {
        match &self.0 {
            Sink::Nowhere => {}
            Sink::Memory(events) => {
                events
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(event);
            }
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
        match &self.0 {
            Sink::Memory(events) => {
                std::mem::take(&mut *events.lock().unwrap_or_else(PoisonError::into_inner))
            }
            _ => vec![],
        }
    }
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
