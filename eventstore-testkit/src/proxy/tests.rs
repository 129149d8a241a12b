use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::messages::Messages;
use super::{Counts, Proxy, Side};

const STARTUP: &[u8] = b"\0\0\0\x08\0\x03\0\0";
const READY: &[u8] = b"Z\0\0\0\x05I";
const QUESTION: &[u8] = b"Q\0\0\0\x06a\0";
const ROW: &[u8] = b"D\0\0\0\x05x";

/// How long nothing has to come until it is believed that nothing does.
const SILENCE: Duration = Duration::from_millis(100);

/// A server that says it is ready at first, and answers each message with a row and that it is ready again.
async fn answer(mut stream: TcpStream, report: mpsc::UnboundedSender<Vec<u8>>) {
    let (from, mut to) = stream.split();
    let mut from = Messages::new(from);
    let Ok(startup) = from.next_untyped().await else { return };
    report.send(startup).unwrap();
    to.write_all(READY).await.unwrap();
    while let Ok(message) = from.next().await {
        report.send(message).unwrap();
        // The proxy may have cut the connection meanwhile.
        let _ = to.write_all(&[ROW, READY].concat()).await;
    }
}

struct Setup {
    proxy: Proxy,
    heard: mpsc::UnboundedReceiver<Vec<u8>>,
}

impl Setup {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://u@{}/d", listener.local_addr().unwrap());
        let (report, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, report.clone()));
            }
        });
        let proxy = Proxy::start(&url).await.unwrap();
        Self { proxy, heard }
    }

    async fn dial(&self) -> TcpStream {
        let (_, rest) = self.proxy.url().split_once('@').unwrap();
        let (address, _) = rest.split_once('/').unwrap();
        TcpStream::connect(address).await.unwrap()
    }

    /// A client that the server has said it is ready to.
    async fn client(&mut self) -> TcpStream {
        let mut client = self.dial().await;
        client.write_all(STARTUP).await.unwrap();
        assert_eq!(read(&mut client, READY.len()).await, READY);
        assert_eq!(self.heard.recv().await.unwrap(), STARTUP);
        client
    }

    async fn ask(&mut self, client: &mut TcpStream) {
        client.write_all(QUESTION).await.unwrap();
        assert_eq!(read(client, ROW.len() + READY.len()).await, [ROW, READY].concat());
        assert_eq!(self.heard.recv().await.unwrap(), QUESTION);
    }
}

async fn read(client: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes).await.unwrap();
    bytes
}

/// What comes until the connection ends.
async fn rest(client: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // To the client it is the same whether the end is orderly.
    let _ = client.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn counts_what_it_passes_on_over_all_connections() {
    let mut setup = Setup::new().await;
    let mut one = setup.client().await;
    let mut another = setup.client().await;
    setup.ask(&mut one).await;
    setup.ask(&mut another).await;
    setup.ask(&mut one).await;
    let expected = Counts {
        connections: 2,
        client_messages: 5,
        server_messages: 8,
        round_trips: 5,
        statements: 3,
    };
    assert_eq!(setup.proxy.counts(), expected);
    setup.proxy.reset_counts();
    // Two questions that wait for one answer.
    one.write_all(&[QUESTION, QUESTION].concat()).await.unwrap();
    read(&mut one, 2 * (ROW.len() + READY.len())).await;
    let counts = setup.proxy.counts();
    assert_eq!((counts.messages(Side::Client), counts.messages(Side::Server)), (2, 4));
    assert!((1..=2).contains(&counts.round_trips), "{counts:?}");
}

#[tokio::test]
async fn refuses_encryption_in_place_of_the_server() {
    let mut setup = Setup::new().await;
    let mut client = setup.dial().await;
    for request in [b"\0\0\0\x08\x04\xd2\x16\x30", b"\0\0\0\x08\x04\xd2\x16\x2f"] {
        client.write_all(request).await.unwrap();
        assert_eq!(read(&mut client, 1).await, b"N");
    }
    client.write_all(STARTUP).await.unwrap();
    assert_eq!(read(&mut client, READY.len()).await, READY);
    assert_eq!(setup.heard.recv().await.unwrap(), STARTUP);
    assert_eq!(setup.proxy.counts().client_messages, 1);
}

#[tokio::test]
async fn cuts_before_a_message_of_the_client() {
    let mut setup = Setup::new().await;
    let mut client = setup.client().await;
    setup.proxy.cut_before(Side::Client, 2);
    setup.ask(&mut client).await;
    assert!(setup.proxy.is_cut_ahead());
    client.write_all(QUESTION).await.unwrap();
    assert_eq!(rest(&mut client).await, b"");
    assert!(!setup.proxy.is_cut_ahead());
    assert!(setup.heard.try_recv().is_err());
    let mut again = setup.client().await;
    setup.ask(&mut again).await;
}

#[tokio::test]
async fn cuts_after_a_message_of_the_client() {
    let mut setup = Setup::new().await;
    let mut client = setup.client().await;
    setup.proxy.cut_after(Side::Client, 1);
    client.write_all(QUESTION).await.unwrap();
    assert_eq!(rest(&mut client).await, b"");
    assert_eq!(setup.heard.recv().await.unwrap(), QUESTION);
}

#[tokio::test]
async fn cuts_before_and_after_a_message_of_the_server() {
    let mut setup = Setup::new().await;
    for (n, before, after) in [(1, &b""[..], ROW.to_vec()), (2, ROW, [ROW, READY].concat())] {
        let mut client = setup.client().await;
        setup.proxy.cut_before(Side::Server, n);
        client.write_all(QUESTION).await.unwrap();
        assert_eq!(rest(&mut client).await, before);
        assert_eq!(setup.heard.recv().await.unwrap(), QUESTION);

        let mut client = setup.client().await;
        setup.proxy.cut_after(Side::Server, n);
        client.write_all(QUESTION).await.unwrap();
        assert_eq!(rest(&mut client).await, after);
        assert_eq!(setup.heard.recv().await.unwrap(), QUESTION);
    }
}

#[tokio::test]
async fn cuts_every_connection_at_once() {
    let mut setup = Setup::new().await;
    let mut clients = [setup.client().await, setup.client().await];
    setup.proxy.cut_now();
    for client in &mut clients {
        assert_eq!(rest(client).await, b"");
    }
    let mut client = setup.client().await;
    setup.ask(&mut client).await;
}

#[tokio::test]
async fn strands_the_clients_that_there_are() {
    let mut setup = Setup::new().await;
    let mut stranded = setup.client().await;
    setup.proxy.strand();
    stranded.write_all(QUESTION).await.unwrap();
    let mut client = setup.client().await;
    setup.ask(&mut client).await;
    assert!(timeout(SILENCE, stranded.read_u8()).await.is_err());
    setup.proxy.cut_now();
    assert_eq!(rest(&mut stranded).await, b"");
}

#[tokio::test]
async fn swallows_one_direction() {
    let mut setup = Setup::new().await;
    let mut client = setup.client().await;
    setup.proxy.swallow(Side::Server);
    client.write_all(QUESTION).await.unwrap();
    assert_eq!(setup.heard.recv().await.unwrap(), QUESTION);
    while setup.proxy.counts().server_messages < 3 {
        tokio::task::yield_now().await;
    }
    setup.proxy.heal();
    setup.proxy.swallow(Side::Client);
    client.write_all(QUESTION).await.unwrap();
    while setup.proxy.counts().client_messages < 3 {
        tokio::task::yield_now().await;
    }
    setup.proxy.heal();
    // Only this one is answered, and once.
    setup.ask(&mut client).await;
    assert!(timeout(SILENCE, client.read_u8()).await.is_err());
}

#[tokio::test]
async fn passes_nothing_on_while_it_is_paused() {
    let mut setup = Setup::new().await;
    let mut client = setup.client().await;
    setup.proxy.pause();
    client.write_all(QUESTION).await.unwrap();
    assert!(timeout(SILENCE, setup.heard.recv()).await.is_err());
    assert_eq!(setup.proxy.counts().client_messages, 1);
    setup.proxy.resume();
    assert_eq!(read(&mut client, ROW.len() + READY.len()).await, [ROW, READY].concat());
}

#[tokio::test]
async fn holds_back_what_comes_at_once() {
    let mut setup = Setup::new().await;
    let mut client = setup.client().await;
    setup.proxy.delay(Side::Server, SILENCE);
    let asked = Instant::now();
    setup.ask(&mut client).await;
    assert!(asked.elapsed() >= SILENCE);
    setup.proxy.heal();
    setup.ask(&mut client).await;
}

#[tokio::test]
async fn ends_its_connections_when_it_is_dropped() {
    let mut setup = Setup::new().await;
    let mut client = setup.client().await;
    let Setup { proxy, heard: _heard } = setup;
    drop(proxy);
    assert_eq!(rest(&mut client).await, b"");
}
