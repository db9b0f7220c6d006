//! Memory that the processes of a run share, also those that are started anew
//! and map it at another address.
//!
//! Things are placed one behind the other. A process that attaches to the
//! memory places the same things in the same order and so finds each where the
//! first process put it.

mod mutex;

pub(crate) use mutex::{Guard, Mutex};

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Types whose values, written by one process of a run, mean the same in every
/// other: they point to nothing.
///
/// # Safety
/// A value has no pointer, reference or handle in it that the process that made
/// it alone can follow.
pub(crate) unsafe trait Flat {}

// SAFETY: a plain number.
unsafe impl Flat for bool {}
// SAFETY: a plain number.
unsafe impl Flat for u32 {}
// SAFETY: a plain number.
unsafe impl Flat for AtomicU32 {}
// SAFETY: a plain number.
unsafe impl Flat for AtomicU64 {}
// SAFETY: plain numbers.
unsafe impl<T: Flat, const N: usize> Flat for [T; N] {}

/// The memory of one run.
#[derive(Debug)]
pub(crate) struct Arena {
    base: NonNull<u8>,
    len: usize,
    used: AtomicUsize,
    /// Whether this process made it, and so fills it.
    fresh: bool,
    file: File,
}

// SAFETY: the memory is handed out in pieces that do not overlap, each as a
// shared reference to a type that is `Sync`.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: mapped in `map` with this length; what was placed in it keeps
        // it alive, so nobody refers to it now.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

impl Arena {
    /// New memory with room for so many bytes; pages that nobody touches cost
    /// nothing.
    ///
    /// # Errors
    /// When the system gives none.
    pub(crate) fn create(len: usize) -> io::Result<Arc<Self>> {
        let file = anonymous_file()?;
        file.set_len(len as u64)?;
        Self::map(file, len, true)
    }

    /// The memory that another process made.
    ///
    /// # Errors
    /// When it cannot be mapped.
    pub(crate) fn attach(file: File) -> io::Result<Arc<Self>> {
        let len = file.metadata()?.len() as usize;
        Self::map(file, len, false)
    }

    fn map(file: File, len: usize, fresh: bool) -> io::Result<Arc<Self>> {
        // SAFETY: a new shared mapping of a file of this length; the result is
        // checked.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Arc::new(Arena {
            base,
            len,
            used: AtomicUsize::new(0),
            fresh,
            file,
        }))
    }

    /// The file behind it, for a process that is to attach to it.
    pub(crate) fn file(&self) -> BorrowedFd<'_> {
        std::os::fd::AsFd::as_fd(&self.file)
    }

    /// Places a value; in a process that attached, finds the one that is there.
    ///
    /// # Panics
    /// When there is no room left: whoever makes an arena knows what goes in.
    pub(crate) fn place<T: Flat + Sync>(self: &Arc<Self>, value: T) -> Placed<T> {
        // SAFETY: `T` is flat, so the bits of another process's value are one.
        unsafe { self.place_with(|at| at.write(value)) }
    }

    /// # Safety
    /// `fill` makes a whole value at the place that it is given, and what it
    /// makes means the same in every process.
    unsafe fn place_with<T: Sync>(self: &Arc<Self>, fill: impl FnOnce(NonNull<T>)) -> Placed<T> {
        // Pieces that different workers write are in cache lines of their own.
        let align = align_of::<T>().max(64);
        let mut at = 0;
        let taken = self.used.fetch_update(Relaxed, Relaxed, |used| {
            at = used.next_multiple_of(align);
            let end = at.checked_add(size_of::<T>());
            end.filter(|end| *end <= self.len)
        });
        assert!(
            taken.is_ok(),
            "{} bytes of shared memory are full",
            self.len
        );
        // SAFETY: inside the mapping, aligned (the mapping begins at a page),
        // and no other piece has these bytes.
        let place = unsafe { self.base.add(at) }.cast();
        if self.fresh {
            fill(place);
        }
        Placed {
            place,
            _arena: self.clone(),
        }
    }
}

/// A value in shared memory.
#[derive(Debug)]
pub(crate) struct Placed<T> {
    place: NonNull<T>,
    _arena: Arc<Arena>,
}

// SAFETY: like a shared reference, which it stands for.
unsafe impl<T: Sync> Send for Placed<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Placed<T> {}

impl<T> Deref for Placed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: a whole value was placed there, and the arena, which it keeps
        // alive, is never written but through shared references.
        unsafe { self.place.as_ref() }
    }
}

/// A file that has no name and lives as long as somebody has it open or mapped.
///
/// # Errors
/// When the system gives none.
#[cfg(target_os = "linux")]
pub(crate) fn anonymous_file() -> io::Result<File> {
    use std::os::fd::FromRawFd;
    // SAFETY: the name is a C string; the descriptor is checked and owned here.
    let fd = unsafe { libc::memfd_create(c"threadlab".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a fresh descriptor that nobody else owns.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// A file that has no name and lives as long as somebody has it open or mapped.
///
/// # Errors
/// When the system gives none.
#[cfg(not(target_os = "linux"))]
pub(crate) fn anonymous_file() -> io::Result<File> {
    let path = std::env::temp_dir().join(format!(
        "threadlab-{}-{}",
        std::process::id(),
        crate::clock::now()
    ));
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_attaches_finds_what_the_first_one_placed() {
        let first = Arena::create(4096).unwrap();
        let (number, other) = (
            first.place(AtomicU32::new(7)),
            first.place(AtomicU64::new(8)),
        );
        let again = Arena::attach(first.file().try_clone_to_owned().unwrap().into()).unwrap();
        let (seen, also) = (
            again.place(AtomicU32::new(0)),
            again.place(AtomicU64::new(0)),
        );
        assert_eq!((seen.load(Relaxed), also.load(Relaxed)), (7, 8));
        seen.store(9, Relaxed);
        assert_eq!(number.load(Relaxed), 9);
        assert_eq!(other.load(Relaxed), 8);
    }
}
