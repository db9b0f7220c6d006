//! An HTTP server on loopback, in a process of its own: no thread of it is
//! among the workers that are looked at, and it computes on no worker's account.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response, StatusCode, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::Duration;

/// What a server gives: its media type, and itself.
pub type Page = (&'static str, Vec<u8>);

/// A server that answers while this lives.
#[derive(Debug)]
pub struct Server {
    process: Process,
    address: SocketAddr,
}

impl Server {
    /// Starts a server of pages by their path, each answered after a latency.
    /// The calling process must have one thread.
    ///
    /// # Errors
    /// When the system gives no port or no process.
    pub fn start(pages: HashMap<String, Page>, latency: Duration) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let process = Process::fork(|| {
            close_all_but(listener.as_raw_fd());
            serve(&listener, pages, latency)
        })?;
        Ok(Server { process, address })
    }

    /// Where it listens, as the beginning of an address: `http://127.0.0.1:4711`.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The process that it is.
    pub fn pid(&self) -> libc::pid_t {
        self.process.0
    }
}

fn serve(
    listener: &TcpListener,
    pages: HashMap<String, Page>,
    latency: Duration,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let pages: HashMap<String, (&'static str, Bytes)> = pages
        .into_iter()
        .map(|(path, (kind, body))| (path, (kind, Bytes::from(body))))
        .collect();
    let pages = Rc::new(pages);
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
        loop {
            let socket = match listener.accept().await {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            // One that is gone already is found out by its connection.
            let _ = socket.set_nodelay(true);
            let pages = pages.clone();
            let answer = service_fn(move |request: Request<Incoming>| {
                let pages = pages.clone();
                async move {
                    tokio::time::sleep(latency).await;
                    Ok::<_, Infallible>(page(&pages, request.uri().path()))
                }
            });
            // A client that goes away harms nobody but itself.
            let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), answer);
            tokio::task::spawn_local(async { drop(connection.await) });
        }
    })
}

fn page(pages: &HashMap<String, (&'static str, Bytes)>, path: &str) -> Response<Full<Bytes>> {
    let (status, kind, body) = match pages.get(path) {
        Some((kind, body)) => (StatusCode::OK, *kind, body.clone()),
        None => (
            StatusCode::NOT_FOUND,
            "text/plain",
            Bytes::from("nothing is here"),
        ),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// A forked process, which is ended when this is dropped, and by the system
/// when the process that forked it ends in any other way.
#[derive(Debug)]
pub struct Process(libc::pid_t);

impl Process {
    /// Forks. The calling process must have one thread.
    ///
    /// # Errors
    /// When the system gives no process.
    pub fn fork(body: impl FnOnce() -> io::Result<()>) -> io::Result<Process> {
        let parent = std::process::id();
        // SAFETY: this process has one thread, so the child finds every lock
        // free; the child never returns from this function.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                die_with(parent);
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
                if let Ok(Err(error)) = &outcome {
                    eprintln!("a process beside the run has ended: {error}");
                }
                // SAFETY: ends the process without running what the parent
                // would run at its own end.
                unsafe { libc::_exit(i32::from(!matches!(outcome, Ok(Ok(()))))) }
            }
            pid => Ok(Process(pid)),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SAFETY: a child of ours that nobody has waited for, so its number is
        // still its own.
        unsafe {
            libc::kill(self.0, libc::SIGKILL);
            libc::waitpid(self.0, std::ptr::null_mut(), 0);
        }
    }
}

/// Asks the system to end this process when its parent ends, however it ends.
pub(super) fn die_with(parent: u32) {
    #[cfg(target_os = "linux")]
    // SAFETY: prctl and _exit take plain numbers.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        // It may have ended before this was asked.
        if libc::getppid() as u32 != parent {
            libc::_exit(1);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = parent;
}

/// Closes whatever the parent had open beside one descriptor and the standard
/// ones: a run counts as over once nobody holds its channel.
pub fn close_all_but(kept: i32) {
    // SAFETY: sysconf and close take plain numbers. What is closed belongs to
    // values that this process never uses or drops.
    unsafe {
        let most = libc::sysconf(libc::_SC_OPEN_MAX).clamp(64, 4_096) as i32;
        for fd in (3..most).filter(|fd| *fd != kept) {
            libc::close(fd);
        }
    }
}
