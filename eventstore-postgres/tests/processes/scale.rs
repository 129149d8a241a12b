use std::env;

/// How many faults `cargo xtask soak` asks for.
const COUNT: &str = "EVENTSTORE_FAULTS_COUNT";

/// How many faults a test injects: a few, unless it is to go on at length.
pub(crate) fn faults(few: u32) -> u32 {
    env::var(COUNT).map_or(few, |count| count.parse().unwrap())
}

/// How many deliveries it asks for, in the test of groups.
const DELIVERIES: &str = "EVENTSTORE_DELIVERIES_COUNT";

/// How many events are delivered at least: a few, unless it is to go on at length.
pub(crate) fn deliveries(few: usize) -> usize {
    env::var(DELIVERIES).map_or(few, |count| count.parse().unwrap())
}
