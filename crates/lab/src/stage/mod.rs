//! What stands behind a worker's operations: the stage that carries them out.
//!
//! An operation is written once, over a [`Stage`]. On the wall stage, time is
//! the clock's: an operation blocks its thread and is then ready at once, or,
//! under tokio, gives the thread to the other tasks.

mod wall;

pub(crate) use wall::{Monitor, Stage};
