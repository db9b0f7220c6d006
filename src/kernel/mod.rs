//! The kernel: takes a message, puts messages into an outbox. It knows nothing
//! of sockets, and so is tested without any.

mod cell_screen;
mod control;
mod history;
mod info;
mod outbox;
mod shell;

pub use control::{Control, Ending};
pub(crate) use outbox::signed;
pub use outbox::{Outbox, Outgoing, Route};
pub use shell::Kernel;

/// Longest text that one cell may print, in bytes; more is counted and left
/// out, so that a flood cannot fill the front end's memory.
pub const OUTPUT_LIMIT: usize = 16 << 20;
