//! The server that is measured, and what a measurement costs there.

mod facts;
mod process;
mod reading;
mod schema;
mod target;

pub(crate) use self::facts::ServerFacts;
pub(crate) use self::process::{CpuTime, peak_rss_mb, rss_mb, stands_in_memory};
pub(crate) use self::reading::{Reading, Usage};
pub(crate) use self::schema::Schema;
pub(crate) use self::target::TargetServer;
