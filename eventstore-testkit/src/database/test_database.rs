use std::env;

use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::administrator::{Administrator, Statement};
use super::database_url::with_database;
use super::leftovers::TESTS;
use super::template::Template;

/// Nobody can be connected to this template, so that it can always be copied.
const EMPTY: &str = "template0";

/// Names the `PgBouncer` for tests.
const POOLER: &str = "EVENTSTORE_TEST_PGBOUNCER_URL";

/// The SQLSTATE of a database that does not exist.
const NO_SUCH_DATABASE: &str = "3D000";

/// A PostgreSQL database that is removed when the value is dropped, even while others are connected to it.
///
/// The first database of a process finds the server with [`Server::for_tests`](crate::server::Server::for_tests), and
/// prints which one it is. A server that was started lasts as long as the process.
///
/// ```no_run
/// use eventstore_testkit::TestDatabase;
///
/// # async fn test() {
/// let empty = TestDatabase::create().await;
/// println!("{}", empty.url());
///
/// let migrated = TestDatabase::from_template("orders", async |url| migrate(url).await).await;
/// println!("{}", migrated.url());
/// # }
/// # async fn migrate(url: &str) {}
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    administrator: &'static Administrator,
    name: String,
    url: String,
}

impl TestDatabase {
    /// Creates an empty database under a unique name.
    ///
    /// # Panics
    ///
    /// Panics if there is no server, or if the server refuses to create the database: no test can continue without one.
    pub async fn create() -> Self {
        Self::copy_of(administrator().await, EMPTY)
            .await
            .unwrap_or_else(|error| panic!("no database for this test: {error}"))
    }

    /// Creates a copy of the template of this kind; `fill` fills the template, given its URL, unless it is already
    /// filled.
    ///
    /// All processes that run this executable share the template, even if they start at once: one fills it, the others
    /// wait. Anything besides the code of this executable that determines the contents belongs in `kind`. Connections to
    /// the template are ended when `fill` has returned.
    ///
    /// # Panics
    ///
    /// Panics as [`create`](Self::create) does.
    pub async fn from_template(kind: &str, fill: impl AsyncFnOnce(&str)) -> Self {
        let administrator = administrator().await;
        let template = Template::of(kind);
        let copied = match Self::copy_of(administrator, template.name()).await {
            Err(error) if is_missing(&error) => {
                let made = template.make(administrator.server_url(), fill).await;
                made.unwrap_or_else(|error| panic!("no template for this test: {error}"));
                Self::copy_of(administrator, template.name()).await
            }
            outcome => outcome,
        };
        copied.unwrap_or_else(|error| panic!("no database for this test: {error}"))
    }

    /// Returns the URL of the database, with the user that created it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL of the database through the `PgBouncer` that `EVENTSTORE_TEST_PGBOUNCER_URL` names.
    ///
    /// # Panics
    ///
    /// Panics if the variable is not set: `eventstore-test-server --pgbouncer` sets it.
    #[must_use]
    pub fn pooled_url(&self) -> String {
        let pooler = env::var(POOLER).unwrap_or_else(|error| panic!("no PgBouncer for this test: {POOLER}: {error}"));
        with_database(&pooler, &self.name)
    }

    async fn copy_of(administrator: &'static Administrator, template: &str) -> Result<Self, sqlx::Error> {
        let name = format!("{TESTS}{}", Uuid::now_v7().simple());
        let copy = Statement::Copy {
            template: template.to_owned(),
            name: name.clone(),
        };
        spawn_blocking(move || administrator.execute(copy))
            .await
            .unwrap_or(Err(sqlx::Error::WorkerCrashed))?;
        Ok(Self {
            administrator,
            url: with_database(administrator.server_url(), &name),
            name,
        })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = self.name.clone();
        if let Err(error) = self.administrator.execute(Statement::Drop { name }) {
            eprintln!("the database {} could not be removed: {error}", self.name);
        }
    }
}

async fn administrator() -> &'static Administrator {
    spawn_blocking(Administrator::of_this_process)
        .await
        .unwrap_or_else(|error| panic!("no database for this test: {error}"))
}

fn is_missing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == NO_SUCH_DATABASE)
}
