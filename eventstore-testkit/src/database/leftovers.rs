use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::{AssertSqlSafe, Executor, PgConnection};

/// How the names of databases for tests begin; a UUID of version 7 follows.
pub(super) const TESTS: &str = "eventstore_test_";

/// How the names of templates begin; the day on which it was made follows.
pub(super) const TEMPLATES: &str = "eventstore_template_";

const DAY: Duration = Duration::from_hours(24);

/// The key of the lock under which leftovers are removed.
const LOCK: i64 = 7_310_311_417_212_019_048;

/// Removes what killed tests left behind, and the templates of earlier builds, after a day: the names of both are in
/// the order of their times. Does nothing while another session does.
pub(super) async fn remove_leftovers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(LOCK)
        .fetch_one(&mut *connection)
        .await?;
    if !is_ours {
        return Ok(());
    }
    for (prefix, end) in [(TESTS, oldest_test()), (TEMPLATES, oldest_template())] {
        for name in between(connection, prefix, &end).await? {
            let drop = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
            connection.execute(AssertSqlSafe(drop)).await?;
        }
    }
    Ok(())
}

async fn between(connection: &mut PgConnection, start: &str, end: &str) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname >= $1 AND datname < $2")
        .bind(start)
        .bind(end)
        .fetch_all(connection)
        .await
}

pub(super) fn days_since_1970() -> u64 {
    since_1970().as_secs() / DAY.as_secs()
}

fn oldest_test() -> String {
    let a_day_ago = since_1970().saturating_sub(DAY);
    format!("{TESTS}{:012x}", a_day_ago.as_millis())
}

fn oldest_template() -> String {
    format!("{TEMPLATES}{:05}", days_since_1970().saturating_sub(1))
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_made_now_is_kept() {
        let test = format!("{TESTS}{}", Uuid::now_v7().simple());
        let template = format!("{TEMPLATES}{:05}_0123", days_since_1970());
        assert!(test > oldest_test() && test.starts_with(TESTS));
        assert!(template > oldest_template());
    }

    #[test]
    fn what_was_made_the_day_before_yesterday_is_not() {
        let template = format!("{TEMPLATES}{:05}_0123", days_since_1970() - 2);
        assert!(template < oldest_template());
        let made = since_1970().saturating_sub(2 * DAY);
        let test = format!("{TESTS}{:012x}", made.as_millis());
        assert!(test < oldest_test());
    }
}
