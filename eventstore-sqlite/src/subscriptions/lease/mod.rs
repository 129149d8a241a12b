//! Decides which process runs a subscription: a lease is a row with an epoch and a time by the machine's clock, which one task of each
//! store renews.

mod acquiring;
mod clock;
mod command;
mod held_lease;
mod hold;
mod holdings;
mod keeper;
mod leases;
mod memberships;
mod renewing;
mod taken;

pub(crate) use clock::Clock;
pub(crate) use leases::Leases;

pub(super) use clock::millis;
pub(super) use memberships::Memberships;

use acquiring::{Given, LeaseRow, give};
use command::{Acquisition, Command, Release, Watching};
use held_lease::HeldLease;
use hold::Hold;
use holdings::{Holdings, INTERVAL};
use keeper::Keeper;
use renewing::{Renewal, give_back, renew};
use taken::{extend_memberships, find_partitions_among, take_place_of_groups};
