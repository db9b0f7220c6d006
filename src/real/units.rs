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

/// Runs a program that starts itself as its own child, and that child again, and
/// so on: as often as `most`. Gives how often it was run. Each run is a process
/// that waits for the next.
///
/// # Errors
/// When the system gives no process.
pub fn chain(most: u32) -> io::Result<u32> {
    let (mut counted, counts) = UnixStream::pair()?;
    run_and_start_next(most, &counts)?;
    drop(counts);
    let mut runs = vec![];
    counted.read_to_end(&mut runs)?;
    Ok(runs.len() as u32)
}

fn run_and_start_next(most: u32, counts: &UnixStream) -> io::Result<()> {
    let mut counts = counts;
    counts.write_all(&[1])?;
    if most <= 1 {
        return Ok(());
    }
    let child = fork(|| i32::from(run_and_start_next(most - 1, counts).is_err()))?;
    wait_for(child)
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
        false => Err(io::Error::other("a child could not start the next one")),
    }
}

/// What a process holds, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Pages that it has, each whole, also those that others have too (RSS).
    pub resident: u64,
    /// Pages that it has, each divided among all that have it (PSS).
    pub proportional: u64,
    /// Pages that nobody else has (USS).
    pub private: u64,
}

/// What a process holds, as Linux tells it in `/proc/PID/smaps_rollup`.
///
/// # Errors
/// Where there is no such file, as on other systems, or it cannot be read.
pub fn held_by(pid: u32) -> io::Result<Held> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let mut held = Held::default();
    for line in text.lines() {
        let Some((key, rest)) = line.split_once(':') else {
            continue;
        };
        let kibibytes = rest.split_whitespace().next().and_then(|n| n.parse().ok());
        let bytes = kibibytes.unwrap_or(0u64) * 1024;
        match key {
            "Rss" => held.resident += bytes,
            "Pss" => held.proportional += bytes,
            "Private_Clean" | "Private_Dirty" => held.private += bytes,
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
        let me = std::process::id();
        let before = held_by(me).unwrap();
        let touched = std::hint::black_box(vec![1u8; 20_000_000]);
        let after = held_by(me).unwrap();
        assert!(
            after.private >= before.private + 15_000_000,
            "{before:?} {after:?}"
        );
        assert!(after.private <= after.proportional && after.proportional <= after.resident);
        drop(touched);
    }
}
