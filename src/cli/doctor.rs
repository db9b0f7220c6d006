//! `threadlab doctor`: what is there, what is missing, what to type.

use super::install::user_data;
use crate::run::{Program, machine};
use std::path::PathBuf;
use std::process::Command;

/// Looks, prints, and fails only where a run is not possible.
pub(super) fn examine() -> anyhow::Result<()> {
    let binary = std::env::current_exe()?;
    let machine = machine::here();
    found(
        "program",
        &format!("{} {}", binary.display(), env!("CARGO_PKG_VERSION")),
    );
    found(
        "machine",
        &format!(
            "{}, {} cores to use, load {}, {}",
            machine.cpu, machine.cores, machine.load, machine.system
        ),
    );
    kernelspec(&binary);
    python();
    temporary();
    let run = try_run();
    match &run {
        Ok(()) => found("a run", "threads and processes work"),
        Err(why) => missing(
            "a run",
            &why.to_string(),
            "threadlab run threads breakfast --scale 0.01",
        ),
    }
    run
}

fn found(what: &str, how: &str) {
    println!("  ok       {what:12} {how}");
}

fn missing(what: &str, why: &str, todo: &str) {
    println!(
        "  missing  {what:12} {why}\n           {:12} type: {todo}",
        ""
    );
}

/// Where Jupyter looks, as far as can be told without asking it.
fn kernelspec(binary: &std::path::Path) {
    let mut folders: Vec<PathBuf> = user_data().into_iter().collect();
    for name in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        folders.extend(
            std::env::var_os(name).map(|prefix| PathBuf::from(prefix).join("share/jupyter")),
        );
    }
    if let Some(prefix) = binary.parent().and_then(|bin| bin.parent()) {
        folders.push(prefix.join("share/jupyter"));
    }
    folders.extend(["/usr/local/share/jupyter", "/usr/share/jupyter"].map(PathBuf::from));
    let specs: Vec<PathBuf> = folders
        .iter()
        .map(|f| f.join("kernels/threadlab/kernel.json"))
        .filter(|f| f.exists())
        .collect();
    match specs.first() {
        Some(spec) => found("kernelspec", &spec.display().to_string()),
        None => missing(
            "kernelspec",
            "Jupyter does not know this kernel yet",
            "threadlab install --user",
        ),
    }
}

fn python() {
    let asked = |arguments: &[&str]| {
        let output = Command::new("python3").args(arguments).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    };
    match asked(&["--version"]) {
        Some(version) => found("python3", &version),
        None => missing(
            "python3",
            "not on PATH; JupyterLab needs it",
            "your system's package manager installs it",
        ),
    }
    match asked(&["-c", "import jupyterlab; print(jupyterlab.__version__)"]) {
        Some(version) => found("JupyterLab", &version),
        None => missing(
            "JupyterLab",
            "python3 on PATH has none",
            "python3 -m pip install jupyterlab (or, in a checkout, make lab)",
        ),
    }
}

fn temporary() {
    let folder = std::env::temp_dir();
    let probe = folder.join(format!("threadlab-doctor-{}", std::process::id()));
    match std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => found("temporary", &folder.display().to_string()),
        Err(why) => missing(
            "temporary",
            &format!("{}: {why}", folder.display()),
            "export TMPDIR=A_FOLDER_THAT_CAN_BE_WRITTEN",
        ),
    }
}

/// Runs a scenario in threads and in processes, as a cell would.
fn try_run() -> anyhow::Result<()> {
    let program = Program::this()?;
    for model in ["threads", "processes"] {
        let output = Command::new(&program.path)
            .args(["run", model, "breakfast", "--scale", "0.001", "--no-chart"])
            .output()?;
        anyhow::ensure!(
            output.status.success(),
            "a run in {model} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}
