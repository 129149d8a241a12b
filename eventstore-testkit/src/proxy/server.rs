use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// A connection in bytes.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Server {
    Tcp { host: String, port: u16 },
    Socket(PathBuf),
}

impl Server {
    pub(super) fn of_url(url: &str) -> io::Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "not the URL of a PostgreSQL database"))?;
        let port = options.get_port();
        Ok(match options.get_socket() {
            Some(directory) => Self::Socket(directory.join(format!(".s.PGSQL.{port}"))),
            None => Self::Tcp {
                host: options.get_host().to_owned(),
                port,
            },
        })
    }

    pub(super) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            Self::Socket(path) => Ok(Box::new(UnixStream::connect(path).await?)),
        }
    }
}

/// The same URL with another server.
pub(super) fn with_address(url: &str, address: SocketAddr) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let user = authority
        .rsplit_once('@')
        .map_or(String::new(), |(user, _)| format!("{user}@"));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    // These would be used in place of the address.
    let parameters = query.split('&').filter(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        !["", "host", "hostaddr", "port"].contains(&name)
    });
    let query = parameters.collect::<Vec<_>>().join("&");
    let query = if query.is_empty() { query } else { format!("?{query}") };
    format!("{scheme}://{user}{address}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_leads_to_a_port_or_a_socket() {
        let tcp = Server::Tcp {
            host: "h".to_owned(),
            port: 5433,
        };
        assert_eq!(Server::of_url("postgres://u:p@h:5433/d").unwrap(), tcp);
        let socket = Server::Socket(PathBuf::from("/run/pg/.s.PGSQL.5432"));
        assert_eq!(Server::of_url("postgres://u@%2Frun%2Fpg/d").unwrap(), socket);
        assert!(Server::of_url("mysql").is_err());
    }

    #[test]
    fn another_address_takes_the_place_of_every_mention_of_the_first() {
        let address = "127.0.0.1:7".parse().unwrap();
        for (url, expected) in [
            ("postgres://u:p@h:5432/d", "postgres://u:p@127.0.0.1:7/d"),
            ("postgres://h", "postgres://127.0.0.1:7"),
            (
                "postgres://u@/d?host=/run/pg&user=x",
                "postgres://u@127.0.0.1:7/d?user=x",
            ),
            (
                "postgres://u:p%40@%2Frun%2Fpg/d?port=1",
                "postgres://u:p%40@127.0.0.1:7/d",
            ),
        ] {
            assert_eq!(with_address(url, address), expected);
        }
    }
}
