//! Events across processes: rings in shared memory, and a pipe that wakes.
//!
//! One file, mapped by the kernel and by all processes of a run, holds a ring
//! for each process that writes. A ring has one writer process and one reader;
//! what was published survives the abort or SIGKILL of its writer. The write
//! end of the pipe is inherited by every process of the run, so that the end
//! of file on it says that none of them is left.
//!
//! ```text
//! page 0                 ring 0                         ring 1 ...
//! | claimed | asleep |...| tail |...| head |...| bytes  |
//! ```
//! A frame is its length (u32, little-endian) and the bytes of one event.

use crate::memory::anonymous_file;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::time::Duration;

/// Bytes that one writer can be ahead of the reader.
const RING: usize = 256 * 1024;
const PAGE: usize = 4096;
const SLOT: usize = PAGE + RING;
/// Where the counters stand: in cache lines of their own.
const CLAIMED: usize = 0;
const ASLEEP: usize = 64;
const TAIL: usize = 0;
const HEAD: usize = 64;

/// Rings of a run: one for the runner and one for each worker process.
pub const SLOTS: usize = 1025;

/// The shared memory of a run. Pages that nobody writes cost nothing.
#[derive(Debug)]
struct Arena {
    base: *mut u8,
    file: File,
}

// SAFETY: the memory is shared between processes by design; every access goes
// through the atomics and the ring discipline below, which hold for threads too.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: `base` was mapped with this length in `map` and is not used after.
        unsafe { libc::munmap(self.base.cast(), Self::LEN) };
    }
}

impl Arena {
    const LEN: usize = PAGE + SLOTS * SLOT;

    fn create() -> io::Result<Arena> {
        let file = anonymous_file()?;
        file.set_len(Self::LEN as u64)?;
        Self::map(file)
    }

    fn map(file: File) -> io::Result<Arena> {
        if file.metadata()?.len() < Self::LEN as u64 {
            // Pages past the end of a file cannot be touched without SIGBUS.
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "not a channel's memory",
            ));
        }
        // SAFETY: a new shared mapping of a file of at least this length; the
        // result is checked.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                Self::LEN,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Arena {
            base: base.cast(),
            file,
        })
    }

    fn u32(&self, offset: usize) -> &AtomicU32 {
        debug_assert!(offset + 4 <= Self::LEN && offset.is_multiple_of(4));
        // SAFETY: inside the mapping, aligned, and only ever used as an atomic.
        unsafe { &*self.base.add(offset).cast() }
    }

    fn u64(&self, offset: usize) -> &AtomicU64 {
        debug_assert!(offset + 8 <= Self::LEN && offset.is_multiple_of(8));
        // SAFETY: inside the mapping, aligned, and only ever used as an atomic.
        unsafe { &*self.base.add(offset).cast() }
    }

    /// Copies into the ring from position `at` on, around its end.
    fn write(&self, slot: usize, at: u64, bytes: &[u8]) {
        let ring = PAGE + slot * SLOT + PAGE;
        let at = at as usize % RING;
        let first = bytes.len().min(RING - at);
        // SAFETY: both parts lie inside the slot's ring, and the reader does
        // not touch them before `tail` is published.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.base.add(ring + at), first);
            std::ptr::copy_nonoverlapping(
                bytes.as_ptr().add(first),
                self.base.add(ring),
                bytes.len() - first,
            );
        }
    }

    /// Appends `len` bytes of the ring from position `at` on to `out`.
    fn read(&self, slot: usize, at: u64, len: usize, out: &mut Vec<u8>) {
        let ring = PAGE + slot * SLOT + PAGE;
        let at = at as usize % RING;
        let first = len.min(RING - at);
        out.reserve(len);
        // SAFETY: `len` is at most RING (checked by the caller), the room was
        // reserved, and the writer does not touch these bytes before `head`
        // has passed them.
        unsafe {
            let end = out.as_mut_ptr().add(out.len());
            std::ptr::copy_nonoverlapping(self.base.add(ring + at), end, first);
            std::ptr::copy_nonoverlapping(self.base.add(ring), end.add(first), len - first);
            out.set_len(out.len() + len);
        }
    }
}

/// The kernel's end: reads all rings of a run.
#[derive(Debug)]
pub struct Reader {
    arena: Arena,
    /// The write end that the runner inherits; given up once it runs.
    wake_for_runner: Option<OwnedFd>,
    frame: Vec<u8>,
}

/// The descriptors that a runner inherits, as numbers in this process.
#[derive(Clone, Copy, Debug)]
pub struct Inherited {
    /// The shared memory.
    pub memory: RawFd,
    /// The write end of the pipe that wakes the reader.
    pub wake: RawFd,
}

impl Reader {
    /// Memory for one run, and the read end of its pipe: a byte comes when
    /// there is something to read for a reader that [rests](Self::rest), and
    /// the end of file when the last process of the run is gone.
    ///
    /// # Errors
    /// When the system gives no memory file or no pipe.
    pub fn create() -> io::Result<(Reader, OwnedFd)> {
        let arena = Arena::create()?;
        let (wake, for_runner) = pipe()?;
        // A writer must never wait for room in the pipe.
        nonblocking(for_runner.as_raw_fd())?;
        Ok((
            Reader {
                arena,
                wake_for_runner: Some(for_runner),
                frame: vec![],
            },
            wake,
        ))
    }

    /// What the runner has to inherit; none once [`Reader::runner_started`].
    pub fn inherited(&self) -> Option<Inherited> {
        let wake = self.wake_for_runner.as_ref()?.as_raw_fd();
        Some(Inherited {
            memory: self.arena.file.as_raw_fd(),
            wake,
        })
    }

    /// Gives up this process's write end, so that the end of file on the pipe
    /// means that the run's last process is gone.
    pub fn runner_started(&mut self) {
        self.wake_for_runner = None;
    }

    /// Asks writers to wake this reader at their next event. What came before
    /// must be drained after this call, or its wake-up may be missed.
    pub fn rest(&self) {
        self.arena.u32(ASLEEP).store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Hands over the bytes of every event that was published, at most `most`
    /// of a ring at a time. A ring whose writer broke the rules is emptied.
    pub fn drain(&mut self, most: usize, mut take: impl FnMut(&[u8])) -> Drained {
        let claimed = (self.arena.u32(CLAIMED).load(Ordering::Acquire) as usize).min(SLOTS);
        let mut drained = Drained::default();
        for slot in 0..claimed {
            let counters = PAGE + slot * SLOT;
            let tail = self.arena.u64(counters + TAIL).load(Ordering::Acquire);
            let mut head = self.arena.u64(counters + HEAD).load(Ordering::Relaxed);
            let mut left = most;
            while head != tail && left > 0 {
                let available = tail.wrapping_sub(head);
                self.frame.clear();
                if (4..=RING as u64).contains(&available) {
                    self.arena.read(slot, head, 4, &mut self.frame);
                }
                let len = self
                    .frame
                    .first_chunk()
                    .map_or(usize::MAX, |n| u32::from_le_bytes(*n) as usize);
                if len as u64 > available.saturating_sub(4) {
                    head = tail;
                    break;
                }
                self.frame.clear();
                self.arena
                    .read(slot, head.wrapping_add(4), len, &mut self.frame);
                take(&self.frame);
                head = head.wrapping_add(4 + len as u64);
                left -= 1;
                drained.any = true;
            }
            drained.left |= head != tail;
            self.arena
                .u64(counters + HEAD)
                .store(head, Ordering::Release);
        }
        drained
    }
}

/// What a reader found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// There were events.
    pub any: bool,
    /// There are more, which the limit left where they are.
    pub left: bool,
}

/// A run's end: claims rings for its processes.
#[derive(Debug)]
pub struct Rings {
    arena: Arena,
    wake: File,
}

impl Rings {
    /// The memory and pipe that the kernel made, from the numbers that it
    /// handed over. They are closed when a program is executed from here on.
    ///
    /// # Errors
    /// When the numbers are not those of a channel.
    ///
    /// # Safety
    /// Nothing else in this process may own these descriptors.
    pub unsafe fn inherit(fds: Inherited) -> io::Result<Rings> {
        for fd in [fds.memory, fds.wake] {
            // SAFETY: fcntl on any number is harmless; a bad one is an error.
            if unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        // SAFETY: the caller says that nobody else owns them, and they are open.
        let (memory, wake) =
            unsafe { (File::from_raw_fd(fds.memory), File::from_raw_fd(fds.wake)) };
        Ok(Rings {
            arena: Arena::map(memory)?,
            wake,
        })
    }

    /// A ring of its own for one process; none when all are taken.
    pub fn claim(self: &std::sync::Arc<Self>) -> Option<Writer> {
        let slot = self.arena.u32(CLAIMED).fetch_add(1, Ordering::AcqRel) as usize;
        (slot < SLOTS).then(|| Writer {
            rings: self.clone(),
            slot,
        })
    }

    /// Wakes the reader if it said that it rests.
    fn wake(&self) {
        fence(Ordering::SeqCst);
        if self.arena.u32(ASLEEP).load(Ordering::Relaxed) == 1
            && self.arena.u32(ASLEEP).swap(0, Ordering::Relaxed) == 1
        {
            // A full pipe has woken the reader already.
            let _ = (&self.wake).write(&[1]);
        }
    }
}

/// The one writer of a ring.
#[derive(Debug)]
pub struct Writer {
    rings: std::sync::Arc<Rings>,
    slot: usize,
}

impl Writer {
    /// Publishes one event's bytes, waiting while the ring is full. Bytes that
    /// no ring could hold are refused.
    pub fn publish(&mut self, bytes: &[u8]) -> bool {
        let need = 4 + bytes.len() as u64;
        if need > RING as u64 {
            return false;
        }
        let (arena, counters) = (&self.rings.arena, PAGE + self.slot * SLOT);
        let tail = arena.u64(counters + TAIL).load(Ordering::Relaxed);
        while tail + need - arena.u64(counters + HEAD).load(Ordering::Acquire) > RING as u64 {
            self.rings.wake();
            std::thread::sleep(Duration::from_micros(50));
        }
        arena.write(self.slot, tail, &(bytes.len() as u32).to_le_bytes());
        arena.write(self.slot, tail + 4, bytes);
        arena
            .u64(counters + TAIL)
            .store(tail + need, Ordering::Release);
        self.rings.wake();
        true
    }
}

/// A pipe whose ends are closed when a program is executed: read, write.
///
/// # Errors
/// When the system gives none.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = io::pipe()?;
    Ok((read.into(), write.into()))
}

fn nonblocking(fd: RawFd) -> io::Result<()> {
    // SAFETY: fcntl with flags on a descriptor that the caller owns.
    let done = unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFL);
        libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK)
    };
    if done < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::IntoRawFd;
    use std::sync::Arc;

    fn channel() -> (Reader, Arc<Rings>, File) {
        let (mut reader, wake) = Reader::create().unwrap();
        let fds = reader.inherited().unwrap();
        // SAFETY: dup gives descriptors of our own.
        let rings = unsafe {
            Rings::inherit(Inherited {
                memory: libc::dup(fds.memory),
                wake: libc::dup(fds.wake),
            })
        }
        .unwrap();
        reader.runner_started();
        (reader, Arc::new(rings), File::from(wake))
    }

    fn frames(reader: &mut Reader) -> Vec<Vec<u8>> {
        let mut got = vec![];
        reader.drain(usize::MAX, |frame| got.push(frame.to_vec()));
        got
    }

    #[test]
    fn frames_arrive_whole_and_in_order_around_the_end_of_the_ring() {
        let (mut reader, rings, _wake) = channel();
        let mut writer = rings.claim().unwrap();
        let mut sent = 0u32;
        for round in 0..50usize {
            for size in [0, 1, 7, 4096, 60_000] {
                let mut frame = sent.to_le_bytes().to_vec();
                frame.resize(4 + size + round, round as u8);
                assert!(writer.publish(&frame));
                assert_eq!(frames(&mut reader), [frame]);
                sent += 1;
            }
        }
    }

    #[test]
    fn a_writer_that_is_ahead_waits_for_the_reader() {
        let (mut reader, rings, _wake) = channel();
        let mut writer = rings.claim().unwrap();
        let writing = std::thread::spawn(move || {
            for n in 0u32..100_000 {
                assert!(writer.publish(&n.to_le_bytes()));
            }
        });
        let mut next = 0u32;
        while next < 100_000 {
            reader.drain(1000, |frame| {
                assert_eq!(frame, next.to_le_bytes());
                next += 1;
            });
        }
        writing.join().unwrap();
    }

    #[test]
    fn a_resting_reader_is_woken_once_and_learns_of_the_end() {
        let (mut reader, rings, mut wake) = channel();
        let mut writer = rings.claim().unwrap();
        assert!(writer.publish(b"while awake"));
        reader.rest();
        assert_eq!(frames(&mut reader).len(), 1);
        assert!(writer.publish(b"wakes"));
        assert!(writer.publish(b"does not wake again"));
        let mut bytes = [0; 8];
        assert_eq!(wake.read(&mut bytes).unwrap(), 1);
        drop((writer, rings));
        assert_eq!(wake.read(&mut bytes).unwrap(), 0, "the last writer is gone");
        assert_eq!(frames(&mut reader).len(), 2, "what was published stays");
    }

    #[test]
    fn a_ring_with_nonsense_in_it_is_emptied_and_harms_no_other() {
        let (mut reader, rings, _wake) = channel();
        let mut honest = rings.claim().unwrap();
        let broken = rings.claim().unwrap();
        rings.arena.write(broken.slot, 0, &u32::MAX.to_le_bytes());
        rings
            .arena
            .u64(PAGE + broken.slot * SLOT + TAIL)
            .store(100, Ordering::Release);
        assert!(honest.publish(b"fine"));
        assert_eq!(frames(&mut reader), [b"fine".to_vec()]);
        rings
            .arena
            .u64(PAGE + broken.slot * SLOT + TAIL)
            .store(u64::MAX, Ordering::Release);
        assert!(frames(&mut reader).is_empty());
    }

    #[test]
    fn memory_that_is_not_a_channel_is_refused() {
        let short = anonymous_file().unwrap().into_raw_fd();
        let (_, wake) = pipe().unwrap();
        // SAFETY: both descriptors are ours and given away here.
        let rings = unsafe {
            Rings::inherit(Inherited {
                memory: short,
                wake: wake.into_raw_fd(),
            })
        };
        assert_eq!(rings.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
