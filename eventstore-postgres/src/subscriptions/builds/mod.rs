//! The builds of managed projections. Whoever changes builds holds the row of their projection until the transaction ends.

mod change;
mod list;
mod locked;
mod row;
mod tables;

use locked::LockedProjection;
use row::{bind, decode};
