//! Frames become messages: signature, shape, and no message twice.

use bytes::Bytes;
use jupyter_protocol::JupyterMessage;
use jupyter_zmq_client::{RawMessage, RouterRecvConnection, RuntimeError};
use serde_json::{Map, Value, json};
use std::collections::{HashSet, VecDeque};
use zeromq::SocketRecv;

/// Messages whose signatures are remembered, so that a copy is noticed.
const REMEMBERED: usize = 4_096;

/// Receives on one channel.
pub(super) struct Receiver {
    connection: RouterRecvConnection,
    seen: Seen,
}

impl Receiver {
    pub(super) fn new(connection: RouterRecvConnection) -> Self {
        Receiver {
            connection,
            seen: Seen::default(),
        }
    }

    /// The next message that is signed, well formed and new. Everything else
    /// is logged and passed over.
    pub(super) async fn next(&mut self) -> JupyterMessage {
        loop {
            let frames = match self.connection.socket.recv().await {
                Ok(frames) => frames,
                Err(error) => {
                    log::warn!("a peer's frames cannot be read: {error}");
                    // Nothing else would slow this loop down.
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    continue;
                }
            };
            let signature = signature(&frames);
            let raw = match RawMessage::from_multipart(frames, &self.connection.mac) {
                Ok(raw) => raw,
                Err(error) => {
                    log::warn!("a message is ignored: {error}");
                    continue;
                }
            };
            // Without a key all signatures are empty.
            if self.connection.mac.is_some() && !self.seen.is_new(signature) {
                log::warn!("a message that came before is ignored");
                continue;
            }
            match message(raw) {
                Ok(message) => return message,
                Err(error) => log::warn!("a message is ignored: {error}"),
            }
        }
    }
}

fn signature(frames: &zeromq::ZmqMessage) -> Bytes {
    let mut frames = frames.iter().skip_while(|frame| &frame[..] != b"<IDS|MSG>");
    // A copy: the frame itself is a part of a buffer that holds the whole message.
    frames
        .nth(1)
        .map(|frame| Bytes::copy_from_slice(frame))
        .unwrap_or_default()
}

#[derive(Default)]
struct Seen {
    all: HashSet<Bytes>,
    order: VecDeque<Bytes>,
}

impl Seen {
    fn is_new(&mut self, signature: Bytes) -> bool {
        if !self.all.insert(signature.clone()) {
            return false;
        }
        self.order.push_back(signature);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
        true
    }
}

/// Parses a message, with the defaults of the protocol for fields that clients
/// leave out and the protocol crate demands.
fn message(raw: RawMessage) -> Result<JupyterMessage, RuntimeError> {
    let part = |at: usize| -> Result<Value, RuntimeError> {
        let part = raw
            .jparts
            .get(at)
            .ok_or(RuntimeError::InsufficientMessageParts(raw.jparts.len()))?;
        Ok(serde_json::from_slice(part)?)
    };
    let header = part(0)?;
    let mut content = part(3)?;
    if let (Some(kind), Some(content)) = (header["msg_type"].as_str(), content.as_object_mut()) {
        defaults(kind, content);
    }
    let parent = part(1)
        .ok()
        .filter(|parent| parent.get("msg_id").is_some())
        .unwrap_or(json!({}));
    let whole = json!({
        "header": header,
        "parent_header": parent,
        "metadata": part(2)?,
        "content": content,
    });
    let kind = whole["header"]["msg_type"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut message = JupyterMessage::from_value(whole)
        .map_err(|error| RuntimeError::ZmqMessageError(format!("`{kind}`: {error}")))?;
    message.zmq_identities = raw.zmq_identities;
    message.buffers = raw.jparts.get(4..).unwrap_or_default().to_vec();
    Ok(message)
}

fn defaults(kind: &str, content: &mut Map<String, Value>) {
    let defaults: &[(&str, Value)] = match kind {
        "execute_request" => {
            let silent = content.get("silent") == Some(&json!(true));
            &[
                ("silent", json!(false)),
                ("store_history", json!(!silent)),
                ("user_expressions", json!({})),
            ]
        }
        "history_request" => &[
            ("session", json!(0)),
            ("start", json!(0)),
            ("stop", json!(0)),
            ("unique", json!(false)),
            ("n", json!(0)),
            ("pattern", json!("*")),
            ("output", json!(false)),
            ("raw", json!(true)),
        ],
        "shutdown_request" => &[("restart", json!(false))],
        _ => &[],
    };
    for (name, value) in defaults {
        // Null is a client's way to leave a field out.
        let field = content.entry(*name).or_insert(Value::Null);
        if field.is_null() {
            *field = value.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jupyter_protocol::{HistoryRequest, JupyterMessageContent};

    fn raw(kind: &str, content: Value) -> RawMessage {
        let header = json!({
            "msg_id": "1", "username": "u", "session": "s", "date": "2026-01-01T00:00:00Z",
            "msg_type": kind, "version": "5.3",
        });
        let parts = [header, json!({}), json!({}), content];
        let jparts = parts.iter().map(|part| part.to_string().into()).collect();
        RawMessage {
            zmq_identities: vec![Bytes::from_static(b"who")],
            jparts,
        }
    }

    #[test]
    fn fields_that_clients_leave_out_have_the_protocols_defaults() {
        let search = json!({"hist_access_type": "search", "pattern": "a*", "n": 3});
        let message = message(raw("history_request", search)).unwrap();
        let JupyterMessageContent::HistoryRequest(HistoryRequest::Search { unique, n, .. }) =
            message.content
        else {
            panic!("{message:?}")
        };
        assert_eq!((unique, n), (false, 3));
    }

    #[test]
    fn a_silent_cell_is_not_stored_unless_it_says_so() {
        let message = message(raw("execute_request", json!({"code": "", "silent": true}))).unwrap();
        let JupyterMessageContent::ExecuteRequest(request) = message.content else {
            panic!()
        };
        assert!(!request.store_history);
    }

    #[test]
    fn the_sender_is_remembered_for_the_reply() {
        let message = message(raw("kernel_info_request", json!({}))).unwrap();
        assert_eq!(message.zmq_identities, [Bytes::from_static(b"who")]);
    }

    #[test]
    fn a_message_is_taken_once() {
        let mut seen = Seen::default();
        assert!(seen.is_new("a".into()) && !seen.is_new("a".into()) && seen.is_new("b".into()));
        for n in 0..REMEMBERED {
            seen.is_new(n.to_string().into());
        }
        assert_eq!(seen.all.len(), REMEMBERED);
        assert!(seen.is_new("a".into()), "the oldest is forgotten");
    }
}
