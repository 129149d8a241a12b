use eventstore_postgres::Layout;
use eventstore_testkit::history::{Recorder, Watched};

use super::traffic::{Consumer, settings, write};
use crate::support::{Fixture, in_both_layouts};

in_both_layouts! {
    the_loss_of_pooled_connections_costs_no_event,
    the_loss_of_the_listening_connection_costs_no_event,
    the_loss_of_the_connection_that_holds_the_locks_costs_no_event,
}

/// The name of the subscription.
const NAME: &str = "invoices";

const APPENDS: usize = 120;

/// After how many acknowledged events the connection is ended, each time.
const STEP: u32 = 20;

/// How often it is.
const TERMINATIONS: u32 = 6;

/// Behaviours: R15.1, T17.
async fn the_loss_of_pooled_connections_costs_no_event(layout: Layout) {
    terminate_again_and_again(layout, "pool").await;
}

/// Behaviours: R8.73, R9.10, T21.
async fn the_loss_of_the_listening_connection_costs_no_event(layout: Layout) {
    terminate_again_and_again(layout, "listener").await;
}

/// Behaviours: R8.65, R8.66, T19.
async fn the_loss_of_the_connection_that_holds_the_locks_costs_no_event(layout: Layout) {
    terminate_again_and_again(layout, "locks").await;
}

/// Ends the connection for this purpose while events are appended and consumed.
async fn terminate_again_and_again(layout: Layout, purpose: &str) {
    let (fixture, recorder) = (Fixture::of(layout).await, Recorder::in_memory());
    let writer = tokio::spawn(write(recorder.clone(), fixture.store.clone(), APPENDS));
    let mut consumer = Consumer::start(&recorder, &fixture.store, NAME, settings());
    for number in 1..=TERMINATIONS {
        consumer.until_acknowledged((number * STEP).into()).await;
        fixture.look_at_checkpoint(&recorder, NAME).await;
        recorder.fault(format!("{purpose} terminated"));
        fixture.terminate(purpose).await;
    }
    writer.await.unwrap();
    // Nothing is appended any more.
    consumer.until_stored(fixture.head().await).await;
    consumer.stop().await;
    fixture.look_at_checkpoint(&recorder, NAME).await;
    fixture.judge(&recorder, &[Watched::all(NAME)]).await;
}
