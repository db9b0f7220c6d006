//! What this program can be: a runner, a kernel, or a command line.

use std::path::Path;
use std::process::ExitCode;
use threadlab::cli::{self, Role};
use threadlab::run::Program;
use threadlab::{protocol, runner, rust};

fn main() -> ExitCode {
    if std::env::var_os("EVCXR_IS_RUNTIME").is_some() {
        rust::evcxr_child();
    }
    // What is started for a run or a cell: nothing before it costs time.
    match std::env::args().nth(1).as_deref() {
        Some("runner") => return runner::main().into(),
        Some("rust-child") => return rust::child().into(),
        Some("rust") => return rust::evaluator().into(),
        _ => {}
    }
    let quiet = "warn,simplecss=off,tiny_skia=off,zeromq=error";
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(quiet)).init();
    match cli::read() {
        Role::Kernel { file } => kernel(&file),
        Role::Command(command) => cli::main(command),
    }
}

fn kernel(connection_file: &Path) -> ExitCode {
    let served = Program::this()
        .map_err(protocol::ConnectionError::from)
        .and_then(|program| protocol::serve(connection_file, program));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("threadlab kernel: {error}");
            ExitCode::FAILURE
        }
    }
}
