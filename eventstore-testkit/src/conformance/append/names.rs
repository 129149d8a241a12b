use eventstore_core::{StreamName, StreamSelector};

use crate::conformance::Harness;
use crate::conformance::sample::{read_whole, stream, stream_of};

/// Names with any characters are streams of their own.
///
/// Behaviours: R1.1, R1.2.
pub async fn accepts_any_stream_name(harness: &dyn Harness) {
    let store = harness.store();
    let names = [
        "",
        " ",
        "a,b:c",
        "x,1,2,3",
        "%",
        "_",
        "%_%",
        "'\"\\",
        "Größe/配列 🇪🇺",
        "\n\t",
        "all",
        "$ALL",
    ];
    for name in names {
        stream_of(&*store, name, 2).await;
    }
    for name in names {
        let stored = read_whole(&*store, stream(name)).await;
        assert_eq!(stored.len(), 2, "{name:?}");
        assert!(stored.iter().all(|event| event.stream.as_str() == name), "{name:?}");
    }
    assert_eq!(read_whole(&*store, StreamSelector::All).await.len(), 2 * names.len());
}

/// Names that differ in case are different streams.
///
/// Behaviours: R1.1.
pub async fn tells_stream_names_apart_by_case(harness: &dyn Harness) {
    let store = harness.store();
    let (lower, upper) = (
        stream_of(&*store, "order", 1).await,
        stream_of(&*store, "Order", 2).await,
    );
    assert_eq!(read_whole(&*store, lower).await.len(), 1);
    assert_eq!(read_whole(&*store, upper).await.len(), 2);
}

/// The longest name works.
///
/// Behaviours: R1.4, T32.
pub async fn accepts_the_longest_stream_name(harness: &dyn Harness) {
    let store = harness.store();
    // Names that compress badly take the most room in an index.
    let digits = (0_u32..).flat_map(|n| format!("{:x}", n.wrapping_mul(0x9E37_79B1)).into_bytes());
    let name: String = digits.take(StreamName::MAX_BYTES).map(char::from).collect();
    let target = stream_of(&*store, &name, 1).await;
    assert_eq!(read_whole(&*store, target).await.len(), 1);
}
