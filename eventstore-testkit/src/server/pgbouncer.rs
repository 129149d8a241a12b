use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tempfile::TempDir;
use url::Url;

use super::ServerError;
use super::account::Account;
use super::local::free_port;
use super::log_tail::log_tail;
use super::readiness::{Readiness, wait_until_accepting};
use super::supervisor::Supervisor;

const SCRIPT: &str = include_str!("pgbouncer.sh");
const START_LIMIT: Duration = Duration::from_secs(10);

/// Where Debian puts it.
const DEBIAN: &str = "/usr/sbin";

/// So few that the transactions of one test have to share them.
const CONNECTIONS_PER_DATABASE: u32 = 5;

/// A `PgBouncer` in the mode `transaction` in front of a server, on a free port of `127.0.0.1`, stopped and removed when
/// the value is dropped.
///
/// It gives the user of the server's URL access to every database of the server, with five connections to each. It is
/// also stopped, and its directory removed, if the process ends without dropping the value.
#[derive(Debug)]
pub struct PgBouncer {
    // The order matters: it is stopped before what is left of its directory is removed.
    _supervisor: Supervisor,
    _directory: TempDir,
    url: String,
}

impl PgBouncer {
    /// Starts a `PgBouncer` in front of the server at this URL; returns when it accepts connections.
    ///
    /// The program is taken from `PATH`, otherwise from `/usr/sbin`. A process that runs as root runs it as the user
    /// `postgres`, or as `nobody` if there is no such user.
    ///
    /// # Errors
    ///
    /// Fails if there is no program or no user to run it, if the URL cannot be read, or if the pooler does not accept
    /// connections within ten seconds.
    pub fn start(server_url: &str) -> Result<Self, ServerError> {
        let server = Url::parse(server_url).map_err(|_| ServerError::UnreadableUrl)?;
        let program = find()?;
        let (directory, account) = prepare_directory()?;
        let port = free_port().map_err(ServerError::io("find a free port"))?;
        let path = directory.path();
        for (name, contents) in [
            ("pgbouncer.ini", settings(path, port, &server)),
            ("users.txt", users(&server)),
        ] {
            write(path, name, &contents, account).map_err(ServerError::io("write the settings of PgBouncer"))?;
        }
        let command = [program, path.join("pgbouncer.ini")];
        let supervisor = Supervisor::start(SCRIPT, path, account, command)
            .map_err(ServerError::io("start the supervisor of PgBouncer"))?;
        match wait_until_accepting(port, START_LIMIT, || supervisor.has_ended()) {
            Readiness::Ready => Ok(Self {
                _supervisor: supervisor,
                url: with_address(server, port)?,
                _directory: directory,
            }),
            Readiness::Ended | Readiness::Late => Err(ServerError::NoPooler {
                log: log_tail(&path.join("pgbouncer.log")),
            }),
        }
    }

    /// Returns the server's URL with the address of this pooler.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn find() -> Result<PathBuf, ServerError> {
    let path = env::var_os("PATH").unwrap_or_default();
    first_in(env::split_paths(&path).chain([PathBuf::from(DEBIAN)]))
}

fn first_in(directories: impl IntoIterator<Item = PathBuf>) -> Result<PathBuf, ServerError> {
    directories
        .into_iter()
        .map(|directory| directory.join("pgbouncer"))
        .find(|program| program.is_file())
        .ok_or(ServerError::NoPgBouncer)
}

/// A directory of the user that will run it.
fn prepare_directory() -> Result<(TempDir, Option<Account>), ServerError> {
    let directory = tempfile::Builder::new()
        .prefix("eventstore-pgbouncer-")
        .tempdir()
        .map_err(ServerError::io("create a directory"))?;
    let metadata = directory
        .path()
        .metadata()
        .map_err(ServerError::io("read the directory's owner"))?;
    let account = Account::for_user(metadata.uid())?;
    give(directory.path(), account).map_err(ServerError::io("give the directory away"))?;
    Ok((directory, account))
}

fn write(directory: &Path, name: &str, contents: &str, account: Option<Account>) -> io::Result<()> {
    let file = directory.join(name);
    fs::write(&file, contents)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    give(&file, account)
}

fn give(path: &Path, account: Option<Account>) -> io::Result<()> {
    match account {
        Some(Account { uid, gid }) => chown(path, Some(uid), Some(gid)),
        None => Ok(()),
    }
}

/// It takes no start-up parameter that it does not know.
fn settings(directory: &Path, port: u16, server: &Url) -> String {
    let host = decoded(server.host_str().unwrap_or("127.0.0.1"));
    let users = directory.join("users.txt");
    format!(
        "[databases]\n\
         * = host={host} port={server_port}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = trust\n\
         auth_file = {users}\n\
         pool_mode = transaction\n\
         default_pool_size = {CONNECTIONS_PER_DATABASE}\n\
         max_client_conn = 1000\n",
        server_port = server.port().unwrap_or(5432),
        users = users.display(),
    )
}

/// The user of the URL, with the password by which the server knows it.
fn users(server: &Url) -> String {
    let quoted = |text: &str| decoded(text).replace('"', "\"\"");
    let password = quoted(server.password().unwrap_or_default());
    format!("\"{}\" \"{password}\"\n", quoted(server.username()))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn with_address(mut url: Url, port: u16) -> Result<String, ServerError> {
    let changed = url.set_host(Some("127.0.0.1")).is_ok() && url.set_port(Some(port)).is_ok();
    changed.then(|| url.to_string()).ok_or(ServerError::UnreadableUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_missing_program_is_told_with_the_remedy() {
        let (empty, found) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let error = first_in([empty.path().to_owned()]).unwrap_err().to_string();
        assert!(error.contains("apt-get install pgbouncer"), "{error}");
        fs::write(found.path().join("pgbouncer"), "").unwrap();
        let program = first_in([empty.path().to_owned(), found.path().to_owned()]).unwrap();
        assert_eq!(program, found.path().join("pgbouncer"));
    }

    #[test]
    fn users_and_hosts_are_written_as_they_are_meant() {
        let server = url("postgres://me%40home:a%22b%2Fc@%2Frun%2Fpg/d");
        assert_eq!(users(&server), "\"me@home\" \"a\"\"b/c\"\n");
        let settings = settings(Path::new("/d"), 7, &server);
        assert!(settings.contains("* = host=/run/pg port=5432\n"), "{settings}");
        assert!(settings.contains("listen_port = 7\n") && settings.contains("auth_file = /d/users.txt\n"));
    }

    #[test]
    fn the_url_leads_to_the_pooler() {
        let pooled = with_address(url("postgres://u:p@h:5432/d?sslmode=disable"), 7).unwrap();
        assert_eq!(pooled, "postgres://u:p@127.0.0.1:7/d?sslmode=disable");
    }
}
