//! The text of cells: taken apart, kept, and written into a crate.

pub(super) mod cell;
pub(super) mod key;
pub(super) mod lines;
pub(super) mod naming;
pub(super) mod session;
pub(super) mod text;
pub(super) mod write;
