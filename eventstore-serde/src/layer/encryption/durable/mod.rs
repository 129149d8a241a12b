//! Durable keys: stored in a vault, and held in the memory of each process while the vault confirms that their subject was not
//! forgotten.

mod cache;
mod keeper;
mod keys;

pub use keys::DurableKeys;

use cache::Cache;
use keeper::{Keeper, Request, Work};
