//! The builds of managed projections. A change of builds holds the row of their projection until its transaction ends.

mod change;
mod list;
mod locked;
mod row;
mod tables;

use locked::LockedProjection;
use row::{bind, decode};
