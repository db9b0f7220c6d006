//! The wire: connection file, sockets, iopub, heartbeat. The only place that
//! knows ZeroMQ.
//!
//! Everything runs on one thread, the main one: a child process that asks to
//! end with its parent ends with the *thread* that started it.

mod connection;
mod iopub;
mod receive;
mod serve;
mod stdin;
mod subscriber;
mod welcome;

pub use connection::ConnectionError;
pub use serve::serve;
