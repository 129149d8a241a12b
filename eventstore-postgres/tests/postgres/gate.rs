//! A way to the server that can be shut and opened again.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Passes connections on to the server of a test database, as long as it is open.
pub(crate) struct Gate {
    url: String,
    port: u16,
    server: (String, u16),
    open: Option<JoinHandle<()>>,
}

impl Gate {
    /// An open gate to the server that the URL names, which must listen on TCP.
    pub(crate) async fn to(url: &str) -> Self {
        let options = PgConnectOptions::from_str(url).unwrap();
        let mut gate = Self {
            url: String::new(),
            port: 0,
            server: (options.get_host().to_owned(), options.get_port()),
            open: None,
        };
        gate.open().await;
        gate.url = with_port(url, gate.port);
        gate
    }

    /// The URL of the same database through the gate.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Lets connections through again.
    pub(crate) async fn open(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        self.open = Some(tokio::spawn(pass_on(listener, self.server.clone())));
    }

    /// Cuts every connection and takes no new ones; the server hears nothing of it until it answers.
    pub(crate) async fn shut(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            // Once it has ended, its connections are closed.
            assert!(open.await.unwrap_err().is_cancelled());
        }
    }
}

async fn pass_on(listener: TcpListener, server: (String, u16)) {
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
