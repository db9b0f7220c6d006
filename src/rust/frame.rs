//! Frames between the evaluator and its child: a tag, the length of what
//! follows as four bytes (little-endian), and fields that a zero byte
//! separates. `crates/cell/src/wire.rs` speaks the same from within a cell.

use std::io::{self, Read, Write};

/// The environment variable that tells the child its descriptors, with commas
/// between: the socket, the pipe for values, that of answers, that of
/// interrupts, and the lifeline.
pub const DESCRIPTORS: &str = "THREADLAB_CELL";

/// To the child: run a cell. Fields: the libraries to be loaded before it, with
/// a newline between; the cell's shared object; the run's number, by which
/// interrupts name it.
pub const RUN: u8 = b'R';
/// From the child: a cell begins. Fields: the process that runs it; `snapshot`,
/// or why it runs without one.
pub const STARTED: u8 = b'S';
/// From the child: the cell came to its end. One field: nanoseconds it took.
pub const DONE: u8 = b'D';
/// From the child: the cell failed and said why; variables are as they were
/// before it unless there was no snapshot.
pub const FAILED: u8 = b'X';
/// From the child: the cell's process died, and variables are as they were
/// before it. Fields: `signal` or `exit`; the number.
pub const DIED: u8 = b'K';
/// From the child: the cell cannot be loaded. One field: why.
pub const UNLOADABLE: u8 = b'U';
/// From a cell: see `crates/cell/src/wire.rs`.
pub const PANIC: u8 = b'P';
/// From a cell: a `?` ended it.
pub const ERROR: u8 = b'F';
/// From a cell: input is wanted.
pub const INPUT: u8 = b'I';
/// From a cell: a variable that the store holds.
pub const VARIABLE: u8 = b'V';
/// To a cell: the input. Fields: the number of the question; the line.
pub const ANSWER: u8 = b'T';
/// To a cell: there is no input. Fields: the number of the question; why.
pub const REFUSED: u8 = b'E';

/// The longest frame that is believed to be one.
const LONGEST: usize = 1 << 30;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is about.
    pub tag: u8,
    body: String,
}

impl Frame {
    /// A message of fields, none of which holds a zero byte.
    pub fn new(tag: u8, fields: &[&str]) -> Self {
        let body = fields.join("\0");
        Frame { tag, body }
    }

    /// A field; empty where there is none.
    pub fn field(&self, at: usize) -> &str {
        self.body.split('\0').nth(at).unwrap_or("")
    }

    /// As it goes over the socket.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.tag];
        bytes.extend((self.body.len() as u32).to_le_bytes());
        bytes.extend(self.body.as_bytes());
        bytes
    }

    /// Sends it.
    ///
    /// # Errors
    /// When the other end is gone.
    pub fn send(&self, mut to: impl Write) -> io::Result<()> {
        to.write_all(&self.bytes())
    }

    /// Waits for one; none at the end.
    ///
    /// # Errors
    /// When it breaks off, or is none.
    pub fn receive(mut from: impl Read) -> io::Result<Option<Frame>> {
        let mut head = [0; 5];
        match from.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let mut body = vec![0; length(&head)?];
        from.read_exact(&mut body)?;
        Ok(Some(Frame::of(head[0], body)))
    }

    fn of(tag: u8, body: Vec<u8>) -> Frame {
        let body = String::from_utf8_lossy(&body).into_owned();
        Frame { tag, body }
    }
}

fn length(head: &[u8; 5]) -> io::Result<usize> {
    let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if length > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of {length} bytes is none"),
        ));
    }
    Ok(length)
}

/// Puts frames together from what arrives.
#[derive(Debug, Default)]
pub struct Frames(Vec<u8>);

impl Frames {
    /// Takes bytes in.
    pub fn take(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The next whole frame.
    ///
    /// # Errors
    /// When what arrived is no frame.
    pub fn next(&mut self) -> io::Result<Option<Frame>> {
        let Some(head) = self.0.first_chunk::<5>() else {
            return Ok(None);
        };
        let end = 5 + length(head)?;
        if self.0.len() < end {
            return Ok(None);
        }
        let rest = self.0.split_off(end);
        let mut frame = std::mem::replace(&mut self.0, rest);
        Ok(Some(Frame::of(frame[0], frame.split_off(5))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_arrives_as_it_was_sent_in_whatever_pieces() {
        let sent = Frame::new(RUN, &["a\nb", "", "c"]);
        let mut frames = Frames::default();
        for byte in sent.bytes() {
            assert_eq!(frames.next().unwrap(), None);
            frames.take(&[byte]);
        }
        let got = frames.next().unwrap().unwrap();
        assert_eq!(
            (got.field(0), got.field(2), got.field(9)),
            ("a\nb", "c", "")
        );
        assert_eq!(got, sent);
        assert_eq!(Frame::receive(&*sent.bytes()).unwrap(), Some(sent));
        assert_eq!(Frame::receive(&[][..]).unwrap(), None);
    }

    #[test]
    fn cells_speak_the_same() {
        let theirs = include_str!("../../crates/cell/src/wire.rs");
        for (name, tag) in [
            ("PANIC", PANIC),
            ("FAILED", ERROR),
            ("INPUT", INPUT),
            ("VARIABLE", VARIABLE),
            ("ANSWER", ANSWER),
            ("REFUSED", REFUSED),
        ] {
            let line = format!("pub const {name}: u8 = b'{}';", char::from(tag));
            assert!(theirs.contains(&line), "{line}");
        }
        assert!(theirs.contains(&format!("{DESCRIPTORS:?}")));
    }

    #[test]
    fn a_length_that_cannot_be_is_refused() {
        let mut frames = Frames::default();
        frames.take(&[RUN, 255, 255, 255, 255]);
        assert!(frames.next().is_err());
    }
}
