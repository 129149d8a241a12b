use std::io::{Write, stdout};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fmt};

use eventstore_core::{EventWriter, Position};
use eventstore_sqlite::SqliteStore;
use futures_util::future::try_join_all;
use tokio::runtime::Runtime;

use crate::request::Request;

const URL: &str = "EVENTSTORE_WRITER_URL";
const NUMBER: &str = "EVENTSTORE_WRITER_NUMBER";
const REQUESTS: &str = "EVENTSTORE_WRITER_REQUESTS";

/// How many appends of a process are under way at once.
const CALLERS: u32 = 4;

/// A process that appends one request after another, and writes to its standard output which of them are acknowledged.
pub(crate) struct Writer {
    pub(crate) url: String,
    /// All writers of a file have different numbers.
    pub(crate) number: u32,
    /// It ends after as many, and closes the store.
    pub(crate) requests: u32,
}

/// A request that the store has acknowledged, with the position of its first event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Acknowledged {
    pub(crate) request: Request,
    pub(crate) position: Position,
}

impl Writer {
    /// What this process is to be; `None` if it is another one.
    pub(crate) fn of_environment() -> Option<Self> {
        Some(Self {
            url: env::var(URL).ok()?,
            number: env::var(NUMBER).ok()?.parse().ok()?,
            requests: env::var(REQUESTS).ok()?.parse().ok()?,
        })
    }

    /// How it is started, by itself or by another program.
    pub(crate) fn command(&self, program: Option<&str>) -> Command {
        let itself = env::current_exe().unwrap();
        let mut command = program.map_or_else(|| Command::new(&itself), Command::new);
        command
            .env(URL, &self.url)
            .env(NUMBER, self.number.to_string())
            .env(REQUESTS, self.requests.to_string());
        command
    }

    pub(crate) fn run(&self) -> ExitCode {
        match Runtime::new().map(|runtime| runtime.block_on(self.write())) {
            Ok(Ok(())) => ExitCode::SUCCESS,
            failure => {
                eprintln!("writer {}: {failure:?}", self.number);
                ExitCode::FAILURE
            }
        }
    }

    async fn write(&self) -> anyhow::Result<()> {
        let store = SqliteStore::open(&self.url).await?;
        let next = AtomicU32::new(0);
        try_join_all((0..CALLERS).map(|_| self.call(&store, &next))).await?;
        store.close().await;
        Ok(())
    }

    async fn call(&self, store: &SqliteStore, next: &AtomicU32) -> anyhow::Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.requests {
                return Ok(());
            }
            let request = Request {
                writer: self.number,
                number,
            };
            let position = make(store, request).await?;
            // A line is one write, which fails when nobody reads it any more.
            writeln!(stdout(), "{}", Acknowledged { request, position })?;
        }
    }
}

/// Appends all of a request; returns the position of its first event.
pub(crate) async fn make(store: &SqliteStore, request: Request) -> eventstore_core::Result<Position> {
    let mut appends = request.appends();
    Ok(match (appends.pop(), appends.is_empty()) {
        (Some(only), true) => store.append(only).await?.first_position,
        _ => store.append_set(request.set()).await?[0].first_position,
    })
}

impl Acknowledged {
    /// Reads a line; `None` if it is incomplete.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.strip_suffix('\n')?.split(' ');
        let request = Request {
            writer: numbers.next()?.parse().ok()?,
            number: numbers.next()?.parse().ok()?,
        };
        let position = numbers.next()?.parse::<u64>().ok()?.try_into().ok()?;
        Some(Self { request, position })
    }
}

impl fmt::Display for Acknowledged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request { writer, number } = self.request;
        write!(f, "{writer} {number} {}", self.position)
    }
}
