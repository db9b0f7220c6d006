//! Files that a learner names.

use super::MagicError;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The whole path of a file; `~` is the learner's own folder.
///
/// # Errors
/// When nothing is named, or nothing can be found from here on.
pub(super) fn absolute(named: &str) -> Result<PathBuf, MagicError> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let path = match (named.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => Path::new(named).to_owned(),
    };
    std::path::absolute(&path).map_err(|error| {
        let message = format!("`{named}` names no file: {}", why(&error));
        MagicError::usage(message, "Name one, for example cell.rs")
    })
}

/// Why a file cannot be read or written, in words.
pub(super) fn why(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".into(),
        ErrorKind::PermissionDenied => "it may not be (permission denied)".into(),
        ErrorKind::IsADirectory => "it is a folder".into(),
        ErrorKind::NotADirectory => "a part of its path is no folder".into(),
        ErrorKind::ReadOnlyFilesystem => "its file system is read-only".into(),
        ErrorKind::StorageFull => "there is no room left".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    /// A named pipe in a folder; its path.
    pub(in crate::magic) fn pipe(folder: &Path) -> String {
        let path = folder.join("pipe");
        let text = std::ffi::CString::new(path.as_os_str().as_bytes()).unwrap();
        // SAFETY: a path that ends in a zero byte.
        assert_eq!(unsafe { libc::mkfifo(text.as_ptr(), 0o600) }, 0);
        path.display().to_string()
    }
}
