//! A local server serves, and is gone without a trace afterwards, however its owner ended.

use std::error::Error;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

use eventstore_testkit::server::{Durability, LocalServer};

type TestResult = Result<(), Box<dyn Error>>;

const REPORT: &str = "EVENTSTORE_TEST_HOLDER_REPORT";
const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn serves_until_it_is_dropped() -> TestResult {
    let server = LocalServer::start(Durability::Relaxed)?;
    let address = address_of(server.url())?;
    let directory = server.directory().to_owned();
    TcpStream::connect(address)?;

    drop(server);
    assert!(!directory.exists());
    assert!(TcpStream::connect(address).is_err());
    Ok(())
}

#[test]
fn is_cleaned_up_when_its_owner_is_killed() -> TestResult {
    let workspace = tempfile::tempdir()?;
    let report = workspace.path().join("report");
    let mut holder = start_holder(&report)?;
    wait_until(|| report.exists())?;
    let report = fs::read_to_string(&report)?;
    let (url, directory) = report.split_once('\n').ok_or("a report of two lines")?;
    let address = address_of(url)?;
    TcpStream::connect(address)?;

    // On Unix this is SIGKILL: the holder gets no chance to clean up.
    holder.kill()?;
    holder.wait()?;
    wait_until(|| !Path::new(directory).exists())?;
    assert!(TcpStream::connect(address).is_err());
    Ok(())
}

/// Not a test, but the process that the test above kills: it holds a server until its standard input ends.
#[test]
fn holder() -> TestResult {
    let Some(report) = env::var_os(REPORT).map(PathBuf::from) else {
        return Ok(());
    };
    let server = LocalServer::start(Durability::Relaxed)?;
    let unfinished = report.with_extension("unfinished");
    fs::write(
        &unfinished,
        format!("{}\n{}", server.url(), server.directory().display()),
    )?;
    fs::rename(&unfinished, &report)?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn start_holder(report: &Path) -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .args(["--exact", "holder", "--nocapture"])
        .env(REPORT, report)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
}

fn address_of(url: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let (_, host_and_database) = url.split_once('@').ok_or("a URL with a user")?;
    let (host, _) = host_and_database.split_once('/').ok_or("a URL with a database")?;
    Ok(host.parse()?)
}

fn wait_until(mut condition: impl FnMut() -> bool) -> TestResult {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        if Instant::now() > deadline {
            return Err("waited too long".into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
