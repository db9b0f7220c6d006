//! `threadlab doctor`: what is there, what is missing, what to type.

use super::install::user_data;
use crate::run::{Program, machine};
use crate::rust::Cells;
use crate::rust::wire::{Asked, Event};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

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
    rust_cells();
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

/// Has a Rust cell run, and says what that takes.
fn rust_cells() {
    let asked = |arguments: &[&str]| {
        let output = Command::new("rustc").args(arguments).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    };
    let Some(version) = asked(&["--version"]) else {
        let why = "not on PATH; magics go without it, Rust cells do not";
        missing("rustc", why, "the installer of https://rustup.rs");
        return;
    };
    found("rustc", &version);
    let source = asked(&["--print", "sysroot"])
        .map(|root| PathBuf::from(root).join("lib/rustlib/src/rust/library/std"));
    match source.filter(|path| path.is_dir()) {
        Some(path) => found("rust-src", &path.display().to_string()),
        None => missing(
            "rust-src",
            "completion in Rust cells knows nothing of the standard library without it",
            "rustup component add rust-src",
        ),
    }
    match try_rust() {
        Ok(how) => found("Rust cells", &how),
        Err(why) => missing(
            "Rust cells",
            &why,
            "the cell `1 + 1` in a notebook, to see more",
        ),
    }
}

/// Runs two cells; how long they took and what they hold.
fn try_rust() -> Result<String, String> {
    let program = Program::this().map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let mut cells = Cells::new(&program.path);
        let mut took = [0.0; 2];
        for milliseconds in &mut took {
            let began = Instant::now();
            let asked = Asked {
                number: 1,
                text: "1 + 1".into(),
                ..Asked::default()
            };
            cells.begin(asked).map_err(|error| error.to_string())?;
            loop {
                let event = cells.next().await.map_err(|error| error.to_string())?;
                if let Event::Done(done) = event {
                    done.error.map_or(Ok(()), |error| Err(error.value))?;
                    break;
                }
            }
            *milliseconds = began.elapsed().as_secs_f64() * 1e3;
        }
        let [first, next] = took;
        let held = cells.process().map_or(String::new(), memory);
        Ok(format!(
            "the first took {first:.0} ms, the next {next:.0} ms{held}"
        ))
    })
}

/// What the evaluator of Rust cells and the processes below it hold.
fn memory(evaluator: u32) -> String {
    let resident = |process: &str| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let children = |process: &str| {
        let path = format!("/proc/{process}/task/{process}/children");
        let list = std::fs::read_to_string(path).unwrap_or_default();
        list.split_whitespace()
            .map(String::from)
            .collect::<Vec<_>>()
    };
    let evaluator = evaluator.to_string();
    let Some(own) = resident(&evaluator) else {
        return String::new();
    };
    let mut below = children(&evaluator);
    let mut at = 0;
    while at < below.len() {
        let more = children(&below[at]);
        below.extend(more);
        at += 1;
    }
    // The evaluator may be compiling the library meanwhile.
    let holds = |process: &&String| {
        let command = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains("rust-child")
    };
    let theirs: f64 = (below.iter().filter(holds))
        .filter_map(|process| resident(process))
        .sum();
    let (own, theirs) = (own / 1024.0, theirs / 1024.0);
    format!(
        "; the evaluator holds {own:.0} MB, the processes of the variables {theirs:.0} MB, \
         completion (once it is asked for) about 400 MB more"
    )
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
