//! The process above all stores and cells, which ends them when the evaluator
//! is gone, however that came about.

use std::io;
use std::os::fd::RawFd;

/// What a process is after [`stand`].
#[derive(Debug)]
pub(super) enum Role {
    /// The one that holds variables and runs cells.
    Store,
    /// The warden, at its end: its exit status.
    Warden(u8),
}

/// Forks the first store and stands above it, until the last process below is
/// gone or `lifeline` is closed at its other end. `alone` is done once the store
/// is there, by the one above it.
pub(super) fn stand(lifeline: RawFd, alone: impl FnOnce()) -> io::Result<Role> {
    adopt_orphans();
    let mut waiting = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // A child's end is heard in pselect only, so that none slips by between
    // looking and waiting.
    // SAFETY: sigemptyset makes the first set whole, sigprocmask the second.
    let before = unsafe {
        libc::sigemptyset(waiting.as_mut_ptr());
        libc::sigaddset(waiting.as_mut_ptr(), libc::SIGCHLD);
        if libc::sigprocmask(libc::SIG_BLOCK, waiting.as_ptr(), before.as_mut_ptr()) < 0 {
            return Err(io::Error::last_os_error());
        }
        before.assume_init()
    };
    let Some(store) = super::fork()? else {
        // SAFETY: the mask is the one that was.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut()) };
        return Ok(Role::Store);
    };
    alone();
    hear_children();
    loop {
        if !reap() {
            return Ok(Role::Warden(0));
        }
        // SAFETY: one descriptor, a set of ours, and a mask.
        let heard = unsafe {
            let mut set = std::mem::MaybeUninit::<libc::fd_set>::uninit();
            libc::FD_ZERO(set.as_mut_ptr());
            libc::FD_SET(lifeline, set.as_mut_ptr());
            let (set, none) = (set.as_mut_ptr(), std::ptr::null_mut());
            libc::pselect(
                lifeline + 1,
                set,
                none,
                none,
                std::ptr::null(),
                &raw const before,
            )
        };
        if heard > 0 {
            end_all(store);
            return Ok(Role::Warden(0));
        }
    }
}

/// Processes below that lose their parent become this one's children.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // SAFETY: a number, nothing of memory.
    unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    }
}

/// A child's end has to interrupt waiting, for which it needs a handler.
fn hear_children() {
    extern "C" fn heard(_: libc::c_int) {}
    let handler = heard as extern "C" fn(libc::c_int);
    // SAFETY: the handler does nothing.
    unsafe { libc::signal(libc::SIGCHLD, handler as libc::sighandler_t) };
}

/// Takes note of children that have ended; whether any is left.
fn reap() -> bool {
    loop {
        // SAFETY: no status is asked for.
        match unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) } {
            0 => return true,
            -1 => return io::Error::last_os_error().raw_os_error() != Some(libc::ECHILD),
            _ => {}
        }
    }
}

/// Kills every process below, and those that they become the parents of.
fn end_all(store: libc::pid_t) {
    while reap() {
        for child in children(store) {
            // SAFETY: a process below this one.
            unsafe { libc::kill(child, libc::SIGKILL) };
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// The processes whose parent this one is: orphans come up to it when those
/// between have been killed.
#[cfg(target_os = "linux")]
fn children(_: libc::pid_t) -> Vec<libc::pid_t> {
    let own = std::process::id();
    let path = format!("/proc/{own}/task/{own}/children");
    let list = std::fs::read_to_string(path).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// Where orphans do not come up to it, the first store is the only child. A cell
/// that it waits for comes to its own end.
#[cfg(not(target_os = "linux"))]
fn children(store: libc::pid_t) -> Vec<libc::pid_t> {
    vec![store]
}
