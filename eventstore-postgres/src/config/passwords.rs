use std::fmt;

use async_trait::async_trait;
use eventstore_core::BoxError;
use sqlx::postgres::PgConnectOptions;

/// Gives the password, or the token, of each new connection: for databases whose credentials change while the store runs.
///
/// ```
/// use async_trait::async_trait;
/// use eventstore_core::BoxError;
/// use eventstore_postgres::{Login, PasswordSource, PostgresConfig};
///
/// /// A file that an agent writes again whenever the password changes.
/// struct PasswordFile(std::path::PathBuf);
///
/// #[async_trait]
/// impl PasswordSource for PasswordFile {
///     async fn password(&self, _: &Login<'_>) -> Result<String, BoxError> {
///         Ok(tokio::fs::read_to_string(&self.0).await?.trim_end().to_owned())
///     }
/// }
///
/// let config = PostgresConfig::from_url("postgres://app@db/shop")?.with_password_source(PasswordFile("/run/password".into()));
/// # Ok::<(), eventstore_core::Error>(())
/// ```
#[async_trait]
pub trait PasswordSource: Send + Sync {
    /// The password with which this user can connect now.
    ///
    /// It is asked for when a connection is made, which happens on several tasks at once, and again if the server refuses the password.
    /// The time counts towards the time to connect. The future may be dropped.
    ///
    /// # Errors
    ///
    /// Whatever keeps the source from telling. The connection fails with [`Unavailable`](eventstore_core::Error::Unavailable), and is
    /// tried again by whatever needs it.
    async fn password(&self, login: &Login<'_>) -> Result<String, BoxError>;
}

/// Who connects, and where to: what a token is signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login<'l> {
    /// The name or the address of the server.
    pub host: &'l str,
    /// Its port.
    pub port: u16,
    /// The user.
    pub user: &'l str,
    /// The database; by default it is called as the user.
    pub database: &'l str,
}

impl<'l> Login<'l> {
    pub(crate) fn of(options: &'l PgConnectOptions) -> Self {
        Self {
            host: options.get_host(),
            port: options.get_port(),
            user: options.get_username(),
            database: options.get_database().unwrap_or_else(|| options.get_username()),
        }
    }
}

impl fmt::Debug for dyn PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordSource")
    }
}
