//! A process that owns a server, to be killed.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

use tempfile::TempDir;

pub(crate) type TestResult<T = ()> = Result<T, Box<dyn Error>>;

const REPORT: &str = "EVENTSTORE_TEST_OWNER_REPORT";
const LIMIT: Duration = Duration::from_mins(2);

pub(crate) struct Owner {
    process: Child,
    url: String,
    place: String,
    _directory: TempDir,
}

impl Owner {
    /// Runs the test of this name of this executable, which calls [`own`], in a process of its own.
    pub(crate) fn start(test: &str) -> TestResult<Self> {
        let directory = tempfile::tempdir()?;
        let report = directory.path().join("report");
        let process = Command::new(env::current_exe()?)
            .args(["--exact", test, "--nocapture"])
            .env(REPORT, &report)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        wait_until(|| report.exists())?;
        let report = fs::read_to_string(&report)?;
        let (url, place) = report.split_once('\n').ok_or("a report of two lines")?;
        Ok(Self {
            process,
            url: url.to_owned(),
            place: place.to_owned(),
            _directory: directory,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where the server is, in the terms of its kind.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// On Unix this is SIGKILL: the owner gets no chance to clean up.
    pub(crate) fn kill(mut self) -> TestResult {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

/// Starts a server and holds it until standard input ends; does nothing unless [`Owner::start`] runs it.
pub(crate) fn own<S>(start: impl FnOnce() -> TestResult<(S, String, String)>) -> TestResult {
    let Some(report) = env::var_os(REPORT).map(PathBuf::from) else {
        return Ok(());
    };
    let (_server, url, place) = start()?;
    let unfinished = report.with_extension("unfinished");
    fs::write(&unfinished, format!("{url}\n{place}"))?;
    fs::rename(&unfinished, &report)?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

pub(crate) fn address_of(url: &str) -> TestResult<SocketAddr> {
    let (_, host_and_database) = url.split_once('@').ok_or("a URL with a user")?;
    let (host, _) = host_and_database.split_once('/').ok_or("a URL with a database")?;
    Ok(host.parse()?)
}

pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) -> TestResult {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        if Instant::now() > deadline {
            return Err("waited too long".into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
