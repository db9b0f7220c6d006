//! A manager: a process of its own that keeps queues for others, which reach it
//! over a Unix socket. Whatever goes from one to another goes there first.
//!
//! A client asks with `[what, which queue, length (u32, little-endian), bytes]`
//! and is answered with `[length, bytes]`; an answer to a put has none.

use super::server::{Process, close_all_but};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

const PUT: u8 = 0;
const GET: u8 = 1;

/// Queues that a manager keeps.
const QUEUES: usize = 2;

/// Bytes of one item at the most.
const LARGEST: usize = 1 << 30;

/// A manager, which answers while this lives.
#[derive(Debug)]
pub struct Manager {
    #[allow(dead_code, reason = "it is ended when it is dropped")]
    process: Process,
}

impl Manager {
    /// Starts one that is found under this name, and whose queues hold so many
    /// bytes before a put has to wait. The calling process must have one thread.
    ///
    /// # Errors
    /// When the system gives no socket under this name, or no process.
    pub fn start(path: &Path, most: usize) -> io::Result<Manager> {
        let listener = UnixListener::bind(path).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => io::Error::other(format!(
                "{} is too long for the name of a socket; TMPDIR names another place",
                path.display()
            )),
            _ => error,
        })?;
        let process = Process::fork(|| {
            close_all_but(listener.as_raw_fd());
            serve(&listener, most)
        })?;
        Ok(Manager { process })
    }
}

/// Serves whoever comes, each on a thread of its own.
fn serve(listener: &UnixListener, most: usize) -> io::Result<()> {
    let queues: Arc<[Kept; QUEUES]> = Arc::default();
    loop {
        let (client, _) = listener.accept()?;
        let queues = queues.clone();
        // A client that goes away harms nobody but itself.
        std::thread::Builder::new().spawn(move || drop(attend(client, &queues, most)))?;
    }
}

/// One queue.
#[derive(Debug, Default)]
struct Kept {
    items: Mutex<VecDeque<Vec<u8>>>,
    changed: Condvar,
}

impl Kept {
    fn put(&self, item: Vec<u8>, most: usize) {
        let full = |items: &mut VecDeque<Vec<u8>>| {
            !items.is_empty() && items.iter().map(Vec::len).sum::<usize>() + item.len() > most
        };
        let items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(items, full);
        let mut items = waited.unwrap_or_else(PoisonError::into_inner);
        items.push_back(item);
        self.changed.notify_all();
    }

    fn get(&self) -> Vec<u8> {
        let items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(items, |items| items.is_empty());
        let mut items = waited.unwrap_or_else(PoisonError::into_inner);
        let item = items.pop_front().unwrap_or_default();
        self.changed.notify_all();
        item
    }
}

fn attend(mut client: UnixStream, queues: &[Kept; QUEUES], most: usize) -> io::Result<()> {
    loop {
        let mut what = [0; 2];
        client.read_exact(&mut what)?;
        let mut item = vec![];
        receive(&mut client, &mut item)?;
        let queue = queues.get(usize::from(what[1]));
        let queue = queue.ok_or_else(|| io::Error::other("there is no such queue"))?;
        let answer = match what[0] {
            PUT => {
                queue.put(item, most);
                vec![]
            }
            _ => queue.get(),
        };
        send(&mut client, &[], &answer)?;
    }
}

/// Bytes and their length, behind a head; in one write, so that nobody waits for
/// the rest.
fn send(to: &mut UnixStream, head: &[u8], bytes: &[u8]) -> io::Result<()> {
    let mut frame = Vec::with_capacity(head.len() + 4 + bytes.len());
    frame.extend_from_slice(head);
    frame.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    frame.extend_from_slice(bytes);
    to.write_all(&frame)
}

fn receive(from: &mut UnixStream, into: &mut Vec<u8>) -> io::Result<()> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LARGEST {
        return Err(io::Error::other(format!("{length} bytes are no item")));
    }
    into.resize(length, 0);
    from.read_exact(into)
}

/// A client's way to a manager.
#[derive(Debug)]
pub struct ManagerClient(UnixStream);

impl ManagerClient {
    /// Connects to the manager of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn connect(path: &Path) -> io::Result<ManagerClient> {
        UnixStream::connect(path).map(ManagerClient)
    }

    /// Puts bytes into a queue; waits until it has them.
    ///
    /// # Errors
    /// When the manager is gone.
    pub fn put(&mut self, queue: u8, bytes: &[u8]) -> io::Result<()> {
        send(&mut self.0, &[PUT, queue], bytes)?;
        receive(&mut self.0, &mut vec![])
    }

    /// Gets the bytes that were put first, waiting for some.
    ///
    /// # Errors
    /// When the manager is gone.
    pub fn get(&mut self, queue: u8, into: &mut Vec<u8>) -> io::Result<()> {
        send(&mut self.0, &[GET, queue], &[])?;
        receive(&mut self.0, into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_client_puts_another_gets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manager");
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::spawn(move || serve(&listener, 10));
        let mut one = ManagerClient::connect(&path).unwrap();
        let mut other = ManagerClient::connect(&path).unwrap();
        let mut got = vec![];
        one.put(0, b"first").unwrap();
        one.put(1, b"elsewhere").unwrap();
        one.put(0, b"more").unwrap();
        for expected in [&b"first"[..], b"more"] {
            other.get(0, &mut got).unwrap();
            assert_eq!(got, expected);
        }
    }
}
