//! Threads and processes that do nothing: what it costs to start one, what it
//! holds, and what a fork copies.

use super::server::Process;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Forks a process that ends at once, and waits for its end. The calling
/// process has to have one thread.
///
/// # Errors
/// When the system gives no process.
pub fn fork_and_wait() -> io::Result<()> {
    wait_for(fork(|| 0)?)
}

/// Starts this program anew, which ends at once, and waits for its end.
///
/// # Errors
/// When the system gives no process.
pub fn spawn_and_wait() -> io::Result<()> {
    let program = std::env::current_exe()?;
    let status = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("it ended with {status}"))),
    }
}

/// A process that forks others when it is asked to.
pub struct ForkServer {
    asked: UnixStream,
    _process: Process,
}

impl ForkServer {
    /// Starts it, as a fork. The calling process has to have one thread.
    ///
    /// # Errors
    /// When the system gives no process or no socket.
    pub fn start() -> io::Result<Self> {
        let (asked, mut ours) = UnixStream::pair()?;
        let process = Process::fork(move || {
            let mut byte = [0];
            while ours.read(&mut byte)? > 0 {
                fork_and_wait()?;
                ours.write_all(&byte)?;
            }
            Ok(())
        })?;
        Ok(ForkServer {
            asked,
            _process: process,
        })
    }

    /// Has a process forked that ends at once, and waits for its end.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn fork_and_wait(&mut self) -> io::Result<()> {
        self.asked.write_all(&[1])?;
        self.asked.read_exact(&mut [0])
    }
}

/// A program whose file starts a child.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Whether a child runs the file from its top before it does its work, as
    /// one does that is started anew; else it goes on where its parent was.
    pub anew: bool,
    /// Whether the file starts a child in the first process alone.
    pub guarded: bool,
    /// How often the file may be run.
    pub limit: u32,
}

const RUN: u8 = b'r';
const SERVED: u8 = b's';

impl Program {
    /// Runs it: how often its file was run, and whether a child did its work.
    /// Every run beyond the first is a forked process, which its parent waits
    /// for; at the limit all of them end without having done anything.
    ///
    /// # Errors
    /// When the system gives no process.
    pub fn run(self) -> io::Result<(u32, bool)> {
        let (mut told, tells) = UnixStream::pair()?;
        self.file(true, self.limit, &tells)?;
        drop(tells);
        let mut all = vec![];
        told.read_to_end(&mut all)?;
        let runs = all.iter().filter(|byte| **byte == RUN).count();
        Ok((runs as u32, all.contains(&SERVED)))
    }

    /// The file from its top to its end: false when it did not come there.
    fn file(self, first: bool, left: u32, mut tells: &UnixStream) -> io::Result<bool> {
        tells.write_all(&[RUN])?;
        if self.guarded && !first {
            return Ok(true);
        }
        if self.anew && left <= 1 {
            return Ok(false);
        }
        let child = fork(|| {
            let ready = !self.anew || self.file(false, left - 1, tells).unwrap_or(false);
            let served = ready && tells.write_all(&[SERVED]).is_ok();
            i32::from(!served)
        })?;
        Ok(wait_for(child).is_ok())
    }
}

/// Forks while another thread holds a lock that the child then wants. True when
/// the child hangs, and was ended after so long. With `remade` it makes the
/// lock anew before.
///
/// # Errors
/// When the system gives no process.
pub fn fork_with_lock_held(remade: bool, patience: Duration) -> io::Result<bool> {
    let lock = Mutex::new(());
    let (held, is_held) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let lock = &lock;
        scope.spawn(move || {
            let _kitchen = lock.lock();
            let _ = held.send(());
            // Until the other end is dropped.
            let _ = may_leave.recv();
        });
        let _ = is_held.recv();
        // This thread alone goes on in the child, which has a copy of the lock,
        // held, and nobody who could let it go. That is what is shown here; the
        // child does nothing but take it.
        let child = fork(|| {
            let own = Mutex::new(());
            drop(if remade { own.lock() } else { lock.lock() });
            0
        })?;
        let hangs = !ends_within(child, patience);
        drop(leave);
        Ok(hangs)
    })
}

/// Whether a child ends by itself within a time; it is ended else.
fn ends_within(child: libc::pid_t, patience: Duration) -> bool {
    let since = Instant::now();
    loop {
        // SAFETY: waits for a child of ours, without blocking.
        if unsafe { libc::waitpid(child, std::ptr::null_mut(), libc::WNOHANG) } != 0 {
            return true;
        }
        if since.elapsed() >= patience {
            // SAFETY: a child of ours that nobody has waited for, so its number
            // is still its own.
            unsafe {
                libc::kill(child, libc::SIGKILL);
                libc::waitpid(child, std::ptr::null_mut(), 0);
            }
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A child that does something and ends with what it gives.
fn fork(body: impl FnOnce() -> i32) -> io::Result<libc::pid_t> {
    let parent = std::process::id();
    // SAFETY: the child never returns from here. Where this process has other
    // threads, what the child calls needs none of their locks but the one that
    // it is to hang on.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            super::server::die_with(parent);
            let status = body();
            // SAFETY: ends the process without running what the parent would
            // run at its own end.
            unsafe { libc::_exit(status) }
        }
        pid => Ok(pid),
    }
}

fn wait_for(child: libc::pid_t) -> io::Result<()> {
    let mut status = 0;
    // SAFETY: waits for a child of ours; `status` outlives the call.
    while unsafe { libc::waitpid(child, &mut status, 0) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    match libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0 {
        true => Ok(()),
        false => Err(io::Error::other("the child has failed")),
    }
}

/// What a process holds, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Pages that it has, each whole, also those that others have too (RSS).
    pub resident: u64,
    /// Pages that it has, each divided among all that have it (PSS).
    pub proportional: u64,
    /// Anonymous pages that nobody else has: what it has written itself. Pages
    /// of files are left out, which the unique set size (USS) counts: whether
    /// somebody else has those as well changes with each process of the same
    /// program that comes or goes, and says nothing about this one.
    pub private: u64,
}

/// What a process holds, as Linux tells it in `/proc/PID/smaps`.
///
/// # Errors
/// Where there is no such file, as on other systems, or it cannot be read.
pub fn held_by(pid: u32) -> io::Result<Held> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps"))?;
    let mut held = Held::default();
    // Of the mapping whose lines these are.
    let mut private = 0;
    for line in text.lines() {
        let Some((key, rest)) = line.split_once(':') else {
            continue;
        };
        let kibibytes = rest.split_whitespace().next().and_then(|n| n.parse().ok());
        let bytes = kibibytes.unwrap_or(0u64) * 1024;
        match key {
            "Rss" => held.resident += bytes,
            "Pss" => held.proportional += bytes,
            "Private_Clean" => private = bytes,
            "Private_Dirty" => private += bytes,
            // The kernel tells it after those two.
            "Anonymous" => held.private += bytes.min(private),
            _ => {}
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_process_holds_grows_with_what_it_touches() {
        // Much: other tests of this process come and go meanwhile.
        let me = std::process::id();
        let before = held_by(me).unwrap();
        let touched = std::hint::black_box(vec![1u8; 200_000_000]);
        let after = held_by(me).unwrap();
        assert!(
            after.private >= before.private + 100_000_000,
            "{before:?} {after:?}"
        );
        assert!(after.private <= after.proportional && after.proportional <= after.resident);
        drop(touched);
    }
}
