//! Frames between a cell's process and the evaluator: a tag, the length of
//! what follows as four bytes (little-endian), and fields that a zero byte
//! separates.
//!
//! The evaluator's child speaks it too and has this file's constants as a copy
//! of its own module, since it does not link this crate.

use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, RawFd};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The environment variable that tells the numbers of the socket to the
/// evaluator, of the pipe that takes a cell's value, and of the one that brings
/// answers, with commas between; what follows is not for cells.
pub const DESCRIPTORS: &str = "THREADLAB_CELL";

/// A thread panicked. Fields: `main` for the cell's own thread, else the
/// thread's name; message; file; line; column.
pub const PANIC: u8 = b'P';
/// A `?` ended the cell. Fields: the error's type; its text.
pub const FAILED: u8 = b'F';
/// Input is wanted. Fields: prompt; `secret` for a password; the question's
/// number.
pub const INPUT: u8 = b'I';
/// A variable that the store holds. Fields: name; type; size in bytes.
pub const VARIABLE: u8 = b'V';
/// The evaluator's answer to [`INPUT`]. Fields: the question's number; the line.
pub const ANSWER: u8 = b'T';
/// The evaluator cannot answer. Fields: the question's number; why.
pub const REFUSED: u8 = b'E';

/// The longest frame that is believed to be one.
const LONGEST: usize = 1 << 30;

/// Numbers of descriptors.
#[derive(Clone, Copy)]
struct Descriptors {
    control: RawFd,
    value: RawFd,
    answers: RawFd,
}

fn descriptors() -> Option<Descriptors> {
    static NUMBERS: OnceLock<Option<Descriptors>> = OnceLock::new();
    *NUMBERS.get_or_init(|| {
        let text = std::env::var(DESCRIPTORS).ok()?;
        let mut numbers = text.split(',').map(|number| number.parse().ok());
        Some(Descriptors {
            control: numbers.next()??,
            value: numbers.next()??,
            answers: numbers.next()??,
        })
    })
}

/// The pipe that takes a cell's value.
pub(crate) fn value_pipe() -> Option<RawFd> {
    Some(descriptors()?.value)
}

/// A descriptor that is not ours to close.
fn borrowed(number: RawFd) -> ManuallyDrop<File> {
    // SAFETY: the number was handed to this process to be used; it is open for
    // as long as the process lives, and ManuallyDrop keeps it so.
    ManuallyDrop::new(unsafe { File::from_raw_fd(number) })
}

/// Sends a frame. Outside of a notebook there is nobody to send it to.
pub fn send(tag: u8, fields: &[&str]) {
    let Some(Descriptors { control, .. }) = descriptors() else {
        return;
    };
    // A field cannot hold the separator; a text that does loses it.
    let body = fields
        .iter()
        .map(|field| field.replace('\0', ""))
        .collect::<Vec<_>>()
        .join("\0");
    let mut frame = vec![tag];
    frame.extend((body.len() as u32).to_le_bytes());
    frame.extend(body.as_bytes());
    // Threads do not come between the parts of a frame.
    static SENDING: Mutex<()> = Mutex::new(());
    let _turn = SENDING.lock().unwrap_or_else(PoisonError::into_inner);
    // Where the evaluator is gone, this process is about to be ended.
    let _ = borrowed(control).write_all(&frame);
}

/// Asks the evaluator for a line: the answer, or why there is none. Threads ask
/// one after another.
///
/// # Errors
/// When the evaluator is gone.
pub(crate) fn ask(prompt: &str, how: &str) -> io::Result<Result<String, String>> {
    static ASKING: Mutex<u64> = Mutex::new(0);
    let mut asked = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
    *asked += 1;
    // A process that ends before its question is answered leaves the answer to
    // whoever reads next, who passes it over by its number.
    let question = format!("{}.{asked}", std::process::id());
    send(INPUT, &[prompt, how, &question]);
    loop {
        let (tag, body) = receive()?;
        let (number, text) = body.split_once('\0').unwrap_or((&body, ""));
        if number == question {
            let text = text.to_owned();
            return Ok(if tag == ANSWER { Ok(text) } else { Err(text) });
        }
    }
}

/// Waits for a frame of answers.
fn receive() -> io::Result<(u8, String)> {
    let Some(Descriptors { answers, .. }) = descriptors() else {
        return Err(io::ErrorKind::NotConnected.into());
    };
    let mut answers = borrowed(answers);
    let mut head = [0; 5];
    answers.read_exact(&mut head)?;
    let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length];
    answers.read_exact(&mut body)?;
    Ok((head[0], String::from_utf8_lossy(&body).into_owned()))
}
