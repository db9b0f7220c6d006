//! Requests that are answered while a cell is busy.

use super::{Outbox, Route, info};
use crate::magic::Cancel;
use jupyter_protocol::{
    InterruptReply, JupyterMessage, JupyterMessageContent as Content, ReplyStatus, ShutdownReply,
};
use tokio::sync::watch;

/// Whether the kernel is to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// It is.
    #[default]
    None,
    /// A shutdown was asked for and answered.
    Asked,
}

/// Answers requests on control; the same on shell, for what clients send to
/// either.
#[derive(Debug)]
pub struct Control {
    outbox: Outbox,
    cancel: Cancel,
    ending: watch::Sender<Ending>,
}

impl Control {
    /// Works on the kernel's outbox, interrupts its runs, and tells `ending`
    /// when it is to end.
    pub fn new(outbox: Outbox, cancel: Cancel, ending: watch::Sender<Ending>) -> Self {
        Control {
            outbox,
            cancel,
            ending,
        }
    }

    /// Whether this request is for control, wherever it came in: older clients
    /// ask for a shutdown on shell.
    pub fn takes(message: &JupyterMessage) -> bool {
        matches!(
            message.content,
            Content::ShutdownRequest(_) | Content::InterruptRequest(_)
        )
    }

    /// Answers one request.
    pub async fn handle(&self, route: Route, message: &JupyterMessage) {
        self.outbox.busy(message);
        let mut ends = false;
        let reply: Option<Content> = match &message.content {
            Content::InterruptRequest(_) => {
                self.cancel.cancel();
                Some(InterruptReply::new().into())
            }
            Content::ShutdownRequest(request) => {
                ends = true;
                self.cancel.cancel();
                let restart = request.restart;
                Some(
                    ShutdownReply {
                        restart,
                        status: ReplyStatus::Ok,
                        error: None,
                    }
                    .into(),
                )
            }
            Content::KernelInfoRequest(_) => Some(info::kernel_info().into()),
            Content::UnknownMessage(unknown) if unknown.msg_type == "usage_request" => {
                Some(info::usage(unknown))
            }
            other => {
                log::warn!("a {} on control is not understood", other.message_type());
                None
            }
        };
        if let Some(reply) = reply {
            self.outbox.reply(route, reply, message);
        }
        self.outbox.idle(message);
        if ends {
            self.outbox.flushed().await;
            self.ending.send_replace(Ending::Asked);
        }
    }
}
