use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::served::Served;

/// A request to change the parked events of a subscription, as any program can send it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    host: String,
    /// The host of the page that it comes from; empty if it does not say so.
    origin: String,
    session: String,
    form_token: String,
    /// What it asks for.
    change: &'static str,
}

impl Request {
    /// A request to discard the first event, as the pages of this host send it.
    pub(crate) fn new(host: &str, session: &str, form_token: &str) -> Self {
        Self {
            host: host.to_owned(),
            origin: host.to_owned(),
            session: session.to_owned(),
            form_token: form_token.to_owned(),
            change: "action=discard&number=1",
        }
    }

    /// The same to replay these events.
    pub(crate) fn replaying(self, change: &'static str) -> Self {
        Self { change, ..self }
    }

    /// The same to other pages.
    pub(crate) fn to(self, served: &Served) -> Self {
        let host = served.address.to_string();
        Self {
            origin: host.clone(),
            host,
            ..self
        }
    }

    /// The same from a page of another host.
    pub(crate) fn from(self, origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            ..self
        }
    }

    /// The session and the token of a form of these pages.
    pub(crate) async fn of_form(served: &Served) -> Self {
        let host = served.address.to_string();
        let page = "confirm?stream=%24all&name=mailer&action=discard&number=1";
        let answer = answer(served, &format!("GET /{page} HTTP/1.0\r\nHost: {host}\r\n\r\n")).await;
        let answer = String::from_utf8(answer).unwrap();
        let between = |before: &str, after: &str| {
            let (_, rest) = answer.split_once(before).unwrap();
            rest.split_once(after).unwrap().0.to_owned()
        };
        let session = between("set-cookie: ", ";");
        Self::new(&host, &session, &between("name=\"form_token\" value=\"", "\""))
    }

    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    pub(crate) fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Sends it without waiting for the answer.
    pub(crate) async fn send(&self, served: &Served) -> TcpStream {
        let mut connection = TcpStream::connect(served.address).await.unwrap();
        connection.write_all(self.text().as_bytes()).await.unwrap();
        connection
    }

    fn text(&self) -> String {
        let Self {
            host,
            origin,
            session,
            form_token,
            change,
        } = self;
        let body = format!("stream=%24all&name=mailer&{change}&form_token={form_token}");
        let origin = if origin.is_empty() {
            String::new()
        } else {
            format!("Origin: http://{origin}\r\n")
        };
        let length = body.len();
        format!(
            "POST /change HTTP/1.1\r\nHost: {host}\r\n{origin}Cookie: {session}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }
}

/// The status of the answer to a request.
pub(crate) async fn status_of(served: &Served, request: &Request) -> u16 {
    let answer = answer(served, &request.text()).await;
    let line = String::from_utf8_lossy(&answer);
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

/// The body of the answer to a request for a page.
pub(crate) async fn body_of(served: &Served, page: &str) -> Vec<u8> {
    let host = served.address;
    let request = format!("GET /{page} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    let answer = answer(served, &request).await;
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    answer[head + 4..].to_vec()
}

async fn answer(served: &Served, request: &str) -> Vec<u8> {
    let mut connection = TcpStream::connect(served.address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    answer
}

/// How long it takes until the first byte of a page arrives, over a connection of its own; the page must be one.
pub(crate) async fn first_byte_of(served: &Served, page: &str) -> Duration {
    let host = served.address;
    let request = format!("GET /{page} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    let began_at = Instant::now();
    let mut connection = TcpStream::connect(served.address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![connection.read_u8().await.unwrap()];
    let took = began_at.elapsed();
    connection.read_to_end(&mut answer).await.unwrap();
    let status = String::from_utf8_lossy(&answer[..answer.len().min(16)]).into_owned();
    assert!(status.starts_with("HTTP/1.0 200 "), "{page}: {status}");
    took
}
