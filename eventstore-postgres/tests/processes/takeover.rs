use std::time::Duration;

use crate::cluster::{Cluster, TAKEOVER};
use crate::trials::trials;

trials! {
    one_of_two_takes_over_from_a_killed_holder,
    one_of_three_takes_over_from_a_killed_holder,
    a_stopped_holder_is_taken_over_from,
}

/// How many events a holder gets before something befalls it.
const EVENTS: usize = 50;

/// How many holders are killed, one after another.
const KILLS: u32 = 2;

/// Behaviours: R8.62, R8.64, R15.6.
async fn one_of_two_takes_over_from_a_killed_holder() {
    kill_holders(2, 1).await;
}

/// Behaviours: R8.62, R8.64, R15.6.
async fn one_of_three_takes_over_from_a_killed_holder() {
    kill_holders(3, 2).await;
}

/// A holder that does nothing for a while has lost the subscription, and does no harm when it goes on. A server before
/// `PostgreSQL` 14 lets it keep the subscription.
///
/// Behaviours: R8.65, R8.66, T14.
async fn a_stopped_holder_is_taken_over_from() {
    let mut cluster = Cluster::of(2, 2).await;
    let takeover = cluster
        .append_during(async |cluster| {
            let stopped = cluster.holder_other_than("").await;
            cluster.until_delivered(&stopped, EVENTS).await;
            cluster.pause(&stopped);
            let takeover = if cluster.ends_silent_sessions().await {
                cluster.taken_over_from(&stopped).await
            } else {
                Duration::ZERO
            };
            cluster.resume(&stopped);
            let holder = cluster.holder_other_than("").await;
            cluster.until_delivered(&holder, EVENTS).await;
            takeover
        })
        .await;
    cluster.end().await;
    assert_soon(&[takeover]);
}

/// Kills one holder after another; another process comes in the place of each.
async fn kill_holders(members: u32, consumers: u32) {
    let mut cluster = Cluster::of(members, consumers).await;
    let takeovers = cluster
        .append_during(async |cluster| {
            let mut takeovers = Vec::new();
            let mut holder = cluster.holder_other_than("").await;
            for _ in 0..KILLS {
                cluster.until_delivered(&holder, EVENTS).await;
                takeovers.push(cluster.kill(&holder).await);
                holder = cluster.holder_other_than(&holder).await;
                cluster.start();
            }
            cluster.until_delivered(&holder, EVENTS).await;
            takeovers
        })
        .await;
    cluster.end().await;
    assert_soon(&takeovers);
}

fn assert_soon(takeovers: &[Duration]) {
    println!("taken over within {takeovers:?}");
    assert!(takeovers.iter().all(|takeover| *takeover < TAKEOVER), "{takeovers:?}");
}
