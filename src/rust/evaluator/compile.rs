//! Compiles the text of a cell to a shared object: the compiler itself, without
//! cargo, then the linker.

use super::diagnostic::Diagnostic;
use super::toolchain::Toolchain;
use crate::rust::source::naming::CRATE;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// What a cell is compiled with.
#[derive(Clone, Debug)]
pub(super) struct Against {
    /// Crates that it may name, by the name it calls them.
    pub crates: Vec<(String, PathBuf)>,
    /// Folders in which the compiler finds what those depend on.
    pub folders: Vec<PathBuf>,
    /// 0 to 3, s or z.
    pub optimized: String,
}

/// What the compiler made of a cell.
#[derive(Debug)]
pub(super) struct Compiled {
    /// What it said: errors, where it made nothing.
    pub diagnostics: Vec<Diagnostic>,
    pub failed: bool,
}

/// Why a cell was not compiled.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompileError {
    #[error("{program} cannot be started: {source}")]
    Start { program: String, source: io::Error },
    #[error("{path} cannot be written: {source}")]
    Write { path: String, source: io::Error },
    #[error("the compiler failed without saying what is wrong:\n{0}")]
    Silent(String),
    #[error("the cell cannot be linked:\n{0}")]
    Link(String),
}

/// Compiles a cell. `object` is where it goes; none where it is only checked.
pub(super) async fn compile(
    toolchain: &Toolchain,
    against: &Against,
    text: &str,
    file: &Path,
    object: Option<&Path>,
) -> Result<Compiled, CompileError> {
    std::fs::write(file, text).map_err(|source| CompileError::Write {
        path: file.display().to_string(),
        source,
    })?;
    let mut command = Command::new(&toolchain.rustc);
    let name = file.file_name().unwrap_or(file.as_os_str());
    command
        .current_dir(file.parent().unwrap_or(Path::new(".")))
        .arg(name)
        .args([
            "--edition=2024",
            "--crate-type=cdylib",
            "--crate-name",
            CRATE,
        ])
        .args(["--error-format=json", "-Cprefer-dynamic"])
        .args(["-Ccodegen-units=1", "-Cdebug-assertions=on"])
        .arg(format!("-Copt-level={}", against.optimized));
    match object {
        Some(object) => command.arg("--emit=obj").arg("-o").arg(object),
        None => command
            .args(["--emit=metadata", "-o"])
            .arg(file.with_extension("rmeta")),
    };
    for (name, path) in &against.crates {
        let mut argument = OsString::from(format!("{name}="));
        argument.push(path);
        command.arg("--extern").arg(argument);
    }
    for folder in &against.folders {
        let mut argument = OsString::from("dependency=");
        argument.push(folder);
        command.arg("-L").arg(argument);
    }
    let output = output(command, "rustc").await?;
    let said = String::from_utf8_lossy(&output.stderr);
    let diagnostics = Diagnostic::all(&said);
    let failed = !output.status.success();
    if failed && !diagnostics.iter().any(Diagnostic::is_error) {
        return Err(CompileError::Silent(said.into_owned()));
    }
    Ok(Compiled {
        diagnostics,
        failed,
    })
}

/// Makes a shared object of an object. What it needs of libraries is found when
/// it is loaded: those are loaded before it.
pub(super) async fn link(object: &Path, shared: &Path) -> Result<(), CompileError> {
    let mut command = Command::new("cc");
    if cfg!(target_os = "macos") {
        command.args(["-dynamiclib", "-undefined", "dynamic_lookup"]);
    } else {
        // Cells stay loaded: one page less to be written to for each of them.
        command.args([
            "-shared",
            "-nostdlib",
            "-Wl,--gc-sections",
            "-Wl,-z,norelro",
        ]);
    }
    command.arg("-o").arg(shared).arg(object);
    if cfg!(not(target_os = "macos")) {
        // The C library keeps old versions of its functions, and a name that does
        // not say which one it means gets the oldest: a `pthread_cond_wait` that
        // wakes nobody in another process. Linked with the library, it says so.
        command.args(["-lpthread", "-lc"]);
    }
    let output = output(command, "cc").await?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(CompileError::Link(said))
}

async fn output(mut command: Command, program: &str) -> Result<std::process::Output, CompileError> {
    // Given up when the learner interrupts, and ended then.
    command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| CompileError::Start {
            program: program.into(),
            source,
        })
}
