//! Threadlab: a Jupyter kernel for learning concurrency by running it.
//!
//! From a cell to a chart, each module naming only those below it:
//!
//! ```text
//! cell -> protocol -> command -> run request -> runner (workers) -> trace -> figure -> display -> cell
//! ```
//! The library behind it, which knows nothing of Jupyter, is `lab`.

pub mod claim;
pub mod cli;
pub mod command;
pub mod display;
pub mod figure;
pub mod kernel;
pub mod magic;
pub mod notebook;
pub mod project;
pub mod protocol;
pub mod real;
pub mod run;
pub mod runner;
pub mod rust;
pub mod scenario;
pub mod twin;
