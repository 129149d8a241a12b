use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::runtime::{Builder, Runtime};

use crate::server::Server;

/// From this release on, it can be said how a database is copied.
const FIRST_WITH_STRATEGIES: u32 = 150_000;

/// The server that the tests of this process use, and one connection to it, in a thread of its own.
///
/// So databases can also be removed in `drop`, inside of an asynchronous test and while that one is being torn down.
#[derive(Debug)]
pub(super) struct Administrator {
    // A static is not dropped: the supervisor of the server sees the process end, and cleans up.
    server: Server,
    jobs: mpsc::Sender<Job>,
}

#[derive(Debug)]
struct Job {
    statement: Statement,
    answer: SyncSender<Result<(), sqlx::Error>>,
}

/// What is done to databases. The names are made by this crate and need no quotes.
#[derive(Debug, Clone)]
pub(super) enum Statement {
    Copy { template: String, name: String },
    Drop { name: String },
}

impl Administrator {
    /// The one of this process; finds or starts the server, and says which one that is, when it is first called.
    ///
    /// # Panics
    ///
    /// When there is no server.
    pub(super) fn of_this_process() -> &'static Self {
        static ADMINISTRATOR: OnceLock<Administrator> = OnceLock::new();
        ADMINISTRATOR.get_or_init(|| {
            let server = Server::for_tests().unwrap_or_else(|error| panic!("no database for this test: {error}"));
            eprintln!("{server}");
            Self::new(server)
        })
    }

    pub(super) fn server_url(&self) -> &str {
        self.server.url()
    }

    /// Executes the statement outside of any transaction, and blocks this thread until it is done.
    pub(super) fn execute(&self, statement: Statement) -> Result<(), sqlx::Error> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.jobs
            .send(Job { statement, answer })
            .map_err(|_| sqlx::Error::WorkerCrashed)?;
        answered.recv().unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    fn new(server: Server) -> Self {
        let (jobs, receiver) = mpsc::channel();
        let url = server.url().to_owned();
        thread::spawn(move || work(&url, &receiver));
        Self { server, jobs }
    }
}

/// Ends when the administrator is gone, or no runtime can be had.
fn work(url: &str, jobs: &Receiver<Job>) {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return;
    };
    let mut session = None;
    for Job { statement, answer } in jobs {
        let outcome = runtime.block_on(execute(url, &mut session, &statement));
        // Whoever asked may have been cut off meanwhile.
        let _ = answer.send(outcome);
    }
    close(&runtime, session);
}

fn close(runtime: &Runtime, session: Option<Session>) {
    if let Some(session) = session {
        // How the connection ends does not matter any more.
        let _ = runtime.block_on(session.connection.close());
    }
}

async fn execute(url: &str, session: &mut Option<Session>, statement: &Statement) -> Result<(), sqlx::Error> {
    let Session {
        connection,
        copies_files,
    } = match live(session.take()).await {
        Some(live) => session.insert(live),
        None => session.insert(Session::open(url).await?),
    };
    let statement = statement.sql(*copies_files);
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

/// The same session, unless a test has ended it, or the server, meanwhile.
async fn live(session: Option<Session>) -> Option<Session> {
    let mut session = session?;
    session.connection.ping().await.ok().map(|()| session)
}

struct Session {
    connection: PgConnection,
    /// Whether databases are to be copied file by file. That takes two checkpoints, which are cheap where nothing waits
    /// for a disk; page by page, the default, is a multiple of the work.
    copies_files: bool,
}

impl Session {
    async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let mut connection = PgConnection::connect(url).await?;
        let waits_for_disks: bool = sqlx::query_scalar("SELECT current_setting('fsync')::boolean")
            .fetch_one(&mut connection)
            .await?;
        let has_strategies = connection
            .server_version_num()
            .is_some_and(|version| version >= FIRST_WITH_STRATEGIES);
        Ok(Self {
            connection,
            copies_files: has_strategies && !waits_for_disks,
        })
    }
}

impl Statement {
    fn sql(&self, copies_files: bool) -> String {
        match self {
            Self::Copy { template, name } if copies_files => {
                format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
            }
            Self::Copy { template, name } => format!("CREATE DATABASE {name} TEMPLATE {template}"),
            Self::Drop { name } => format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        }
    }
}
