//! The process in which cells run (role `rust-child`), with one thread.
//!
//! It begins as the warden, which forks the first store, reaps whatever is
//! orphaned below it, and ends it all when the evaluator is gone. The store
//! holds the session's variables and waits for cells. Before each cell it
//! forks: the fork runs the cell and, when that came to its end, is the store
//! from then on; the store before it, which has waited as the snapshot, says so
//! and steps aside. Where the fork dies, or is interrupted, the snapshot still
//! has all variables as they were, and tells how it died. The snapshot alone
//! decides which of the two it was.

mod load;
mod warden;

use super::frame::{self, Frame};
use load::Store;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
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
    // The warden leaves to the others what is theirs: where they are gone, the
    // evaluator is to hear so.
    match warden::stand(descriptors.lifeline, || close(&descriptors.of_stores())) {
        Ok(warden::Role::Warden(status)) => status,
        Ok(warden::Role::Store) => {
            // The lifeline is the warden's.
            close(&[descriptors.lifeline]);
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
    value: RawFd,
    answers: RawFd,
    /// Numbers of runs that are to be ended, eight bytes each.
    interrupts: RawFd,
    lifeline: RawFd,
    /// Copies of standard output and error: a cell may close its own.
    outputs: [RawFd; 2],
}

impl Descriptors {
    fn from_environment() -> Option<Self> {
        let text = std::env::var(frame::DESCRIPTORS).ok()?;
        let mut numbers = text.split(',').map(|number| number.parse::<RawFd>().ok());
        let mut next = || numbers.next()?;
        let [control, value, answers] = [next()?, next()?, next()?];
        let [interrupts, lifeline] = [next()?, next()?];
        // What a cell starts has no use for these.
        for number in [control, value, answers, interrupts, lifeline] {
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
            value,
            answers,
            interrupts,
            lifeline,
            outputs,
        })
    }

    /// Those by which a store and its cells speak to the evaluator.
    fn of_stores(&self) -> [RawFd; 4] {
        [self.control, self.value, self.answers, self.interrupts]
    }

    fn control(&self) -> ManuallyDrop<File> {
        borrowed(self.control)
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

/// A descriptor that is not ours to close.
fn borrowed(number: RawFd) -> ManuallyDrop<File> {
    // SAFETY: the number was handed to this process to be used; it is open for
    // as long as the process lives, and ManuallyDrop keeps it so.
    ManuallyDrop::new(unsafe { File::from_raw_fd(number) })
}

fn close(numbers: &[RawFd]) {
    for number in numbers {
        // SAFETY: a number of a descriptor that this process uses no more.
        unsafe { libc::close(*number) };
    }
}

/// Holds the variables, and runs cells until the evaluator is gone.
fn serve(descriptors: &Descriptors) -> io::Result<()> {
    let mut store = Store::new();
    while let Some(request) = Frame::receive(&mut *descriptors.control())? {
        if request.tag != frame::RUN {
            continue;
        }
        let threads = live_threads();
        if threads > 1 {
            let why = format!(
                "a thread of an earlier cell is still at work ({} live)",
                threads - 1
            );
            in_place(descriptors, &mut store, &request, &why);
            continue;
        }
        match io::pipe().and_then(|ends| Ok((ends, fork()?))) {
            Ok(((before, commit), None)) => {
                drop(before);
                apart(descriptors, &mut store, &request, commit);
            }
            Ok(((before, commit), Some(cell))) => {
                drop(commit);
                stand_by(descriptors, &request, cell, &before);
            }
            Err(error) => {
                let why = format!("no copy of its process can be made ({error})");
                in_place(descriptors, &mut store, &request, &why);
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
        Ok(took) => took.as_nanos() as u64,
        Err(Failed) => exit(FAILED),
    };
    // The snapshot says that it is done, and goes. If it was ended by somebody,
    // nothing is lost.
    if commit.write_all(&took.to_le_bytes()).is_err() {
        descriptors.tell(frame::DONE, &[&took.to_string()]);
    }
}

/// Runs a cell where a fork would leave threads behind, or cannot be had.
fn in_place(descriptors: &Descriptors, store: &mut Store, request: &Frame, why: &str) {
    let process = std::process::id().to_string();
    descriptors.tell(frame::STARTED, &[&process, why]);
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
/// the store again when it has not, or is to be ended.
fn stand_by(descriptors: &Descriptors, request: &Frame, cell: libc::pid_t, before: &PipeReader) {
    // Here too: whichever of the two is first.
    // SAFETY: no memory is involved.
    unsafe { libc::setpgid(cell, cell) };
    if let Some(took) = end_of(descriptors, request, cell, before) {
        descriptors.tell(frame::DONE, &[&took.to_string()]);
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

/// Waits until the cell has come to its end, and says how many nanoseconds it
/// took; none where it has not, or is ended here because somebody wants it to.
/// A cell that has come to its end is never ended: it holds the variables.
fn end_of(
    descriptors: &Descriptors,
    request: &Frame,
    cell: libc::pid_t,
    mut before: &PipeReader,
) -> Option<u64> {
    loop {
        let [committed, interrupted] =
            readable([before.as_raw_fd(), descriptors.interrupts]).unwrap_or([true, false]);
        let mut number = [0; 8];
        if committed {
            return (before.read_exact(&mut number).ok()).map(|()| u64::from_le_bytes(number));
        }
        // One for a cell that came to its end before it was heard is passed over.
        if interrupted
            && borrowed(descriptors.interrupts)
                .read_exact(&mut number)
                .is_ok()
            && u64::from_le_bytes(number).to_string() == request.field(2)
        {
            // SAFETY: a child that nobody has waited for, and its group.
            unsafe {
                libc::kill(cell, libc::SIGKILL);
                libc::killpg(cell, libc::SIGKILL);
            }
            return None;
        }
    }
}

/// Waits until one of two descriptors can be read, or is closed at its other
/// end; which of them.
fn readable(numbers: [RawFd; 2]) -> io::Result<[bool; 2]> {
    let mut waiting = numbers.map(|fd| libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    });
    // SAFETY: two entries of ours.
    while unsafe { libc::poll(waiting.as_mut_ptr(), 2, -1) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(waiting.map(|entry| entry.revents != 0))
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
