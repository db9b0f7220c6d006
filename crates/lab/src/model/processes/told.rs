//! What a worker process tells its parent over a pipe of its own: frames of a
//! length (u32, little-endian), a tag, and the bytes of one event.

use crate::trace::event::Event;
use std::fs::File;
use std::io::Write;

/// One thing told.
#[derive(Debug, PartialEq)]
pub(super) enum Told {
    /// It begins this task; with the number of its process.
    Begins(u32, u32),
    /// Something for the trace, from a process that has no channel.
    Event(Event),
    /// A task's end.
    End(Event),
    /// It waits for what another process will never let go.
    Stuck,
}

const BEGINS: u8 = 0;
const EVENT: u8 = 1;
const END: u8 = 2;
const STUCK: u8 = 3;

/// The writing end.
pub(super) struct Teller(pub(super) Option<File>);

impl Teller {
    pub(super) fn begins(&mut self, worker: u32) {
        self.frame(BEGINS, |frame| {
            frame.extend(worker.to_le_bytes());
            frame.extend(std::process::id().to_le_bytes());
        });
    }

    pub(super) fn event(&mut self, event: &Event) {
        self.frame(EVENT, |frame| event.encode(frame));
    }

    pub(super) fn end(&mut self, event: &Event) {
        self.frame(END, |frame| event.encode(frame));
    }

    pub(super) fn stuck(&mut self) {
        self.frame(STUCK, |_| ());
    }

    fn frame(&mut self, tag: u8, fill: impl FnOnce(&mut Vec<u8>)) {
        let mut frame = vec![0; 4];
        frame.push(tag);
        fill(&mut frame);
        let length = (frame.len() - 4) as u32;
        frame[..4].copy_from_slice(&length.to_le_bytes());
        // A parent that is gone needs no word any more.
        if let Some(pipe) = &mut self.0 {
            let _ = pipe.write_all(&frame);
        }
    }
}

/// What was read of it so far.
#[derive(Default)]
pub(super) struct Heard(Vec<u8>);

impl Heard {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    /// The next whole frame; none while it has not come. What cannot be read is
    /// passed over.
    pub(super) fn next(&mut self) -> Option<Told> {
        loop {
            let (length, rest) = self.0.split_first_chunk()?;
            let length = u32::from_le_bytes(*length) as usize;
            let told = read(rest.get(..length)?);
            self.0.drain(..4 + length);
            if told.is_some() {
                return told;
            }
        }
    }
}

fn read(frame: &[u8]) -> Option<Told> {
    let (tag, bytes) = frame.split_first()?;
    match *tag {
        BEGINS => {
            let (worker, pid) = bytes.split_first_chunk()?;
            let pid = pid.try_into().ok()?;
            Some(Told::Begins(
                u32::from_le_bytes(*worker),
                u32::from_le_bytes(pid),
            ))
        }
        EVENT => Event::decode(bytes).map(Told::Event),
        END => Event::decode(bytes).map(Told::End),
        STUCK => Some(Told::Stuck),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_in_whatever_pieces_they_come() {
        let event = Event::Began { at: 7 };
        let mut frames = vec![];
        for tag in [EVENT, 9, END] {
            let mut frame = vec![tag];
            event.encode(&mut frame);
            frames.extend((frame.len() as u32).to_le_bytes());
            frames.extend(frame);
        }
        let mut heard = Heard::default();
        let mut told = vec![];
        for byte in frames {
            heard.take(&[byte]);
            told.extend(heard.next());
        }
        let again = Event::Began { at: 7 };
        assert_eq!(told, [Told::Event(event), Told::End(again)]);
    }
}
