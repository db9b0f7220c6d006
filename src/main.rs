//! What this program can be: a kernel, a runner, or a command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("runner") => threadlab::runner::main().into(),
        _ => threadlab::cli::main(),
    }
}
