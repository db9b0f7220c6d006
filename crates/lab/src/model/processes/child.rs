//! What a worker process does, however it was started.

use super::handed::{Handed, Part};
use super::told::Teller;
use super::{Crew, ERR, OUT, TOLD};
use crate::model::gate::Gate;
use crate::model::task::{End, Running};
use crate::recorder::Recorder;
use crate::settings::{Alarm, RunError};
use crate::stage::Waits;
use crate::trace::event::Event;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

/// Asks the system to end this process when its parent ends, however it ends.
pub(super) fn die_with(parent: u32) {
    #[cfg(target_os = "linux")]
    // SAFETY: prctl and _exit take plain numbers.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        // It may have ended before this was asked.
        if libc::getppid() as u32 != parent {
            libc::_exit(1);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = parent;
}

/// Writes to these pipes from here on where standard output and error were.
pub(super) fn speak_into(writes: &[OwnedFd; 3]) {
    // SAFETY: dup2 of descriptors that are open here onto the standard ones.
    unsafe {
        libc::dup2(writes[OUT].as_raw_fd(), libc::STDOUT_FILENO);
        libc::dup2(writes[ERR].as_raw_fd(), libc::STDERR_FILENO);
    }
}

/// Carries tasks out, first the one of its own number, and ends this process.
pub(super) fn carry_out(
    crew: &Crew<'_, '_>,
    hand: usize,
    gate: &Gate,
    recorder: &Arc<Recorder>,
    told: &OwnedFd,
) -> ! {
    let teller = Arc::new(Mutex::new(Teller(told.try_clone().ok().map(File::from))));
    // What it does is told at once: nothing is left to be told by a process that
    // is killed.
    let hears = teller.clone();
    let to_parent = move |event: &Event| {
        let mut teller = hears.lock().unwrap_or_else(PoisonError::into_inner);
        teller.event(event);
    };
    let recorder = &match recorder.keeps() {
        true => Arc::new(Recorder::to(to_parent)),
        false => recorder.clone(),
    };
    let tell = || teller.lock().unwrap_or_else(PoisonError::into_inner);
    // The parent ends the run, which is not this process's own.
    let stuck = teller.clone();
    let alarm = move || stuck.lock().unwrap_or_else(PoisonError::into_inner).stuck();
    let crew = Crew {
        alarm: Some(Alarm(Arc::new(alarm))),
        ..crew.clone()
    };
    gate.pass();
    let mut id = hand;
    while let Some(task) = crew.tasks.get(id) {
        tell().begins(id as u32);
        let worker = crew.worker(id, Waits::Blocking, recorder);
        let End { ending, value, at } = Running::begin(task, worker, recorder).finish(recorder);
        tell().end(&Event::Ended {
            worker: id as u32,
            at,
            ending,
            result: value,
            omitted: 0,
        });
        let _ = io::stdout().flush();
        id = gate.next_task();
    }
    // SAFETY: ends the process without running what the parent would run at
    // its own end (destructors of its values, exit handlers).
    unsafe { libc::_exit(0) }
}

/// Takes the part in a run that this process was handed. Gives why it could not.
pub(crate) fn take_part(crew: &Crew<'_, '_>, handed: Handed) -> RunError {
    let gate = Gate::new(crew);
    match handed.part {
        Part::Worker { hand, told } => carry_out(crew, hand, &gate, crew.recorder, &told),
        Part::Server { ends, pipes } => {
            let error = serve(crew, &gate, ends, pipes);
            RunError::system("serve forks", error)
        }
    }
}

/// Forks a worker for each three pipes, says how each ended, and ends when all
/// have. Gives why it could not.
fn serve(crew: &Crew<'_, '_>, gate: &Gate, ends: OwnedFd, pipes: Vec<[OwnedFd; 3]>) -> io::Error {
    let server = std::process::id();
    let mut pids = vec![];
    let mut pipes: Vec<Option<[OwnedFd; 3]>> = pipes.into_iter().map(Some).collect();
    for hand in 0..pipes.len() {
        let Some(recorder) = crew.recorder.for_child() else {
            return io::Error::other("no ring is free");
        };
        // SAFETY: this process has one thread, so the child finds every lock
        // free; the child never returns from this function.
        match unsafe { libc::fork() } {
            -1 => return io::Error::last_os_error(),
            0 => {
                die_with(server);
                // Of the others' pipes the ends are seen only when all write
                // ends are closed.
                let own = pipes[hand].take();
                drop((pipes, ends));
                let Some(own) = own else {
                    std::process::exit(1)
                };
                speak_into(&own);
                carry_out(crew, hand, gate, &Arc::new(recorder), &own[TOLD])
            }
            pid => {
                pids.push(pid);
                pipes[hand] = None;
            }
        }
    }
    let mut ends = File::from(ends);
    for _ in 0..pids.len() {
        let Some((pid, status, peak)) = super::wait_for(-1) else {
            return io::Error::last_os_error();
        };
        let hand = pids
            .iter()
            .position(|known| *known == pid)
            .unwrap_or_default() as u32;
        let mut frame = vec![];
        frame.extend(hand.to_le_bytes());
        frame.extend(status.to_le_bytes());
        frame.extend(peak.to_le_bytes());
        if let Err(error) = ends.write_all(&frame) {
            return error;
        }
    }
    // SAFETY: as for a worker.
    unsafe { libc::_exit(0) }
}
