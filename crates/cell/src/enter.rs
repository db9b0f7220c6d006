//! A cell's code, entered by the evaluator's child.

use crate::{Store, panics, wire};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

unsafe extern "C" {
    /// Ends the process without running what others left to be run at its end.
    fn _exit(status: i32) -> !;
}

/// What a cell is compiled to.
pub type Body = fn(&mut Store) -> Result<Kept, Failure>;

/// What a cell gives that came to its end and kept its variables. It is no `()`,
/// for a `return Ok(())` would leave without keeping them: that is refused.
#[derive(Debug)]
pub struct Kept;

/// The error of a `?` that ended a cell.
// Not Debug, which would make it an error that is made from itself.
#[allow(missing_debug_implementations)]
pub struct Failure {
    kind: &'static str,
    text: String,
}

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure {
            kind: std::any::type_name::<E>(),
            text: error.to_string(),
        }
    }
}

/// The cell came to its end.
const DONE: i32 = 0;
/// It panicked, or a `?` ended it; the evaluator has been told.
const FAILED: i32 = 1;

/// Runs a cell on the variables of its session, and tells the evaluator what
/// is there afterwards. A store is made where there is none yet. Gives 0 when
/// the cell came to its end, and 1 when it failed.
///
/// # Safety
/// `body` is a [`Body`] compiled by the compiler that compiled this crate;
/// `store` is where the last call left the store, or null before the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn threadlab_enter(body: *const (), store: *mut *mut Store) -> i32 {
    // SAFETY: as the caller says; a function pointer has a data pointer's size.
    let (body, slot) = unsafe { (std::mem::transmute::<*const (), Body>(body), &mut *store) };
    if slot.is_null() {
        *slot = Box::into_raw(Box::default());
    }
    // SAFETY: it was made above, in this or an earlier call, and never freed.
    let store = unsafe { &mut **slot };
    panics::watch();
    let own = std::process::id();
    let ended = catch_unwind(AssertUnwindSafe(|| body(store)));
    let _ = std::io::stdout().flush();
    if std::process::id() != own {
        // A fork of the cell's making came to the cell's end: the session is the
        // other one's.
        // SAFETY: this process does nothing more.
        unsafe { _exit(i32::from(!matches!(ended, Ok(Ok(Kept))))) };
    }
    store.tell();
    match ended {
        Ok(Ok(Kept)) => DONE,
        Ok(Err(failure)) => {
            wire::send(wire::FAILED, &[failure.kind, &failure.text]);
            FAILED
        }
        Err(payload) => {
            panics::ended(&*payload);
            // A payload's destructor may panic again.
            std::mem::forget(payload);
            FAILED
        }
    }
}
