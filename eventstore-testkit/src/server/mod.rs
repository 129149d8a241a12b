//! Throw-away PostgreSQL servers, from the binaries of this machine or in containers.
//!
//! [`Server::for_tests`] finds a server for a test run. [`LocalServer::start`] creates a cluster in a temporary directory
//! and starts it on a free port of the loopback interface; dropping the server stops it and removes the directory. A
//! supervisor process does the stopping, so nothing is left over even if this process is killed. The same holds for the
//! containers of `DockerServer`, which needs the feature `docker`.
//!
//! ```no_run
//! use eventstore_testkit::server::{Durability, LocalServer};
//!
//! let server = LocalServer::start(Durability::Relaxed)?;
//! println!("{}", server.url());
//! # Ok::<(), eventstore_testkit::server::ServerError>(())
//! ```
//!
//! [`PgBouncer::start`] puts a pooler in front of a server, in the same way.
//!
//! This module needs Unix and, without `DockerServer`, no runtime.

mod account;
mod binaries;
mod choice;
#[cfg(feature = "docker")]
mod docker;
mod durability;
mod error;
mod find;
mod local;
mod log_tail;
mod pgbouncer;
mod place;
mod readiness;
#[cfg(feature = "docker")]
mod remover;
mod secret;
mod supervisor;

#[cfg(feature = "docker")]
pub use self::docker::DockerServer;
pub use self::durability::Durability;
pub use self::error::ServerError;
pub use self::find::Server;
pub use self::local::LocalServer;
pub use self::pgbouncer::PgBouncer;
