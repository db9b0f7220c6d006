//! Figures, tables and texts as mime bundles and as files.
//!
//! A front end takes the richest form that it trusts. So a chart comes as SVG
//! for JupyterLab, as PNG for notebooks that are not trusted, as PDF for LaTeX
//! (whose exporter ends in an error when it meets an SVG without one), and as
//! text for whoever reads text.

mod bundle;
mod chart;
mod html;
mod render;
mod save;
mod screen;
mod table;

pub use bundle::Bundle;
pub use chart::{chart, preview};
pub use html::escape;
pub use render::{pdf, png};
pub use save::{SaveFormat, save};
pub use screen::{Answer, DisplayId, Screen, Stream};
pub use table::Table;

/// Why a figure could not be shown or saved.
#[derive(Debug, thiserror::Error)]
pub enum DisplayError {
    /// The SVG could not be read back.
    #[error("the figure's SVG could not be read: {0}")]
    Svg(#[from] resvg::usvg::Error),
    /// The picture has no size, or one that memory cannot hold.
    #[error("a picture of {width} x {height} pixels cannot be made")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// PNG could not be written.
    #[error("the PNG could not be made: {0}")]
    Png(String),
    /// PDF could not be written.
    #[error("the PDF could not be made: {0}")]
    Pdf(String),
    /// A file's name ends in something that figures cannot be saved as.
    #[error(
        "a figure cannot be saved as .{suffix}: choose {choices}, or no suffix for all of them"
    )]
    Suffix {
        /// What was asked for.
        suffix: String,
        /// What there is.
        choices: String,
    },
    /// The path names no file.
    #[error("{path:?} names no file to save to")]
    NoName {
        /// What was asked for.
        path: std::path::PathBuf,
    },
    /// A file or folder could not be written.
    #[error("{path:?} could not be written: {source}")]
    Write {
        /// Which one.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
