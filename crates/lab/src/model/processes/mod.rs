//! A forked process for each task, or so many processes that take one task
//! after another.
//!
//! The calling process must have one thread: a fork copies the thread that
//! forks and every lock that the others hold. A child inherits the closures
//! and what they captured, tells what it does over a ring of its own, and
//! leaves its result in a pipe. The parent reads the pipes of all children at
//! once, so that output of a child is known to be its own.

mod told;

use super::gate::Gate;
use super::task::{End, Running};
use super::watch::{self, Watch};
use super::{Crew, Endings};
use crate::clock;
use crate::recorder::Recorder;
use crate::settings::{Alarm, RunError};
use crate::stage::Waits;
use crate::trace::Ending;
use crate::trace::channel::{SLOTS, pipe};
use crate::trace::event::Event;
use crate::value::Value;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};
use told::{Heard, Teller, Told};

pub(super) fn run(crew: &Crew<'_, '_>) -> Result<Endings, RunError> {
    let most = most_children().min(SLOTS - 1);
    if crew.hands > most {
        return Err(RunError::TooMany { most });
    }
    let gate = Gate::new(crew)?;
    let mut children = Vec::with_capacity(crew.hands);
    let mut refused = None;
    for id in 0..crew.hands {
        match start(crew, id, &gate) {
            Ok(child) => children.push(child),
            Err(error) => {
                gate.give_up();
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
    /// The task that it is at; first the one that was made its own.
    at: Option<u32>,
    /// The task that it was at last: what it writes is taken for that one's.
    last: Option<u32>,
    pid: libc::pid_t,
    /// Standard output, standard error, and the event bytes that end with its
    /// result. Each is dropped at its end.
    pipes: [Option<File>; 3],
    heard: Heard,
}

const OUT: usize = 0;
const ERR: usize = 1;
const TOLD: usize = 2;

fn start(crew: &Crew<'_, '_>, id: usize, gate: &Gate) -> Result<Child, RunError> {
    let failed = |what: &str, source| RunError::System {
        what: format!("{what} for worker {} of {}", id + 1, crew.hands),
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
            be_child(crew, id, gate, &Arc::new(recorder), &writes)
        }
        pid => {
            let [out, err, told] = <[OwnedFd; 3]>::try_from(reads).expect("three pipes were made");
            let pipes = [out, err, told].map(|fd| Some(File::from(fd)));
            Ok(Child {
                at: Some(id as u32),
                last: Some(id as u32),
                pid,
                pipes,
                heard: Heard::default(),
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
    hand: usize,
    gate: &Gate,
    recorder: &Arc<Recorder>,
    writes: &[OwnedFd],
) -> ! {
    // SAFETY: dup2 of descriptors that are open here onto the standard ones.
    unsafe {
        libc::dup2(writes[OUT].as_raw_fd(), libc::STDOUT_FILENO);
        libc::dup2(writes[ERR].as_raw_fd(), libc::STDERR_FILENO);
    }
    let teller = Arc::new(Mutex::new(Teller(
        writes[TOLD].try_clone().ok().map(File::from),
    )));
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
        recorder
            .taken()
            .iter()
            .for_each(|event| tell().event(event));
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

/// Reads what the children write until all of them are gone.
fn attend(crew: &Crew<'_, '_>, mut children: Vec<Child>) -> Result<Endings, RunError> {
    let mut endings = vec![End::none(); crew.tasks.len()];
    let mut watch = Watch::over(crew);
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
            return Ok(endings);
        }
        let pause = watch::PAUSE.as_millis() as i32;
        let count = polled.len() as libc::nfds_t;
        // SAFETY: `polled` is a valid array of this length.
        let ready = unsafe { libc::poll(polled.as_mut_ptr(), count, pause) };
        if ready == 0 {
            watch.look();
        }
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
                Ok(0) | Err(_) => {
                    child.pipes[which] = None;
                    if child.pipes.iter().all(Option::is_none) {
                        reap(crew, child, &mut endings);
                    }
                }
                Ok(n) if which == TOLD => {
                    child.heard.take(&bytes[..n]);
                    hear(crew, child, &mut endings);
                }
                Ok(n) => crew.recorder.record(Event::Raw {
                    worker: child.at.or(child.last),
                    stderr: which == ERR,
                    bytes: bytes[..n].to_vec(),
                }),
            }
        }
    }
}

/// Takes up what a child has told.
fn hear(crew: &Crew<'_, '_>, child: &mut Child, endings: &mut Endings) {
    while let Some(told) = child.heard.next() {
        match told {
            Told::Begins(worker) => (child.at, child.last) = (Some(worker), Some(worker)),
            Told::Event(event) => crew.recorder.record(event),
            Told::End(Event::Ended {
                worker,
                at,
                ending,
                result: value,
                ..
            }) => {
                child.at = None;
                if let Some(end) = endings.get_mut(worker as usize) {
                    *end = End { ending, value, at };
                }
            }
            Told::End(_) => {}
            Told::Stuck => {
                if let Some(Alarm(alarm)) = &crew.alarm {
                    alarm();
                }
            }
        }
    }
}

/// Takes up how a child ended. A task that it was at has no end of its own: what
/// the system says of the process is recorded in its place.
fn reap(crew: &Crew<'_, '_>, child: &mut Child, endings: &mut Endings) {
    let mut status = 0;
    // SAFETY: waits for a child of ours; `status` outlives the call.
    while unsafe { libc::waitpid(child.pid, &mut status, 0) } < 0
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
    let Some(worker) = child.at else {
        return;
    };
    let ending = if libc::WIFSIGNALED(status) {
        Ending::Killed(libc::WTERMSIG(status))
    } else {
        Ending::Exited(libc::WEXITSTATUS(status))
    };
    let at = clock::now();
    crew.recorder.record(Event::Ended {
        worker,
        at,
        ending: ending.clone(),
        result: Value::None,
        omitted: 0,
    });
    crew.shared
        .has_ended(worker, &crew.tasks[worker as usize].name);
    endings[worker as usize] = End {
        ending,
        value: Value::None,
        at,
    };
}

fn waits_for(fd: RawFd) -> libc::pollfd {
    libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    }
}
