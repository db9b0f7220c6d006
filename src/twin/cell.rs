//! A cell of Python, run as a program of its own.

use super::{Python, Running};
use std::io;
use std::process::Command;
use std::time::Duration;

/// Runs a program so that an exception of it is told apart from what it prints.
/// It is the main module, whose file children that are spawned import.
const DRIVER: &str = "\
import os, sys

__file__, _raised = sys.argv[1:3]
sys.argv[1:] = []
sys.argv[0] = __file__


def _tell(kind, error, trace):
    import json, traceback
    while trace is not None and trace.tb_frame.f_code.co_filename != __file__:
        trace = trace.tb_next
    lines = traceback.format_exception(kind, error, trace)
    with open(_raised, 'w', encoding='utf-8') as file:
        json.dump({'ename': kind.__name__, 'evalue': str(error),
                   'traceback': ''.join(lines).replace(__file__, 'cell')}, file)


sys.excepthook = _tell
sys.path[0:0] = [os.getcwd()]
with open(__file__, encoding='utf-8') as file:
    exec(compile(file.read(), __file__, 'exec'))
";

/// An exception that nobody caught.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub struct Raised {
    /// Its class.
    pub ename: String,
    /// What it says.
    pub evalue: String,
    /// Where it came from, as Python shows it.
    pub traceback: String,
}

/// A cell at work.
#[derive(Debug)]
pub struct Cell {
    /// Its process, and what it prints.
    pub running: Running,
    folder: tempfile::TempDir,
}

impl Cell {
    /// Starts a program's text on a Python, in the folder that this process is in.
    ///
    /// # Errors
    /// When the system gives no folder or no process.
    pub fn start(python: &Python, text: &str, limit: Duration) -> io::Result<Cell> {
        let folder = tempfile::Builder::new().prefix("threadlab-").tempdir()?;
        let file = folder.path().join("cell.py");
        std::fs::write(&file, text)?;
        let mut command = Command::new(&python.path);
        command
            .args(["-c", DRIVER])
            .arg(&file)
            .arg(folder.path().join("raised"));
        Ok(Cell {
            running: Running::start(command, limit)?,
            folder,
        })
    }

    /// The exception that ended it, once it is over.
    pub fn raised(&self) -> Option<Raised> {
        let text = std::fs::read_to_string(self.folder.path().join("raised")).ok()?;
        serde_json::from_str(&text).ok()
    }
}
