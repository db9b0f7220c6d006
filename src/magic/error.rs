//! Why a magic did not do what was asked: what was given, what is possible,
//! what to do.

use crate::display::DisplayError;
use crate::figure::FigureError;
use crate::run::RunFailure;
use crate::rust::Lost;
use crate::rust::wire::CellError;
use crate::twin::{Absent, Raised};

/// A magic's failure, as the cell shows it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MagicError {
    /// A mistake in what was typed.
    #[error("{message}{}", hint(.near, .todo))]
    Usage {
        /// What was given and why it cannot be.
        message: String,
        /// What was probably meant.
        near: Vec<String>,
        /// What to type.
        todo: String,
    },
    /// The run failed.
    #[error(transparent)]
    Run(#[from] RunFailure),
    /// Some workers did not end as they should.
    #[error("{0}")]
    Workers(String),
    /// There is no such Python, or it gave nothing.
    #[error(transparent)]
    Python(#[from] Absent),
    /// A cell of Python ended with an exception.
    #[error("{}", .0.evalue)]
    Raised(Raised),
    /// A Rust cell failed.
    #[error("{}", .0.value)]
    Rust(Box<CellError>),
    /// Rust cells cannot go on as they were.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The figure could not be drawn.
    #[error("the chart could not be drawn: {0}")]
    Figure(#[from] FigureError),
    /// The figure could not be shown or saved.
    #[error(transparent)]
    Display(#[from] DisplayError),
    /// A file could not be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system or the parser said.
        source: std::io::Error,
    },
}

impl MagicError {
    /// A mistake in what was typed, with nothing similar to offer.
    pub fn usage(message: impl Into<String>, todo: impl Into<String>) -> Self {
        MagicError::Usage {
            message: message.into(),
            near: vec![],
            todo: todo.into(),
        }
    }

    /// The error's name in the reply.
    pub fn name(&self) -> &str {
        match self {
            MagicError::Usage { .. } => "UsageError",
            MagicError::Run(RunFailure::Interrupted) => "Interrupted",
            MagicError::Run(_) => "RunError",
            MagicError::Workers(_) => "WorkerError",
            MagicError::Python(_) => "PythonError",
            MagicError::Raised(raised) => &raised.ename,
            MagicError::Rust(error) => &error.name,
            MagicError::Lost(_) => "RustError",
            MagicError::Figure(_) | MagicError::Display(_) => "ChartError",
            MagicError::Read { .. } => "FileError",
        }
    }
}

fn hint(near: &[String], todo: &str) -> String {
    let mut text = String::new();
    if !near.is_empty() {
        let near: Vec<_> = near.iter().map(|n| format!("`{n}`")).collect();
        text += &format!("\nDid you mean {}?", near.join(" or "));
    }
    if !todo.is_empty() {
        text += &format!("\n{todo}");
    }
    text
}
