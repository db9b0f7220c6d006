//! The chapters, which travel inside the program, and the claims that their
//! cells say they take up. Not for running them: that is a front end's part.

use include_dir::{Dir, DirEntry, include_dir};
use serde_json::Value;

/// The folder of the chapters.
pub static NOTEBOOKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/notebooks");

/// A chapter, and the claims that it takes up.
#[derive(Clone, Debug, PartialEq)]
pub struct Chapter {
    /// Its path in the folder, such as `masterclass/02-thread-basics.ipynb`.
    pub path: String,
    /// Rows of the inventory that its cells name in their metadata, each once.
    pub claims: Vec<String>,
}

/// Every chapter, by its path.
pub fn chapters() -> Vec<Chapter> {
    let mut chapters = vec![];
    collect(&NOTEBOOKS, &mut chapters);
    chapters.sort_by(|a, b| a.path.cmp(&b.path));
    chapters
}

fn collect(dir: &Dir<'_>, chapters: &mut Vec<Chapter>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(inner) if inner.path().ends_with(".ipynb_checkpoints") => {}
            DirEntry::Dir(inner) => collect(inner, chapters),
            DirEntry::File(file) if file.path().extension().is_some_and(|e| e == "ipynb") => {
                chapters.push(Chapter {
                    path: file.path().to_string_lossy().into_owned(),
                    claims: claims(file.contents()),
                });
            }
            DirEntry::File(_) => {}
        }
    }
}

/// What the cells of a notebook name as `{"threadlab": {"claims": [...]}}`;
/// nothing where it is no notebook.
fn claims(notebook: &[u8]) -> Vec<String> {
    let notebook: Value = serde_json::from_slice(notebook).unwrap_or_default();
    let mut all = vec![];
    for cell in notebook["cells"].as_array().into_iter().flatten() {
        let named = cell["metadata"]["threadlab"]["claims"].as_array();
        for id in named.into_iter().flatten().filter_map(Value::as_str) {
            if !all.iter().any(|known| known == id) {
                all.push(id.to_owned());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_of_a_notebook_are_those_of_its_cells_each_once() {
        let notebook = br#"{"cells": [
            {"metadata": {}},
            {"metadata": {"threadlab": {"claims": ["MC5.1", "MC5.1a"]}}},
            {"metadata": {"threadlab": {"claims": ["MC5.1"]}}}
        ]}"#;
        assert_eq!(claims(notebook), ["MC5.1", "MC5.1a"]);
        assert_eq!(claims(b"no notebook"), [""; 0]);
    }

    #[test]
    fn the_chapters_in_the_program_are_those_of_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks");
        for chapter in chapters() {
            assert!(folder.join(&chapter.path).is_file(), "{}", chapter.path);
        }
        let paths: Vec<_> = chapters().into_iter().map(|c| c.path).collect();
        assert!(paths.contains(&"masterclass/02-thread-basics.ipynb".to_owned()));
    }
}
