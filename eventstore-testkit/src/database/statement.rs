use std::thread;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Executes one statement, outside of any transaction, and waits for it in a thread with a runtime of its own.
///
/// So it also works in `drop`, inside of an asynchronous test and while that one is being torn down.
pub(super) fn execute(url: &str, statement: String) -> Result<(), sqlx::Error> {
    thread::scope(|scope| {
        let outcome = scope.spawn(|| block_on(execute_on(url, statement))).join();
        outcome.unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed))
    })
}

fn block_on(work: impl Future<Output = Result<(), sqlx::Error>>) -> Result<(), sqlx::Error> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build()?.block_on(work)
}

async fn execute_on(url: &str, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute(AssertSqlSafe(statement)).await?;
    connection.close().await
}
