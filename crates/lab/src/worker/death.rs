//! Ways to die other than to return: alone, or with the whole process.

use super::Worker;
use crate::stage::{Fallen, Stage};
use crate::trace::Ending;
use std::panic::resume_unwind;

/// How a worker dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// It panics, which ends itself alone under every model.
    Panic(String),
    /// Its process is aborted.
    Abort,
    /// Its process touches memory that it may not touch.
    Segfault,
    /// Its process leaves at once with this status.
    Exit(i32),
}

impl Worker {
    /// Dies. But for a panic, whoever is in the same process dies too: threads
    /// with each other, processes each by itself.
    pub fn die(&self, how: Death) -> ! {
        if let Death::Panic(why) = how {
            // Not the macro, whose message goes to standard error: the trace
            // says why.
            resume_unwind(Box::new(why));
        }
        if let Stage::Virtual(_) = self.stage() {
            resume_unwind(Box::new(Fallen(match how {
                Death::Segfault => Ending::Killed(libc::SIGSEGV),
                Death::Exit(status) => Ending::Exited(status),
                _ => Ending::Killed(libc::SIGABRT),
            })));
        }
        leave_no_image();
        match how {
            Death::Segfault => touch_forbidden(),
            // SAFETY: ends the process, without what would run at a usual end.
            Death::Exit(status) => unsafe { libc::_exit(status) },
            _ => std::process::abort(),
        }
    }
}

/// No file with this process's memory is left in the learner's folder.
fn leave_no_image() {
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `none` is a valid rlimit that lives across the call.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) };
}

/// Reads from a page that nobody may read, which the system answers with
/// SIGSEGV.
fn touch_forbidden() -> ! {
    // SAFETY: a new mapping of one page, which is this process's own and holds
    // nothing; the read is meant to end the process, and what it would give is
    // not used.
    unsafe {
        let (length, flags) = (4_096, libc::MAP_PRIVATE | libc::MAP_ANON);
        let page = libc::mmap(std::ptr::null_mut(), length, libc::PROT_NONE, flags, -1, 0);
        if page != libc::MAP_FAILED {
            page.cast::<u8>().read_volatile();
        }
    }
    // The system gave no page, or let it be read.
    std::process::abort()
}
