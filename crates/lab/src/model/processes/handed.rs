//! What a worker process that is started anew is handed: numbers of inherited
//! descriptors, in its environment.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

const VARIABLE: &str = "THREADLAB_WORKER";

/// The descriptors of a process that is to take part in a run.
#[derive(Debug)]
pub(crate) struct Handed {
    memory: OwnedFd,
    pub(super) part: Part,
}

/// What it is to be.
#[derive(Debug)]
pub(super) enum Part {
    /// The worker of this number; its standard output and error are its own
    /// already. It tells over this pipe.
    Worker { hand: usize, told: OwnedFd },
    /// The server that forks the workers, each with the write ends of its three
    /// pipes; it says over this pipe how they ended.
    Server {
        ends: OwnedFd,
        pipes: Vec<[OwnedFd; 3]>,
    },
}

impl Handed {
    /// What this process was handed.
    ///
    /// # Errors
    /// When it was handed nothing that can be used.
    pub(crate) fn from_environment() -> io::Result<Handed> {
        let bad = || {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{VARIABLE} is not set as the run sets it"),
            )
        };
        let value = std::env::var(VARIABLE).map_err(|_| bad())?;
        let mut words = value.split(' ');
        let kind = words.next().ok_or_else(bad)?;
        let numbers: Vec<RawFd> = words
            .map(|word| word.parse().map_err(|_| bad()))
            .collect::<io::Result<_>>()?;
        let (first, rest) = numbers.split_at_checked(2).ok_or_else(bad)?;
        let memory = own(first[0])?;
        let part = match (kind, rest) {
            ("worker", [told]) => Part::Worker {
                hand: usize::try_from(first[1]).map_err(|_| bad())?,
                told: own(*told)?,
            },
            ("server", pipes) => Part::Server {
                ends: own(first[1])?,
                pipes: pipes
                    .chunks_exact(3)
                    .map(|fds| Ok([own(fds[0])?, own(fds[1])?, own(fds[2])?]))
                    .collect::<io::Result<_>>()?,
            },
            _ => return Err(bad()),
        };
        Ok(Handed { memory, part })
    }

    /// The memory that the processes of the run share.
    pub(crate) fn memory(&self) -> io::Result<File> {
        Ok(self.memory.try_clone()?.into())
    }
}

/// Hands a worker's part to the process that a command starts.
pub(super) fn to_worker(command: &mut Command, memory: RawFd, hand: usize, told: &OwnedFd) {
    let told = told.as_raw_fd();
    command.env(VARIABLE, format!("worker {memory} {hand} {told}"));
    inherit(command, vec![memory, told]);
}

/// Hands the server's part to the process that a command starts.
pub(super) fn to_server(
    command: &mut Command,
    memory: RawFd,
    ends: &OwnedFd,
    pipes: &[[OwnedFd; 3]],
) {
    let mut fds = vec![memory, ends.as_raw_fd()];
    fds.extend(pipes.iter().flatten().map(AsRawFd::as_raw_fd));
    let words: Vec<String> = fds.iter().map(RawFd::to_string).collect();
    command.env(VARIABLE, format!("server {}", words.join(" ")));
    inherit(command, fds);
}

/// Keeps descriptors open in the process that a command starts.
fn inherit(command: &mut Command, fds: Vec<RawFd>) {
    let keep = move || {
        for fd in &fds {
            // SAFETY: fcntl on any number is harmless; a bad one is an error.
            if unsafe { libc::fcntl(*fd, libc::F_SETFD, 0) } < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    };
    // SAFETY: between fork and exec it only calls fcntl, which may be called
    // there; it allocates nothing.
    unsafe { command.pre_exec(keep) };
}

/// Takes over a descriptor that was handed to this process.
fn own(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: fcntl on any number is harmless; a bad one is an error.
    if unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, and whoever started this process handed it over for
    // this purpose; nothing else here owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
