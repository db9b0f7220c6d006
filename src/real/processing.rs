//! A pool of processes that work on texts, each reached over a socket.

use super::server::{Process, close_all_but};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

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
