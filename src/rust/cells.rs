//! Rust cells as the kernel sees them: the evaluator, started when the first
//! one is near, and started again where it is lost.

use super::wire::{Asked, Completed, Event, Explained, Known, Request};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::unix::pipe::Receiver;

/// How long an evaluator may take to end once it is told to.
const ENDING: Duration = Duration::from_secs(2);

/// How soon an evaluator's end counts as one before it was asked.
const UNHEARD: Duration = Duration::from_millis(500);

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 16;

/// Starts the evaluator while the kernel is busy with something else.
#[derive(Clone, Debug)]
pub struct Warmer {
    program: PathBuf,
    spare: Rc<RefCell<Spare>>,
}

/// An evaluator that nobody has asked anything yet.
#[derive(Debug, Default)]
struct Spare {
    evaluator: Option<Evaluator>,
    /// Whether there has been one: a second is not made ahead.
    begun: bool,
}

impl Warmer {
    /// A Rust cell is near: starts the first evaluator, if that is not done.
    /// Where it cannot be started, the cell will say so.
    pub fn warm(&self) {
        let mut spare = self.spare.borrow_mut();
        if std::mem::replace(&mut spare.begun, true) {
            return;
        }
        match Evaluator::start(&self.program) {
            Ok(evaluator) => spare.evaluator = Some(evaluator),
            Err(error) => log::warn!("{}", Lost::Start(error)),
        }
    }
}

/// The Rust cells of a session.
#[derive(Debug)]
pub struct Cells {
    program: PathBuf,
    spare: Rc<RefCell<Spare>>,
    evaluator: Option<Evaluator>,
    /// What the last evaluator knew.
    saved: String,
    variables: Vec<Known>,
    /// Whether the request at hand is preceded by restoring what was known.
    restoring: bool,
    /// The request at hand and when it was sent, until something is heard of it.
    unheard: Option<(Request, Instant)>,
}

/// The evaluator ended without having been told to.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// It could not be started.
    #[error("the evaluator of Rust cells cannot be started: {0}")]
    Start(io::Error),
    /// It is gone.
    #[error("the evaluator of Rust cells is gone ({0}); the next Rust cell starts another")]
    Gone(String),
}

impl Cells {
    /// No evaluator yet. `program` is this program.
    pub fn new(program: &Path) -> Self {
        Cells {
            program: program.to_owned(),
            spare: Rc::default(),
            evaluator: None,
            saved: String::new(),
            variables: vec![],
            restoring: false,
            unheard: None,
        }
    }

    /// The variables of the session.
    pub fn variables(&self) -> &[Known] {
        &self.variables
    }

    /// Whether an evaluator is there.
    pub fn has_begun(&self) -> bool {
        self.evaluator.is_some()
    }

    /// Whether no Rust was ever run.
    pub fn is_fresh(&self) -> bool {
        self.saved.is_empty()
    }

    /// The evaluator's process, where there is one.
    pub fn process(&self) -> Option<u32> {
        Some(self.evaluator.as_ref()?.process.id())
    }

    /// What starts the evaluator when a Rust cell is near.
    pub fn warmer(&self) -> Warmer {
        Warmer {
            program: self.program.clone(),
            spare: self.spare.clone(),
        }
    }

    fn start(&mut self) -> Result<&mut Evaluator, Lost> {
        let dead = |evaluator: &mut Evaluator| !matches!(evaluator.process.try_wait(), Ok(None));
        if self.evaluator.as_mut().is_some_and(dead) {
            self.evaluator = None;
        }
        if self.evaluator.is_none() {
            let mut spare = self.spare.borrow_mut();
            spare.begun = true;
            let mut evaluator = match spare.evaluator.take() {
                Some(evaluator) => evaluator,
                None => Evaluator::start(&self.program).map_err(Lost::Start)?,
            };
            if !self.saved.is_empty() {
                evaluator.send(&Request::Restore(self.saved.clone()));
                self.restoring = true;
            }
            self.evaluator = Some(evaluator);
        }
        self.evaluator
            .as_mut()
            .ok_or_else(|| Lost::Gone("at its start".into()))
    }

    /// Begins to run a cell: [`next`](Self::next) tells how it goes.
    ///
    /// # Errors
    /// When no evaluator can be started.
    pub fn begin(&mut self, asked: Asked) -> Result<(), Lost> {
        self.ask(&Request::Run(asked))
    }

    /// Asks for something else; its answer comes by [`next`](Self::next).
    ///
    /// # Errors
    /// When no evaluator can be started.
    pub fn ask(&mut self, request: &Request) -> Result<(), Lost> {
        self.start()?.send(request);
        self.unheard = Some((request.clone(), Instant::now()));
        Ok(())
    }

    /// What could stand at a byte of some code.
    pub async fn complete(&mut self, code: String, at: usize) -> Completed {
        let nothing = Completed {
            from: at,
            to: at,
            matches: vec![],
        };
        if self.ask(&Request::Complete { code, at }).is_err() {
            return nothing;
        }
        loop {
            match self.next().await {
                Ok(Event::Completed(completed)) => return completed,
                Ok(_) => {}
                Err(_) => return nothing,
            }
        }
    }

    /// What is known of the name at a byte of some code.
    pub async fn explain(&mut self, code: String, at: usize) -> Option<Explained> {
        self.ask(&Request::Explain { code, at }).ok()?;
        loop {
            match self.next().await {
                Ok(Event::Explained(explained)) => return explained,
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Tells the cell at work what the learner typed.
    pub fn answer(&mut self, answer: Result<String, String>) {
        self.tell(&Request::Answer(answer));
    }

    /// Ends the cell at work.
    pub fn interrupt(&mut self) {
        self.tell(&Request::Interrupt);
    }

    fn tell(&mut self, request: &Request) {
        if let Some(evaluator) = &mut self.evaluator {
            evaluator.send(request);
        }
    }

    /// Waits for what the evaluator tells next.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn next(&mut self) -> Result<Event, Lost> {
        loop {
            let Some(evaluator) = &mut self.evaluator else {
                return Err(Lost::Gone("before it was asked".into()));
            };
            let Some(event) = evaluator.next().await else {
                let how = evaluator.how_it_ended();
                self.evaluator = None;
                self.variables.clear();
                // One that was gone before it heard of the request, though the
                // system had not said so: another takes it.
                match self.unheard.take() {
                    Some((request, sent)) if sent.elapsed() < UNHEARD => {
                        self.start()?.send(&request);
                        continue;
                    }
                    _ => return Err(Lost::Gone(how)),
                }
            };
            self.unheard = None;
            if let Event::Done(done) = &event {
                self.variables.clone_from(&done.variables);
                self.saved.clone_from(&done.saved);
                if std::mem::take(&mut self.restoring) {
                    if let Some(error) = &done.error {
                        let text = format!("{}\n", error.traceback.join("\n"));
                        return Ok(Event::Text { stderr: true, text });
                    }
                    continue;
                }
            }
            return Ok(event);
        }
    }
}

/// The process, and what it says. Ended when this is dropped.
#[derive(Debug)]
struct Evaluator {
    process: Child,
    /// Where it writes. It removes this at its end; so do we, who are there
    /// still when somebody kills it.
    _folder: TempDir,
    requests: Option<ChildStdin>,
    events: Receiver,
    /// Bytes of a line that is not whole yet.
    partial: Vec<u8>,
    waiting: VecDeque<Event>,
}

impl Evaluator {
    fn start(program: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("threadlab-rust-")
            .tempdir()
            .map_err(|error| {
                let what = "no temporary folder can be made; TMPDIR names another place";
                io::Error::new(error.kind(), format!("{what}: {error}"))
            })?;
        let mut process = Command::new(program)
            .arg("rust")
            .arg(folder.path())
            // Not killed with the kernel where a front end kills all of its
            // group: it tidies up when its requests end.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (requests, events) = (process.stdin.take(), process.stdout.take());
        let events: OwnedFd = events.ok_or(io::ErrorKind::BrokenPipe)?.into();
        Ok(Evaluator {
            process,
            _folder: folder,
            requests,
            events: Receiver::from_owned_fd(events)?,
            partial: vec![],
            waiting: VecDeque::new(),
        })
    }

    fn send(&mut self, request: &Request) {
        let Ok(mut line) = serde_json::to_vec(request) else {
            log::error!("a request cannot be written as JSON");
            return;
        };
        line.push(b'\n');
        // One that is gone is found out by waiting for its answer.
        let _ = self.requests.as_mut().map(|to| to.write_all(&line));
    }

    /// What it says next; none when it is gone.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            self.events.readable().await.ok()?;
            let mut bytes = vec![0; CHUNK];
            match self.events.try_read(&mut bytes) {
                Ok(0) => return None,
                Ok(read) => self.take(&bytes[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.partial.extend_from_slice(bytes);
        let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') else {
            return;
        };
        let rest = self.partial.split_off(end + 1);
        let whole = std::mem::replace(&mut self.partial, rest);
        for line in whole.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(event) => self.waiting.push_back(event),
                Err(error) => log::error!("the evaluator says nothing known: {error}"),
            }
        }
    }

    fn how_it_ended(&mut self) -> String {
        match self.process.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        // The end of its requests tells it to end, with all that it started.
        drop(self.requests.take());
        let until = Instant::now() + ENDING;
        while matches!(self.process.try_wait(), Ok(None)) {
            if Instant::now() > until {
                let _ = self.process.kill();
                let _ = self.process.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
