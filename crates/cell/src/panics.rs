//! Panics are told with their place, which the evaluator finds in the cell.

use crate::wire;
use std::any::Any;
use std::cell::Cell;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// Whether this thread is the one that runs the cell.
    static OWN: Cell<bool> = const { Cell::new(false) };
    /// Whether the evaluator knows of a panic on this thread.
    static TOLD: Cell<bool> = const { Cell::new(false) };
    /// Whether panics are expected.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Does something whose panics are expected, and are told in another way: the
/// evaluator hears nothing of those on this thread.
pub fn quietly<R>(something: impl FnOnce() -> R) -> R {
    struct Loud(bool);
    impl Drop for Loud {
        fn drop(&mut self) {
            QUIET.set(self.0);
        }
    }
    let _before = Loud(QUIET.replace(true));
    something()
}

/// Lets the evaluator know of panics from here on.
pub(crate) fn watch() {
    OWN.set(true);
    TOLD.set(false);
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(tell)));
}

/// Tells of the panic that ended the cell, where [`tell`] has not: the cell has a
/// hook of its own, or went on with a panic of another thread. Its place is not
/// known then.
pub(crate) fn ended(payload: &(dyn Any + Send)) {
    if !TOLD.get() {
        wire::send(wire::PANIC, &["main", text(payload), "", "0", "0"]);
    }
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or(NO_TEXT)
}

const NO_TEXT: &str = "a value that is no text";

fn tell(info: &PanicHookInfo<'_>) {
    if QUIET.get() {
        return;
    }
    TOLD.set(true);
    let message = info.payload_as_str().unwrap_or(NO_TEXT);
    let thread = std::thread::current();
    let who = if OWN.get() {
        "main"
    } else {
        thread.name().unwrap_or("unnamed")
    };
    let (file, line, column) = match info.location() {
        Some(place) => (place.file(), place.line(), place.column()),
        None => ("", 0, 0),
    };
    wire::send(
        wire::PANIC,
        &[who, message, file, &line.to_string(), &column.to_string()],
    );
}
