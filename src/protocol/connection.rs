//! The connection file, and the addresses in it.

use jupyter_zmq_client::ConnectionInfo;
use std::path::Path;

/// Why the kernel could not begin to serve.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The connection file could not be read.
    #[error("the connection file {path} cannot be read: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The connection file is not one.
    #[error("{path} is no connection file: {source}")]
    Parse {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A socket could not be bound.
    #[error("the {channel} channel cannot listen at {address}: {source}")]
    Bind {
        /// Which channel.
        channel: &'static str,
        /// Where.
        address: String,
        /// What the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The system refused something else that a kernel needs.
    #[error("the kernel cannot start: {0}")]
    System(#[from] std::io::Error),
}

/// Reads a connection file.
///
/// # Errors
/// When it cannot be read or is not one.
pub(super) fn read(path: &Path) -> Result<ConnectionInfo, ConnectionError> {
    let shown = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ConnectionError::Read {
        path: shown(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|source| ConnectionError::Parse {
        path: shown(),
        source,
    })
}
