//! Files: written, synced, read back.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Bytes that are written and read at a time.
const BLOCK: usize = 1 << 20;

/// What stands in a file: bytes that differ from file to file, the same in each
/// block.
fn block(seed: u8) -> Vec<u8> {
    (0..BLOCK)
        .map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed))
        .collect()
}

/// The lengths of the blocks of so many bytes.
fn lengths(size: u64) -> impl Iterator<Item = usize> {
    let whole = size / BLOCK as u64;
    let rest = (size % BLOCK as u64) as usize;
    (0..whole).map(|_| BLOCK).chain((rest > 0).then_some(rest))
}

/// Writes a file of so many bytes, which follow from the seed, and waits until
/// the disk has it.
///
/// # Errors
/// When the system refuses; the message names the file.
pub fn write(path: &Path, size: u64, seed: u8) -> Result<(), String> {
    let written = || -> io::Result<()> {
        let (mut file, block) = (File::create(path)?, block(seed));
        lengths(size).try_for_each(|length| file.write_all(&block[..length]))?;
        file.sync_all()
    };
    written().map_err(|error| said("written", path, &error))
}

/// Reads a file back: whether it holds what [`write()`] wrote, and nothing else.
///
/// # Errors
/// As [`write()`].
pub fn holds(path: &Path, size: u64, seed: u8) -> Result<bool, String> {
    let read = || -> io::Result<bool> {
        let (mut file, block) = (File::open(path)?, block(seed));
        if file.metadata()?.len() != size {
            return Ok(false);
        }
        let mut found = vec![0; BLOCK];
        for length in lengths(size) {
            file.read_exact(&mut found[..length])?;
            if found[..length] != block[..length] {
                return Ok(false);
            }
        }
        Ok(true)
    };
    read().map_err(|error| said("read", path, &error))
}

/// Removes a file.
///
/// # Errors
/// As [`write()`].
pub fn remove(path: &Path) -> Result<(), String> {
    std::fs::remove_file(path).map_err(|error| said("removed", path, &error))
}

fn said(done: &str, path: &Path, error: &io::Error) -> String {
    let todo = match error.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT) => {
            "; the disk is full: a smaller --size or fewer --files take less, and TMPDIR names another place"
        }
        Some(libc::EFBIG) => {
            "; files may not grow so large here (ulimit -f): a smaller --size takes less"
        }
        Some(libc::EACCES | libc::EPERM | libc::EROFS) => "; TMPDIR names another place",
        _ => "",
    };
    format!("{} cannot be {done}: {error}{todo}", path.display())
}

/// Bytes that are free where a path lies, for whoever runs this.
///
/// # Errors
/// When the system does not tell.
pub fn free(path: &Path) -> io::Result<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: a zeroed statvfs is a valid one; `path` ends in a zero byte; both
    // outlive the call.
    let told = unsafe {
        let mut told: libc::statvfs = std::mem::zeroed();
        match libc::statvfs(path.as_ptr(), &mut told) {
            0 => told,
            _ => return Err(io::Error::last_os_error()),
        }
    };
    Ok(told.f_bavail as u64 * told.f_frsize as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_can_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for size in [0, 1, BLOCK as u64, BLOCK as u64 * 2 + 3] {
            write(&path, size, 7).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().len(), size);
            assert_eq!(holds(&path, size, 7), Ok(true));
            assert_eq!(holds(&path, size + 1, 7), Ok(false));
        }
        assert_eq!(holds(&path, BLOCK as u64 * 2 + 3, 8), Ok(false));
        remove(&path).unwrap();
        assert!(holds(&path, 1, 7).unwrap_err().contains("cannot be read"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_told_with_what_to_do() {
        // Its writes fail as those of a full disk do.
        let error = write(Path::new("/dev/full"), 4, 0).unwrap_err();
        assert!(
            error.contains("the disk is full") && error.contains("--size"),
            "{error}"
        );
    }

    #[test]
    fn free_space_is_known_where_there_is_a_folder() {
        assert!(free(&std::env::temp_dir()).unwrap() > 0);
        assert!(free(Path::new("/nowhere/at/all")).is_err());
    }
}
