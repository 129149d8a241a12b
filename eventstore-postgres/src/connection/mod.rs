mod attempts;
mod client;
mod connect;
mod manager;
mod pool;
mod session;

pub(crate) use attempts::{Attempts, exhausted};
pub(crate) use client::Client;
pub(crate) use connect::{connect, connect_pooled};
pub(crate) use pool::Pool;
pub(crate) use session::{Session, SessionConnection};

use client::Pooled;
use manager::Manager;
