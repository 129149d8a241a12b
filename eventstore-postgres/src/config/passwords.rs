use async_trait::async_trait;
use eventstore_core::BoxError;
use sqlx::postgres::PgConnectOptions;

/// Supplies the password or token for each new connection, for databases whose credentials change while the store runs.
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
    /// Returns the password with which this user can connect now.
    ///
    /// It is called whenever a connection is made, possibly on several tasks at once, and again if the server refuses the
    /// password. Its time counts towards the connect timeout. The future may be dropped.
    ///
    /// # Errors
    ///
    /// Any error that keeps the source from supplying the password. The connection then fails with
    /// [`Unavailable`](eventstore_core::Error::Unavailable), and is retried by whatever needs it.
    async fn password(&self, login: &Login<'_>) -> Result<String, BoxError>;
}

/// The user that connects, and the target of the connection: what a token is signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login<'l> {
    /// The name or the address of the server.
    pub host: &'l str,
    /// Its port.
    pub port: u16,
    /// The user.
    pub user: &'l str,
    /// The database; by default it has the name of the user.
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
