//! A process for each task, or so many processes that take one task
//! after another.
//!
//! The calling process must have one thread: a fork copies the thread that
//! forks and every lock that the others hold. A forked child inherits the
//! closures and what they captured; one that is started anew makes them again.
//! Each tells what it does over a ring of its own, and leaves its result in a
//! pipe. The parent reads the pipes of all children at once, so that output of
//! a child is known to be its own.

mod child;
mod handed;
mod start;
mod told;

pub(crate) use child::take_part;
pub(crate) use handed::Handed;

use super::gate::Gate;
use super::task::End;
use super::watch::{self, Watch};
use super::{Crew, Endings};
use crate::clock;
use crate::settings::{Alarm, RunError, Start};
use crate::trace::Ending;
use crate::trace::channel::SLOTS;
use crate::trace::event::Event;
use crate::value::Value;
use start::{Child, Life, Server};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, RawFd};
use told::Told;

/// The pipes of a child: standard output, standard error, and what it tells.
const OUT: usize = 0;
const ERR: usize = 1;
const TOLD: usize = 2;

pub(super) fn run(crew: &Crew<'_, '_>) -> Result<Endings, RunError> {
    let most = most_children().min(SLOTS - 1);
    if crew.hands > most {
        return Err(RunError::TooMany { most });
    }
    let gate = Gate::new(crew);
    let mut children = Vec::with_capacity(crew.hands);
    let mut refused = None;
    let mut server = None;
    match crew.settings.start {
        Start::ForkServer => {
            let (served, by) = start::by_server(crew)?;
            (children, server) = (served, Some(by));
        }
        Start::Fork | Start::Spawn => {
            for hand in 0..crew.hands {
                match start::one(crew, hand, &gate) {
                    Ok(child) => children.push(child),
                    Err(error) => {
                        gate.give_up();
                        // Who has started may wait for ever for one that never will.
                        children.iter().for_each(Child::kill);
                        refused = Some(error);
                        break;
                    }
                }
            }
        }
    }
    let endings = attend(crew, children, server);
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

/// Reads what the children write until all of them are gone.
fn attend(
    crew: &Crew<'_, '_>,
    mut children: Vec<Child>,
    mut server: Option<Server>,
) -> Result<Endings, RunError> {
    let mut endings = vec![End::none(); crew.tasks.len()];
    let mut watch = Watch::over(crew);
    let mut cut_off = false;
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
        if !cut_off && crew.shared.waiting.is_given_up() {
            cut_off = true;
            children.iter().for_each(Child::kill);
        }
        if crew.only_daemons() {
            children
                .iter_mut()
                .for_each(|child| child.dismiss(crew.tasks));
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
            children.iter().for_each(Child::kill);
            return Err(RunError::system("wait for the processes", source));
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
                    if which == TOLD {
                        take_the_rest(crew, child);
                    }
                    if child.pipes.iter().all(Option::is_none) {
                        reap(crew, child, server.as_mut(), &mut endings);
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

/// Takes what a process that is gone has written, and waits for no more: a program
/// that it started may hold its output open for long.
fn take_the_rest(crew: &Crew<'_, '_>, child: &mut Child) {
    let worker = child.at.or(child.last);
    for which in [OUT, ERR] {
        let Some(mut pipe) = child.pipes[which].take() else {
            continue;
        };
        // As much as a pipe holds; what is still at work may write for ever.
        let mut bytes = vec![0; 64 * 1024];
        let mut left = 1024 * 1024;
        while left > 0 && is_readable(pipe.as_raw_fd()) {
            let n = pipe.read(&mut bytes).unwrap_or(0).min(left);
            if n == 0 {
                break;
            }
            left -= n;
            crew.recorder.record(Event::Raw {
                worker,
                stderr: which == ERR,
                bytes: bytes[..n].to_vec(),
            });
        }
    }
}

/// Whether a read would come back at once.
fn is_readable(fd: RawFd) -> bool {
    let mut polled = waits_for(fd);
    // SAFETY: one valid pollfd, and no time to wait.
    unsafe { libc::poll(&mut polled, 1, 0) > 0 }
}

/// Takes up what a child has told.
fn hear(crew: &Crew<'_, '_>, child: &mut Child, endings: &mut Endings) {
    while let Some(told) = child.heard.next() {
        match told {
            Told::Begins(worker, pid) => {
                (child.at, child.last, child.pid) = (Some(worker), Some(worker), Some(pid));
            }
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
fn reap(
    crew: &Crew<'_, '_>,
    child: &mut Child,
    server: Option<&mut Server>,
    endings: &mut Endings,
) {
    let (status, peak) = match (&child.life, server) {
        (Life::Own(pid), _) => wait_for(*pid).map(|(_, status, peak)| (status, peak)),
        (Life::Served(hand), Some(server)) => server.end_of(*hand),
        (Life::Served(_), None) => None,
    }
    // Nobody knows: its server is gone, with which the system kills it.
    .unwrap_or((libc::SIGKILL, 0));
    if crew.shared.waiting.is_given_up() {
        return; // it was this process that ended it
    }
    let killed = libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status));
    if let Some(worker) = child.last {
        crew.recorder.record(Event::Gone {
            worker,
            code: killed.map_or(libc::WEXITSTATUS(status), |signal| -signal),
            peak,
        });
    }
    let Some(worker) = child.at else {
        return;
    };
    let ending = match killed {
        Some(signal) => Ending::Killed(signal),
        None => Ending::Exited(libc::WEXITSTATUS(status)),
    };
    let ending = match child.dismissed {
        true => crew.dismissed(),
        false => Some(ending),
    };
    let Some(ending) = ending else {
        return;
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
        .has_ended(worker, crew.tasks[worker as usize].name);
    endings[worker as usize] = End {
        ending,
        value: Value::None,
        at,
    };
}

/// Waits for a child of this process, any for -1: its number, its status as the
/// system gives it, and the most memory that it had resident, in bytes.
fn wait_for(pid: libc::pid_t) -> Option<(libc::pid_t, i32, u64)> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    loop {
        // SAFETY: both outlive the call, which fills them.
        let pid = unsafe { libc::wait4(pid, &mut status, 0, usage.as_mut_ptr()) };
        if pid > 0 {
            // SAFETY: zeroed, which is a valid value, or filled.
            let resident = unsafe { usage.assume_init() }.ru_maxrss as u64;
            // Linux counts kibibytes, macOS bytes.
            let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
            return Some((pid, status, resident * unit));
        }
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return None;
        }
    }
}

fn waits_for(fd: RawFd) -> libc::pollfd {
    libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    }
}
