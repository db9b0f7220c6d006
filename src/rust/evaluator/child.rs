//! The evaluator's end of the process in which cells run.

use crate::run::Program;
use crate::rust::frame::{self, Frame, Frames};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::pipe::{Receiver, Sender};

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 16;

/// What is heard of a cell.
#[derive(Debug)]
pub(super) enum Heard {
    Frame(Frame),
    /// Bytes of its standard output or error.
    Printed {
        stderr: bool,
        bytes: Vec<u8>,
    },
    /// Bytes of its value.
    Value(Vec<u8>),
    /// No process is there any more that could tell anything.
    Gone,
}

/// The warden and what is below it. Ended, all of it, when this is dropped.
#[derive(Debug)]
pub(super) struct Child {
    warden: std::process::Child,
    control: UnixStream,
    frames: Frames,
    outputs: [Receiver; 2],
    value: Receiver,
    answers: Sender,
    interrupts: io::PipeWriter,
    /// Cells that it was told to run.
    runs: u64,
    /// Closed at its other end when this is dropped, which ends the warden.
    lifeline: Option<io::PipeWriter>,
}

impl Child {
    /// Starts the process. It has no variables yet.
    ///
    /// # Errors
    /// When the system gives no process or no descriptors.
    pub(super) fn start(program: &Program, environment: &[(String, String)]) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let (value, value_in) = io::pipe()?;
        let (answers_out, answers) = io::pipe()?;
        let (interrupts_out, interrupts) = io::pipe()?;
        let (alive, lifeline) = io::pipe()?;
        let handed: [OwnedFd; 5] = [
            theirs.into(),
            value_in.into(),
            answers_out.into(),
            interrupts_out.into(),
            alive.into(),
        ];
        let numbers = handed.each_ref().map(AsRawFd::as_raw_fd);
        let text = numbers.map(|number| number.to_string()).join(",");
        let mut command = Command::new(&program.path);
        command
            .arg("rust-child")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env(frame::DESCRIPTORS, text)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // SAFETY: between fork and exec the closure calls fcntl only, which
        // may be called there; the numbers are open until the child has begun.
        unsafe { command.pre_exec(move || inherit(numbers)) };
        let mut warden = command.spawn()?;
        let (Some(out), Some(err)) = (warden.stdout.take(), warden.stderr.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Child {
            warden,
            control: UnixStream::from_std(ours)?,
            frames: Frames::default(),
            outputs: [
                Receiver::from_owned_fd(out.into())?,
                Receiver::from_owned_fd(err.into())?,
            ],
            value: Receiver::from_owned_fd(value.into())?,
            answers: Sender::from_owned_fd(answers.into())?,
            interrupts,
            runs: 0,
            lifeline: Some(lifeline),
        })
    }

    /// Tells the process that holds the variables to run a cell, with these
    /// libraries loaded before it.
    ///
    /// # Errors
    /// When it is gone.
    pub(super) async fn run(&mut self, libraries: &[String], shared: &str) -> io::Result<()> {
        self.runs += 1;
        let number = self.runs.to_string();
        let frame = Frame::new(frame::RUN, &[&libraries.join("\n"), shared, &number]);
        let bytes = frame.bytes();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            self.control.writable().await?;
            match self.control.try_write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Answers a cell's question.
    ///
    /// # Errors
    /// When nobody is there.
    pub(super) async fn answer(&mut self, frame: &Frame) -> io::Result<()> {
        self.answers.write_all(&frame.bytes()).await
    }

    /// Has the cell ended that was run last, unless it has come to its end. This
    /// is for cells that have a snapshot, which sees to it.
    pub(super) fn interrupt(&mut self) {
        // Where nobody is there, there is nothing to be ended.
        let _ = self.interrupts.write_all(&self.runs.to_le_bytes());
    }

    /// Waits for what comes next.
    ///
    /// # Errors
    /// When what arrives makes no sense.
    pub(super) async fn next(&mut self) -> io::Result<Heard> {
        loop {
            if let Some(frame) = self.frames.next()? {
                return Ok(Heard::Frame(frame));
            }
            let [out, err] = &self.outputs;
            let (control, value) = (&self.control, &self.value);
            tokio::select! {
                biased;
                bytes = read(out) => if let Some(bytes) = bytes {
                    return Ok(Heard::Printed { stderr: false, bytes });
                },
                bytes = read(err) => if let Some(bytes) = bytes {
                    return Ok(Heard::Printed { stderr: true, bytes });
                },
                bytes = read(value) => if let Some(bytes) = bytes {
                    return Ok(Heard::Value(bytes));
                },
                ready = control.readable() => {
                    ready?;
                    let mut bytes = vec![0; CHUNK];
                    match control.try_read(&mut bytes) {
                        Ok(0) => return Ok(Heard::Gone),
                        Ok(read) => self.frames.take(&bytes[..read]),
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        Err(_) => return Ok(Heard::Gone),
                    }
                }
            }
        }
    }

    /// What was printed and is not read yet.
    pub(super) fn rest(&mut self) -> Vec<Heard> {
        let mut all = vec![];
        let [out, err] = &self.outputs;
        while let Some(bytes) = at_once(out) {
            all.push(Heard::Printed {
                stderr: false,
                bytes,
            });
        }
        while let Some(bytes) = at_once(err) {
            all.push(Heard::Printed {
                stderr: true,
                bytes,
            });
        }
        while let Some(bytes) = at_once(&self.value) {
            all.push(Heard::Value(bytes));
        }
        all
    }

    /// Whether somebody who holds variables is still there.
    pub(super) fn is_there(&self) -> bool {
        let mut byte = 0u8;
        // Between cells nobody says anything: the end is all there is to read.
        // SAFETY: one byte of ours, left where it was.
        let read = unsafe {
            let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
            libc::recv(self.control.as_raw_fd(), (&raw mut byte).cast(), 1, flags)
        };
        read != 0
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // The warden ends once all below it has; killing it would leave that.
        let _ = self.warden.wait();
    }
}

fn inherit(numbers: [RawFd; 5]) -> io::Result<()> {
    for number in numbers {
        // SAFETY: flags of a descriptor, nothing of memory.
        if unsafe { libc::fcntl(number, libc::F_SETFD, 0) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Waits for bytes; none where there were none after all. Never ready again
/// once its writers are gone: that is heard elsewhere.
async fn read(from: &Receiver) -> Option<Vec<u8>> {
    if from.readable().await.is_err() {
        std::future::pending::<()>().await;
    }
    let mut bytes = vec![0; CHUNK];
    match from.try_read(&mut bytes) {
        Ok(0) => std::future::pending().await,
        Ok(read) => {
            bytes.truncate(read);
            Some(bytes)
        }
        Err(_) => None,
    }
}

/// Bytes that are there already.
fn at_once(from: &Receiver) -> Option<Vec<u8>> {
    // Not `try_read`: that asks the system only where the runtime has seen the
    // pipe to be ready, for which it looks only when something waits.
    let pipe = from.as_fd().try_clone_to_owned().ok()?;
    let mut bytes = vec![0; CHUNK];
    match File::from(pipe).read(&mut bytes) {
        Ok(read) if read > 0 => {
            bytes.truncate(read);
            Some(bytes)
        }
        _ => None,
    }
}

/// Ends a process that runs a cell without a snapshot.
pub(super) fn kill(process: i32) {
    // SAFETY: a process that the child has told is the cell's.
    unsafe { libc::kill(process, libc::SIGKILL) };
}
