//! Finding a Python, and asking which it is.

use super::{Absent, Running, candidates};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The oldest version that twins are written for.
pub const OLDEST: (u32, u32) = (3, 8);

/// How long a Python may take to say which it is.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks a Python of any version, also one that is too old.
const QUESTION: &str = "\
import json, platform, sys, sysconfig
print(json.dumps({
    'path': sys.executable,
    'implementation': platform.python_implementation(),
    'version': platform.python_version(),
    'free_threaded': bool(sysconfig.get_config_var('Py_GIL_DISABLED')),
}))";

/// A Python that answers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Python {
    /// The interpreter itself, not a link or a script that leads to it.
    pub path: PathBuf,
    /// `CPython` or another.
    pub implementation: String,
    /// Such as `3.12.1`.
    pub version: String,
    /// Whether it was built to do without the interpreter lock.
    pub free_threaded: bool,
}

impl Python {
    /// Such as `CPython 3.12.1`.
    pub fn name(&self) -> String {
        let free = if self.free_threaded {
            ", free-threaded"
        } else {
            ""
        };
        format!("{} {}{free}", self.implementation, self.version)
    }

    /// Such as `CPython 3.12`, or `CPython 3.13t`.
    pub fn short(&self) -> String {
        let version: Vec<&str> = self.version.split('.').take(2).collect();
        let free = if self.free_threaded { "t" } else { "" };
        format!("{} {}{free}", self.implementation, version.join("."))
    }

    fn is_too_old(&self) -> bool {
        let mut parts = self
            .version
            .split('.')
            .map(|part| part.parse().unwrap_or(0));
        let version: (u32, u32) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        version < OLDEST
    }
}

/// The Python that somebody means by a name, a version or a path.
///
/// # Errors
/// When there is none, when it does not answer, or when it is too old.
pub async fn find(asked: &str) -> Result<Python, Absent> {
    let mut last = Absent::NotFound {
        asked: asked.to_owned(),
    };
    // A version manager may have put a script on PATH that leads nowhere: the
    // next one with that name may be the real one.
    for path in candidates(asked) {
        match ask(&path, asked).await {
            Ok(python) if python.is_too_old() => {
                return Err(Absent::TooOld {
                    name: python.name(),
                });
            }
            Ok(python) => return Ok(python),
            Err(why) => last = why,
        }
    }
    Err(last)
}

async fn ask(path: &Path, asked: &str) -> Result<Python, Absent> {
    let refuses = |why: String| Absent::Refuses {
        asked: asked.to_owned(),
        why,
    };
    let mut command = Command::new(path);
    command.args(["-c", QUESTION]);
    let mut running = Running::start(command, PATIENCE).map_err(|e| refuses(e.to_string()))?;
    let (mut said, mut words) = (String::new(), String::new());
    while let Some(news) = running.news().await {
        if news.stderr {
            words.push_str(&news.text);
        } else {
            said.push_str(&news.text);
        }
    }
    if running.is_late() {
        let seconds = PATIENCE.as_secs();
        return Err(refuses(format!("it says nothing for {seconds} s")));
    }
    if let Some(how) = running.ended() {
        return Err(refuses(gist(&words).unwrap_or_else(|| format!("it {how}"))));
    }
    let line = said.lines().find(|line| line.starts_with('{'));
    let python = line.and_then(|line| serde_json::from_str(line).ok());
    python.ok_or_else(|| refuses("it does not answer as a Python does".into()))
}

/// The line that says most: the last, where an exception stands; the first,
/// where what follows explains it.
fn gist(words: &str) -> Option<String> {
    let mut lines = words.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next()?;
    let last = lines.next_back().unwrap_or(first);
    let said = if first.starts_with("Traceback") {
        last
    } else {
        first
    };
    Some(said.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(version: &str, free_threaded: bool) -> Python {
        Python {
            path: "python".into(),
            implementation: "CPython".into(),
            version: version.into(),
            free_threaded,
        }
    }

    #[test]
    fn names_say_which_python_it_is() {
        assert_eq!(python("3.12.1", false).name(), "CPython 3.12.1");
        assert_eq!(python("3.12.1", false).short(), "CPython 3.12");
        assert_eq!(python("3.13.0rc1", true).short(), "CPython 3.13t");
    }

    #[test]
    fn a_version_is_compared_as_numbers() {
        assert!(python("2.7.18", false).is_too_old() && python("3.7.16", false).is_too_old());
        assert!(!python("3.8.0", false).is_too_old() && !python("3.10.2", false).is_too_old());
    }

    #[tokio::test]
    async fn what_is_no_python_is_told() {
        let missing = find("no-such-python").await.unwrap_err().to_string();
        assert!(
            missing.starts_with("there is no `no-such-python` on PATH"),
            "{missing}"
        );
        let other = find("/bin/sh").await.unwrap_err().to_string();
        assert!(other.starts_with("`/bin/sh` does not run"), "{other}");
    }
}
