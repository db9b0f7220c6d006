//! `threadlab.toml`: what a project wants of the kernel.
//!
//! ```toml
//! [rust]
//! warm = "start"  # get Rust cells ready when the kernel starts; "near" when the first one comes
//! ```

use serde::Deserialize;
use std::path::Path;

/// The file's name, looked for in the folder of the notebook and those above.
pub const FILE: &str = "threadlab.toml";

/// A project's wishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// Of Rust cells.
    pub rust: Rust,
}

/// What a project wants of Rust cells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rust {
    /// When to get them ready.
    pub warm: Warm,
}

/// When the evaluator of Rust cells is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Warm {
    /// When a Rust cell is near: queued, or about to be completed.
    #[default]
    Near,
    /// With the kernel.
    Start,
}

impl Project {
    /// What the project of this process's folder wants. A file that cannot be
    /// read is reported and passed over.
    pub fn here() -> Self {
        let folder = std::env::current_dir().unwrap_or_default();
        match Self::of(&folder) {
            Ok(project) => project,
            Err(why) => {
                log::warn!("{why}");
                Project::default()
            }
        }
    }

    fn of(folder: &Path) -> Result<Self, String> {
        let Some(path) = folder
            .ancestors()
            .map(|f| f.join(FILE))
            .find(|p| p.is_file())
        else {
            return Ok(Project::default());
        };
        let failed = |what: String| format!("{} is passed over: {what}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|e| failed(e.to_string()))?;
        toml::from_str(&text).map_err(|e| failed(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_above_counts() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(folder.path().join(FILE), "[rust]\nwarm = \"start\"\n").unwrap();
        assert_eq!(Project::of(&inner).unwrap().rust.warm, Warm::Start);
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "[rust]\nwarm = \"hot\"\n").unwrap();
        let why = Project::of(folder.path()).unwrap_err();
        assert!(
            why.contains("threadlab.toml") && why.contains("`near`"),
            "{why}"
        );
    }
}
