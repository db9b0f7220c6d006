//! A run as the kernel sees it: a child process, and the channel over which it
//! tells what happens.
//!
//! The run is over when every process that inherited the channel's pipe is
//! gone. Whatever way it ends, nothing of it is left: its processes are one
//! process group, which is killed when the [`Active`] run is dropped, and they
//! ask the system to end them with the process that started them.

mod folder;
pub mod pace;
mod request;

pub use request::{Explored, Request};

pub use lab::machine;

use folder::Folder;
use lab::Value;
use lab::trace::channel::Reader;
use lab::trace::collect::Collector;
use lab::trace::event::Event;
use lab::trace::{Ending, Header, Trace};
use std::collections::HashMap;
use std::io::{self, Write};
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::net::unix::pipe::Receiver;

/// The environment variable that hands the channel to the runner: the numbers
/// of the memory and of the pipe, and the kernel's process.
pub const CHANNEL: &str = "THREADLAB_CHANNEL";

/// The environment variable that tells the runner its private folder, where a
/// run has one.
pub const FOLDER: &str = "THREADLAB_FOLDER";

/// Events of one ring that are taken at a time, so that a flood from one
/// worker does not keep the kernel from its other duties.
const BATCH: usize = 4_096;

pub use lab::trace::DEADLOCK;

/// Bytes of a runner's last words that an error shows.
const LAST_WORDS: usize = 2_000;

/// The program that is started as a runner.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its path.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl Program {
    /// This same program, in the role of a runner.
    ///
    /// # Errors
    /// When the system does not tell what program this is.
    pub fn this() -> io::Result<Self> {
        // On Linux this link leads to the program that runs, also when its file
        // has been replaced by another build meanwhile.
        let path = if cfg!(target_os = "linux") {
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe()?
        };
        Ok(Program {
            path,
            arguments: vec!["runner".into()],
        })
    }
}

/// Why a run gave no trace.
#[derive(Debug, thiserror::Error)]
pub enum RunFailure {
    /// The runner could not be started.
    #[error("the runner could not be started ({program}): {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no place for the run's files.
    #[error(
        "no private folder could be made in {}: {source}; TMPDIR names another place",
        .place.display()
    )]
    Folder {
        /// Where it would have been.
        place: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The runner said why it could not go on.
    #[error("{0}")]
    Refused(String),
    /// The runner ended before the run did.
    #[error("the runner {how}{}", last_words(.words))]
    Died {
        /// Its exit status or signal, in words.
        how: String,
        /// The end of what it wrote to standard error.
        words: String,
    },
    /// It took far longer than it should.
    #[error("the run was ended after {} s, which is as long as it may take (--timeout){}", .limit.as_secs_f64(), last_words(.words))]
    Hung {
        /// How long it may take.
        limit: Duration,
        /// The end of what it wrote to standard error.
        words: String,
    },
    /// The learner interrupted it.
    #[error("interrupted")]
    Interrupted,
}

fn last_words(words: &str) -> String {
    let words = words.trim();
    if words.is_empty() {
        String::new()
    } else {
        format!("; its last words were:\n{words}")
    }
}

/// Something to show while a run goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A line that a worker, or the run itself, said.
    Said(String),
    /// Text that a process wrote to its standard output or error.
    Raw {
        /// Standard error rather than output.
        stderr: bool,
        /// What it wrote; what is not UTF-8 is replaced.
        text: String,
    },
}

/// What a run was heard to do.
enum Heard {
    /// Bytes of its output or error; none at its end.
    Output(Option<Vec<u8>>, bool),
    /// There are events, or its last process is gone.
    Woken {
        over: bool,
    },
    Nothing,
}

/// A run that goes on.
#[derive(Debug)]
pub struct Active {
    child: Child,
    wake: Receiver,
    reader: Reader,
    outputs: [Option<Receiver>; 2],
    collector: Collector,
    finished: u32,
    repeat: u32,
    /// A repetition came to a deadlock, which ended the process and so the run.
    stopped: bool,
    refused: Option<String>,
    words: String,
    /// Text whose rest is yet to come, by who says it.
    partial: HashMap<Option<u32>, String>,
    /// What the run itself says once its workers have been heard.
    closing: Vec<News>,
    text: Texts,
    report: String,
    reaped: bool,
    deadline: (Instant, Duration),
    over: bool,
    /// Removed with all that is in it when this is dropped, by which time the
    /// run's processes are gone.
    _folder: Option<Folder>,
}

impl Active {
    /// Starts a run that may take `limit` at the most.
    ///
    /// # Errors
    /// When the system gives no channel or no process.
    pub fn start(
        program: &Program,
        request: &Request,
        header: Header,
        limit: Duration,
    ) -> Result<Active, RunFailure> {
        let failed = |source| RunFailure::Start {
            program: program.path.display().to_string(),
            source,
        };
        let folder = request.folder.then(private_folder).transpose()?;
        let (mut reader, wake) = Reader::create().map_err(failed)?;
        let child = spawn(program, &reader, folder.as_ref()).map_err(failed)?;
        reader.runner_started();
        let mut child = Owned(Some(child));
        let process = child.0.as_mut().expect("it was just started");
        let mut line = serde_json::to_vec(request).map_err(|e| failed(e.into()))?;
        line.push(b'\n');
        // A runner that died at once is found out below, with its status.
        let _ = process.stdin.take().map(|mut stdin| stdin.write_all(&line));
        let outputs = [
            process
                .stdout
                .take()
                .map(|out| watch(out.into()))
                .transpose()
                .map_err(failed)?,
            process
                .stderr
                .take()
                .map(|err| watch(err.into()))
                .transpose()
                .map_err(failed)?,
        ];
        Ok(Active {
            child: child.0.take().expect("nobody took it"),
            wake: watch(wake).map_err(failed)?,
            reader,
            outputs,
            collector: Collector::new(header),
            finished: 0,
            repeat: request.repeat,
            stopped: false,
            refused: None,
            words: String::new(),
            partial: HashMap::new(),
            closing: vec![],
            text: Texts::default(),
            report: String::new(),
            reaped: false,
            deadline: (Instant::now() + limit, limit),
            over: false,
            _folder: folder,
        })
    }

    /// Waits for the next news, at most for `patience`; none once the run is
    /// over. No news within that time is an empty list.
    ///
    /// # Errors
    /// When the run has taken longer than it may.
    pub async fn news(&mut self, patience: Duration) -> Result<Option<Vec<News>>, RunFailure> {
        let mut news = vec![];
        if self.over {
            return Ok(None);
        }
        if Instant::now() > self.deadline.0 {
            let words = std::mem::take(&mut self.words);
            return Err(RunFailure::Hung {
                limit: self.deadline.1,
                words,
            });
        }
        self.reader.rest();
        if self.drain(&mut news) {
            // More may follow at once: let it gather rather than be woken for
            // each event, and let the kernel's other duties have their turn.
            tokio::time::sleep(Duration::from_millis(1)).await;
            return Ok(Some(news));
        }
        let [out, err] = &self.outputs;
        let until = self.deadline.0.saturating_duration_since(Instant::now());
        let heard = tokio::select! {
            // EOF on the wake pipe with the outputs unread: those come first.
            biased;
            chunk = read_some(out), if out.is_some() => Heard::Output(chunk, false),
            chunk = read_some(err), if err.is_some() => Heard::Output(chunk, true),
            bytes = read(&self.wake) => Heard::Woken { over: bytes.is_none() },
            () = tokio::time::sleep(patience.min(until)) => Heard::Nothing,
        };
        match heard {
            Heard::Output(chunk, stderr) => self.take_raw(chunk, stderr, &mut news),
            Heard::Woken { over } => {
                self.over = over;
                while self.drain(&mut news) && self.over {}
            }
            Heard::Nothing => {}
        }
        if self.over {
            self.rest(&mut news);
        }
        Ok(Some(news))
    }

    /// Repetitions that are done, of how many.
    pub fn progress(&self) -> (u32, u32) {
        (self.finished, self.repeat)
    }

    /// The trace so far.
    pub fn trace(&mut self) -> &Trace {
        self.collector.so_far(lab::clock::now())
    }

    /// What the run reported that is no trace.
    pub fn report(&mut self) -> String {
        std::mem::take(&mut self.report)
    }

    /// What the run left behind, once it is over.
    ///
    /// # Errors
    /// When the runner died or refused.
    pub fn end(self) -> Result<Trace, RunFailure> {
        self.end_or(|_, _| None)
    }

    /// The same; but where the runner fell as it was to fall, that is what the
    /// run came to. `fallen` is given how it ended and after how many seconds, and
    /// gives the result and a last line, or nothing where it is a failure.
    ///
    /// # Errors
    /// As [`end`](Self::end).
    pub fn end_or(
        mut self,
        fallen: impl FnOnce(Ending, f64) -> Option<(Value, String)>,
    ) -> Result<Trace, RunFailure> {
        let status = self.reap();
        if let Some(why) = self.refused.take() {
            return Err(RunFailure::Refused(why));
        }
        let short = self.finished < self.repeat && !self.stopped;
        let now = lab::clock::now();
        if short
            && let Some(how) = status.and_then(as_ending)
            && let Some((result, line)) = fallen(how.clone(), self.trace().elapsed as f64 / 1e9)
        {
            self.fall(now, &how, result, line);
        } else if short || !status.is_some_and(|s| s.success()) {
            let how = status.map_or("is gone, nobody knows how".into(), in_words);
            let words = std::mem::take(&mut self.words);
            return Err(RunFailure::Died { how, words });
        }
        let empty = Collector::new(self.trace().header.clone());
        Ok(std::mem::replace(&mut self.collector, empty).finish())
    }

    /// Completes the trace of a run that ended with its process: whoever was at
    /// work ended so too, at the end of what was heard. A process that left as
    /// one does at its end has left them behind.
    fn fall(&mut self, now: u64, how: &Ending, result: Value, line: String) {
        let trace = self.collector.so_far(now);
        let (elapsed, began) = (trace.elapsed, now.saturating_sub(trace.elapsed));
        let lanes = trace.workers.iter().enumerate();
        let left = lanes.filter(|(_, lane)| lane.start.is_some() && lane.ending == Ending::Running);
        let left: Vec<u32> = left.map(|(worker, _)| worker as u32).collect();
        for worker in left.into_iter().filter(|_| *how != Ending::Exited(0)) {
            self.collector.take(Event::Ended {
                worker,
                at: began + elapsed,
                ending: how.clone(),
                result: Value::None,
                omitted: 0,
            });
        }
        self.collector.take(Event::Said {
            worker: None,
            at: now,
            text: line,
            more: false,
        });
        self.collector.take(Event::Sampled {
            elapsed,
            cpu: 0,
            result,
        });
    }

    /// Takes up what the rings hold; true when there was anything. What workers
    /// said comes in the order of its stamps; what the run says comes after
    /// what its workers had said before it.
    fn drain(&mut self, news: &mut Vec<News>) -> bool {
        let Active {
            reader,
            collector,
            finished,
            refused,
            words,
            partial,
            closing,
            text,
            report,
            stopped,
            ..
        } = self;
        let mut heard: Vec<(u64, News)> = vec![];
        let drained = reader.drain(BATCH, |bytes| {
            let Some(event) = Event::decode(bytes) else {
                log::error!(
                    "a runner told something that is no event ({} bytes)",
                    bytes.len()
                );
                return;
            };
            match &event {
                Event::Said {
                    worker,
                    at,
                    text,
                    more,
                } => {
                    let line = partial.entry(*worker).or_default();
                    line.push_str(text);
                    if !more {
                        let line = News::Said(std::mem::take(line));
                        match worker {
                            Some(_) => heard.push((*at, line)),
                            None => closing.push(line),
                        }
                    }
                }
                Event::Raw {
                    worker,
                    stderr,
                    bytes,
                } => {
                    let text = text.read(*worker, *stderr, bytes);
                    if *stderr {
                        remember(words, &text);
                    }
                    let at = heard.last().map_or(0, |(at, _)| *at);
                    heard.push((
                        at,
                        News::Raw {
                            stderr: *stderr,
                            text,
                        },
                    ));
                }
                Event::Sampled { result, .. } => {
                    *finished += 1;
                    *stopped |= *result == Value::Text(DEADLOCK.into());
                }
                Event::Report { text, .. } => report.push_str(text),
                Event::Failed { message } => *refused = Some(message.clone()),
                _ => {}
            }
            collector.take(event);
        });
        heard.sort_by_key(|(at, _)| *at);
        news.extend(heard.into_iter().map(|(_, line)| line));
        if !drained.left {
            news.append(closing);
        }
        drained.any
    }

    /// Ends whatever is left of the run and waits for the runner.
    fn reap(&mut self) -> Option<ExitStatus> {
        if std::mem::replace(&mut self.reaped, true) {
            return None;
        }
        // A runner that closed its channel may live on for a moment.
        let since = Instant::now();
        while self.over && since.elapsed() < Duration::from_millis(200) {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_micros(200)),
                // The last process of the run is gone: nobody is left to kill.
                Ok(Some(status)) => return Some(status),
                Err(_) => break,
            }
        }
        kill_group(self.child.id());
        self.child.wait().ok()
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.over = false;
        self.reap();
    }
}

/// Kills a child that nobody has taken over yet.
struct Owned(Option<Child>);

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            kill_group(child.id());
            let _ = child.wait();
        }
    }
}

fn kill_group(leader: u32) {
    // SAFETY: kill takes plain numbers; a group that is gone is an error that
    // means just that.
    unsafe { libc::kill(-(leader as libc::pid_t), libc::SIGKILL) };
}

fn private_folder() -> Result<Folder, RunFailure> {
    Folder::new().map_err(|source| RunFailure::Folder {
        place: std::env::temp_dir(),
        source,
    })
}

fn spawn(program: &Program, reader: &Reader, folder: Option<&Folder>) -> io::Result<Child> {
    let fds = reader.inherited().ok_or(io::ErrorKind::BrokenPipe)?;
    let _memory = Inheritable::new(fds.memory)?;
    let _wake = Inheritable::new(fds.wake)?;
    let mut command = Command::new(&program.path);
    if let Some(folder) = folder {
        command.env(FOLDER, folder.path());
    }
    command
        .args(&program.arguments)
        .env(
            CHANNEL,
            format!("{} {} {}", fds.memory, fds.wake, std::process::id()),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

/// A descriptor that children inherit while this lives.
struct Inheritable(RawFd);

impl Inheritable {
    fn new(fd: RawFd) -> io::Result<Self> {
        set_close_on_exec(fd, false)?;
        Ok(Inheritable(fd))
    }
}

impl Drop for Inheritable {
    fn drop(&mut self) {
        if let Err(error) = set_close_on_exec(self.0, true) {
            log::error!("a descriptor stays inheritable: {error}");
        }
    }
}

fn set_close_on_exec(fd: RawFd, on: bool) -> io::Result<()> {
    // SAFETY: fcntl with a flag on a descriptor; a bad one is an error.
    let done = unsafe { libc::fcntl(fd, libc::F_SETFD, if on { libc::FD_CLOEXEC } else { 0 }) };
    if done < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

fn watch(fd: OwnedFd) -> io::Result<Receiver> {
    Receiver::from_owned_fd(fd)
}

/// The next bytes of a pipe; none at its end.
async fn read(pipe: &Receiver) -> Option<Vec<u8>> {
    loop {
        pipe.readable().await.ok()?;
        match try_read(pipe) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            read => return read.ok().filter(|bytes| !bytes.is_empty()),
        }
    }
}

async fn read_some(pipe: &Option<Receiver>) -> Option<Vec<u8>> {
    read(pipe.as_ref()?).await
}

fn try_read(pipe: &Receiver) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 64 * 1024];
    let n = pipe.try_read(&mut bytes)?;
    bytes.truncate(n);
    Ok(bytes)
}

/// Bytes become text; a character that is cut by the end of a chunk waits for
/// its rest.
#[derive(Debug, Default)]
struct Texts(HashMap<(Option<u32>, bool), Vec<u8>>);

impl Texts {
    fn read(&mut self, worker: Option<u32>, stderr: bool, bytes: &[u8]) -> String {
        let rest = self.0.entry((worker, stderr)).or_default();
        rest.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(rest) {
            Ok(_) => rest.len(),
            // Without a length the error is one of bytes that are missing.
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            Err(_) => rest.len(),
        };
        String::from_utf8_lossy(&rest.drain(..whole).collect::<Vec<u8>>()).into_owned()
    }
}

impl Active {
    fn take_raw(&mut self, chunk: Option<Vec<u8>>, stderr: bool, news: &mut Vec<News>) {
        match chunk {
            None => self.outputs[usize::from(stderr)] = None,
            Some(bytes) => {
                let text = self.text.read(None, stderr, &bytes);
                if stderr {
                    remember(&mut self.words, &text);
                }
                news.push(News::Raw { stderr, text });
            }
        }
    }

    /// What is left in the pipes of a runner that is gone.
    fn rest(&mut self, news: &mut Vec<News>) {
        for stderr in [false, true] {
            while let Some(pipe) = &self.outputs[usize::from(stderr)] {
                let chunk = try_read(pipe).ok().filter(|bytes| !bytes.is_empty());
                self.take_raw(chunk, stderr, news);
            }
        }
    }
}

fn remember(words: &mut String, text: &str) {
    words.push_str(text);
    if words.len() > 2 * LAST_WORDS {
        let cut = words.ceil_char_boundary(words.len() - LAST_WORDS);
        words.drain(..cut);
    }
}

/// An exit status as the end of all that was in the process.
fn as_ending(status: ExitStatus) -> Option<Ending> {
    let killed = status.signal().map(Ending::Killed);
    killed.or(status.code().map(Ending::Exited))
}

/// An exit status as one would say it.
fn in_words(status: ExitStatus) -> String {
    match as_ending(status) {
        Some(Ending::Exited(0)) => "left before the run was done".into(),
        Some(ending) => ending.to_string(),
        None => "is gone, nobody knows how".into(),
    }
}
