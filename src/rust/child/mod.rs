//! The process in which cells run (role `rust-child`), with one thread.
//!
//! It begins as the warden, which forks the first store, reaps whatever is
//! orphaned below it, and ends it all when the evaluator is gone. The store
//! holds the session's variables and waits for cells. Before each cell it
//! forks: the fork runs the cell and, when that came to its end, is the store
//! from then on; the store before it, which has waited as the snapshot, steps
//! aside. Where the fork dies, the snapshot still has all variables as they
//! were, and tells how it died.

mod load;
mod warden;

use super::frame::{self, Frame};
use load::Store;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, RawFd};
use std::time::{Duration, Instant};

/// How long threads that a cell has left behind may take to end before they
/// count as live.
const ENDING: Duration = Duration::from_millis(50);

/// How a cell's process ends that has failed and said why.
const FAILED: i32 = 101;

/// Runs in the role; gives the exit status.
pub fn main() -> u8 {
    let Some(descriptors) = Descriptors::from_environment() else {
        eprintln!("threadlab rust-child is started by the evaluator of Rust cells, not by hand");
        return 2;
    };
    match warden::stand(descriptors.lifeline) {
        Ok(warden::Role::Warden(status)) => status,
        Ok(warden::Role::Store) => {
            // The lifeline is the warden's.
            // SAFETY: a number of a descriptor that nothing here uses.
            unsafe { libc::close(descriptors.lifeline) };
            match serve(&descriptors) {
                Ok(()) => 0,
                Err(error) => {
                    eprintln!("threadlab rust-child: {error}");
                    1
                }
            }
        }
        Err(error) => {
            eprintln!("threadlab rust-child: the process of the variables cannot start: {error}");
            1
        }
    }
}

struct Descriptors {
    control: RawFd,
    lifeline: RawFd,
    /// Copies of standard output and error: a cell may close its own.
    outputs: [RawFd; 2],
}

impl Descriptors {
    fn from_environment() -> Option<Self> {
        let text = std::env::var(frame::DESCRIPTORS).ok()?;
        let mut numbers = text.split(',').map(|number| number.parse::<RawFd>().ok());
        let (control, value, lifeline) = (numbers.next()??, numbers.next()??, numbers.next()??);
        // What a cell starts has no use for these.
        for number in [control, value, lifeline] {
            // SAFETY: flags of a descriptor, nothing of memory.
            if unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
                return None;
            }
        }
        let mut outputs = [1, 2];
        for output in &mut outputs {
            // SAFETY: as above. High numbers are out of a learner's way.
            *output = unsafe { libc::fcntl(*output, libc::F_DUPFD_CLOEXEC, 200) };
            if *output < 0 {
                return None;
            }
        }
        Some(Descriptors {
            control,
            lifeline,
            outputs,
        })
    }

    fn control(&self) -> ManuallyDrop<File> {
        // SAFETY: the number was handed to this process to be used; it is open
        // for as long as the process lives, and ManuallyDrop keeps it so.
        ManuallyDrop::new(unsafe { File::from_raw_fd(self.control) })
    }

    fn tell(&self, tag: u8, fields: &[&str]) {
        // Where the evaluator is gone, the warden ends this process.
        let _ = Frame::new(tag, fields).send(&mut *self.control());
    }

    /// Standard output and error as they were at the beginning.
    fn restore_outputs(&self) {
        for (number, kept) in (1..).zip(self.outputs) {
            // SAFETY: numbers of descriptors, nothing of memory.
            unsafe { libc::dup2(kept, number) };
        }
    }
}

/// Holds the variables, and runs cells until the evaluator is gone.
fn serve(descriptors: &Descriptors) -> io::Result<()> {
    let mut store = Store::new();
    while let Some(request) = Frame::receive(&mut *descriptors.control())? {
        if request.tag != frame::RUN {
            continue; // an answer that came after the cell that asked was gone
        }
        let threads = live_threads();
        if threads > 1 {
            in_place(descriptors, &mut store, &request, threads);
            continue;
        }
        let (before, commit) = io::pipe()?;
        match fork()? {
            None => {
                drop(before);
                apart(descriptors, &mut store, &request, commit);
            }
            Some(cell) => {
                drop(commit);
                stand_by(descriptors, cell, before);
            }
        }
    }
    Ok(())
}

/// Runs a cell in the fork. Comes back as the store, or not at all.
fn apart(descriptors: &Descriptors, store: &mut Store, request: &Frame, mut commit: PipeWriter) {
    // A group of its own, so that all that the cell starts ends with it.
    // SAFETY: no memory is involved.
    unsafe { libc::setpgid(0, 0) };
    let process = std::process::id().to_string();
    descriptors.tell(frame::STARTED, &[&process, "snapshot"]);
    let took = match run(descriptors, store, request) {
        Ok(took) => took,
        Err(Failed) => exit(FAILED),
    };
    // The snapshot may go; where it is gone already, nothing is lost.
    let _ = commit.write_all(&[1]);
    drop(commit);
    descriptors.tell(frame::DONE, &[&took.as_nanos().to_string()]);
}

/// Runs a cell where a fork would leave threads behind.
fn in_place(descriptors: &Descriptors, store: &mut Store, request: &Frame, threads: usize) {
    let process = std::process::id().to_string();
    let why = format!("{} live", threads - 1);
    descriptors.tell(frame::STARTED, &[&process, &why]);
    match run(descriptors, store, request) {
        Ok(took) => descriptors.tell(frame::DONE, &[&took.as_nanos().to_string()]),
        Err(Failed) => descriptors.tell(frame::FAILED, &[]),
    }
}

/// The cell failed, and the evaluator has been told why.
struct Failed;

fn run(descriptors: &Descriptors, store: &mut Store, request: &Frame) -> Result<Duration, Failed> {
    descriptors.restore_outputs();
    let libraries: Vec<&str> = request.field(0).lines().collect();
    let ran = store.run(&libraries, request.field(1));
    descriptors.restore_outputs();
    match ran {
        Ok(took) => took.ok_or(Failed),
        Err(why) => {
            descriptors.tell(frame::UNLOADABLE, &[&why]);
            Err(Failed)
        }
    }
}

/// Waits as the snapshot: steps aside when the cell has come to its end, and is
/// the store again when it has not.
fn stand_by(descriptors: &Descriptors, cell: libc::pid_t, mut before: PipeReader) {
    // Here too: whichever of the two is first.
    // SAFETY: no memory is involved.
    unsafe { libc::setpgid(cell, cell) };
    let mut byte = [0];
    let ended = loop {
        match before.read(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read,
        }
    };
    if matches!(ended, Ok(1)) {
        exit(0);
    }
    let mut status = 0;
    // SAFETY: the status is ours; the child is too, and nobody else waits for it.
    while unsafe { libc::waitpid(cell, &raw mut status, 0) } < 0
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
    // What it had started goes with it.
    // SAFETY: a process group of which the cell was the leader.
    unsafe { libc::killpg(cell, libc::SIGKILL) };
    if libc::WIFSIGNALED(status) {
        let signal = libc::WTERMSIG(status).to_string();
        descriptors.tell(frame::DIED, &["signal", &signal]);
    } else if libc::WEXITSTATUS(status) == FAILED {
        descriptors.tell(frame::FAILED, &[]);
    } else {
        let code = libc::WEXITSTATUS(status).to_string();
        descriptors.tell(frame::DIED, &["exit", &code]);
    }
}

/// Ends this process without running what others left to be run at its end.
fn exit(status: i32) -> ! {
    // SAFETY: nothing of this process is used afterwards.
    unsafe { libc::_exit(status) }
}

/// Forks; none in the child.
fn fork() -> io::Result<Option<libc::pid_t>> {
    // SAFETY: this process has one thread, so the child is whole.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(None),
        child => Ok(Some(child)),
    }
}

/// Threads of this process, once those that are about to end have ended.
fn live_threads() -> usize {
    let until = Instant::now() + ENDING;
    loop {
        let threads = threads_of_this_process();
        if threads <= 1 || Instant::now() > until {
            return threads;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(target_os = "linux")]
fn threads_of_this_process() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

/// Where the system does not tell, a cell is taken to have left none behind.
#[cfg(not(target_os = "linux"))]
fn threads_of_this_process() -> usize {
    1
}
