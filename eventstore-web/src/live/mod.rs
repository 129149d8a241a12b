//! What changes while pages are open.

mod monitor;
mod sample;
mod sse;

pub(crate) use monitor::Monitor;
pub(crate) use sse::live;
