//! The part of a run that another process of this program is started anew for:
//! a worker under `--start spawn`, or the server that forks workers.

use super::RunnerError;
use crate::run::{CHANNEL, Program, Request};
use lab::Relaunch;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::RawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

/// The environment variable that holds it, as JSON.
const VARIABLE: &str = "THREADLAB_PART";

/// What a process that takes part has to know to make the same tasks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) request: Request,
    /// Where the tasks find what was made for the run.
    pub(super) place: String,
    pub(super) repetition: u32,
}

impl Part {
    /// The part that this process was given; none for a runner.
    pub(super) fn from_environment() -> Option<Result<Part, RunnerError>> {
        let text = std::env::var(VARIABLE).ok()?;
        Some(serde_json::from_str(&text).map_err(|e| RunnerError::Request(e.into())))
    }

    /// How this program is started anew to take it.
    pub(super) fn relaunch(&self) -> Result<Relaunch, RunnerError> {
        let program = Program::this().map_err(RunnerError::Channel)?;
        let part = serde_json::to_string(self).map_err(|e| RunnerError::Request(e.into()))?;
        let channel = std::env::var(CHANNEL).map_err(|_| RunnerError::NotStartedByKernel)?;
        let fds: Vec<RawFd> = channel
            .split(' ')
            .take(2)
            .filter_map(|number| number.parse().ok())
            .collect();
        let [memory, wake] = fds[..] else {
            return Err(RunnerError::NotStartedByKernel);
        };
        let command = move || {
            let mut command = Command::new(&program.path);
            command
                .args(&program.arguments)
                .env(VARIABLE, &part)
                .env(CHANNEL, format!("{memory} {wake} {}", std::process::id()));
            let keep = move || {
                for fd in [memory, wake] {
                    // SAFETY: fcntl on any number is harmless.
                    if unsafe { libc::fcntl(fd, libc::F_SETFD, 0) } < 0 {
                        return Err(io::Error::last_os_error());
                    }
                }
                Ok(())
            };
            // SAFETY: between fork and exec it only calls fcntl, which may be
            // called there; it allocates nothing.
            unsafe { command.pre_exec(keep) };
            command
        };
        Ok(Relaunch(Arc::new(command)))
    }
}
