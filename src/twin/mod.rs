//! A scenario's Python twin on a real CPython: found, run in a process of its
//! own, and its records read as a trace. Cells of Python run here as well.
//!
//! Everything that such a Python starts is in one process group, which is
//! killed when its [`Running`] is dropped, and the first process asks the
//! system to end it with the kernel. `threadlab_recorder.py` says what is
//! recorded and how; here it is only read.

mod cell;
mod python;
mod record;
mod running;

pub use cell::{Cell, Raised};
pub use python::{OLDEST, Python, find};
pub use running::{News, Running};

use lab::trace::{Header, Trace};
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// What makes a recorded program of a twin; see there.
const RECORDER: [(&str, &str); 2] = [
    ("as_main.py", include_str!("as_main.py")),
    (
        "threadlab_recorder.py",
        include_str!("threadlab_recorder.py"),
    ),
];

/// Why a Python gave no trace.
#[derive(Debug, thiserror::Error)]
pub enum Absent {
    /// There is no such program.
    #[error("there is no `{asked}` on PATH; a name, a version such as 3.12, or a path is possible")]
    NotFound {
        /// What was asked for.
        asked: String,
    },
    /// The program does not answer as a Python does.
    #[error("`{asked}` does not run: {why}")]
    Refuses {
        /// What was asked for.
        asked: String,
        /// What it said instead.
        why: String,
    },
    /// Twins are written for later ones.
    #[error("{name} is too old: twins are written for Python {}.{} and later", OLDEST.0, OLDEST.1)]
    TooOld {
        /// Which it is.
        name: String,
    },
    /// The scenario has no twin for this.
    #[error("{0}")]
    NoTwin(String),
    /// The system gave no process, no folder or no file.
    #[error("it could not be started: {0}")]
    Start(#[from] io::Error),
    /// The twin ended with an error.
    #[error("the twin {how}{}", last_words(.words))]
    Failed {
        /// Its exit status or signal, in words.
        how: String,
        /// The last line that it wrote to standard error.
        words: String,
    },
    /// It took longer than it may.
    #[error("the twin was ended after {} s, which is as long as it may take (--timeout)", .0.as_secs_f64())]
    Hung(Duration),
}

/// Bytes of its standard error that are kept.
const LAST_WORDS: usize = 2_000;

fn last_words(words: &str) -> String {
    let last = words.trim().lines().last().unwrap_or_default();
    if last.is_empty() {
        String::new()
    } else {
        format!(": {last}")
    }
}

/// A twin, and what it is to do.
#[derive(Clone, Debug)]
pub struct Twin<'a> {
    /// Its source.
    pub source: &'a str,
    /// The model and the parameters, as its command line takes them.
    pub arguments: &'a [String],
    /// How it starts processes; none for that Python's own way.
    pub start: Option<&'a str>,
    /// How long it may take.
    pub limit: Duration,
}

/// A twin at work.
#[derive(Debug)]
pub struct Run {
    /// Its process, and what it prints.
    pub running: Running,
    limit: Duration,
    /// Its text, and its records.
    folder: tempfile::TempDir,
    words: String,
}

impl Run {
    /// Starts a twin on a Python.
    ///
    /// # Errors
    /// When the system gives no folder or no process.
    pub fn start(python: &Python, twin: &Twin<'_>) -> Result<Run, Absent> {
        let folder = tempfile::Builder::new().prefix("threadlab-").tempdir()?;
        let inside = |name: &str| folder.path().join(name);
        for (name, text) in RECORDER {
            std::fs::write(inside(name), text)?;
        }
        std::fs::write(inside("twin.py"), twin.source)?;
        std::fs::create_dir(inside("records"))?;
        let mut command = Command::new(&python.path);
        command
            .arg(inside("as_main.py"))
            .arg(inside("twin.py"))
            .args(twin.arguments)
            .env("THREADLAB_TRACE", inside("records"))
            .env_remove("THREADLAB_START");
        if let Some(start) = twin.start {
            command.env("THREADLAB_START", start);
        }
        Ok(Run {
            running: Running::start(command, twin.limit)?,
            limit: twin.limit,
            folder,
            words: String::new(),
        })
    }

    /// Waits for what it prints next; none once it is over.
    pub async fn news(&mut self) -> Option<News> {
        let news = self.running.news().await;
        if let Some(news) = news.as_ref().filter(|news| news.stderr) {
            self.words.push_str(&news.text);
            if self.words.len() > 2 * LAST_WORDS {
                let cut = self.words.len() - LAST_WORDS;
                self.words.drain(..self.words.ceil_char_boundary(cut));
            }
        }
        news
    }

    /// What it left behind, once it is over. Workers stand in the order of
    /// `names`, those that are not there in the order in which they began.
    ///
    /// # Errors
    /// When it failed or took too long, or its records cannot be read.
    pub fn end(mut self, header: Header, names: &[&str]) -> Result<Trace, Absent> {
        if self.running.is_late() {
            return Err(Absent::Hung(self.limit));
        }
        let how = self.running.ended();
        let records = record::read(&self.folder.path().join("records"))?;
        if let Some(how) = how {
            let words = std::mem::take(&mut self.words);
            return Err(Absent::Failed { how, words });
        }
        Ok(record::trace(&records, header, names))
    }
}

/// A program on PATH, or a path; every file that may be meant.
fn candidates(asked: &str) -> Vec<PathBuf> {
    if asked.contains('/') {
        let home = asked.strip_prefix("~/").and_then(|rest| {
            let home = std::env::var_os("HOME")?;
            Some(PathBuf::from(home).join(rest))
        });
        return vec![home.unwrap_or_else(|| PathBuf::from(asked))];
    }
    let name = if asked.starts_with(|c: char| c.is_ascii_digit()) {
        format!("python{asked}")
    } else {
        asked.to_owned()
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .filter(|file| file.is_file())
        .collect()
}
