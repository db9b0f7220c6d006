//! The value of a cell.
//!
//! The evaluator writes a last expression as `(&value).evcxr_display()`: a
//! method of that name that the type has itself, or by a trait in scope, comes
//! first; [`ByDebug`] is there for one reference more, and so comes last. One
//! compilation decides it.

use crate::wire;
use std::fmt::Debug;
use std::io::{self, Write};
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Shows what has no way of its own to be shown, by its `Debug`.
#[diagnostic::on_unimplemented(
    message = "a value of type `{Self}` cannot be shown",
    note = "end the line with `;`, or put #[derive(Debug)] above the type"
)]
pub trait ByDebug {
    /// Prints the value as evcxr's convention has it.
    fn evcxr_display(&self);
}

impl<T: Debug + ?Sized> ByDebug for &T {
    fn evcxr_display(&self) {
        // The value of a statement, which is nothing to be shown.
        if std::any::type_name::<T>() != "()" {
            print(&self);
        }
    }
}

/// Whether values are shown over several lines.
static PRETTY: AtomicBool = AtomicBool::new(false);

fn print(value: &dyn Debug) {
    let text = if PRETTY.load(Relaxed) {
        format!("{value:#?}")
    } else {
        format!("{value:?}")
    };
    println!("EVCXR_BEGIN_CONTENT text/plain\n{text}\nEVCXR_END_CONTENT");
}

/// While it lives, what is printed is part of the cell's value.
#[derive(Debug)]
pub struct Shown {
    stdout: Option<RawFd>,
}

unsafe extern "C" {
    fn dup(number: RawFd) -> RawFd;
    fn dup2(from: RawFd, to: RawFd) -> RawFd;
    fn close(number: RawFd) -> i32;
}

/// Begins the cell's value, over several lines where it is `pretty`.
pub fn shown(pretty: bool) -> Shown {
    PRETTY.store(pretty, Relaxed);
    let Some(pipe) = wire::value_pipe() else {
        return Shown { stdout: None };
    };
    let _ = io::stdout().flush();
    // SAFETY: numbers of descriptors, nothing of memory.
    let kept = unsafe { dup(1) };
    if kept < 0 {
        return Shown { stdout: None };
    }
    // SAFETY: as above.
    unsafe { dup2(pipe, 1) };
    Shown { stdout: Some(kept) }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = io::stdout().flush();
        if let Some(kept) = self.stdout {
            // SAFETY: numbers of descriptors, nothing of memory.
            unsafe {
                dup2(kept, 1);
                close(kept);
            }
        }
    }
}
