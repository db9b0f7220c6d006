//! One iopub subscriber, with an XPUB socket and a queue of its own.
//!
//! The connection is accepted here and its bytes are spliced to the socket,
//! which listens on a private ipc path. So the wire protocol stays the socket
//! crate's, each subscriber is greeted, and one that does not read loses its
//! own messages and keeps nobody waiting (docs/decisions/iopub.md).

use super::welcome::Welcome;
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::UnixStream;
use tokio::sync::Notify;
use zeromq::{Socket, SocketRecv, SocketSend, XPubSocket, ZmqMessage};

/// Bytes that may wait for a subscriber behind the message that is next: one
/// message may be as large as it likes, more than these are not being read.
const QUEUE: usize = 48 << 20;

/// Everybody who listens.
pub(super) type Subscribers = Arc<Mutex<Vec<Arc<Subscriber>>>>;

/// A subscriber's queue.
#[derive(Debug, Default)]
pub(super) struct Subscriber {
    queue: Mutex<Queue>,
    filled: Notify,
    gone: AtomicBool,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<ZmqMessage>,
    bytes: usize,
    sending: bool,
}

impl Subscriber {
    pub(super) fn is_alive(&self) -> bool {
        !self.gone.load(Ordering::Relaxed)
    }

    pub(super) fn has_waiting(&self) -> bool {
        let queue = self.queue();
        queue.sending || !queue.messages.is_empty()
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a message; its bytes are shared with the other subscribers'.
    pub(super) fn offer(&self, message: &ZmqMessage) {
        let size = size(message);
        let mut queue = self.queue();
        let next = queue.messages.front().map_or(size, self::size);
        let waiting = queue.bytes + size - next;
        if waiting > QUEUE {
            log::warn!(
                "an iopub subscriber does not read ({waiting} bytes wait behind a message): it is cut off"
            );
            *queue = Queue::default();
            self.gone.store(true, Ordering::Relaxed);
        } else {
            queue.bytes += size;
            queue.messages.push_back(message.clone());
        }
        drop(queue);
        self.filled.notify_one();
    }

    async fn next(&self) -> Option<ZmqMessage> {
        loop {
            {
                let mut queue = self.queue();
                if self.gone.load(Ordering::Relaxed) {
                    return None;
                }
                if let Some(message) = queue.messages.pop_front() {
                    queue.bytes -= size(&message);
                    queue.sending = true;
                    return Some(message);
                }
                queue.sending = false;
            }
            self.filled.notified().await;
        }
    }
}

fn size(message: &ZmqMessage) -> usize {
    message.iter().map(|frame| frame.len()).sum()
}

/// Serves an accepted connection in a task of its own.
pub(super) fn attend(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    subscribers: Subscribers,
    welcome: Rc<Welcome>,
) {
    tokio::task::spawn_local(async move {
        let subscriber = Arc::new(Subscriber::default());
        subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(subscriber.clone());
        if let Err(error) = serve(stream, &subscriber, &welcome).await {
            log::warn!("an iopub client could not be served: {error}");
        }
        subscriber.gone.store(true, Ordering::Relaxed);
        let mut all = subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| !Arc::ptr_eq(other, &subscriber));
    });
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    subscriber: &Subscriber,
    welcome: &Welcome,
) -> io::Result<()> {
    let place = Place::new()?;
    let mut socket = XPubSocket::new();
    socket
        .bind(&format!("ipc://{}", place.path().display()))
        .await
        .map_err(io::Error::other)?;
    let mut inside = UnixStream::connect(place.path()).await?;
    drop(place);
    tokio::select! {
        // Its end, whichever side it comes from, is no error.
        _ = copy_bidirectional(&mut stream, &mut inside) => {}
        () = publish(&mut socket, subscriber, welcome) => {}
    }
    Ok(())
}

/// Greets every subscription, and sends what is queued once there is one.
async fn publish(socket: &mut XPubSocket, subscriber: &Subscriber, welcome: &Welcome) {
    let mut subscribed = false;
    loop {
        // A subscription comes in only while it is received.
        tokio::select! {
            biased;
            event = socket.recv() => {
                let Ok(event) = event else { return };
                let Some((1, topic)) = event.get(0).and_then(|frame| Some((*frame.first()?, &frame[1..]))) else {
                    continue;
                };
                subscribed = true;
                let greeting = welcome.greet(&String::from_utf8_lossy(topic));
                if let Some(greeting) = greeting && socket.send(greeting).await.is_err() {
                    return;
                }
            }
            message = subscriber.next(), if subscribed => {
                let Some(message) = message else { return };
                if socket.send(message).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Bytes that a socket's folder may have in its name.
const SOCKET_PATH: usize = 100;

/// A private folder with room for one socket, gone once it is connected.
struct Place(PathBuf);

impl Place {
    fn new() -> io::Result<Place> {
        use std::os::unix::fs::DirBuilderExt;
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!(
            "threadlab-{}-{number}-{}",
            std::process::id(),
            lab::clock::now()
        );
        let path = match std::env::temp_dir().join(&name) {
            // A socket's path has to fit into 108 bytes (unix(7)).
            long if long.as_os_str().len() > SOCKET_PATH => PathBuf::from("/tmp").join(name),
            path => path,
        };
        // Nobody else may reach the socket: what is sent there is the user's.
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Place(path))
    }

    fn path(&self) -> PathBuf {
        self.0.join("s")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a subscriber is still served after messages of these sizes, none
    /// of which it has read.
    fn lives_after(sizes: &[usize]) -> bool {
        let subscriber = Subscriber::default();
        for size in sizes {
            subscriber.offer(&ZmqMessage::from(vec![0; *size]));
        }
        subscriber.is_alive()
    }

    #[test]
    fn one_message_may_be_of_any_size() {
        assert!(lives_after(&[QUEUE + 1, 100, 100]));
        assert!(lives_after(&[100, QUEUE]));
    }

    #[test]
    fn who_does_not_read_is_cut_off() {
        assert!(!lives_after(&[100, QUEUE + 1]));
        assert!(!lives_after(&[QUEUE, QUEUE / 2, QUEUE / 2 + 1]));
    }
}
