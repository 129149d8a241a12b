mod attempts;
mod begin;
mod client;
mod connect;
mod incarnation;
mod manager;
mod pool;
mod session;
mod transaction;

pub(crate) use attempts::{Attempts, exhausted};
pub(crate) use begin::{Begin, Ending};
pub(crate) use client::Client;
pub(crate) use connect::{connect, connect_pooled};
pub(crate) use incarnation::Incarnation;
pub(crate) use pool::Pool;
pub(crate) use session::{Session, SessionConnection};
pub use transaction::PostgresTransaction;

use client::Pooled;
use manager::Manager;
