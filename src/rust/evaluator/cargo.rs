//! cargo, for what is compiled once: the library, and crates that `:dep` asks
//! for.

use super::toolchain::Toolchain;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What cargo was to build, and could not.
#[derive(Debug, thiserror::Error)]
pub(super) enum BuildError {
    #[error(
        "{path} cannot be written: {source}. Name another folder for what Rust cells keep in THREADLAB_CACHE"
    )]
    Write { path: String, source: io::Error },
    #[error("cargo cannot be started: {0}")]
    Start(io::Error),
    #[error("{what} cannot be built ({status}):\n{words}")]
    Failed {
        what: String,
        status: ExitStatus,
        words: String,
    },
    #[error("cargo built {0} and did not say where it is")]
    Nowhere(String),
}

/// Files that cargo made, by the names of packages.
#[derive(Clone, Debug, Default)]
pub(super) struct Built(BTreeMap<String, Vec<PathBuf>>);

impl Built {
    /// The shared library of a package; of a procedural macro too.
    pub(super) fn shared(&self, package: &str) -> Option<&PathBuf> {
        self.of(package, &[std::env::consts::DLL_EXTENSION])
    }

    /// What other crates compile against.
    pub(super) fn library(&self, package: &str) -> Option<&PathBuf> {
        self.of(package, &["rlib", std::env::consts::DLL_EXTENSION])
    }

    fn of(&self, package: &str, extensions: &[&str]) -> Option<&PathBuf> {
        let files = self.0.get(package)?;
        extensions.iter().find_map(|extension| {
            let fits = |file: &&PathBuf| file.extension().is_some_and(|e| e == *extension);
            files.iter().find(fits)
        })
    }
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    package_id: String,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// Ends cargo and the compilers below it when it is dropped.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(process) = self.0.id() {
            // SAFETY: the group was made for this child, which has not been
            // waited for: its number is still its own.
            unsafe { libc::killpg(process as libc::pid_t, libc::SIGKILL) };
        }
    }
}

/// Where and how cargo runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cargo<'a> {
    pub toolchain: &'a Toolchain,
    /// The folder of the manifest.
    pub folder: &'a Path,
    /// The folder of what is built.
    pub target: &'a Path,
    pub environment: &'a [(String, String)],
}

impl Cargo<'_> {
    /// Runs it. Each line of what it does is given to `told`.
    ///
    /// # Errors
    /// When it cannot be started or fails; with the compiler's words then.
    pub(super) async fn build(
        self,
        arguments: &[&str],
        what: &str,
        told: impl FnMut(&str),
    ) -> Result<Built, BuildError> {
        build(self, arguments, what, told).await
    }
}

async fn build(
    cargo: Cargo<'_>,
    arguments: &[&str],
    what: &str,
    mut told: impl FnMut(&str),
) -> Result<Built, BuildError> {
    let Cargo {
        toolchain,
        folder,
        target,
        environment,
    } = cargo;
    let mut command = Command::new(&toolchain.cargo);
    command
        .args(arguments)
        .arg("--message-format=json-render-diagnostics")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_BUILD_BUILD_DIR", target)
        .env("RUSTC", &toolchain.rustc)
        .env("RUSTFLAGS", "-Cprefer-dynamic")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTC_WRAPPER")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut cargo = Group(command.spawn().map_err(BuildError::Start)?);
    let (Some(stdout), Some(stderr)) = (cargo.0.stdout.take(), cargo.0.stderr.take()) else {
        return Err(BuildError::Start(io::ErrorKind::BrokenPipe.into()));
    };
    let mut messages = BufReader::new(stdout).lines();
    let mut lines = BufReader::new(stderr).lines();
    let (mut built, mut words) = (Built::default(), String::new());
    let (mut more_messages, mut more_lines) = (true, true);
    while more_messages || more_lines {
        tokio::select! {
            line = messages.next_line(), if more_messages => match line {
                Ok(Some(line)) => take(&line, &mut built),
                _ => more_messages = false,
            },
            line = lines.next_line(), if more_lines => match line {
                Ok(Some(line)) => {
                    told(&line);
                    words.push_str(&line);
                    words.push('\n');
                }
                _ => more_lines = false,
            },
        }
    }
    let status = cargo.0.wait().await.map_err(BuildError::Start)?;
    if status.success() {
        return Ok(built);
    }
    Err(BuildError::Failed {
        what: what.into(),
        status,
        words: words.trim().to_owned(),
    })
}

fn take(line: &str, built: &mut Built) {
    let Ok(message) = serde_json::from_str::<Message>(line) else {
        return;
    };
    let script = |target: Target| target.kind.iter().any(|kind| kind == "custom-build");
    if message.reason == "compiler-artifact" && !message.target.is_some_and(script) {
        let package = package(&message.package_id).to_owned();
        built
            .0
            .entry(package)
            .or_default()
            .extend(message.filenames);
    }
}

/// The name in a package's identifier: `registry+https://...#itoa@1.0.15`,
/// `path+file:///home/me/thing#0.1.0`, `path+file:///x#name@0.1.0`.
fn package(id: &str) -> &str {
    let (place, end) = id.rsplit_once('#').unwrap_or((id, ""));
    match end.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit('/').next().unwrap_or(place),
    }
}

/// A file with this text, written only where it has another.
pub(super) fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    let failed = |source| BuildError::Write {
        path: path.display().to_string(),
        source,
    };
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // By way of a file of its own: two kernels may write the same one.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    std::fs::write(&beside, text).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_package_is_read_from_its_identifier() {
        assert_eq!(package("registry+https://x.org/index#itoa@1.0.15"), "itoa");
        assert_eq!(package("path+file:///home/me/thing#0.1.0"), "thing");
        assert_eq!(package("path+file:///home/me/x#thing@0.1.0"), "thing");
    }
}
