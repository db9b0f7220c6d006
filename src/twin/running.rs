//! A child process with all that it starts: its output as it comes, a limit on
//! its time, and its end.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::time::{Instant, timeout_at};

/// How long output may still come once the process is gone and its group killed.
const DRAIN: Duration = Duration::from_millis(500);
/// Bytes that are read at a time.
const CHUNK: usize = 65_536;

/// What a process printed.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// To its standard error rather than output.
    pub stderr: bool,
    /// What; bytes that are no text are replaced.
    pub text: String,
}

/// A process and its group.
#[derive(Debug)]
pub struct Running {
    child: Child,
    group: Option<u32>,
    out: Pipe<ChildStdout>,
    err: Pipe<ChildStderr>,
    status: Option<ExitStatus>,
    until: Instant,
    late: bool,
}

impl Running {
    /// Starts it as the leader of a group of its own, to be ended after `limit`
    /// and with this process.
    ///
    /// # Errors
    /// When the system gives no process.
    pub fn start(mut command: Command, limit: Duration) -> io::Result<Running> {
        command
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        end_with_this_process(&mut command);
        let mut child = tokio::process::Command::from(command).spawn()?;
        Ok(Running {
            group: child.id(),
            out: Pipe::new(child.stdout.take()),
            err: Pipe::new(child.stderr.take()),
            child,
            status: None,
            until: Instant::now() + limit,
            late: false,
        })
    }

    /// Waits for what it prints next; none once it is over, or has taken as
    /// long as it may.
    pub async fn news(&mut self) -> Option<News> {
        loop {
            if self.status.is_some() && self.out.pipe.is_none() && self.err.pipe.is_none() {
                return None;
            }
            // A flood that is always ready would keep the limit from being seen.
            if Instant::now() >= self.until {
                self.late = self.status.is_none();
                self.kill();
                return None;
            }
            let next = async {
                tokio::select! {
                    biased;
                    text = self.out.read(), if self.out.pipe.is_some() => Next::Text(false, text),
                    text = self.err.read(), if self.err.pipe.is_some() => Next::Text(true, text),
                    status = self.child.wait(), if self.status.is_none() => Next::Over(status),
                }
            };
            match timeout_at(self.until, next).await {
                Ok(Next::Text(stderr, text)) if !text.is_empty() => {
                    return Some(News { stderr, text });
                }
                Ok(Next::Text(..)) => {}
                Ok(Next::Over(status)) => {
                    self.status = Some(status.unwrap_or_default());
                    // What it started and left behind ends here.
                    self.kill();
                    self.until = self.until.min(Instant::now() + DRAIN);
                }
                Err(_) => {
                    // Once it is gone, only somebody outside of its group can
                    // still have the pipes.
                    self.late = self.status.is_none();
                    self.kill();
                    return None;
                }
            }
        }
    }

    /// Whether it was ended because it had taken as long as it may.
    pub fn is_late(&self) -> bool {
        self.late
    }

    /// How it ended, in words; none where all went well.
    pub fn ended(&self) -> Option<String> {
        let status = self.status?;
        if status.success() {
            return None;
        }
        Some(match (status.code(), status.signal()) {
            (Some(code), _) => format!("left with status {code}"),
            (_, Some(signal)) => format!("was ended by signal {signal}"),
            _ => "ended, nobody knows how".into(),
        })
    }

    fn kill(&mut self) {
        if let Some(group) = self.group.take() {
            // SAFETY: kill takes plain numbers; a group that is gone is an
            // error that means just that.
            unsafe { libc::kill(-(group as libc::pid_t), libc::SIGKILL) };
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        // Already killed: the wait is for the system to hand its status over.
        let _ = self.child.try_wait();
    }
}

/// What there is to be heard of a process.
enum Next {
    Text(bool, String),
    Over(io::Result<ExitStatus>),
}

/// Asks the system to end the child when the thread that starts it ends. That
/// is the kernel's only thread, or the command line's.
fn end_with_this_process(command: &mut Command) {
    #[cfg(target_os = "linux")]
    {
        let parent = std::process::id();
        // SAFETY: prctl, getppid and _exit may be called between fork and exec:
        // they take plain numbers, and neither allocate nor lock.
        unsafe {
            command.pre_exec(move || {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                // It may have ended before the line above.
                if libc::getppid() as u32 != parent {
                    libc::_exit(1);
                }
                Ok(())
            });
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = command;
}

/// One end of a pipe, read as text.
#[derive(Debug)]
struct Pipe<R> {
    pipe: Option<R>,
    /// The begin of a character whose rest is yet to come.
    partial: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Pipe<R> {
    fn new(pipe: Option<R>) -> Self {
        Pipe {
            pipe,
            partial: vec![],
        }
    }

    /// What comes next; nothing at the end, or where it is no whole character.
    async fn read(&mut self) -> String {
        let mut chunk = vec![0; CHUNK];
        let read = match &mut self.pipe {
            Some(pipe) => pipe.read(&mut chunk).await.unwrap_or(0),
            None => 0,
        };
        if read == 0 {
            self.pipe = None;
        }
        self.partial.extend_from_slice(&chunk[..read]);
        let whole = match std::str::from_utf8(&self.partial) {
            Err(error) if read > 0 && error.error_len().is_none() => error.valid_up_to(),
            _ => self.partial.len(),
        };
        let rest = self.partial.split_off(whole);
        let text = String::from_utf8_lossy(&self.partial).into_owned();
        self.partial = rest;
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Running {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        Running::start(command, limit).unwrap()
    }

    async fn heard(running: &mut Running) -> (String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        while let Some(News { stderr, text }) = running.news().await {
            if stderr { &mut err } else { &mut out }.push_str(&text);
        }
        (out, err)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn output_and_end_are_told() {
        let mut running = shell("echo chai; echo oops >&2; exit 3", LONG);
        assert_eq!(
            heard(&mut running).await,
            ("chai\n".into(), "oops\n".into())
        );
        assert_eq!(running.ended().as_deref(), Some("left with status 3"));
        assert!(!running.is_late());
    }

    #[tokio::test]
    async fn a_character_that_comes_in_two_parts_is_one() {
        let mut running = shell("printf '\\342\\202'; sleep 0.05; printf '\\254'", LONG);
        assert_eq!(heard(&mut running).await.0, "€");
    }

    #[tokio::test]
    async fn what_takes_too_long_is_ended_with_all_that_it_started() {
        let mut running = shell("sleep 1000 & echo $!; wait", Duration::from_millis(300));
        let child: i32 = heard(&mut running).await.0.trim().parse().unwrap();
        assert!(running.is_late());
        drop(running);
        // SAFETY: signal 0 asks whether there is such a process.
        while unsafe { libc::kill(child, 0) } == 0 && !is_zombie(child) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn what_a_process_leaves_behind_does_not_keep_it() {
        let mut running = shell("sleep 1000 & echo over", LONG);
        assert_eq!(heard(&mut running).await.0, "over\n");
    }

    fn is_zombie(pid: i32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim().starts_with('Z'))
    }
}
