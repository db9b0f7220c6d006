//! The greeting of a new subscriber (JEP 65).

use async_trait::async_trait;
use jupyter_protocol::IoPubWelcome;
use jupyter_zmq_client::Connection;
use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Waker};
use zeromq::{SocketSend, ZmqMessage, ZmqResult};

/// Makes signed greetings, each for the subscriber that it goes to alone.
pub(super) struct Welcome(RefCell<Connection<Kept>>);

impl Welcome {
    /// Greetings that are signed like the messages of this connection.
    pub(super) fn like<S>(connection: &Connection<S>) -> Self {
        Welcome(RefCell::new(Connection {
            socket: Kept::default(),
            mac: connection.mac.clone(),
            session_id: connection.session_id.clone(),
        }))
    }

    /// The greeting for a subscription to `topic`.
    pub(super) fn greet(&self, topic: &str) -> Option<ZmqMessage> {
        let content = IoPubWelcome {
            subscription: topic.into(),
        };
        let mut message = crate::kernel::signed(content.into());
        message.zmq_identities = vec![topic.as_bytes().to_vec().into()];
        let mut connection = self.0.borrow_mut();
        {
            // Nothing in it waits: the socket only keeps the frames.
            let sent = pin!(connection.send(message));
            let _ = sent.poll(&mut Context::from_waker(Waker::noop()));
        }
        connection
            .socket
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// A socket that keeps the frames of the last message.
#[derive(Default)]
struct Kept(Mutex<Option<ZmqMessage>>);

#[async_trait]
impl SocketSend for Kept {
    async fn send(&mut self, message: ZmqMessage) -> ZmqResult<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
        Ok(())
    }
}
