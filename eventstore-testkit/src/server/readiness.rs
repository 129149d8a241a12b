use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(20);
const CONNECT: Duration = Duration::from_secs(1);

/// The line of `postmaster.pid` in which a server says how far it is.
const STATUS_LINE: usize = 7;

/// What became of the wait for a server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Ready,
    Ended,
    Late,
}

/// Waits until the server takes connections, or `ended` says that it never will.
pub(super) fn wait_until_ready(data: &Path, port: u16, limit: Duration, ended: impl FnMut() -> bool) -> Readiness {
    wait(limit, || is_ready(data) && accepts(port), ended)
}

/// As [`wait_until_ready`], for a program that is ready as soon as it listens.
pub(super) fn wait_until_accepting(port: u16, limit: Duration, ended: impl FnMut() -> bool) -> Readiness {
    wait(limit, || accepts(port), ended)
}

fn wait(limit: Duration, mut ready: impl FnMut() -> bool, mut ended: impl FnMut() -> bool) -> Readiness {
    let deadline = Instant::now() + limit;
    loop {
        if ready() {
            return Readiness::Ready;
        }
        if ended() {
            return Readiness::Ended;
        }
        if Instant::now() >= deadline {
            return Readiness::Late;
        }
        thread::sleep(PAUSE);
    }
}

/// A server listens before it has recovered; as `pg_ctl` does, this asks the file in which it reports the end of that.
fn is_ready(data: &Path) -> bool {
    fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|file| says_ready(&file))
}

fn says_ready(postmaster_pid: &str) -> bool {
    postmaster_pid
        .lines()
        .nth(STATUS_LINE)
        .is_some_and(|status| ["ready", "standby"].contains(&status.trim_end()))
}

fn accepts(port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), CONNECT).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTING: &str = "42\n/tmp/data\n1700000000\n5433\n/tmp\n127.0.0.1\n 1 2\nstarting\n";

    #[test]
    fn a_server_is_ready_when_its_last_line_says_so() {
        assert!(!says_ready(""));
        assert!(!says_ready(STARTING));
        assert!(says_ready(&STARTING.replace("starting", "ready   ")));
    }

    #[test]
    fn waiting_ends_when_the_server_did() {
        let data = tempfile::tempdir().unwrap();
        let outcome = wait_until_ready(data.path(), 1, Duration::from_secs(30), || true);
        assert_eq!(outcome, Readiness::Ended);
    }

    #[test]
    fn waiting_is_bounded() {
        let data = tempfile::tempdir().unwrap();
        let outcome = wait_until_ready(data.path(), 1, Duration::ZERO, || false);
        assert_eq!(outcome, Readiness::Late);
    }
}
