//! A way to the server that can be shut and opened again.

use std::str::FromStr;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

/// Passes connections on to the server of a test database, as long as it is open.
pub(crate) struct Gate {
    url: String,
    listener: Arc<TcpListener>,
    server: (String, u16),
    turned_away: Arc<Notify>,
    /// Lets every client in.
    keeper: JoinHandle<()>,
}

impl Gate {
    /// An open gate to the server that the URL names, which must listen on TCP.
    pub(crate) async fn to(url: &str) -> Self {
        let options = PgConnectOptions::from_str(url).unwrap();
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = Arc::new(TcpListener::bind(("127.0.0.1", 0)).await.unwrap());
        Self {
            url: with_port(url, listener.local_addr().unwrap().port()),
            turned_away: Arc::default(),
            keeper: tokio::spawn(pass_on(Arc::clone(&listener), server.clone())),
            listener,
            server,
        }
    }

    /// The URL of the same database through the gate.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Lets connections through again.
    pub(crate) async fn open(&mut self) {
        self.dismiss_keeper().await;
        self.keeper = tokio::spawn(pass_on(Arc::clone(&self.listener), self.server.clone()));
    }

    /// Cuts every connection and turns new ones away; the server hears nothing of it until it answers.
    pub(crate) async fn shut(&mut self) {
        self.dismiss_keeper().await;
        self.keeper = tokio::spawn(turn_away(Arc::clone(&self.listener), Arc::clone(&self.turned_away)));
    }

    /// Waits until a client has been turned away.
    pub(crate) async fn until_one_is_turned_away(&self) {
        self.turned_away.notified().await;
    }

    async fn dismiss_keeper(&mut self) {
        self.keeper.abort();
        // Once it has ended, its connections are closed.
        assert!((&mut self.keeper).await.unwrap_err().is_cancelled());
    }
}

async fn turn_away(listener: Arc<TcpListener>, turned_away: Arc<Notify>) {
    loop {
        drop(listener.accept().await.unwrap());
        turned_away.notify_one();
    }
}

async fn pass_on(listener: Arc<TcpListener>, server: (String, u16)) {
    let mut connections = JoinSet::new();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let server = server.clone();
        connections.spawn(async move {
            let mut server = TcpStream::connect(server).await.unwrap();
            // How a connection ends is the business of its two sides.
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

fn with_port(url: &str, port: u16) -> String {
    let (before, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let credentials = authority
        .rsplit_once('@')
        .map_or(String::new(), |(it, _)| format!("{it}@"));
    format!("{before}://{credentials}127.0.0.1:{port}/{path}")
}
