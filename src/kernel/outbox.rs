//! Where the kernel puts what it has to say.

use crate::display::Stream;
use jupyter_protocol::{InputRequest, JupyterMessage, JupyterMessageContent, Status};
use std::rc::Rc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// The channel that a request came from, and so its reply goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Requests that wait for one another.
    Shell,
    /// Requests that are answered at once.
    Control,
}

/// One thing that leaves the kernel.
#[derive(Debug)]
pub enum Outgoing {
    /// A reply, to whoever asked.
    Reply(Route, JupyterMessage),
    /// A message for everybody who listens on iopub.
    Publish(JupyterMessage),
    /// A part of a cell's standard output or error. Parts are put together
    /// before they go out.
    Text {
        /// The request that it belongs to.
        parent: Rc<JupyterMessage>,
        /// Which of the two.
        stream: Stream,
        /// The text.
        text: String,
    },
    /// Asks the learner, of the front end that a request came from.
    Ask {
        /// The question.
        question: JupyterMessage,
        /// Takes the answer, or why there is none.
        answer: oneshot::Sender<Result<String, String>>,
    },
    /// Tells when all that was put in before has gone out.
    Barrier(oneshot::Sender<()>),
}

/// Takes messages, in their order.
#[derive(Clone, Debug)]
pub struct Outbox(UnboundedSender<Outgoing>);

impl Outbox {
    /// An outbox, and the end that it is emptied from.
    pub fn new() -> (Outbox, UnboundedReceiver<Outgoing>) {
        let (sender, receiver) = unbounded_channel();
        (Outbox(sender), receiver)
    }

    fn put(&self, outgoing: Outgoing) {
        // Nobody to take it means that the kernel is about to end.
        let _ = self.0.send(outgoing);
    }

    /// Answers a request.
    pub fn reply(
        &self,
        route: Route,
        content: impl Into<JupyterMessageContent>,
        to: &JupyterMessage,
    ) {
        self.put(Outgoing::Reply(
            route,
            signed(JupyterMessage::new(content, Some(to))),
        ));
    }

    /// Tells everybody, as a consequence of a request.
    pub fn publish(&self, content: impl Into<JupyterMessageContent>, parent: &JupyterMessage) {
        let mut message = signed(JupyterMessage::new(content, Some(parent)));
        // On iopub the first frame is a topic that clients may subscribe to.
        message.zmq_identities = vec![format!("kernel.{}", message.header.msg_type).into()];
        self.put(Outgoing::Publish(message));
    }

    /// Tells everybody that work on a request begins.
    pub fn busy(&self, parent: &JupyterMessage) {
        self.publish(Status::busy(), parent);
    }

    /// Tells everybody that work on a request is done.
    pub fn idle(&self, parent: &JupyterMessage) {
        self.publish(Status::idle(), parent);
    }

    /// Adds to a cell's output.
    pub fn text(&self, parent: &Rc<JupyterMessage>, stream: Stream, text: String) {
        self.put(Outgoing::Text {
            parent: parent.clone(),
            stream,
            text,
        });
    }

    /// Asks the learner for a line, on behalf of a cell.
    pub fn ask(
        &self,
        prompt: String,
        password: bool,
        parent: &JupyterMessage,
    ) -> oneshot::Receiver<Result<String, String>> {
        let (answer, wait) = oneshot::channel();
        let question = InputRequest { prompt, password };
        let mut question = signed(JupyterMessage::new(question, Some(parent)));
        question.zmq_identities.clone_from(&parent.zmq_identities);
        self.put(Outgoing::Ask { question, answer });
        wait
    }

    /// Waits until all that was put in has gone out, or nobody is there to
    /// send it.
    pub async fn flushed(&self) {
        let (done, wait) = oneshot::channel();
        self.put(Outgoing::Barrier(done));
        let _ = wait.await;
    }
}

/// The protocol version that this kernel speaks.
pub(super) const PROTOCOL: &str = "5.4";

/// Puts our own name and version where the protocol crate puts its own.
pub(crate) fn signed(mut message: JupyterMessage) -> JupyterMessage {
    message.header.username = "threadlab".into();
    message.header.version = PROTOCOL.into();
    message
}
