//! A small HTTP client: one GET, one connection, redirects followed.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use hyper::http::uri::Scheme;
use hyper::{Request, Response, StatusCode, Uri, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, pki_types::ServerName};

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Bytes of the largest answer that is taken.
pub const LARGEST: usize = 256 * 1024 * 1024;

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its media type, as it says; empty if it does not.
    pub kind: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not an address that can be asked.
    #[error(
        "`{0}` is no web address; write for example http://localhost:8000/a.png or https://example.org/"
    )]
    Address(String),
    /// Nobody could be reached.
    #[error("{address} cannot be reached: {why}")]
    Connect {
        /// Whom.
        address: String,
        /// What the system or TLS said.
        why: String,
    },
    /// Nothing came in time.
    #[error("{address} has not answered within {} s", .limit.as_secs_f64())]
    Late {
        /// Whose answer.
        address: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The answer is an error.
    #[error("{address} answers {status}")]
    Status {
        /// Whose answer.
        address: String,
        /// Its status.
        status: StatusCode,
    },
    /// The answer broke off or is no HTTP.
    #[error("the answer of {address} cannot be read: {why}")]
    Broken {
        /// Whose answer.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// No runtime.
    #[error("the system gives no means to wait for an answer: {0}")]
    System(#[from] io::Error),
}

/// Reads an address.
///
/// # Errors
/// When it is none of the web, of a host that is named.
pub fn address(text: &str) -> Result<Uri, FetchError> {
    let wrong = || FetchError::Address(text.into());
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    let web = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
    let named = uri.host().is_some_and(|host| !host.is_empty());
    if web && named { Ok(uri) } else { Err(wrong()) }
}

/// Gets what is at an address; waits at most so long for all of it.
///
/// # Errors
/// When there is none in time, or it is an error.
pub async fn get(uri: &Uri, limit: Duration) -> Result<Answer, FetchError> {
    let late = || FetchError::Late {
        address: shown(uri),
        limit,
    };
    tokio::time::timeout(limit, follow(uri))
        .await
        .map_err(|_| late())?
}

/// The same on a thread that waits.
///
/// # Errors
/// As [`get`].
pub fn get_blocking(uri: &Uri, limit: Duration) -> Result<Answer, FetchError> {
    super::block_on(get(uri, limit), FetchError::System)
}

async fn follow(uri: &Uri) -> Result<Answer, FetchError> {
    let mut at = uri.clone();
    for _ in 0..=REDIRECTS {
        let response = ask(&at).await?;
        let status = response.status();
        let to = response.headers().get(LOCATION);
        if let (true, Some(to)) = (status.is_redirection(), to) {
            at = elsewhere(&at, to.to_str().unwrap_or_default())?;
            continue;
        }
        if !status.is_success() {
            let address = shown(&at);
            return Err(FetchError::Status { address, status });
        }
        return read(&at, response).await;
    }
    Err(FetchError::Broken {
        address: shown(uri),
        why: format!("more than {REDIRECTS} redirects"),
    })
}

/// Where a redirect leads: to another address, or to another path of the same
/// server.
fn elsewhere(from: &Uri, to: &str) -> Result<Uri, FetchError> {
    match (to.starts_with('/'), from.authority()) {
        (true, Some(host)) => {
            let scheme = from.scheme_str().unwrap_or("http");
            address(&format!("{scheme}://{host}{to}"))
        }
        _ => address(to),
    }
}

async fn ask(uri: &Uri) -> Result<Response<Incoming>, FetchError> {
    let unreachable = |why: String| FetchError::Connect {
        address: shown(uri),
        why,
    };
    let host = uri.host().unwrap_or_default();
    let secure = uri.scheme() == Some(&Scheme::HTTPS);
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    // An IPv6 host stands in brackets, which are no part of its address.
    let name = host.trim_matches(['[', ']']);
    let socket = TcpStream::connect((name, port))
        .await
        .map_err(|e| unreachable(e.to_string()))?;
    socket
        .set_nodelay(true)
        .map_err(|e| unreachable(e.to_string()))?;
    if !secure {
        return exchange(uri, socket).await;
    }
    let server = ServerName::try_from(name.to_owned()).map_err(|e| unreachable(e.to_string()))?;
    let socket = trusting()
        .map_err(unreachable)?
        .connect(server, socket)
        .await
        .map_err(|e| unreachable(e.to_string()))?;
    exchange(uri, socket).await
}

/// TLS that trusts whom the system trusts, whose certificates are read once.
fn trusting() -> Result<TlsConnector, String> {
    static CONFIG: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();
    CONFIG.get_or_init(tls).clone().map(TlsConnector::from)
}

fn tls() -> Result<Arc<ClientConfig>, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = "no certificates of authorities are found on this system (SSL_CERT_FILE)";
        return Err(why.into());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// One request and its answer's head, over a connection that ends with it.
async fn exchange(
    uri: &Uri,
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Response<Incoming>, FetchError> {
    let broken = |why: hyper::Error| FetchError::Broken {
        address: shown(uri),
        why: causes(&why),
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket))
        .await
        .map_err(broken)?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let host = host.rsplit('@').next().unwrap_or(host);
    let request = Request::get(path)
        .header(HOST, host)
        .header(USER_AGENT, concat!("threadlab/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|_| FetchError::Address(uri.to_string()))?;
    // It ends with the answer's body; an error of it is one of that body too.
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(broken)
}

async fn read(uri: &Uri, response: Response<Incoming>) -> Result<Answer, FetchError> {
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.to_owned();
    let body = Limited::new(response.into_body(), LARGEST);
    let body = body.collect().await.map_err(|why| FetchError::Broken {
        address: shown(uri),
        why: causes(why.as_ref()),
    })?;
    Ok(Answer {
        kind,
        body: body.to_bytes().to_vec(),
    })
}

/// An address for messages, without a password.
fn shown(uri: &Uri) -> String {
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let host = host.rsplit('@').next().unwrap_or(host);
    let scheme = uri.scheme_str().unwrap_or("http");
    format!("{scheme}://{host}{}", uri.path())
}

/// An error and what lies behind it.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_does_not_answer_is_waited_for_so_long() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let text = format!("http://{}/", silent.local_addr().unwrap());
        let limit = Duration::from_millis(30);
        let error = get_blocking(&address(&text).unwrap(), limit).unwrap_err();
        assert!(matches!(error, FetchError::Late { .. }), "{error}");
        assert!(error.to_string().contains("within 0.03 s"), "{error}");
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let uri = address("https://ann:secret@example.org/a?key=b").unwrap();
        assert_eq!(shown(&uri), "https://example.org/a");
    }

    #[test]
    fn redirects_lead_to_paths_and_to_other_addresses() {
        let from = address("https://example.org:8443/a/b").unwrap();
        let to = |text| elsewhere(&from, text).unwrap().to_string();
        assert_eq!(to("/c"), "https://example.org:8443/c");
        assert_eq!(to("http://other/"), "http://other/");
        assert!(elsewhere(&from, "c").is_err());
    }
}
