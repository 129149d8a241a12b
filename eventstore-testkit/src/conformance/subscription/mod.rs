//! Subscriptions as the driver runs them on the backend.

mod acknowledgement;
mod catch_up;
mod deletions;
mod delivery;
mod faults;
mod links;
mod restart;
mod subscriber;

pub use acknowledgement::*;
pub use catch_up::*;
pub use deletions::*;
pub use delivery::*;
pub use faults::*;
pub use links::*;
pub use restart::*;

use subscriber::{Subscriber, settings, subscribe};
