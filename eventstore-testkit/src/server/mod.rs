//! A throw-away PostgreSQL server from the binaries of this machine.
//!
//! [`LocalServer::start`] makes a cluster in a temporary directory and starts it on a free port of the loopback
//! interface; dropping the server stops it and removes the directory. A supervisor outside of this process does the
//! stopping, so that nothing is left over even when the process is killed.
//!
//! ```no_run
//! use eventstore_testkit::server::{Durability, LocalServer};
//!
//! let server = LocalServer::start(Durability::Relaxed)?;
//! println!("{}", server.url());
//! # Ok::<(), eventstore_testkit::server::ServerError>(())
//! ```
//!
//! This module needs Unix and nothing but the standard library.

mod account;
mod binaries;
mod durability;
mod error;
mod find;
mod local;
mod log_tail;
mod readiness;
mod supervisor;

pub use self::durability::Durability;
pub use self::error::ServerError;
pub use self::find::Server;
pub use self::local::LocalServer;
