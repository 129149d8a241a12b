use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::account::Account;
use super::binaries::Binaries;
use super::log_tail::log_tail;
use super::place::place;
use super::readiness::{Readiness, wait_until_ready};
use super::secret::secret;
use super::supervisor::Supervisor;
use super::{Durability, ServerError};

const SCRIPT: &str = include_str!("supervisor.sh");
const START_LIMIT: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 3;

/// A PostgreSQL server on a free port of `127.0.0.1`, stopped and removed when the value is dropped.
///
/// The server is also stopped, and its directory removed, if the process ends without dropping the value. Unless the data
/// is to be durable, it is held in memory if there is room.
#[derive(Debug)]
pub struct LocalServer {
    // The order matters: the server is stopped before what is left of its directory is removed.
    _supervisor: Supervisor,
    directory: TempDir,
    port: u16,
    password: String,
    url: String,
}

impl LocalServer {
    /// Creates a cluster and starts its server; returns when the server accepts connections.
    ///
    /// The programs are taken from the directory that `EVENTSTORE_TEST_PG_BIN` names, otherwise from `PATH`, otherwise
    /// from `/usr/lib/postgresql`. A process that runs as root runs them as the user `postgres`, or as `nobody` if there is no
    /// such user.
    ///
    /// # Errors
    ///
    /// Fails if there are no programs or no user to run them, or if the server is not ready within 30 seconds.
    pub fn start(durability: Durability) -> Result<Self, ServerError> {
        Self::start_with(&Binaries::find()?, durability)
    }

    /// Does the same as [`start`](Self::start), with the programs in this directory.
    ///
    /// # Errors
    ///
    /// The errors of [`start`](Self::start).
    pub fn start_from(directory: PathBuf, durability: Durability) -> Result<Self, ServerError> {
        Self::start_with(&Binaries::within(directory)?, durability)
    }

    /// Copies this server, which must be durable, and starts a standby that follows it asynchronously.
    ///
    /// # Errors
    ///
    /// The errors of [`start`](Self::start); the program `pg_basebackup` is needed as well.
    pub fn start_standby(&self) -> Result<Self, ServerError> {
        Self::start_once(&Binaries::find()?, Durability::Full, Some(self))
    }

    fn start_with(binaries: &Binaries, durability: Durability) -> Result<Self, ServerError> {
        // Between the choice of a free port and its use by the server, another process can take it.
        for _ in 1..ATTEMPTS {
            match Self::start_once(binaries, durability, None) {
                Err(ServerError::Ended { log }) if lost_the_port(&log) => {}
                outcome => return outcome,
            }
        }
        Self::start_once(binaries, durability, None)
    }

    /// Returns the URL of the superuser on the database `postgres`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the directory that holds the cluster, its log and its socket.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn start_once(binaries: &Binaries, durability: Durability, primary: Option<&Self>) -> Result<Self, ServerError> {
        let password = match primary {
            Some(primary) => primary.password.clone(),
            None => secret().map_err(ServerError::io("make a password"))?,
        };
        let (directory, account) = prepare_directory(durability, &password)?;
        let path = directory.path();
        let port = free_port().map_err(ServerError::io("find a free port"))?;
        let words = command_line(binaries, path, port, durability, primary)?;
        let supervisor = Supervisor::start(SCRIPT, path, account, words)
            .map_err(ServerError::io("start the server's supervisor"))?;

        let log = path.join("server.log");
        match wait_until_ready(&path.join("data"), port, START_LIMIT, || supervisor.has_ended()) {
            Readiness::Ready => Ok(Self {
                _supervisor: supervisor,
                directory,
                port,
                url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"),
                password,
            }),
            Readiness::Ended => Err(ServerError::Ended { log: log_tail(&log) }),
            Readiness::Late => Err(ServerError::NotReady {
                waited: START_LIMIT,
                log: log_tail(&log),
            }),
        }
    }
}

/// A directory with the superuser's password in it, both owned by the user that will run the server.
fn prepare_directory(durability: Durability, password: &str) -> Result<(TempDir, Option<Account>), ServerError> {
    let directory = tempfile::Builder::new()
        .prefix("eventstore-pg-")
        .tempdir_in(place(durability))
        .map_err(ServerError::io("create a directory"))?;
    // Who owns what this process creates is who this process runs as.
    let owner = directory
        .path()
        .metadata()
        .map_err(ServerError::io("read the directory's owner"))?
        .uid();
    let account = Account::for_user(owner)?;

    write_password(directory.path(), password, account).map_err(ServerError::io("write the password file"))?;
    Ok((directory, account))
}

fn write_password(directory: &Path, password: &str, account: Option<Account>) -> io::Result<()> {
    let file = directory.join("password");
    fs::write(&file, password)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    if let Some(Account { uid, gid }) = account {
        chown(&file, Some(uid), Some(gid))?;
        chown(directory, Some(uid), Some(gid))?;
    }
    Ok(())
}

fn command_line(
    binaries: &Binaries,
    directory: &Path,
    port: u16,
    durability: Durability,
    primary: Option<&LocalServer>,
) -> Result<Vec<OsString>, ServerError> {
    let (creator, source_port) = match primary {
        Some(primary) => (binaries.pg_basebackup()?, primary.port.to_string()),
        None => (binaries.initdb(), String::new()),
    };
    let mut words: Vec<OsString> = vec![
        creator.into(),
        source_port.into(),
        binaries.postgres().into(),
        "-D".into(),
        directory.join("data").into(),
    ];
    for setting in settings(directory, port, durability) {
        words.extend(["-c".into(), setting.into()]);
    }
    Ok(words)
}

fn settings(directory: &Path, port: u16, durability: Durability) -> Vec<String> {
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={}", directory.display()),
    ];
    settings.extend(durability.settings().into_iter().map(str::to_owned));
    settings
}

pub(super) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn lost_the_port(log: &str) -> bool {
    log.contains("Address already in use")
}
