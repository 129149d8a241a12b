use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufWriter, split};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::Side;
use super::faults::{Faults, Treatment};
use super::messages::{Messages, asks_for_encryption};
use super::server::Server;

/// The answer of a server that does not offer encryption.
const NO: &[u8] = b"N";

/// Passes on what a client and the server say to each other, until either ends it or it is cut.
pub(super) async fn serve(client: TcpStream, server: &Server, faults: &Faults) {
    let mut epoch = faults.connected();
    tokio::select! {
        // An error means that a side has gone, or speaks another protocol: the connection ends in any case.
        _ = pass_on(client, server, faults) => {}
        _ = epoch.changed() => {}
    }
}

/// A client that is stranded keeps its connection, on which nothing happens any more.
async fn pass_on(mut client: TcpStream, server: &Server, faults: &Faults) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut strandings = faults.strandings();
    let ended = tokio::select! {
        ended = talk(&mut client, server, faults) => Some(ended),
        _ = strandings.changed() => None,
    };
    match ended {
        Some(ended) => ended,
        None => pending().await,
    }
}

async fn talk(client: &mut TcpStream, server: &Server, faults: &Faults) -> io::Result<()> {
    let (from_client, mut to_client) = client.split();
    let mut from_client = Messages::new(from_client);
    let first = first_message(&mut from_client, &mut to_client).await?;
    let (from_server, to_server) = split(server.connect().await?);

    let talk = Talk {
        faults,
        server_spoke_last: AtomicBool::new(true),
    };
    tokio::select! {
        ended = talk.pass(Side::Client, Some(first), from_client, to_server) => ended,
        ended = talk.pass(Side::Server, None, Messages::new(from_server), to_client) => ended,
    }
}

/// The message in which a client says who it is.
async fn first_message<R: AsyncRead + Unpin>(
    from_client: &mut Messages<R>,
    to_client: &mut (impl AsyncWrite + Unpin),
) -> io::Result<Vec<u8>> {
    loop {
        let message = from_client.next_untyped().await?;
        if !asks_for_encryption(&message) {
            return Ok(message);
        }
        to_client.write_all(NO).await?;
    }
}

/// What is said on one connection.
struct Talk<'p> {
    faults: &'p Faults,
    server_spoke_last: AtomicBool,
}

impl Talk<'_> {
    /// Passes on what one side says.
    async fn pass<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        side: Side,
        mut first: Option<Vec<u8>>,
        mut from: Messages<R>,
        to: W,
    ) -> io::Result<()> {
        let mut to = BufWriter::new(to);
        loop {
            let comes_later = !from.has_more();
            let message = match first.take() {
                Some(message) => message,
                None => from.next().await?,
            };
            if comes_later && let Some(delay) = self.faults.delay_of(side) {
                sleep(delay).await;
            }
            self.faults.resumed().await;
            if side == Side::Client {
                self.faults.count_if_statement(&message);
            }
            match self.judge(side) {
                Treatment::CutBefore => return to.flush().await,
                Treatment::CutAfter => {
                    to.write_all(&message).await?;
                    return to.flush().await;
                }
                Treatment::Passed => to.write_all(&message).await?,
                Treatment::Swallowed => {}
            }
            if !from.has_more() {
                to.flush().await?;
            }
        }
    }

    fn judge(&self, side: Side) -> Treatment {
        let is_servers = side == Side::Server;
        let server_spoke_last = self.server_spoke_last.swap(is_servers, Ordering::SeqCst);
        self.faults.judge(side, server_spoke_last && !is_servers)
    }
}
