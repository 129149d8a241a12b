use eventstore_core::{Error, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use crate::config::{Login, PasswordSource, PostgresConfig};
use crate::error::{Limit, connecting, is_refused_password, passing_session};
use crate::sql::scripts;

/// Opens a connection for the pool, or gives up after the configured time.
pub(crate) async fn connect_pooled(config: &PostgresConfig) -> Result<PgConnection> {
    open(config, config.connect_options("pool")).await
}

/// Opens a dedicated connection, or gives up after the configured time.
pub(crate) async fn connect(config: &PostgresConfig, purpose: &str) -> Result<PgConnection> {
    config.require_session_url()?;
    let mut connection = open(config, config.session_options(purpose)).await?;
    refuse_passing_session(config, &mut connection).await?;
    Ok(connection)
}

/// Refuses a session that did not take the settings that it was opened with: a pooler in between has dropped them, and
/// what one transaction prepares, locks or listens to may be in another session in the next transaction (ADR 34).
pub(crate) async fn refuse_passing_session(config: &PostgresConfig, connection: &mut PgConnection) -> Result<()> {
    let query = sqlx::query_scalar(scripts::HAS_SETTINGS).persistent(false);
    let answer = Limit::of_server(config.connect_timeout()).hold(query.fetch_one(connection));
    match answer.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(passing_session("the settings of the session were left out")),
        Err(error) => Err(connecting(&config.server(), error)),
    }
}

async fn open(config: &PostgresConfig, options: PgConnectOptions) -> Result<PgConnection> {
    let opened = async {
        match config.password_source() {
            None => PgConnection::connect_with(&options)
                .await
                .map_err(|error| connecting(&config.server(), error)),
            Some(source) => open_with_password(config, source, options).await,
        }
    };
    // Boxed: connections are opened rarely, but every call that may open one would grow by this future's size.
    timeout(config.connect_timeout(), Box::pin(opened))
        .await
        .unwrap_or_else(|_| {
            Err(Error::Unavailable {
                message: format!(
                    "no connection to {} within {:?} (`connect_timeout`)",
                    config.server(),
                    config.connect_timeout()
                ),
                source: None,
            })
        })
}

/// Asks for the password once more if it was changed after it was asked for (ADR 50).
async fn open_with_password(
    config: &PostgresConfig,
    source: &dyn PasswordSource,
    options: PgConnectOptions,
) -> Result<PgConnection> {
    let login = Login::of(&options);
    let password = current_password(source, &login).await?;
    match PgConnection::connect_with(&options.clone().password(&password)).await {
        Err(error) if is_refused_password(&error) => {
            let newer = current_password(source, &login).await?;
            if newer == password {
                return Err(connecting(&config.server(), error));
            }
            let connected = PgConnection::connect_with(&options.clone().password(&newer)).await;
            connected.map_err(|error| connecting(&config.server(), error))
        }
        connected => connected.map_err(|error| connecting(&config.server(), error)),
    }
}

async fn current_password(source: &dyn PasswordSource, login: &Login<'_>) -> Result<String> {
    source.password(login).await.map_err(|error| Error::Unavailable {
        message: format!("the source of passwords gives none for {}", login.user),
        source: Some(error),
    })
}

#[cfg(test)]
mod tests {
    use eventstore_testkit::TestDatabase;

    use super::*;

    #[tokio::test]
    async fn a_session_without_its_settings_is_refused() {
        let database = TestDatabase::create().await;
        let config = PostgresConfig::from_url(database.url()).unwrap();
        assert!(connect(&config, "test").await.is_ok());
        let mut plain = PgConnection::connect(database.url()).await.unwrap();
        let error = refuse_passing_session(&config, &mut plain).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::InvalidInput {
                    argument: "transaction_pooling",
                    ..
                }
            ),
            "{error:?}"
        );
    }
}
