//! Appending to several streams, all or nothing.

mod atomicity;
mod concurrency;
mod idempotent;
mod payloads;
mod refusals;

pub use atomicity::*;
pub use concurrency::*;
pub use idempotent::*;
pub use payloads::*;
pub use refusals::*;

use eventstore_core::{Append, AppendReceipt, AppendSet, ExpectedVersion, NewEvent, Result};

use super::Backend;
use super::sample::stream;

/// What to append to a stream of this name.
fn to(name: &str, expected: ExpectedVersion, events: Vec<NewEvent>) -> Append {
    Append::new(stream(name), expected, events).unwrap()
}

async fn append_set(store: &dyn Backend, appends: Vec<Append>) -> Result<Vec<AppendReceipt>> {
    store.append_set(AppendSet::new(appends)?).await
}

/// The receipts name positions that follow each other, after this many events, in whatever order.
fn assert_positions_are_contiguous<'a>(receipts: impl IntoIterator<Item = &'a AppendReceipt>, before: u32) {
    let mut ranges: Vec<_> = receipts
        .into_iter()
        .map(|receipt| (receipt.first_position, receipt.last_position))
        .collect();
    ranges.sort_unstable();
    let mut last = eventstore_core::Position::from(before);
    for (first_position, last_position) in &ranges {
        assert_eq!(*first_position, last.next(), "{ranges:?}");
        last = *last_position;
    }
}
