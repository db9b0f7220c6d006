//! What the kernel asks for, as it arrives.

use crate::rust::wire::{Event, Request};
use std::io::{BufRead, Write};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How long the evaluator may take to end once the kernel is gone.
const ENDING: Duration = Duration::from_secs(2);

/// Requests in their order.
#[derive(Debug)]
pub(super) struct Requests {
    arriving: UnboundedReceiver<Request>,
    waiting: std::collections::VecDeque<Request>,
}

/// The learner has interrupted, or the kernel is gone.
#[derive(Debug)]
pub(super) struct Interrupted;

impl Requests {
    /// Reads standard input on a thread of its own.
    pub(super) fn listen() -> Self {
        let (sender, arriving) = unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                match serde_json::from_str(&line) {
                    Ok(request) => {
                        if sender.send(request).is_err() {
                            return;
                        }
                    }
                    Err(error) => log::error!("the kernel asks for nothing known: {error}"),
                }
            }
            drop(sender);
            std::thread::sleep(ENDING);
            std::process::exit(1);
        });
        Requests {
            arriving,
            waiting: [].into(),
        }
    }

    /// The next request; none when the kernel is gone.
    pub(super) async fn next(&mut self) -> Option<Request> {
        match self.waiting.pop_front() {
            Some(request) => Some(request),
            None => self.arriving.recv().await,
        }
    }

    /// Waits for the next request past those that are put off.
    pub(super) async fn fresh(&mut self) -> Option<Request> {
        self.arriving.recv().await
    }

    /// Puts a request off until the one at hand is done.
    pub(super) fn put_off(&mut self, request: Request) {
        self.waiting.push_back(request);
    }

    /// Those that are put off, which are no longer.
    pub(super) fn put_off_so_far(&mut self) -> impl Iterator<Item = Request> + use<> {
        std::mem::take(&mut self.waiting).into_iter()
    }

    /// Waits for something unless the learner interrupts it.
    pub(super) async fn unless_interrupted<R>(
        &mut self,
        something: impl Future<Output = R>,
    ) -> Result<R, Interrupted> {
        let mut something = std::pin::pin!(something);
        loop {
            tokio::select! {
                biased;
                request = self.arriving.recv() => match request {
                    None | Some(Request::Interrupt) => return Err(Interrupted),
                    Some(other) => self.waiting.push_back(other),
                },
                done = &mut something => return Ok(done),
            }
        }
    }
}

/// Tells the kernel.
pub(super) fn tell(event: &Event) {
    let Ok(mut line) = serde_json::to_vec(event) else {
        log::error!("an event cannot be written as JSON");
        return;
    };
    line.push(b'\n');
    let mut stdout = std::io::stdout().lock();
    // Where the kernel is gone, standard input says so too.
    let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
}

/// Says something about a cell that it does not say itself.
pub(super) fn note(text: &str) {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let data = [
        ("text/plain".to_owned(), format!("note: {text}")),
        (
            "text/html".to_owned(),
            format!("<small>note: {escaped}</small>"),
        ),
    ];
    tell(&Event::Rich {
        data: data.into(),
        value: false,
    });
}
