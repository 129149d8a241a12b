use crate::cluster::Cluster;
use crate::trials::trials;

trials! {
    a_subscription_that_is_deleted_while_a_process_runs_it_begins_anew,
}

/// How many events a holder gets before and after.
const EVENTS: usize = 50;

/// Behaviours: R8.51, R8.52, T15.
async fn a_subscription_that_is_deleted_while_a_process_runs_it_begins_anew() {
    let mut cluster = Cluster::of(2, 1).await;
    cluster
        .append_during(async |cluster| {
            let holder = cluster.holder_other_than("").await;
            cluster.until_delivered(&holder, EVENTS).await;
            cluster.delete_subscription().await;
            // Either process may begin it again.
            cluster.until_delivered_to_any(EVENTS).await;
        })
        .await;
    cluster.end().await;
}
