use std::env;
use std::sync::OnceLock;

use crate::server::{Durability, LocalServer};

/// Names the server for tests; without it, one is started.
const VARIABLE: &str = "EVENTSTORE_TEST_URL";

enum Server {
    Given(String),
    // Statics are not dropped: the server's supervisor sees the process end, and cleans up.
    Started(LocalServer),
}

/// The URL of the server that the tests of this process use.
pub(super) fn server_url() -> &'static str {
    static SERVER: OnceLock<Server> = OnceLock::new();
    match SERVER.get_or_init(choose) {
        Server::Given(url) => url,
        Server::Started(server) => server.url(),
    }
}

fn choose() -> Server {
    if let Ok(url) = env::var(VARIABLE) {
        eprintln!("test databases: on the server that {VARIABLE} names");
        return Server::Given(url);
    }
    let server = LocalServer::start(Durability::Relaxed)
        .unwrap_or_else(|error| panic!("{VARIABLE} is not set, and no server could be started: {error}"));
    eprintln!(
        "test databases: on a server of this process in {}",
        server.directory().display()
    );
    Server::Started(server)
}
