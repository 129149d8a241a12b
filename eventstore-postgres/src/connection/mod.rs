mod connect;
mod pool;

pub(crate) use connect::connect;
pub(crate) use pool::{Client, Pool};
