//! The outside world that scenarios work on: sockets, files, a database,
//! pictures. It knows nothing of scenarios, labs or runs.
//!
//! What can wait for an answer has an async form, for tokio, and a blocking
//! form, for a thread that waits. Both do the same on the wire.

pub mod bodies;
pub mod channels;
pub mod database;
pub mod files;
pub mod http;
pub mod manager;
pub mod picture;
pub mod processing;
pub mod server;
pub mod units;

use std::io;

/// Waits on this thread for something asynchronous: how a blocking client is
/// made of an async one. The runtime lives for this call alone, so that a
/// process may fork before and after it.
fn block_on<R, E>(
    future: impl Future<Output = Result<R, E>>,
    failed: impl FnOnce(io::Error) -> E,
) -> Result<R, E> {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    built.map_err(failed)?.block_on(future)
}
