//! The private folder of a run, for its files.
//!
//! It is removed when the run is dropped, whatever became of it. A kernel that
//! is killed removes nothing; the folder's lock goes with its process, and the
//! next run that wants a folder removes what is locked by nobody.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const PREFIX: &str = "threadlab-run-";
/// A folder younger than this may be about to be locked.
const YOUNG: Duration = Duration::from_secs(60);

/// A folder that nobody else may read, removed with all that is in it when
/// this is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    folder: TempDir,
    /// Its lock.
    _held: File,
}

impl Folder {
    /// A new one where the system has its temporary files.
    ///
    /// # Errors
    /// When none can be made there.
    pub(super) fn new() -> io::Result<Folder> {
        let place = std::env::temp_dir();
        remove_left_behind(&place);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&place)?;
        let held = File::open(folder.path())?;
        lock(&held);
        Ok(Folder {
            folder,
            _held: held,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of kernels that are gone. What cannot be read or removed
/// is somebody else's.
fn remove_left_behind(place: &Path) {
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let age = entry.metadata().and_then(|about| about.modified());
        let old = age.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > YOUNG));
        if old && File::open(entry.path()).is_ok_and(|folder| lock(&folder)) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Takes the lock of a folder, if nobody has it.
fn lock(folder: &File) -> bool {
    // SAFETY: flock takes plain numbers; the descriptor is open.
    unsafe { libc::flock(folder.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn only_what_a_killed_kernel_left_behind_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let made = |name: &str, age: Duration| {
            let path = place.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join("file-1"), "chai").unwrap();
            let folder = File::open(&path).unwrap();
            folder.set_modified(SystemTime::now() - age).unwrap();
            (path, folder)
        };
        let hour = Duration::from_secs(3600);
        let (left, _) = made("threadlab-run-left", hour);
        let (young, _) = made("threadlab-run-young", Duration::ZERO);
        let (held, lock_of_it) = made("threadlab-run-held", hour);
        let (other, _) = made("other", hour);
        assert!(lock(&lock_of_it));
        remove_left_behind(place.path());
        assert!(!left.exists());
        assert!(young.exists() && held.exists() && other.exists());
    }

    #[test]
    fn a_folder_goes_with_what_is_in_it() {
        let folder = Folder::new().unwrap();
        let path = folder.path().to_owned();
        std::fs::write(path.join("file-1"), "chai").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
