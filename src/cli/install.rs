//! `threadlab install`: a kernelspec that starts this very program.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where to.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub struct Options {
    /// For this user [so if nothing else is said]
    #[arg(long)]
    user: bool,
    /// Into the Python environment that is active
    #[arg(long)]
    sys_prefix: bool,
    /// Into a folder's share/jupyter/kernels
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,
}

/// The kernelspec and its logos, as they stand in `kernelspec/`.
const TEMPLATE: &str = include_str!("../../kernelspec/kernel.json");
const LOGOS: [(&str, &[u8]); 3] = [
    (
        "logo-svg.svg",
        include_bytes!("../../kernelspec/logo-svg.svg"),
    ),
    (
        "logo-32x32.png",
        include_bytes!("../../kernelspec/logo-32x32.png"),
    ),
    (
        "logo-64x64.png",
        include_bytes!("../../kernelspec/logo-64x64.png"),
    ),
];

/// Writes the kernelspec.
pub(super) fn install(options: &Options) -> anyhow::Result<()> {
    let data = match options {
        Options {
            prefix: Some(prefix),
            ..
        } => prefix.join("share/jupyter"),
        Options {
            sys_prefix: true, ..
        } => active_prefix()?.join("share/jupyter"),
        Options { .. } => user_data()?,
    };
    let folder = data.join("kernels/threadlab");
    let binary =
        std::env::current_exe().context("the system does not tell what program this is")?;
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes)
            .with_context(|| format!("{} cannot be written", path.display()))
    };
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    write("kernel.json", spec(&binary)?.as_bytes())?;
    for (name, bytes) in LOGOS {
        write(name, bytes)?;
    }
    println!("installed the kernel `threadlab` in {}", folder.display());
    Ok(())
}

/// The template with this program in it.
fn spec(binary: &Path) -> anyhow::Result<String> {
    let binary = binary
        .to_str()
        .context("this program's path is not UTF-8, which a kernelspec must be")?;
    let mut spec: serde_json::Value = serde_json::from_str(TEMPLATE)?;
    let arguments = spec["argv"]
        .as_array_mut()
        .context("the template has no argv")?;
    for argument in arguments {
        if argument == "@BINARY@" {
            *argument = binary.into();
        }
    }
    Ok(serde_json::to_string_pretty(&spec)? + "\n")
}

/// Jupyter's folder of this user (jupyter_core, `jupyter_data_dir`).
pub(super) fn user_data() -> anyhow::Result<PathBuf> {
    let given = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = given("JUPYTER_DATA_DIR") {
        return Ok(folder);
    }
    let home = given("HOME").context("HOME is not set: say where to with --prefix DIR")?;
    Ok(if cfg!(target_os = "macos") {
        home.join("Library/Jupyter")
    } else {
        given("XDG_DATA_HOME")
            .unwrap_or_else(|| home.join(".local/share"))
            .join("jupyter")
    })
}

/// The prefix of the active Python environment, or of `python3` on PATH.
fn active_prefix() -> anyhow::Result<PathBuf> {
    for name in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        if let Some(prefix) = std::env::var_os(name) {
            return Ok(prefix.into());
        }
    }
    let asked = Command::new("python3")
        .args(["-c", "import sys; print(sys.prefix)"])
        .output();
    let asked = asked.context(
        "no Python environment is active and there is no python3: say where to with --prefix DIR",
    )?;
    let prefix = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    if !asked.status.success() || prefix.is_empty() {
        bail!("python3 does not tell its prefix: say where to with --prefix DIR");
    }
    Ok(prefix.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernelspec_starts_this_program_whatever_its_path() {
        let spec: serde_json::Value =
            serde_json::from_str(&spec(Path::new("/a \"b\"/threadlab")).unwrap()).unwrap();
        assert_eq!(spec["argv"][0], "/a \"b\"/threadlab");
        assert_eq!(spec["interrupt_mode"], "message");
        assert_eq!(spec["language"], "rust");
    }
}
