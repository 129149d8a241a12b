//! Keys that last: in a vault, and in the memory of each process for as long as no subject was forgotten since.

mod cache;
mod keeper;
mod keys;

pub use keys::DurableKeys;

use cache::Cache;
use keeper::{Keeper, Request, Work};
