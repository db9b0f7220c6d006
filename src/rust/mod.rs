//! Rust cells: the learner's own code.
//!
//! ```text
//! kernel --wire--> evaluator (role `rust`) --frames--> child (role `rust-child`), which runs the cells
//! ```

mod cells;
mod child;
mod evaluator;
mod frame;
mod source;
pub mod wire;

pub use cells::{Cells, Lost, Warmer};
pub use child::main as child;
pub use evaluator::{evcxr_child, main as evaluator};
pub(crate) use source::cell::nests_deeply;
pub(crate) use source::lines::{Open, command};
