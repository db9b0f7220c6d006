//! Requests that wait for one another: above all, cells.

use super::cell_screen::{CellScreen, media};
use super::history::History;
use super::{Outbox, Route, info};
use crate::command::{self, Completeness};
use crate::display::Bundle;
use crate::magic::{Cancel, Context, MagicError, Session};
use crate::project::{Project, Warm};
use crate::run::Program;
use crate::rust::Warmer;
use jupyter_protocol::{
    CommInfoReply, CompleteReply, CompleteRequest, ErrorOutput, ExecuteInput, ExecuteReply,
    ExecuteRequest, ExecutionCount, ExpressionResult, InspectReply, InspectRequest,
    IsCompleteReply, JupyterMessage, JupyterMessageContent as Content, ReplyError, ReplyStatus,
    UnknownMessage,
};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// How long requests that were sent together need to arrive at the most.
const IN_FLIGHT: Duration = Duration::from_millis(2);

/// The state that lives from cell to cell, and what answers requests on shell.
#[derive(Debug)]
pub struct Kernel {
    session: Session,
    history: History,
    count: usize,
    outbox: Outbox,
    cancel: Cancel,
    /// Set by an error, until the requests that came before it was known are
    /// answered: those are aborted.
    aborting: bool,
}

impl Kernel {
    /// A fresh kernel whose runs are carried out by `program`.
    pub fn new(program: Program, outbox: Outbox, cancel: Cancel) -> Self {
        let session = Session::new(program);
        if Project::here().rust.warm == Warm::Start {
            session.rust.warmer().warm();
        }
        Kernel {
            session,
            history: History::default(),
            count: 0,
            outbox,
            cancel,
            aborting: false,
        }
    }

    /// What makes Rust cells ready while the kernel is busy with another.
    pub fn warmer(&self) -> Warmer {
        self.session.rust.warmer()
    }

    /// Whether an error wants the requests that are queued behind it aborted.
    pub fn is_aborting(&self) -> bool {
        self.aborting
    }

    /// Everything that was queued behind an error has been answered.
    pub fn stop_aborting(&mut self) {
        self.aborting = false;
    }

    /// Answers one request. Every request is framed by busy and idle, and idle
    /// comes after all that it printed.
    pub async fn handle(&mut self, message: JupyterMessage) {
        let message = Rc::new(message);
        self.outbox.busy(&message);
        let reply = match unpanicked(self.answer(&message)).await {
            Ok(reply) => reply,
            Err(what) => self.own_fault(&message, &what),
        };
        if let Some(reply) = reply {
            self.outbox.reply(Route::Shell, reply, &message);
        }
        self.outbox.idle(&message);
    }

    /// What to answer where this kernel itself is at fault: an error that says
    /// so, and the next request is served.
    fn own_fault(&self, message: &JupyterMessage, what: &str) -> Option<Content> {
        log::error!(
            "a fault of Threadlab's own, in a {}: {what}",
            message.message_type()
        );
        let evalue = format!("this is a fault of Threadlab itself, not of your cell: {what}");
        let (ename, traceback) = ("InternalError".to_owned(), vec![evalue.clone()]);
        let error = ReplyError {
            ename,
            evalue,
            traceback,
        };
        let Content::ExecuteRequest(_) = message.content else {
            let ReplyError {
                ename,
                evalue,
                traceback,
            } = error;
            let content = serde_json::json!({
                "status": "error", "ename": ename, "evalue": evalue, "traceback": traceback,
            });
            let msg_type = message.message_type().replace("_request", "_reply");
            return Some(UnknownMessage { msg_type, content }.into());
        };
        self.publish_error(&error, message);
        let execution_count = ExecutionCount::new(self.count);
        Some(failed(execution_count, error).into())
    }

    fn publish_error(&self, error: &ReplyError, message: &JupyterMessage) {
        let ReplyError {
            ename,
            evalue,
            traceback,
        } = error.clone();
        self.outbox.publish(
            ErrorOutput {
                ename,
                evalue,
                traceback,
            },
            message,
        );
    }

    async fn answer(&mut self, message: &Rc<JupyterMessage>) -> Option<Content> {
        Some(match &message.content {
            Content::ExecuteRequest(_) if self.aborting => aborted(self.count).into(),
            Content::ExecuteRequest(request) => self.execute(request, message).await.into(),
            Content::KernelInfoRequest(_) => info::kernel_info().into(),
            Content::IsCompleteRequest(request) => {
                if command::is_rust(&request.code) {
                    self.session.rust.warmer().warm();
                }
                match command::completeness(&request.code) {
                    Completeness::Complete => IsCompleteReply::complete(),
                    Completeness::Incomplete => IsCompleteReply::incomplete("    ".into()),
                }
                .into()
            }
            Content::CompleteRequest(request) => complete(request, &mut self.session).await.into(),
            Content::InspectRequest(request) => inspect(request, &mut self.session).await.into(),
            Content::HistoryRequest(request) => self.history.answer(request).into(),
            Content::CommInfoRequest(_) => CommInfoReply::default().into(),
            // There are no comms: a message to one has nobody to go to.
            Content::CommOpen(open) => {
                log::info!(
                    "a comm for `{}` was offered; there are none",
                    open.target_name
                );
                return None;
            }
            other => {
                log::warn!("a {} on shell is not understood", other.message_type());
                return None;
            }
        })
    }

    async fn execute(
        &mut self,
        request: &ExecuteRequest,
        message: &Rc<JupyterMessage>,
    ) -> ExecuteReply {
        let counted = request.store_history && !request.silent;
        if counted {
            self.count += 1;
            self.history.add(self.count, &request.code);
        }
        let execution_count = ExecutionCount::new(self.count);
        if !request.silent {
            let code = request.code.clone();
            self.outbox.publish(
                ExecuteInput {
                    code,
                    execution_count,
                },
                message,
            );
        }
        self.cancel.reset();
        // A silent cell shows nothing: its outbox has nobody at its other end.
        let (nobody, _) = Outbox::new();
        let outbox = if request.silent {
            nobody
        } else {
            self.outbox.clone()
        };
        let asks = request.allow_stdin;
        let mut screen = CellScreen::new(outbox, message.clone(), execution_count, asks);
        let mut context = Context {
            session: &mut self.session,
            screen: &mut screen,
            cancel: self.cancel.clone(),
            number: self.count,
        };
        let result = command::execute(&mut context, &request.code).await;
        screen.close();
        let payload = std::mem::take(&mut screen.payload);
        match result {
            Ok(()) => ExecuteReply {
                status: ReplyStatus::Ok,
                execution_count,
                payload,
                user_expressions: Some(expressions(request)),
                error: None,
            },
            Err(error) => {
                let error = reply_error(&error);
                if !request.silent {
                    self.publish_error(&error, message);
                }
                if request.stop_on_error && !self.aborting {
                    // Requests sent in one go with this one may still be on
                    // their way; a moment later they are queued.
                    tokio::time::sleep(IN_FLIGHT).await;
                    self.aborting = true;
                }
                failed(execution_count, error)
            }
        }
    }
}

fn failed(execution_count: ExecutionCount, error: ReplyError) -> ExecuteReply {
    ExecuteReply {
        status: ReplyStatus::Error,
        execution_count,
        payload: vec![],
        user_expressions: Some(HashMap::new()),
        error: Some(Box::new(error)),
    }
}

/// Waits for a future; a panic in it is an error that says what it said.
async fn unpanicked<R>(future: impl Future<Output = R>) -> Result<R, String> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(move |context| {
        // After a panic the future is not polled again. What it had borrowed
        // is plain data, complete after each of its steps.
        let step = AssertUnwindSafe(|| future.as_mut().poll(context));
        match catch_unwind(step) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(result)) => Poll::Ready(Ok(result)),
            Err(payload) => {
                let text = payload.downcast_ref::<&str>().copied();
                let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
                Poll::Ready(Err(text.unwrap_or("a panic without words").to_owned()))
            }
        }
    })
    .await
}

fn aborted(count: usize) -> ExecuteReply {
    ExecuteReply {
        status: ReplyStatus::Aborted,
        execution_count: ExecutionCount::new(count),
        payload: vec![],
        user_expressions: Some(HashMap::new()),
        error: None,
    }
}

/// The kernel has no expressions to evaluate: each is answered by an error.
fn expressions(request: &ExecuteRequest) -> HashMap<String, ExpressionResult> {
    let refused = || ExpressionResult::Error {
        ename: "UsageError".into(),
        evalue: "a cell of magics has no expressions".into(),
        traceback: vec![],
    };
    let names = request
        .user_expressions
        .iter()
        .flatten()
        .map(|(name, _)| name.clone());
    names.map(|name| (name, refused())).collect()
}

/// The error as a front end shows it: its name in red, then what it says.
fn reply_error(error: &MagicError) -> ReplyError {
    let (ename, evalue) = (error.name().to_owned(), error.to_string());
    if let MagicError::Raised(raised) = error {
        let traceback = raised.traceback.lines().map(String::from).collect();
        return ReplyError {
            ename,
            evalue,
            traceback,
        };
    }
    if let MagicError::Rust(failed) = error {
        let traceback = failed.traceback.clone();
        return ReplyError {
            ename,
            evalue,
            traceback,
        };
    }
    let mut lines = evalue.lines();
    let first = format!(
        "\u{1b}[31m{ename}\u{1b}[0m: {}",
        lines.next().unwrap_or_default()
    );
    let traceback = std::iter::once(first)
        .chain(lines.map(String::from))
        .collect();
    ReplyError {
        ename,
        evalue,
        traceback,
    }
}

/// The protocol counts positions in characters.
fn byte_position(code: &str, chars: usize) -> usize {
    code.char_indices()
        .nth(chars)
        .map_or(code.len(), |(at, _)| at)
}

async fn complete(request: &CompleteRequest, session: &mut Session) -> CompleteReply {
    let found = command::complete(
        &request.code,
        byte_position(&request.code, request.cursor_pos),
        session,
    )
    .await;
    let chars = |bytes: usize| request.code[..bytes].chars().count();
    CompleteReply {
        matches: found.matches,
        cursor_start: chars(found.replaces.start),
        cursor_end: chars(found.replaces.end),
        ..CompleteReply::default()
    }
}

async fn inspect(request: &InspectRequest, session: &mut Session) -> InspectReply {
    let found: Option<Bundle> = command::inspect(
        &request.code,
        byte_position(&request.code, request.cursor_pos),
        session,
    )
    .await;
    match found {
        None => InspectReply::default(),
        Some(bundle) => {
            let (data, metadata) = media(bundle);
            InspectReply {
                found: true,
                data,
                metadata,
                ..InspectReply::default()
            }
        }
    }
}
