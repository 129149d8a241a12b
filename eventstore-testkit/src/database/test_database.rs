use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::database_url::with_database;
use super::server_url::server_url;
use super::statement::execute;

/// An empty PostgreSQL database of its own, removed when it is dropped, whoever is connected to it.
///
/// The environment variable `EVENTSTORE_TEST_URL` names the server; its user has to be allowed to create databases.
/// Without it, the first database of a process starts a [`LocalServer`](crate::server::LocalServer) that lasts as long
/// as the process.
///
/// ```no_run
/// use eventstore_testkit::TestDatabase;
///
/// # async fn test() {
/// let database = TestDatabase::create().await;
/// println!("{}", database.url());
/// # }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    server_url: &'static str,
    name: String,
    url: String,
}

impl TestDatabase {
    /// Creates the database under a name that nobody else uses.
    ///
    /// # Panics
    ///
    /// When there is no server or it refuses to create the database: no test can go on without one.
    pub async fn create() -> Self {
        spawn_blocking(Self::create_blocking)
            .await
            .unwrap_or_else(|error| panic!("no database for this test: {error}"))
    }

    /// The URL of the database, with the user that created it.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn create_blocking() -> Self {
        let server_url = server_url();
        let name = format!("eventstore_test_{}", Uuid::now_v7().simple());
        // Nobody can be connected to this template, so that it can always be copied.
        execute(server_url, format!("CREATE DATABASE {name} TEMPLATE template0"))
            .unwrap_or_else(|error| panic!("the database {name} could not be created: {error}"));
        Self {
            server_url,
            url: with_database(server_url, &name),
            name,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = execute(self.server_url, statement) {
            eprintln!("the database {} could not be removed: {error}", self.name);
        }
    }
}
