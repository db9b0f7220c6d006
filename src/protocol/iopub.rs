//! iopub: one owner puts text together, keeps order, and hands every message
//! to every subscriber.

use super::connection::ConnectionError;
use super::subscriber::{Subscribers, attend};
use super::welcome::Welcome;
use crate::display::Stream;
use crate::kernel::Outgoing;
use async_trait::async_trait;
use jupyter_protocol::{JupyterMessage, Stdio, StreamContent};
use jupyter_zmq_client::{Connection, ConnectionInfo};
use std::rc::Rc;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use zeromq::{SocketSend, ZmqMessage, ZmqResult};

/// Text is sent at the latest so long after it was printed,
const FLUSH_AFTER: Duration = Duration::from_millis(80);
/// or once there is so much of it.
const FLUSH_AT: usize = 256 * 1024;

/// A socket that hands each message to all subscribers. It lets the protocol
/// crate's connection serialise and sign a message once for all of them.
pub(super) struct Fanout(pub(super) Subscribers);

#[async_trait]
impl SocketSend for Fanout {
    async fn send(&mut self, message: ZmqMessage) -> ZmqResult<()> {
        let mut subscribers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|subscriber| subscriber.is_alive());
        for subscriber in subscribers.iter() {
            subscriber.offer(&message);
        }
        Ok(())
    }
}

/// Where iopub's clients connect.
pub(super) enum Listener {
    Tcp(TcpListener),
    Ipc(UnixListener, std::path::PathBuf),
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Listener::Ipc(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Listener {
    pub(super) async fn bind(info: &ConnectionInfo) -> Result<Listener, ConnectionError> {
        let address = info.iopub_url();
        let bound = match address.strip_prefix("ipc://") {
            Some(path) => UnixListener::bind(path).map(|l| Listener::Ipc(l, path.into())),
            None => TcpListener::bind((info.ip.as_str(), info.iopub_port))
                .await
                .map(Listener::Tcp),
        };
        bound.map_err(|source| ConnectionError::Bind {
            channel: "iopub",
            address,
            source: source.into(),
        })
    }
}

/// Accepts subscribers for ever. Each has a task of its own.
pub(super) async fn accept(listener: Listener, subscribers: Subscribers, welcome: Rc<Welcome>) {
    loop {
        let accepted = match &listener {
            Listener::Tcp(tcp) => tcp.accept().await.map(|(stream, _)| {
                let _ = stream.set_nodelay(true);
                attend(stream, subscribers.clone(), welcome.clone())
            }),
            Listener::Ipc(ipc, _) => ipc
                .accept()
                .await
                .map(|(stream, _)| attend(stream, subscribers.clone(), welcome.clone())),
        };
        if let Err(error) = accepted {
            log::warn!("an iopub client could not be accepted: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Text that waits to be sent.
struct Pending {
    parent: Rc<JupyterMessage>,
    stream: Stream,
    text: String,
}

/// Publishes what the kernel puts out, in order.
pub(super) struct Owner {
    connection: Connection<Fanout>,
    pending: Option<Pending>,
    /// When the pending text is due.
    due: Option<tokio::time::Instant>,
    subscribers: Subscribers,
}

impl Owner {
    pub(super) fn new(connection: Connection<Fanout>) -> Self {
        let subscribers = connection.socket.0.clone();
        Owner {
            connection,
            pending: None,
            due: None,
            subscribers,
        }
    }

    /// Waits until pending text is due; for ever where there is none.
    pub(super) async fn due(&self) {
        match self.due {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Takes one thing from the kernel's outbox. Replies and
    /// questions are not for iopub.
    pub(super) async fn take(&mut self, outgoing: Outgoing) {
        match outgoing {
            Outgoing::Reply(..) | Outgoing::Ask { .. } => {}
            Outgoing::Publish(message) => {
                self.flush().await;
                self.send(message).await;
            }
            Outgoing::Text {
                parent,
                stream,
                text,
            } => {
                let same = |p: &Pending| Rc::ptr_eq(&p.parent, &parent) && p.stream == stream;
                if !self.pending.as_ref().is_some_and(same) {
                    self.flush().await;
                }
                let pending = self.pending.get_or_insert_with(|| Pending {
                    parent,
                    stream,
                    text: String::new(),
                });
                pending.text.push_str(&text);
                self.due
                    .get_or_insert_with(|| tokio::time::Instant::now() + FLUSH_AFTER);
                if pending.text.len() >= FLUSH_AT {
                    self.flush().await;
                }
            }
            Outgoing::Barrier(done) => {
                self.flush().await;
                self.delivered().await;
                // Whoever asked may be gone.
                let _ = done.send(());
            }
        }
    }

    /// Sends the pending text.
    pub(super) async fn flush(&mut self) {
        self.due = None;
        let Some(Pending {
            parent,
            stream,
            text,
        }) = self.pending.take()
        else {
            return;
        };
        let name = match stream {
            Stream::Out => Stdio::Stdout,
            Stream::Err => Stdio::Stderr,
        };
        let mut message = crate::kernel::signed(StreamContent { name, text }.as_child_of(&parent));
        message.zmq_identities = vec![bytes::Bytes::from_static(b"kernel.stream")];
        self.send(message).await;
    }

    async fn send(&mut self, message: JupyterMessage) {
        if let Err(error) = self.connection.send(message).await {
            log::error!("a message could not be published: {error}");
        }
    }

    /// Waits until subscribers have been handed what waits for them, for a
    /// short time: one that does not read must not keep the kernel alive.
    async fn delivered(&self) {
        let since = tokio::time::Instant::now();
        while since.elapsed() < Duration::from_millis(200) {
            let waiting = {
                let subscribers = self
                    .subscribers
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                subscribers.iter().any(|s| s.is_alive() && s.has_waiting())
            };
            if !waiting {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
