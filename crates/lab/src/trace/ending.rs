//! How a worker ended, in words that follow its name.

use super::Ending;
use std::fmt::{Display, Formatter, Result};

impl Display for Ending {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Ending::Returned => f.write_str("returned"),
            Ending::Running => f.write_str("never ended"),
            Ending::Panicked(message) => write!(f, "panicked: {message}"),
            Ending::Exited(status) => write!(f, "left with exit status {status}"),
            Ending::Killed(signal) => write!(f, "was ended by {}", signal_name(*signal)),
        }
    }
}

/// A signal's number and name.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGABRT => "SIGABRT, abort",
        libc::SIGSEGV => "SIGSEGV, a forbidden memory access",
        libc::SIGBUS => "SIGBUS, a forbidden memory access",
        libc::SIGILL => "SIGILL, an illegal instruction",
        libc::SIGFPE => "SIGFPE, an impossible calculation",
        libc::SIGKILL => "SIGKILL",
        libc::SIGTERM => "SIGTERM",
        libc::SIGINT => "SIGINT",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGXCPU => "SIGXCPU, too much processor time",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal} ({name})")
}
