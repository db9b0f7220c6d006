//! What the code of a notebook's Rust cell links to: the variables that stay
//! from cell to cell, the value that a cell shows, panics with their place,
//! and input from the front end.
//!
//! A cell is compiled to a shared object of its own, with one function, that
//! the evaluator's child loads and enters through `threadlab_enter`. What it tells
//! goes over [`wire`]; what it prints goes to standard output as anywhere.
//!
//! Nothing here but the standard library: every cell links this.

mod enter;
mod input;
mod panics;
mod show;
mod store;
mod timed;
mod waiting;
pub mod wire;

pub use enter::{Body, Failure, Kept};
pub use input::{InputError, input, password, try_input};
pub use panics::quietly;
pub use show::{ByDebug, Shown, shown};
pub use store::Store;
pub use timed::timed;
pub use waiting::block_on;
