//! Subscriptions as the driver runs them on the backend.

mod acknowledgement;
mod catch_up;
mod closing;
mod deletions;
mod delivery;
mod faults;
mod forged_hints;
mod hand_over;
mod links;
mod parking;
mod partitions;
mod refusals;
mod restart;
mod selection;
mod sharing;
mod subscriber;
mod transient;
mod waiting;

pub use acknowledgement::*;
pub use catch_up::*;
pub use closing::*;
pub use deletions::*;
pub use delivery::*;
pub use faults::*;
pub use forged_hints::*;
pub use hand_over::*;
pub use links::*;
pub use parking::*;
pub use partitions::*;
pub use refusals::*;
pub use restart::*;
pub use selection::*;
pub use sharing::*;
pub use transient::*;
pub use waiting::*;

use subscriber::{Subscriber, request, settings, subscribe};
