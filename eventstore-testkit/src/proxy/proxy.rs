use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::connection::serve;
use super::faults::{Faults, Treatment};
use super::server::{Server, with_address};
use super::{Counts, Side};

/// A proxy on a free port of `127.0.0.1`; dropping it ends the proxy and all its connections.
///
/// A fault affects all connections, including later ones. Messages are counted over all connections: to cut at a message
/// of one operation, connect only one client.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    faults: Arc<Faults>,
    server: watch::Sender<Server>,
    acceptor: AbortHandle,
}

impl Proxy {
    /// Starts a proxy to the server of this URL, without connecting to it.
    ///
    /// # Errors
    ///
    /// Fails if the URL cannot be read, or if there is no free port.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn start(server_url: &str) -> io::Result<Self> {
        let server = watch::Sender::new(Server::of_url(server_url)?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = with_address(server_url, listener.local_addr()?);
        let faults = Arc::new(Faults::new());
        let acceptor = tokio::spawn(accept(listener, server.subscribe(), Arc::clone(&faults))).abort_handle();
        Ok(Self {
            url,
            faults,
            server,
            acceptor,
        })
    }

    /// Returns the URL of the same database through the proxy.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the connection on which the `n`-th message of this side arrives, instead of passing that message on. Counting
    /// begins now: the next message is the first.
    ///
    /// Only the cut that was requested last is pending.
    pub fn cut_before(&self, side: Side, n: u64) {
        self.faults.cut(side, n, Treatment::CutBefore);
    }

    /// Does the same as [`cut_before`](Self::cut_before), but after the message was passed on.
    pub fn cut_after(&self, side: Side, n: u64) {
        self.faults.cut(side, n, Treatment::CutAfter);
    }

    /// Returns whether the requested cut has yet to happen.
    #[must_use]
    pub fn is_cut_ahead(&self) -> bool {
        self.faults.is_cut_ahead()
    }

    /// Ends all current connections.
    pub fn cut_now(&self) {
        self.faults.cut_all();
    }

    /// Directs clients to another server from now on, and ends all connections to the previous one, as a cluster's
    /// address does at a failover.
    ///
    /// # Errors
    ///
    /// Fails if the URL cannot be read.
    pub fn lead_to(&self, server_url: &str) -> io::Result<()> {
        self.server.send_replace(Server::of_url(server_url)?);
        self.cut_now();
        Ok(())
    }

    /// Ends all current connections without telling the clients: their ends stay open, and nothing arrives any more.
    ///
    /// This happens when a network forgets connections, or a server's machine is gone. Later connections are not
    /// affected.
    pub fn strand(&self) {
        self.faults.strand_all();
    }

    /// Delays the messages of this side by this long; messages that arrive at once are held back together.
    pub fn delay(&self, side: Side, delay: Duration) {
        self.faults.delay(side, delay);
    }

    /// Accepts the messages of this side and passes none of them on.
    pub fn swallow(&self, side: Side) {
        self.faults.swallow(side);
    }

    /// Passes nothing on until [`resume`](Self::resume); messages that arrive meanwhile wait, and connections stay open.
    pub fn pause(&self) {
        self.faults.pause();
    }

    /// Ends a [`pause`](Self::pause).
    pub fn resume(&self) {
        self.faults.resume();
    }

    /// Ends every fault: nothing is cut, held back or swallowed any more. Connections that have been cut stay cut.
    pub fn heal(&self) {
        self.faults.heal();
    }

    /// Returns the counts since the proxy was started or the counts were reset.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.faults.counts()
    }

    /// Resets the counts to zero.
    pub fn reset_counts(&self) {
        self.faults.reset_counts();
    }

    /// Awaits a call, and returns its output with the counts of what arrived meanwhile.
    pub async fn count<T>(&self, call: impl Future<Output = T>) -> (T, Counts) {
        self.reset_counts();
        let answer = call.await;
        (answer, self.counts())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn accept(listener: TcpListener, server: watch::Receiver<Server>, faults: Arc<Faults>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A client that has gone before it was accepted is no concern of the others.
                let Ok((client, _)) = accepted else { continue };
                let (server, faults) = (server.borrow().clone(), Arc::clone(&faults));
                connections.spawn(async move { serve(client, &server, &faults).await });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
