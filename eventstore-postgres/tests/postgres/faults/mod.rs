//! What befalls subscriptions under load. Each case ends with the judgement of what was delivered against the log.

mod cuts;
mod failover;
mod group_cuts;
mod silence;
mod terminations;
mod traffic;
