//! A pool of processes that work on texts, and the way of a text from one worker
//! to another, whether they are threads or processes.

use super::server::{Process, close_all_but};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// Bytes of the longest text that is handed over.
const LONGEST: usize = 64 * 1024;

/// Processes that are there while this lives.
#[derive(Debug)]
pub struct ProcessPool {
    _processes: Vec<Process>,
    address: SocketAddr,
}

impl ProcessPool {
    /// Forks so many processes, each of which takes a text, works on it for a
    /// time, and answers with what became of it. The calling process must have
    /// one thread.
    ///
    /// # Errors
    /// When the system gives no port or no process.
    pub fn start(
        processes: u32,
        time: Duration,
        work: fn(&str) -> String,
    ) -> io::Result<ProcessPool> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let one = || {
            Process::fork(|| {
                close_all_but(listener.as_raw_fd());
                loop {
                    // The system gives each connection to one that waits for it.
                    let (mut socket, _) = listener.accept()?;
                    let mut text = String::new();
                    socket.read_to_string(&mut text)?;
                    std::thread::sleep(time);
                    socket.write_all(work(&text).as_bytes())?;
                }
            })
        };
        let processes = (0..processes).map(|_| one()).collect::<io::Result<_>>()?;
        Ok(ProcessPool {
            _processes: processes,
            address,
        })
    }

    /// Where a text can be handed in.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Hands a text in and waits for what becomes of it.
///
/// # Errors
/// When the process that had it is gone.
pub fn hand_in(address: &str, text: &str) -> io::Result<String> {
    let mut socket = TcpStream::connect(address)?;
    socket.write_all(text.as_bytes())?;
    socket.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Hands one text from a worker to another. It is made before the workers start,
/// so that processes share it too.
#[derive(Debug)]
pub struct Handover(io::Result<(UnixDatagram, UnixDatagram)>);

impl Handover {
    /// A way for one text, for which its taker waits so long at the most. Where
    /// the system gives none, giving and taking say so.
    pub fn new(patience: Duration) -> Handover {
        Handover(UnixDatagram::pair().and_then(|(from, to)| {
            to.set_read_timeout(Some(patience))?;
            Ok((from, to))
        }))
    }

    /// Gives the text away.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn give(&self, text: &str) -> io::Result<()> {
        let (from, _) = self.ends()?;
        from.send(text.as_bytes()).map(|_| ())
    }

    /// Waits for the text.
    ///
    /// # Errors
    /// When none comes in time.
    pub fn take(&self) -> io::Result<String> {
        let (_, to) = self.ends()?;
        let mut bytes = vec![0; LONGEST];
        let length = to.recv(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
    }

    fn ends(&self) -> io::Result<&(UnixDatagram, UnixDatagram)> {
        let again = |error: &io::Error| io::Error::new(error.kind(), error.to_string());
        self.0.as_ref().map_err(again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_nobody_gives_is_waited_for_so_long() {
        let handover = Handover::new(Duration::from_millis(20));
        assert!(handover.take().is_err());
        handover.give("chai 1").unwrap();
        assert_eq!(handover.take().unwrap(), "chai 1");
    }
}
