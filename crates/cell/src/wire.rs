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
use std::sync::OnceLock;

/// The environment variable that tells the numbers of the socket to the
/// evaluator and of the pipe that takes a cell's value, with commas between.
pub const DESCRIPTORS: &str = "THREADLAB_CELL";

/// A thread panicked. Fields: `main` for the cell's own thread, else the
/// thread's name; message; file; line; column.
pub const PANIC: u8 = b'P';
/// A `?` ended the cell. Fields: the error's type; its text.
pub const FAILED: u8 = b'F';
/// Input is wanted. Fields: prompt; `secret` for a password.
pub const INPUT: u8 = b'I';
/// A variable that the store holds. Fields: name; type; size in bytes.
pub const VARIABLE: u8 = b'V';
/// The evaluator's answer to [`INPUT`]. One field.
pub const ANSWER: u8 = b'T';
/// The evaluator cannot answer. One field: why.
pub const REFUSED: u8 = b'E';

/// The longest frame that is believed to be one.
const LONGEST: usize = 1 << 30;

fn descriptors() -> Option<(RawFd, RawFd)> {
    static NUMBERS: OnceLock<Option<(RawFd, RawFd)>> = OnceLock::new();
    *NUMBERS.get_or_init(|| {
        let text = std::env::var(DESCRIPTORS).ok()?;
        let mut numbers = text.split(',').map(|number| number.parse().ok());
        Some((numbers.next()??, numbers.next()??))
    })
}

/// The pipe that takes a cell's value.
pub(crate) fn value_pipe() -> Option<RawFd> {
    Some(descriptors()?.1)
}

/// A descriptor that is not ours to close.
fn borrowed(number: RawFd) -> ManuallyDrop<File> {
    // SAFETY: the number was handed to this process to be used; it is open for
    // as long as the process lives, and ManuallyDrop keeps it so.
    ManuallyDrop::new(unsafe { File::from_raw_fd(number) })
}

/// Sends a frame. Outside of a notebook there is nobody to send it to.
pub fn send(tag: u8, fields: &[&str]) {
    let Some((control, _)) = descriptors() else {
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
    // Where the evaluator is gone, this process is about to be ended.
    let _ = borrowed(control).write_all(&frame);
}

/// Waits for a frame.
///
/// # Errors
/// When the evaluator is gone.
pub(crate) fn receive() -> io::Result<(u8, String)> {
    let Some((control, _)) = descriptors() else {
        return Err(io::ErrorKind::NotConnected.into());
    };
    let mut control = borrowed(control);
    let mut head = [0; 5];
    control.read_exact(&mut head)?;
    let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length];
    control.read_exact(&mut body)?;
    Ok((head[0], String::from_utf8_lossy(&body).into_owned()))
}
