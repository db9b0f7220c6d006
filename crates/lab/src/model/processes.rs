//! A forked process for each task.
//!
//! The calling process must have one thread: a fork copies the thread that
//! forks and every lock that the others hold. A child inherits the closures
//! and what they captured, tells what it does over a ring of its own, and
//! leaves its result in a pipe. The parent reads the pipes of all children at
//! once, so that output of a child is known to be its own.

use super::gate::Gate;
use super::task::Running;
use super::{Crew, Endings};
use crate::clock;
use crate::settings::RunError;
use crate::stage::Waits;
use crate::trace::Ending;
use crate::trace::channel::{SLOTS, pipe};
use crate::trace::event::Event;
use crate::value::Value;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

pub(super) fn run(crew: &Crew<'_, '_>) -> Result<Endings, RunError> {
    let most = most_children().min(SLOTS - 1);
    if crew.tasks.len() > most {
        return Err(RunError::TooMany { most });
    }
    let gate = Gate::new(crew)?;
    let mut children = Vec::with_capacity(crew.tasks.len());
    let mut refused = None;
    for id in 0..crew.tasks.len() {
        match start(crew, id, &gate) {
            Ok(child) => children.push(child),
            Err(error) => {
                gate.open();
                refused = Some(error);
                break;
            }
        }
    }
    let endings = attend(crew, children);
    match refused {
        None => endings,
        Some(error) => Err(error),
    }
}

/// Children whose pipes fit into the descriptors that this process may have.
fn most_children() -> usize {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a valid rlimit that lives across the call.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } == 0;
    // Three pipes each, of which the last child's have both ends open for a
    // moment, and what is open besides.
    if known {
        (limit.rlim_cur.saturating_sub(32) / 3) as usize
    } else {
        usize::MAX
    }
}

/// A worker process as its parent sees it.
struct Child {
    id: u32,
    pid: libc::pid_t,
    /// Standard output, standard error, and the event bytes that end with its
    /// result. Each is dropped at its end.
    pipes: [Option<File>; 3],
    told: Vec<u8>,
}

const OUT: usize = 0;
const ERR: usize = 1;
const TOLD: usize = 2;

fn start(crew: &Crew<'_, '_>, id: usize, gate: &Gate) -> Result<Child, RunError> {
    let failed = |what: &str, source| RunError::System {
        what: format!("{what} for worker {} of {}", id + 1, crew.tasks.len()),
        source,
    };
    let recorder = crew
        .recorder
        .for_child()
        .ok_or(RunError::TooMany { most: SLOTS - 1 })?;
    let made: io::Result<Vec<(OwnedFd, OwnedFd)>> = (0..3).map(|_| pipe()).collect();
    let (reads, writes): (Vec<_>, Vec<_>) = made
        .map_err(|e| failed("make a pipe", e))?
        .into_iter()
        .unzip();
    // What Rust's own buffers hold would be written by both processes.
    let _ = io::stdout().flush();
    let parent = std::process::id();
    // SAFETY: this process has one thread, so the child finds every lock free;
    // the child never returns from this function.
    match unsafe { libc::fork() } {
        -1 => Err(failed("fork a process", io::Error::last_os_error())),
        0 => {
            drop(reads);
            die_with(parent);
            be_child(crew, id, gate, Arc::new(recorder), &writes)
        }
        pid => {
            let [out, err, told] = <[OwnedFd; 3]>::try_from(reads).expect("three pipes were made");
            let pipes = [out, err, told].map(|fd| Some(File::from(fd)));
            Ok(Child {
                id: id as u32,
                pid,
                pipes,
                told: vec![],
            })
        }
    }
}

/// Asks the system to end this process when its parent ends, however it ends.
fn die_with(parent: u32) {
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

fn be_child(
    crew: &Crew<'_, '_>,
    id: usize,
    gate: &Gate,
    recorder: Arc<crate::recorder::Recorder>,
    writes: &[OwnedFd],
) -> ! {
    // SAFETY: dup2 of descriptors that are open here onto the standard ones.
    unsafe {
        libc::dup2(writes[OUT].as_raw_fd(), libc::STDOUT_FILENO);
        libc::dup2(writes[ERR].as_raw_fd(), libc::STDERR_FILENO);
    }
    gate.pass();
    let worker = crew.worker(id, Waits::Blocking, &recorder);
    let (ending, result) = Running::begin(&crew.tasks[id], worker, &recorder).finish(&recorder);
    let mut events = recorder.taken();
    // Last the end, for the parent's own use.
    events.push(Event::Ended {
        worker: id as u32,
        at: clock::now(),
        ending,
        result,
        omitted: 0,
    });
    let mut told = vec![];
    for event in events {
        let mut bytes = vec![];
        event.encode(&mut bytes);
        told.extend((bytes.len() as u32).to_le_bytes());
        told.extend(bytes);
    }
    if let Ok(fd) = writes[TOLD].try_clone() {
        // A parent that is gone needs no result.
        let _ = File::from(fd).write_all(&told);
    }
    let _ = io::stdout().flush();
    // SAFETY: ends the process without running what the parent would run at
    // its own end (destructors of its values, exit handlers).
    unsafe { libc::_exit(0) }
}

/// Reads what the children write until all of them are gone.
fn attend(crew: &Crew<'_, '_>, mut children: Vec<Child>) -> Result<Endings, RunError> {
    let mut bytes = [0; 64 * 1024];
    loop {
        let mut polled: Vec<libc::pollfd> = vec![];
        let mut whose = vec![];
        for (index, child) in children.iter().enumerate() {
            for (which, pipe) in child.pipes.iter().enumerate() {
                if let Some(pipe) = pipe {
                    polled.push(waits_for(pipe.as_raw_fd()));
                    whose.push((index, which));
                }
            }
        }
        if polled.is_empty() {
            break;
        }
        // SAFETY: `polled` is a valid array of this length.
        let ready = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, -1) };
        if ready < 0 && io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            let source = io::Error::last_os_error();
            return Err(RunError::System {
                what: "wait for the processes".into(),
                source,
            });
        }
        for (poll, (index, which)) in polled.iter().zip(whose) {
            if poll.revents == 0 {
                continue;
            }
            let child = &mut children[index];
            let Some(pipe) = &mut child.pipes[which] else {
                continue;
            };
            match pipe.read(&mut bytes) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => child.pipes[which] = None,
                Ok(n) if which == TOLD => child.told.extend(&bytes[..n]),
                Ok(n) => crew.recorder.record(Event::Raw {
                    worker: Some(child.id),
                    stderr: which == ERR,
                    bytes: bytes[..n].to_vec(),
                }),
            }
        }
    }
    Ok(children.into_iter().map(|child| end(crew, child)).collect())
}

fn waits_for(fd: RawFd) -> libc::pollfd {
    libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    }
}

/// Takes up how a child ended. What it told itself is believed; else what the
/// system says of it is recorded in its place.
fn end(crew: &Crew<'_, '_>, child: Child) -> (Ending, Value) {
    let mut status = 0;
    // SAFETY: waits for a child of ours; `status` outlives the call.
    while unsafe { libc::waitpid(child.pid, &mut status, 0) } < 0
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
    let mut events = events(&child.told);
    match events.pop() {
        Some(Event::Ended { ending, result, .. }) => {
            if crew.recorder.keeps() {
                events
                    .into_iter()
                    .for_each(|event| crew.recorder.record(event));
            }
            (ending, result)
        }
        _ => {
            let ending = if libc::WIFSIGNALED(status) {
                Ending::Killed(libc::WTERMSIG(status))
            } else {
                Ending::Exited(libc::WEXITSTATUS(status))
            };
            crew.recorder.record(Event::Ended {
                worker: child.id,
                at: clock::now(),
                ending: ending.clone(),
                result: Value::None,
                omitted: 0,
            });
            (ending, Value::None)
        }
    }
}

fn events(mut told: &[u8]) -> Vec<Event> {
    let mut events = vec![];
    while let Some((len, rest)) = told.split_first_chunk() {
        let Some((bytes, rest)) = rest.split_at_checked(u32::from_le_bytes(*len) as usize) else {
            break;
        };
        events.extend(Event::decode(bytes));
        told = rest;
    }
    events
}
