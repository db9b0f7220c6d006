//! Serves a connection file until the kernel is to end.

use super::connection::{ConnectionError, read};
use super::iopub::{self, Fanout, Listener, Owner};
use super::receive::Receiver;
use super::stdin::{self, Question};
use super::subscriber::Subscribers;
use super::welcome::Welcome;
use crate::command::is_rust;
use crate::kernel::{Control, Ending, Kernel, Outbox, Outgoing, Route};
use crate::magic::Cancel;
use crate::run::Program;
use crate::rust::Warmer;
use jupyter_protocol::{JupyterMessage, JupyterMessageContent as Content};
use jupyter_zmq_client::{
    Connection, ConnectionInfo, KernelHeartbeatConnection, RouterSendConnection, RuntimeError,
    create_kernel_control_connection, create_kernel_heartbeat_connection,
    create_kernel_shell_connection, create_kernel_stdin_connection,
};
use serde_json::json;
use std::collections::VecDeque;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use zeromq::{SocketRecv, SocketSend};

/// Serves until a shutdown is asked for, the launcher is gone, or a signal
/// says so. Nothing of a run is left then.
///
/// # Errors
/// When the connection file or its addresses cannot be used.
pub fn serve(connection_file: &Path, program: Program) -> Result<(), ConnectionError> {
    let info = read(connection_file)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::LocalSet::new().block_on(&runtime, run(info, program))
}

async fn run(info: ConnectionInfo, program: Program) -> Result<(), ConnectionError> {
    let session = format!("{:x}-{:x}", std::process::id(), lab::clock::now());
    let bind = |channel, address: String| {
        move |source: RuntimeError| ConnectionError::Bind {
            channel,
            address,
            source: source.into(),
        }
    };
    let shell = create_kernel_shell_connection(&info, &session)
        .await
        .map_err(bind("shell", info.shell_url()))?;
    let control = create_kernel_control_connection(&info, &session)
        .await
        .map_err(bind("control", info.control_url()))?;
    let stdin = create_kernel_stdin_connection(&info, &session)
        .await
        .map_err(bind("stdin", info.stdin_url()))?;
    let heartbeat = create_kernel_heartbeat_connection(&info)
        .await
        .map_err(bind("heartbeat", info.hb_url()))?;
    let listener = Listener::bind(&info).await?;

    let fanout = Connection {
        socket: Fanout(Subscribers::default()),
        mac: shell.mac.clone(),
        session_id: session,
    };
    let welcome = Rc::new(Welcome::like(&fanout));
    tokio::task::spawn_local(iopub::accept(listener, fanout.socket.0.clone(), welcome));
    tokio::task::spawn_local(echo(heartbeat));

    let (outbox, outgoing) = Outbox::new();
    let (shell_send, shell_receive) = shell.split();
    let (control_send, control_receive) = control.split();
    let (questions, asked) = mpsc::unbounded_channel();
    tokio::task::spawn_local(stdin::ask(stdin, asked));
    tokio::task::spawn_local(publish(
        outgoing,
        Owner::new(fanout),
        shell_send,
        control_send,
        questions,
    ));

    let cancel = Cancel::default();
    let (ending, mut ended) = watch::channel(Ending::None);
    let control = Rc::new(Control::new(outbox.clone(), cancel.clone(), ending));
    tokio::task::spawn_local(attend_control(
        Receiver::new(control_receive),
        control.clone(),
    ));
    let (queue, queued) = mpsc::unbounded_channel();
    let kernel = Kernel::new(program, outbox.clone(), cancel.clone());
    let shell = Receiver::new(shell_receive);
    tokio::task::spawn_local(receive_shell(shell, queue, control, kernel.warmer()));
    let working = tokio::task::spawn_local(work(kernel, queued, outbox, info));

    let mut signals = Signals::new()?;
    let mut launcher = std::pin::pin!(launcher_gone());
    loop {
        tokio::select! {
            _ = ended.wait_for(|ending| *ending == Ending::Asked) => break,
            () = &mut launcher => break,
            signal = signals.next() => match signal {
                Signal::Interrupt => cancel.cancel(),
                Signal::Terminate => break,
            },
        }
    }
    // A run that goes on is ended with its task.
    working.abort();
    let _ = working.await;
    Ok(())
}

/// Answers shell requests one after another.
async fn work(
    mut kernel: Kernel,
    mut queued: mpsc::UnboundedReceiver<JupyterMessage>,
    outbox: Outbox,
    info: ConnectionInfo,
) {
    // Requests that were queued when a cell failed are answered before others.
    let mut behind = VecDeque::new();
    loop {
        let next = match behind.pop_front() {
            Some(message) => Some(message),
            None => {
                kernel.stop_aborting();
                queued.recv().await
            }
        };
        let Some(message) = next else { return };
        match &message.content {
            // The kernel knows nothing of addresses.
            Content::UnknownMessage(unknown) if unknown.msg_type == "connect_request" => {
                let ports = json!({
                    "status": "ok",
                    "shell_port": info.shell_port,
                    "iopub_port": info.iopub_port,
                    "stdin_port": info.stdin_port,
                    "hb_port": info.hb_port,
                    "control_port": info.control_port,
                });
                outbox.busy(&message);
                outbox.reply(Route::Shell, unknown.reply(ports), &message);
                outbox.idle(&message);
            }
            _ => kernel.handle(message).await,
        }
        // The reply has just been put out: what is here now was sent before
        // its sender could know of it.
        while kernel.is_aborting()
            && let Ok(message) = queued.try_recv()
        {
            behind.push_back(message);
        }
    }
}

/// Reads shell while a cell is busy, so that what was queued before an error
/// is known to have been.
async fn receive_shell(
    mut shell: Receiver,
    queue: mpsc::UnboundedSender<JupyterMessage>,
    control: Rc<Control>,
    warmer: Warmer,
) {
    loop {
        let message = shell.next().await;
        if let Content::ExecuteRequest(request) = &message.content
            && is_rust(&request.code)
        {
            warmer.warm();
        }
        if Control::takes(&message) {
            control.handle(Route::Shell, &message).await;
        } else if queue.send(message).is_err() {
            return;
        }
    }
}

async fn attend_control(mut receiver: Receiver, control: Rc<Control>) {
    loop {
        let message = receiver.next().await;
        control.handle(Route::Control, &message).await;
    }
}

/// Sends what the kernel puts out.
async fn publish(
    mut outgoing: mpsc::UnboundedReceiver<Outgoing>,
    mut iopub: Owner,
    mut shell: RouterSendConnection,
    mut control: RouterSendConnection,
    questions: mpsc::UnboundedSender<Question>,
) {
    loop {
        let next = tokio::select! {
            biased;
            next = outgoing.recv() => next,
            () = iopub.due() => {
                iopub.flush().await;
                continue;
            }
        };
        match next {
            None => return,
            Some(Outgoing::Reply(route, message)) => {
                let socket = match route {
                    Route::Shell => &mut shell,
                    Route::Control => &mut control,
                };
                if let Err(error) = socket.send(message).await {
                    log::warn!("a reply could not be sent: {error}");
                }
            }
            Some(Outgoing::Ask { question, answer }) => {
                // What the cell has said is read before its question.
                iopub.flush().await;
                let _ = questions.send((question, answer));
            }
            Some(other) => iopub.take(other).await,
        }
    }
}

/// Sends back what comes, which is all that a heartbeat is.
async fn echo(mut heartbeat: KernelHeartbeatConnection) {
    loop {
        match heartbeat.socket.recv().await {
            Ok(beat) => {
                if let Err(error) = heartbeat.socket.send(beat).await {
                    log::warn!("a heartbeat could not be answered: {error}");
                }
            }
            Err(error) => {
                log::warn!("a heartbeat could not be read: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Waits until the process that launched this kernel is gone, if it said that
/// the kernel is to end with it.
async fn launcher_gone() {
    let Ok(launcher) = std::env::var("JPY_PARENT_PID") else {
        return std::future::pending().await;
    };
    let parent = std::os::unix::process::parent_id();
    if launcher.parse() == Ok(parent) {
        while std::os::unix::process::parent_id() == parent {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        return;
    }
    // It was launched through something in between, or the launcher ended
    // before this was asked.
    let Ok(launcher) = launcher.parse::<libc::pid_t>() else {
        log::warn!("JPY_PARENT_PID=`{launcher}` is no process");
        return std::future::pending().await;
    };
    // SAFETY: signal 0 only asks whether the process is there.
    while unsafe { libc::kill(launcher, 0) } == 0
        || std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
    {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

enum Signal {
    Interrupt,
    Terminate,
}

struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.hangup.recv() => Signal::Terminate,
        }
    }
}
