//! A relay between a store and its server that counts how often the store waits for an answer.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::{AbortHandle, JoinSet};

/// Passes on what clients and a server say to each other, as long as it lives.
pub(crate) struct Relay {
    url: String,
    round_trips: Arc<AtomicUsize>,
    acceptor: AbortHandle,
}

impl Relay {
    /// A relay to the server of this URL.
    pub(crate) async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let round_trips = Arc::new(AtomicUsize::new(0));
        let server = PgConnectOptions::from_str(url).unwrap();
        let acceptor = tokio::spawn(accept(listener, server, Arc::clone(&round_trips)));
        Self {
            url: with_address(url, address),
            round_trips,
            acceptor: acceptor.abort_handle(),
        }
    }

    /// The URL of the same database over this relay.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Awaits a call; tells how often its client said something after the server had spoken, or at first.
    pub(crate) async fn count<T>(&self, call: impl Future<Output = T>) -> (T, usize) {
        self.round_trips.store(0, Ordering::SeqCst);
        let answer = call.await;
        (answer, self.round_trips.load(Ordering::SeqCst))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn accept(listener: TcpListener, server: PgConnectOptions, round_trips: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        client.set_nodelay(true).unwrap();
        let (server, round_trips) = (server.clone(), Arc::clone(&round_trips));
        connections.spawn(async move {
            if let Some(directory) = server.get_socket() {
                let path = directory.join(format!(".s.PGSQL.{}", server.get_port()));
                pass_on(client, UnixStream::connect(path).await.unwrap(), &round_trips).await;
            } else {
                let address = (server.get_host(), server.get_port());
                let server = TcpStream::connect(address).await.unwrap();
                server.set_nodelay(true).unwrap();
                pass_on(client, server, &round_trips).await;
            }
        });
    }
}

/// Ends when either side does.
async fn pass_on<S: AsyncRead + AsyncWrite + Unpin>(mut client: TcpStream, mut server: S, round_trips: &AtomicUsize) {
    let (mut from_client, mut from_server) = (vec![0; 65_536], vec![0; 65_536]);
    let mut server_spoke_last = true;
    loop {
        let passed = tokio::select! {
            read = client.read(&mut from_client) => {
                let Ok(length @ 1..) = read else { return };
                if server_spoke_last {
                    round_trips.fetch_add(1, Ordering::SeqCst);
                }
                server_spoke_last = false;
                server.write_all(&from_client[..length]).await
            }
            read = server.read(&mut from_server) => {
                let Ok(length @ 1..) = read else { return };
                server_spoke_last = true;
                client.write_all(&from_server[..length]).await
            }
        };
        if passed.is_err() {
            return;
        }
    }
}

fn with_address(url: &str, address: SocketAddr) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, _) = authority.rsplit_once('@').unwrap_or_default();
    format!("{scheme}://{user}@{address}/{path}")
}
