use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::connection::serve;
use super::faults::{Fate, Faults};
use super::server::{Server, with_address};
use super::{Counts, Side};

/// A proxy on a free port of `127.0.0.1`, gone with all its connections when it is dropped.
///
/// A fault hits all connections, those to come included. Messages are counted over all of them: to cut at a message of
/// one operation, let one client be connected.
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
    /// When the URL cannot be read, or there is no free port.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
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

    /// The URL of the same database through the proxy.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the connection on which the `n`-th message of this side from now on comes, instead of passing it on. The
    /// next one is the first.
    ///
    /// Only the last cut that was ordered is ahead.
    pub fn cut_before(&self, side: Side, n: u64) {
        self.faults.cut(side, n, Fate::CutBefore);
    }

    /// As [`cut_before`](Self::cut_before), after the message was passed on.
    pub fn cut_after(&self, side: Side, n: u64) {
        self.faults.cut(side, n, Fate::CutAfter);
    }

    /// Whether the cut that was ordered is yet to happen.
    #[must_use]
    pub fn is_cut_ahead(&self) -> bool {
        self.faults.is_cut_ahead()
    }

    /// Ends all connections that there are.
    pub fn cut_now(&self) {
        self.faults.cut_all();
    }

    /// Leads to another server from now on, and ends all connections to the one before, as the address of a cluster does at a
    /// failover.
    ///
    /// # Errors
    ///
    /// When the URL cannot be read.
    pub fn lead_to(&self, server_url: &str) -> io::Result<()> {
        self.server.send_replace(Server::of_url(server_url)?);
        self.cut_now();
        Ok(())
    }

    /// Ends all connections that there are without telling the clients: theirs stay open, and nothing comes any more.
    ///
    /// So it is when a network forgets connections, or a server's machine is gone. What connects later is not hit.
    pub fn strand(&self) {
        self.faults.strand_all();
    }

    /// Holds back what this side says, all that comes at once, for this long.
    pub fn delay(&self, side: Side, delay: Duration) {
        self.faults.delay(side, delay);
    }

    /// Takes what this side says and passes nothing of it on.
    pub fn swallow(&self, side: Side) {
        self.faults.swallow(side);
    }

    /// Passes nothing on until [`resume`](Self::resume); what comes meanwhile waits, and connections stay open.
    pub fn pause(&self) {
        self.faults.pause();
    }

    /// Ends [`pause`](Self::pause).
    pub fn resume(&self) {
        self.faults.resume();
    }

    /// Ends every fault: nothing is cut, held back or swallowed any more. What has been cut stays so.
    pub fn heal(&self) {
        self.faults.heal();
    }

    /// What came since the proxy was started, or the counts were reset.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.faults.counts()
    }

    /// Counts from zero again.
    pub fn reset_counts(&self) {
        self.faults.reset_counts();
    }

    /// Awaits a call, and tells what came meanwhile.
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
