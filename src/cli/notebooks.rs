//! `threadlab notebooks DIR`: the chapters, which travel inside the program.

use crate::notebook::NOTEBOOKS;
use anyhow::Context;
use include_dir::{Dir, DirEntry};
use std::path::Path;

/// Copies them. What is there already is the reader's own work and is kept.
pub(super) fn copy(folder: &Path) -> anyhow::Result<()> {
    let (mut copied, mut kept) = (0, 0);
    copy_into(&NOTEBOOKS, folder, &mut copied, &mut kept)?;
    println!("{copied} files copied to {}", folder.display());
    if kept > 0 {
        println!("{kept} files were there already and are as they were");
    }
    Ok(())
}

fn copy_into(dir: &Dir<'_>, to: &Path, copied: &mut u32, kept: &mut u32) -> anyhow::Result<()> {
    for entry in dir.entries() {
        let path = to.join(entry.path());
        let failed = || format!("{} cannot be written", path.display());
        match entry {
            DirEntry::Dir(inner) if inner.path().ends_with(".ipynb_checkpoints") => {}
            DirEntry::Dir(inner) => copy_into(inner, to, copied, kept)?,
            DirEntry::File(_) if path.exists() => *kept += 1,
            DirEntry::File(file) => {
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).with_context(failed)?;
                }
                std::fs::write(&path, file.contents()).with_context(failed)?;
                *copied += 1;
            }
        }
    }
    Ok(())
}
