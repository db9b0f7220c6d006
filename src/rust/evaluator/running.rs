//! A cell that runs: what it prints is passed on, what it asks is asked, and
//! how it ended is found out.

use super::Stop;
use super::child::{self, Child, Heard};
use super::failure::{self, Panicked, Sources, plain};
use super::output::{Output, Part, bundle};
use super::requests::{Requests, note, tell};
use crate::rust::frame::{self, Frame};
use crate::rust::wire::{CellError, Event, Request};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Bytes of standard error that are kept to tell what a cell died of.
const LAST_WORDS: usize = 4_096;

/// How long nothing may be heard of a cell that was interrupted before its
/// process is given up.
const UNHEARD: Duration = Duration::from_secs(5);

/// A variable, as the cell told it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub name: String,
    pub of: String,
    pub size: u64,
}

/// A cell that came to its end.
#[derive(Debug)]
pub(super) struct Ran {
    pub seconds: f64,
    pub variables: Vec<Told>,
}

/// How a cell ended.
#[derive(Debug)]
pub(super) enum Ended {
    Ran(Ran),
    /// It failed; variables are as they were before it.
    Failed(CellError),
    /// It failed without a snapshot: these variables are left.
    InPlace {
        error: CellError,
        left: BTreeSet<String>,
    },
    /// The process that holds the variables was gone before it began.
    NotBegun,
    /// The process that holds the variables is gone.
    Gone(CellError),
}

/// A cell at work.
#[derive(Debug)]
pub(super) struct Running<'a> {
    child: &'a mut Child,
    sources: &'a Sources,
    outputs: [Output; 2],
    value: Output,
    forms: Vec<(String, String)>,
    words: String,
    panicked: Option<Panicked>,
    failed: Option<CellError>,
    variables: Vec<Told>,
    /// The process that runs the cell, and whether there is a snapshot of it.
    process: Option<(i32, bool)>,
    /// When it was interrupted.
    interrupted: Option<Instant>,
    /// The number of the question that it waits for the answer of.
    question: Option<String>,
    /// Whether it could not be begun, and so changed nothing.
    untouched: bool,
}

impl<'a> Running<'a> {
    pub(super) fn new(child: &'a mut Child, sources: &'a Sources) -> Self {
        Running {
            child,
            sources,
            outputs: Default::default(),
            value: Output::default(),
            forms: vec![],
            words: String::new(),
            panicked: None,
            failed: None,
            variables: vec![],
            process: None,
            interrupted: None,
            question: None,
            untouched: false,
        }
    }

    /// Runs it to its end.
    pub(super) async fn run(
        mut self,
        shared: &str,
        libraries: &[String],
        requests: &mut Requests,
    ) -> Result<Ended, Stop> {
        if self.child.run(libraries, shared).await.is_err() {
            return Ok(Ended::NotBegun);
        }
        let ended = self.follow(requests).await;
        // Whoever waits still, on a thread that outlives the cell, waits no more.
        if let Some(question) = self.question.take() {
            let why = "the cell that asked has ended";
            self.answer(frame::REFUSED, &question, why).await;
        }
        ended
    }

    async fn follow(&mut self, requests: &mut Requests) -> Result<Ended, Stop> {
        loop {
            let given_up = self.interrupted.map(|since| since + UNHEARD);
            let heard = tokio::select! {
                biased;
                request = requests.fresh() => {
                    let Some(request) = request else {
                        self.interrupt();
                        return Err(Stop::Interrupted);
                    };
                    self.requested(request, requests).await;
                    continue;
                }
                heard = self.child.next() => heard.unwrap_or(Heard::Gone),
                () = until(given_up) => Heard::Gone,
            };
            match heard {
                Heard::Frame(frame) => {
                    if let Some(ended) = self.frame(&frame) {
                        return Ok(ended);
                    }
                }
                Heard::Gone if self.process.is_none() && self.interrupted.is_none() => {
                    return Ok(Ended::NotBegun);
                }
                Heard::Gone => {
                    self.close();
                    return Ok(Ended::Gone(self.gone()));
                }
                printed => self.printed(printed),
            }
        }
    }

    /// Why no process is there any more.
    fn gone(&self) -> CellError {
        let unprotected = matches!(self.process, Some((_, false)));
        let Some(since) = self.interrupted else {
            if unprotected {
                let what = "the cell ended its process, and was not protected";
                return plain("Died", what);
            }
            return gone();
        };
        let what = if since.elapsed() >= UNHEARD {
            "the cell was interrupted and did not end: its process was given up"
        } else {
            "the cell was interrupted, and was not protected"
        };
        plain("Interrupted", what)
    }

    /// Ends the cell, at once or as soon as it is known how.
    fn interrupt(&mut self) {
        self.interrupted.get_or_insert_with(Instant::now);
        match self.process {
            Some((process, false)) => child::kill(process),
            // Whoever has forked it hears of it then.
            _ => self.child.interrupt(),
        }
    }

    async fn answer(&mut self, tag: u8, question: &str, text: &str) {
        let frame = Frame::new(tag, &[question, &text.replace('\0', "")]);
        // A cell that is gone meanwhile is heard of soon.
        let _ = self.child.answer(&frame).await;
    }

    async fn requested(&mut self, request: Request, requests: &mut Requests) {
        match request {
            Request::Interrupt => self.interrupt(),
            Request::Answer(answer) => {
                let question = self.question.take().unwrap_or_default();
                match &answer {
                    Ok(line) => self.answer(frame::ANSWER, &question, line).await,
                    Err(why) => self.answer(frame::REFUSED, &question, why).await,
                }
            }
            other => requests.put_off(other),
        }
    }

    /// Takes a frame; how the cell ended, where that is what it says.
    fn frame(&mut self, frame: &Frame) -> Option<Ended> {
        match frame.tag {
            frame::STARTED => {
                let process = frame.field(0).parse().unwrap_or(0);
                let protected = frame.field(1) == "snapshot";
                if !protected {
                    note(&format!(
                        "this cell is not protected: {}, so variables are lost where it fails",
                        frame.field(1)
                    ));
                }
                self.process = (process > 1).then_some((process, protected));
                if self.interrupted.is_some() && !protected {
                    self.interrupt();
                }
            }
            frame::PANIC => {
                let number = |at| frame.field(at).parse().unwrap_or(0);
                let panicked = Panicked {
                    thread: frame.field(0).into(),
                    message: frame.field(1).into(),
                    file: frame.field(2).into(),
                    line: number(3),
                    column: number(4),
                };
                if panicked.is_main() {
                    self.tell_panic();
                    self.panicked = Some(panicked);
                } else {
                    self.say(panicked.line(self.sources));
                }
            }
            frame::ERROR => {
                self.failed = Some(failure::question_mark(frame.field(0), frame.field(1)));
            }
            frame::UNLOADABLE => {
                let what = format!("the cell cannot be loaded: {}", frame.field(0));
                self.failed = Some(plain("LoadError", what));
                self.untouched = true;
            }
            frame::INPUT => {
                // What was printed before the question is read before it, though
                // it came another way.
                for heard in self.child.rest() {
                    self.printed(heard);
                }
                self.question = Some(frame.field(2).into());
                tell(&Event::Input {
                    prompt: frame.field(0).into(),
                    secret: !frame.field(1).is_empty(),
                });
            }
            frame::VARIABLE => self.variables.push(Told {
                name: frame.field(0).into(),
                of: frame.field(1).into(),
                size: frame.field(2).parse().unwrap_or(0),
            }),
            frame::DONE => return Some(self.done(frame)),
            frame::FAILED => return Some(self.fell()),
            frame::DIED => {
                // Of one that must not unwind, the reason why it died.
                self.tell_panic();
                self.close();
                let number = frame.field(1).parse().unwrap_or(0);
                let error = if self.interrupted.is_some() {
                    let what = "the cell was interrupted; variables are as they were before it";
                    plain("Interrupted", what)
                } else {
                    failure::death(frame.field(0), number, &self.words)
                };
                return Some(Ended::Failed(error));
            }
            other => log::warn!("a cell's process sent a message of no known kind: {other}"),
        }
        None
    }

    fn done(&mut self, frame: &Frame) -> Ended {
        // One that the cell has caught.
        self.tell_panic();
        self.close();
        for data in bundle(std::mem::take(&mut self.forms)) {
            tell(&Event::Rich { data, value: true });
        }
        let nanos: u64 = frame.field(0).parse().unwrap_or(0);
        Ended::Ran(Ran {
            seconds: nanos as f64 / 1e9,
            variables: std::mem::take(&mut self.variables),
        })
    }

    fn fell(&mut self) -> Ended {
        let failed = self.failed.take();
        let panicked = self.panicked.take().map(|p| p.error(self.sources));
        let error = failed
            .or(panicked)
            .unwrap_or_else(|| plain("RustError", "the cell failed without saying why"));
        self.close();
        if self.untouched || matches!(self.process, Some((_, true))) {
            return Ended::Failed(error);
        }
        let left = self.variables.drain(..).map(|told| told.name).collect();
        Ended::InPlace { error, left }
    }

    /// Prints a panic of the cell's own thread that did not end it.
    fn tell_panic(&mut self) {
        if let Some(panicked) = self.panicked.take() {
            self.say(panicked.line(self.sources));
        }
    }

    fn say(&self, text: String) {
        tell(&Event::Text { stderr: true, text });
    }

    /// Passes on what was printed and is not read yet.
    fn close(&mut self) {
        for heard in self.child.rest() {
            self.printed(heard);
        }
        for at in [0, 1] {
            let parts = self.outputs[at].finish();
            self.pass(parts, at == 1);
        }
        let parts = self.value.finish();
        self.gather(parts);
    }

    fn printed(&mut self, heard: Heard) {
        match heard {
            Heard::Printed { stderr, bytes } => {
                if stderr {
                    self.words.push_str(&String::from_utf8_lossy(&bytes));
                    let excess = self.words.len().saturating_sub(LAST_WORDS);
                    self.words.drain(..self.words.ceil_char_boundary(excess));
                }
                let parts = self.outputs[usize::from(stderr)].take(&bytes);
                self.pass(parts, stderr);
            }
            Heard::Value(bytes) => {
                let parts = self.value.take(&bytes);
                self.gather(parts);
            }
            Heard::Frame(_) | Heard::Gone => {}
        }
    }

    fn pass(&self, parts: Vec<Part>, stderr: bool) {
        for part in parts {
            match part {
                Part::Text(text) => tell(&Event::Text { stderr, text }),
                Part::Rich(mime, content) => tell(&Event::Rich {
                    data: [(mime, content)].into(),
                    value: false,
                }),
            }
        }
    }

    fn gather(&mut self, parts: Vec<Part>) {
        for part in parts {
            match part {
                Part::Text(text) => tell(&Event::Text {
                    stderr: false,
                    text,
                }),
                Part::Rich(mime, content) => self.forms.push((mime, content)),
            }
        }
    }
}

/// Waits for a moment; for ever where there is none.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

/// Nothing is known of why a process is gone.
pub(super) fn gone() -> CellError {
    plain(
        "RustError",
        "the process that runs Rust cells is gone: it was ended from outside",
    )
}
