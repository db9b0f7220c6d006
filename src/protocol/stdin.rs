//! Questions to the learner, on the channel that is named for it.

use super::receive::Receiver;
use jupyter_protocol::{JupyterMessage, JupyterMessageContent as Content};
use jupyter_zmq_client::KernelStdinConnection;
use tokio::sync::{mpsc, oneshot};

/// A question, and who takes its answer.
pub(super) type Question = (JupyterMessage, oneshot::Sender<Result<String, String>>);

/// Asks one question after another. One that nobody waits for any more is
/// given up, and an answer that comes to it later is passed over.
pub(super) async fn ask(
    stdin: KernelStdinConnection,
    mut questions: mpsc::UnboundedReceiver<Question>,
) {
    let (mut send, receive) = stdin.split();
    let mut receiver = Receiver::new(receive);
    while let Some((question, mut answer)) = questions.recv().await {
        let asked = question.header.msg_id.clone();
        if let Err(error) = send.send(question).await {
            let why = format!("the front end cannot be asked: {error}");
            let _ = answer.send(Err(why));
            continue;
        }
        loop {
            let message = tokio::select! {
                message = receiver.next() => message,
                () = answer.closed() => break,
            };
            let of = message.parent_header.as_ref().map(|header| &header.msg_id);
            match message.content {
                // Some front ends leave out what they answer to.
                Content::InputReply(reply) if of.is_none_or(|of| *of == asked) => {
                    let _ = answer.send(Ok(reply.value));
                    break;
                }
                Content::InputReply(_) => log::info!("an answer comes too late"),
                other => log::warn!("a {} on stdin is not understood", other.message_type()),
            }
        }
    }
}
