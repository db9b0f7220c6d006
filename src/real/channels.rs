//! Channels between workers of any kind, at names in a folder: a pipe, and
//! memory. What goes through them is bytes.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One end of a pipe that has a name.
#[derive(Debug)]
pub struct Fifo(File);

impl Fifo {
    /// Makes a pipe.
    ///
    /// # Errors
    /// When the system refuses, for example since there is something already.
    pub fn make(path: &Path) -> io::Result<()> {
        let name = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: `name` is a C string that lives across the call.
        match unsafe { libc::mkfifo(name.as_ptr(), 0o600) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Opens the end to write to, or the one to read from; waits until somebody
    /// opens the other one.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path, writes: bool) -> io::Result<Fifo> {
        let file = File::options().write(writes).read(!writes).open(path)?;
        Ok(Fifo(file))
    }

    /// Writes all bytes, waiting while the pipe is full.
    ///
    /// # Errors
    /// When nobody has the other end any more.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// Reads as many bytes as `into` is long, waiting for them.
    ///
    /// # Errors
    /// When nobody has the other end any more.
    pub fn read(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(into)
    }
}

/// Bytes in memory that whoever opens them shares. Who may touch them when is
/// for a lock or a signal beside them to say: without one a reader finds a
/// mixture of old words and new.
#[derive(Debug)]
pub struct SharedBytes {
    words: NonNull<AtomicU64>,
    /// How many words there are.
    length: usize,
}

// SAFETY: the words are atomic, and the mapping belongs to this value.
unsafe impl Send for SharedBytes {}
// SAFETY: as above.
unsafe impl Sync for SharedBytes {}

impl SharedBytes {
    /// Makes room for so many bytes, 1 at least.
    ///
    /// # Errors
    /// When there is none.
    pub fn make(path: &Path, bytes: u64) -> io::Result<()> {
        File::create_new(path)?.set_len(bytes.max(1).next_multiple_of(8))
    }

    /// Maps the bytes that are there.
    ///
    /// # Errors
    /// When they cannot be mapped.
    pub fn open(path: &Path) -> io::Result<SharedBytes> {
        let file = File::options().read(true).write(true).open(path)?;
        let length = (file.metadata()?.len() / 8) as usize;
        // SAFETY: a new shared mapping of a file of this length; the result is
        // checked. It begins at a page, so words are aligned in it.
        let at = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length * 8,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let words = NonNull::new(at.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(SharedBytes { words, length })
    }

    fn words(&self) -> &[AtomicU64] {
        // SAFETY: mapped in `open` with this length, and unmapped only when this
        // value is dropped. Any bits are a number, and all access is atomic.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr(), self.length) }
    }

    /// Writes bytes from the beginning on; what does not fit is left out.
    pub fn store(&self, bytes: &[u8]) {
        for (word, bytes) in self.words().iter().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_ne_bytes(whole), Relaxed);
        }
    }

    /// Reads bytes from the beginning on; what there is no room for stays as it
    /// was.
    pub fn load(&self, into: &mut [u8]) {
        for (word, bytes) in self.words().iter().zip(into.chunks_mut(8)) {
            let whole = word.load(Relaxed).to_ne_bytes();
            bytes.copy_from_slice(&whole[..bytes.len()]);
        }
    }
}

impl Drop for SharedBytes {
    fn drop(&mut self) {
        // SAFETY: mapped in `open` with this length, and nobody refers to it now.
        unsafe { libc::munmap(self.words.as_ptr().cast(), self.length * 8) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_written_by_one_are_read_by_another_that_opened_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bytes");
        SharedBytes::make(&path, 11).unwrap();
        let (one, other) = (SharedBytes::open(&path), SharedBytes::open(&path));
        one.unwrap().store(b"hello there");
        let mut read = [0; 11];
        other.unwrap().load(&mut read);
        assert_eq!(&read, b"hello there");
    }

    #[test]
    fn what_goes_into_a_pipe_comes_out_until_its_writer_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        Fifo::make(&path).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| Fifo::open(&path, true).unwrap().write(b"chai").unwrap());
            let (mut end, mut read) = (Fifo::open(&path, false).unwrap(), [0; 4]);
            end.read(&mut read).unwrap();
            assert_eq!(&read, b"chai");
            assert!(end.read(&mut read).is_err());
        });
    }
}
