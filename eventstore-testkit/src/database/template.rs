use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::time::SystemTime;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::database_url::with_database;
use super::leftovers::{TEMPLATES, days_since_1970, remove_leftovers};

/// The database that those of one kind are copied from, as this executable fills it.
///
/// It is named by what decides its contents: the kind, and the executable that fills it. So it is made once for all
/// processes of a run, and again after a change. A template that exists is finished, because it gets its name last.
#[derive(Debug)]
pub(super) struct Template {
    name: String,
    /// The key of the lock under which it is made.
    lock: i64,
}

impl Template {
    pub(super) fn of(kind: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        kind.hash(&mut hasher);
        executable().ok().hash(&mut hasher);
        let hash = hasher.finish();
        Self {
            name: format!("{TEMPLATES}{:05}_{hash:016x}", days_since_1970()),
            lock: hash.cast_signed(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Makes it, unless another process has, or is about to: that one is waited for.
    pub(super) async fn make(&self, server_url: &str, fill: impl AsyncFnOnce(&str)) -> Result<(), sqlx::Error> {
        let mut connection = PgConnection::connect(server_url).await?;
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(self.lock)
            .execute(&mut connection)
            .await?;
        if !self.is_there(&mut connection).await? {
            self.make_alone(server_url, &mut connection, fill).await?;
            remove_leftovers(&mut connection).await?;
        }
        connection.close().await
    }

    async fn is_there(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(&self.name)
            .fetch_one(connection)
            .await
    }

    /// A process that is killed meanwhile leaves nothing behind that seems finished.
    async fn make_alone(
        &self,
        server_url: &str,
        connection: &mut PgConnection,
        fill: impl AsyncFnOnce(&str),
    ) -> Result<(), sqlx::Error> {
        let (name, unfinished) = (&self.name, format!("{}_unfinished", self.name));
        for statement in [
            format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"),
            // Nobody can be connected to this template, so that it can always be copied.
            format!("CREATE DATABASE {unfinished} TEMPLATE template0"),
        ] {
            connection.execute(AssertSqlSafe(statement)).await?;
        }
        fill(&with_database(server_url, &unfinished)).await;
        for statement in [
            // A database with a connection can be neither renamed nor copied.
            format!("ALTER DATABASE {unfinished} WITH ALLOW_CONNECTIONS false"),
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{unfinished}'"),
            format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
        ] {
            connection.execute(AssertSqlSafe(statement)).await?;
        }
        Ok(())
    }
}

/// What tells this build of the program from any other.
fn executable() -> io::Result<(std::path::PathBuf, u64, SystemTime)> {
    let path = env::current_exe()?;
    let metadata = fs::metadata(&path)?;
    Ok((path, metadata.len(), metadata.modified()?))
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[test]
    fn each_kind_has_one_of_its_own() {
        assert_eq!(Template::of("a").name(), Template::of("a").name());
        assert_ne!(Template::of("a").name(), Template::of("b").name());
    }
}
