use std::time::Duration;

use crate::cluster::{Cluster, TAKEOVER};
use crate::member::Work;
use crate::trials::trials;

trials! {
    another_process_takes_over_from_a_killed_subscriber,
    another_process_takes_over_from_a_killed_projection,
    another_process_takes_over_from_a_stopped_subscriber,
    another_process_takes_over_from_a_stopped_projection,
}

/// How many events a holder gets before something befalls it.
const EVENTS: usize = 30;

/// How many holders are killed, one after another.
const KILLS: u32 = 2;

async fn another_process_takes_over_from_a_killed_subscriber() {
    kill_holders(Work::Acknowledge).await;
}

async fn another_process_takes_over_from_a_killed_projection() {
    kill_holders(Work::Project).await;
}

async fn another_process_takes_over_from_a_stopped_subscriber() {
    stop_holder(Work::Acknowledge).await;
}

async fn another_process_takes_over_from_a_stopped_projection() {
    stop_holder(Work::Project).await;
}

/// Kills one holder after another; another process comes in the place of each.
async fn kill_holders(work: Work) {
    let mut cluster = Cluster::of(2, work).await;
    let takeovers = cluster
        .append_during(async |cluster| {
            let mut takeovers = Vec::new();
            let mut holder = cluster.holder_of(EVENTS).await;
            for _ in 0..KILLS {
                let (heir, takeover) = cluster.kill(&holder).await;
                takeovers.push(takeover);
                cluster.start();
                assert_ne!(heir, holder);
                holder = cluster.holder_of(EVENTS).await;
            }
            takeovers
        })
        .await;
    cluster.end().await;
    assert_soon(&takeovers);
}

/// A holder that does nothing for a while has lost the subscription, and does no harm when it goes on.
async fn stop_holder(work: Work) {
    let mut cluster = Cluster::of(2, work).await;
    let takeover = cluster
        .append_during(async |cluster| {
            let stopped = cluster.holder_of(EVENTS).await;
            cluster.pause(&stopped).await;
            let (_, takeover) = cluster.taken_over_from(&stopped).await;
            cluster.resume(&stopped);
            cluster.holder_of(EVENTS).await;
            takeover
        })
        .await;
    cluster.end().await;
    assert_soon(&[takeover]);
}

fn assert_soon(takeovers: &[Duration]) {
    println!("taken over within {takeovers:?}");
    assert!(takeovers.iter().all(|takeover| *takeover < TAKEOVER), "{takeovers:?}");
}
