mod attempts;
mod begin;
mod client;
mod connect;
mod incarnation;
mod manager;
mod pool;
mod room;
mod session;
mod steps;
mod transaction;
mod watch;

pub(crate) use attempts::{Attempts, exhausted, pause_after};
pub(crate) use begin::{Begin, Ending};
pub(crate) use client::Client;
pub(crate) use connect::{connect, connect_pooled, refuse_passing_session};
pub(crate) use incarnation::Incarnation;
pub(crate) use pool::Pool;
pub(crate) use room::Room;
pub(crate) use session::{Session, SessionConnection};
pub(crate) use steps::Steps;
pub use transaction::PostgresTransaction;
pub(crate) use watch::work_for_long;

use client::Pooled;
use manager::Manager;
use room::is_no_room;
