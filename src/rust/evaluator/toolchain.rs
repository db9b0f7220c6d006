//! The compiler of this machine.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// A Rust compiler and what belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Toolchain {
    /// The compiler itself, past any proxy.
    pub rustc: PathBuf,
    pub cargo: PathBuf,
    /// The standard library that cells share.
    pub std: PathBuf,
    /// What `rustc -vV` says.
    pub version: String,
}

/// Why Rust cells cannot be run here.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoToolchain {
    #[error(
        "Rust cells need a Rust compiler, and `{program}` {why}. Install Rust (rustup, from https://rustup.rs) and \
         restart the kernel; PATH is {}. Magics work without it",
        std::env::var("PATH").unwrap_or_default()
    )]
    Missing { program: &'static str, why: String },
    #[error(
        "Rust cells need the standard library as a shared library, and there is none in {}",
        .0.display()
    )]
    NoSharedStd(PathBuf),
}

impl Toolchain {
    /// The compiler on PATH; of a toolchain of rustup's, where one is named.
    pub(super) async fn find(named: Option<&str>) -> Result<Self, NoToolchain> {
        let plus = named.map(|name| format!("+{name}"));
        let mut arguments = vec!["--print", "sysroot"];
        if let Some(plus) = &plus {
            arguments.insert(0, plus);
        }
        let sysroot = said("rustc", "rustc".as_ref(), &arguments).await?;
        let sysroot = PathBuf::from(sysroot.trim());
        let rustc = sysroot.join("bin/rustc");
        // A distribution's own compiler lies elsewhere than its sysroot says.
        let rustc = if rustc.is_file() {
            rustc
        } else {
            "rustc".into()
        };
        let cargo = sysroot.join("bin/cargo");
        let cargo = if cargo.is_file() {
            cargo
        } else {
            "cargo".into()
        };
        let version = said("rustc", &rustc, &["-vV"]).await?;
        let libraries = sysroot.join("lib/rustlib").join(host(&version)).join("lib");
        let std = shared_std(&libraries).ok_or(NoToolchain::NoSharedStd(libraries))?;
        Ok(Toolchain {
            rustc,
            cargo,
            std,
            version,
        })
    }

    /// The platform that it compiles on, and for.
    pub(super) fn host(&self) -> &str {
        host(&self.version)
    }

    /// Whether there is a C compiler to link with, and a cargo.
    pub(super) async fn check(&self) -> Result<(), NoToolchain> {
        said("cc", "cc".as_ref(), &["--version"]).await?;
        said("cargo", &self.cargo, &["--version"]).await?;
        Ok(())
    }
}

fn host(version: &str) -> &str {
    let mut lines = version.lines();
    lines
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or_default()
}

/// What a program prints. It may take long: a proxy of rustup's fetches what is
/// not there yet.
async fn said(
    name: &'static str,
    program: &Path,
    arguments: &[&str],
) -> Result<String, NoToolchain> {
    let missing = |why: String| NoToolchain::Missing { program: name, why };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => missing("is not on PATH".into()),
            _ => missing(format!("cannot be started ({error})")),
        })?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(missing(format!("fails ({words})")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn shared_std(folder: &Path) -> Option<PathBuf> {
    let suffix = std::env::consts::DLL_SUFFIX;
    let is_std = |name: &str| name.starts_with("libstd-") && name.ends_with(suffix);
    std::fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_str().is_some_and(is_std))
        .map(|entry| entry.path())
}
