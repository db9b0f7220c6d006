//! Figures as files.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::DisplayError;
use super::render::{pdf, png};
use crate::figure::Figure;

/// What a figure can be saved as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SaveFormat {
    /// Vectors for the web.
    Svg,
    /// Pixels, twice as many as the figure is wide and high.
    Png,
    /// Vectors for print.
    Pdf,
    /// The numbers that are drawn.
    Csv,
    /// The record of the run.
    Json,
}

impl SaveFormat {
    /// All of them, in the order in which they are written.
    pub const ALL: [SaveFormat; 5] = [
        SaveFormat::Svg,
        SaveFormat::Png,
        SaveFormat::Pdf,
        SaveFormat::Csv,
        SaveFormat::Json,
    ];

    /// How the names of such files end, without the dot.
    pub fn suffix(self) -> &'static str {
        match self {
            SaveFormat::Svg => "svg",
            SaveFormat::Png => "png",
            SaveFormat::Pdf => "pdf",
            SaveFormat::Csv => "csv",
            SaveFormat::Json => "json",
        }
    }
}

impl fmt::Display for SaveFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.suffix())
    }
}

/// Writes the figure as its path's suffix says; without a suffix in all formats
/// beside one another. Makes the folder if there is none. `record` gives what goes
/// into JSON, where JSON is asked for. Gives the absolute paths of what was written.
///
/// # Errors
/// [`DisplayError`] for a suffix that is not known, before anything is written,
/// and when rendering or writing fails.
pub fn save<'r>(
    figure: &Figure,
    path: &Path,
    record: impl Fn() -> &'r str,
) -> Result<Vec<PathBuf>, DisplayError> {
    let formats = formats(path)?;
    let absolute = std::path::absolute(path).map_err(|source| DisplayError::Write {
        path: path.to_owned(),
        source,
    })?;
    if let Some(folder) = absolute.parent() {
        fs::create_dir_all(folder).map_err(|source| DisplayError::Write {
            path: folder.to_owned(),
            source,
        })?;
    }
    let mut written = Vec::new();
    for format in formats {
        let content = match format {
            SaveFormat::Svg => figure.svg.clone().into_bytes(),
            SaveFormat::Png => png(figure)?,
            SaveFormat::Pdf => pdf(figure)?,
            SaveFormat::Csv => figure.csv.clone().into_bytes(),
            SaveFormat::Json => record().as_bytes().to_vec(),
        };
        let path = absolute.with_extension(format.suffix());
        fs::write(&path, content).map_err(|source| DisplayError::Write {
            path: path.clone(),
            source,
        })?;
        written.push(path);
    }
    Ok(written)
}

fn formats(path: &Path) -> Result<Vec<SaveFormat>, DisplayError> {
    if path.file_name().is_none() || path.as_os_str().to_string_lossy().ends_with(['/', '\\']) {
        return Err(DisplayError::NoName {
            path: path.to_owned(),
        });
    }
    let Some(suffix) = path.extension() else {
        return Ok(SaveFormat::ALL.to_vec());
    };
    let suffix = suffix.to_string_lossy().to_lowercase();
    match SaveFormat::ALL
        .into_iter()
        .find(|format| format.suffix() == suffix)
    {
        Some(format) => Ok(vec![format]),
        None => Err(DisplayError::Suffix {
            suffix,
            choices: SaveFormat::ALL.map(SaveFormat::suffix).join(", "),
        }),
    }
}
