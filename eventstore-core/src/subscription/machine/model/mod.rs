//! Drives the machine through random histories of a simulated world, and judges it after each step.

mod checks;
mod effects;
mod step;
mod storage;
mod subscribers;
mod world;

use std::time::Duration;

use proptest::prelude::*;

use self::step::{settings, step};
use self::world::World;
use super::tests::table::size;
use crate::SubscriptionSettings;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Behaviours: R8.45, R8.46, T12.
    #[test]
    fn keeps_its_contract_through_any_history(
        (settings, partitions, fences) in (settings(), 0..4_u32, any::<bool>()),
        steps in prop::collection::vec(step(), 1..250),
    ) {
        World::new(settings, partitions, fences).live_through(steps);
    }
}

/// Behaviours: T43, T44.
#[test]
fn its_work_grows_no_faster_than_the_number_of_events() {
    for partitions in [0, 100] {
        for batch in [1, 100] {
            let (few, many) = (
                effects_for(2_000, partitions, batch),
                effects_for(20_000, partitions, batch),
            );
            assert!(many <= few * 11, "{few} effects became {many}");
            assert!(many <= 3 * 20_000 / batch + 1_000, "{many} effects");
        }
    }
}

/// How many effects it takes to deliver that many events, acknowledged `batch` at a time.
fn effects_for(events: u32, partitions: u32, batch: usize) -> usize {
    let settings = SubscriptionSettings {
        concurrency_limit: size(1 + partitions.min(1)),
        poll_interval: Duration::from_secs(30),
        ..SubscriptionSettings::default()
    };
    let mut world = World::new(settings, partitions, true);
    world.append(events);
    while !world.is_done() {
        world.answer_everything();
        for _ in 0..100 / batch {
            world.acknowledge_first(batch);
        }
    }
    world.effects
}
