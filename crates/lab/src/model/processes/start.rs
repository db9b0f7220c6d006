//! How worker processes come about.

use super::told::Heard;
use super::{Crew, TOLD, child, handed};
use crate::model::gate::Gate;
use crate::model::task::Task;
use crate::settings::{Relaunch, RunError, Start};
use crate::trace::channel::{SLOTS, pipe};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Stdio;
use std::sync::Arc;

/// A worker process as the run sees it.
pub(super) struct Child {
    /// The task that it is at; first the one that was made its own.
    pub(super) at: Option<u32>,
    /// The task that it was at last: what it writes is taken for that one's.
    pub(super) last: Option<u32>,
    pub(super) life: Life,
    /// The read ends; each is dropped at its end.
    pub(super) pipes: [Option<File>; 3],
    pub(super) heard: Heard,
    /// Its number, once it has told it.
    pub(super) pid: Option<u32>,
    pub(super) dismissed: bool,
}

/// Who knows how a process ends.
pub(super) enum Life {
    /// This process, whose child it is.
    Own(libc::pid_t),
    /// The server that forked it, as this number.
    Served(usize),
}

impl Child {
    fn new(hand: usize, life: Life, reads: [OwnedFd; 3]) -> Self {
        Child {
            at: Some(hand as u32),
            last: Some(hand as u32),
            life,
            pipes: reads.map(|fd| Some(File::from(fd))),
            heard: Heard::default(),
            pid: None,
            dismissed: false,
        }
    }

    /// Asks a process to end, once, that is at a task which nobody waits for.
    pub(super) fn dismiss(&mut self, tasks: &[Task<'_>]) {
        let daemon = |task: u32| tasks.get(task as usize).is_some_and(|task| task.daemon);
        if let (Some(pid), false, true) = (self.pid, self.dismissed, self.at.is_some_and(daemon)) {
            self.dismissed = true;
            // SAFETY: kill takes plain numbers. The process is at a task: as a
            // child of this one its number is its own; one of the server's that
            // has ended in this moment has left its number a moment ago, which
            // the system gives to another only when it has gone through all.
            unsafe { libc::kill(pid as libc::pid_t, libc::SIGTERM) };
        }
    }

    /// Ends it at once, where it is a child of this process that nobody has
    /// waited for.
    pub(super) fn kill(&self) {
        let there = self.pipes.iter().any(Option::is_some);
        if let (Life::Own(pid), true) = (&self.life, there) {
            let pid = *pid;
            // SAFETY: kill takes plain numbers. A child is waited for once all its
            // pipes have ended, so until then the number is its own.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
    }
}

/// The read ends and the write ends of a worker's pipes.
fn pipes() -> io::Result<([OwnedFd; 3], [OwnedFd; 3])> {
    let [(out, to_out), (err, to_err), (told, to_told)] = [pipe()?, pipe()?, pipe()?];
    Ok(([out, err, told], [to_out, to_err, to_told]))
}

/// Starts one worker process.
pub(super) fn one(crew: &Crew<'_, '_>, hand: usize, gate: &Gate) -> Result<Child, RunError> {
    let failed = |what: &str, source| {
        RunError::system(
            format!("{what} for worker {} of {}", hand + 1, crew.hands),
            source,
        )
    };
    let (reads, writes) = pipes().map_err(|e| failed("make a pipe", e))?;
    // What Rust's own buffers hold would be written by both processes.
    let _ = io::stdout().flush();
    if crew.settings.start == Start::Spawn {
        let mut command = relaunch(crew)?;
        if let Some(arena) = crew.arena {
            handed::to_worker(&mut command, arena.file().as_raw_fd(), hand, &writes[TOLD]);
        }
        let [out, err, told] = writes;
        let started = command.stdout(out).stderr(err).stdin(Stdio::null()).spawn();
        drop(told);
        let started = started.map_err(|e| failed("start the program anew", e))?;
        let pid = started.id() as libc::pid_t;
        return Ok(Child::new(hand, Life::Own(pid), reads));
    }
    let recorder = crew
        .recorder
        .for_child()
        .ok_or(RunError::TooMany { most: SLOTS - 1 })?;
    let parent = std::process::id();
    // SAFETY: this process has one thread, so the child finds every lock free;
    // the child never returns from this function.
    match unsafe { libc::fork() } {
        -1 => Err(failed("fork a process", io::Error::last_os_error())),
        0 => {
            drop(reads);
            child::die_with(parent);
            child::speak_into(&writes);
            child::carry_out(crew, hand, gate, &Arc::new(recorder), &writes[TOLD])
        }
        pid => Ok(Child::new(hand, Life::Own(pid), reads)),
    }
}

fn relaunch(crew: &Crew<'_, '_>) -> Result<std::process::Command, RunError> {
    match &crew.settings.relaunch {
        Some(Relaunch(command)) => Ok(command()),
        None => Err(RunError::NoRelaunch(crew.settings.start)),
    }
}

/// A process that was started anew, and forks the workers.
pub(super) struct Server {
    process: std::process::Child,
    ends: File,
    known: Vec<Option<(i32, u64)>>,
}

impl Server {
    /// How a worker of it ended: its status, and its peak memory.
    pub(super) fn end_of(&mut self, hand: usize) -> Option<(i32, u64)> {
        while self.known.get(hand)?.is_none() {
            let mut frame = [0; 16];
            self.ends.read_exact(&mut frame).ok()?;
            let [a, b, c, d, e, f, g, h, peak @ ..] = frame;
            let whose = u32::from_le_bytes([a, b, c, d]) as usize;
            let end = (i32::from_le_bytes([e, f, g, h]), u64::from_le_bytes(peak));
            *self.known.get_mut(whose)? = Some(end);
        }
        self.known[hand]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself once its workers have; after an error it must not
        // be left.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a server, which starts all workers.
pub(super) fn by_server(crew: &Crew<'_, '_>) -> Result<(Vec<Child>, Server), RunError> {
    let failed =
        |what: &str, source| RunError::system(format!("{what} for {} workers", crew.hands), source);
    let _ = io::stdout().flush();
    let made: io::Result<Vec<_>> = (0..crew.hands).map(|_| pipes()).collect();
    let made = made.map_err(|e| failed("make the pipes", e))?;
    let (reads, writes): (Vec<_>, Vec<_>) = made.into_iter().unzip();
    let (ends, to_ends) = pipe().map_err(|e| failed("make a pipe", e))?;
    let mut command = relaunch(crew)?;
    if let Some(arena) = crew.arena {
        handed::to_server(&mut command, arena.file().as_raw_fd(), &to_ends, &writes);
    }
    let process = command
        .stdin(Stdio::null())
        .spawn()
        .map_err(|e| failed("start the fork server", e))?;
    let children = reads.into_iter().enumerate();
    let children = children.map(|(hand, reads)| Child::new(hand, Life::Served(hand), reads));
    let server = Server {
        process,
        ends: File::from(ends),
        known: vec![None; crew.hands],
    };
    Ok((children.collect(), server))
}
