//! A proxy between a client and a PostgreSQL server that injects network failures on demand.
//!
//! [`Proxy`] passes on whole protocol messages in both directions, over any number of connections, and counts them. A
//! test can therefore cut a connection at each message of an operation in turn:
//!
//! ```no_run
//! use eventstore_testkit::proxy::{Proxy, Side};
//!
//! # async fn test() -> std::io::Result<()> {
//! let proxy = Proxy::start("postgres://postgres@localhost/test").await?;
//! // … connect to proxy.url(), so that only the operation is hit …
//! proxy.cut_before(Side::Server, 1);
//! // … the operation: the server does it, but its answer is lost.
//! assert_eq!(proxy.counts().client_messages, 5);
//! # Ok(())
//! # }
//! ```
//!
//! Connections are not encrypted: the proxy itself answers that the server does not offer encryption.

mod connection;
mod counts;
mod faults;
mod messages;
#[expect(clippy::module_inception, reason = "the main type of the module")]
mod proxy;
mod server;
mod side;
#[cfg(test)]
mod tests;

pub use self::counts::Counts;
pub use self::proxy::Proxy;
pub use self::side::Side;
