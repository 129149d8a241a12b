//! Enums in and out of real stores, those of the other library among them.

use std::sync::Arc;

use eventstore_core::{
    Direction, Error, EventReaderExt, ExpectedVersion, Read, RecordedEvent, SnapshotStore, StreamName,
};
use eventstore_postgres::{DataType, Layout};
use eventstore_serde::{
    Decoded, Encryption, EventCodec, Json, Jsonb, KeyRing, MessagePack, Serializer, TypedStore, Zstd,
};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};

use crate::original_data::loaded;
use crate::support::{Fixture, in_both_layouts, with_both_types};

with_both_types! {
    what_the_other_library_wrote_is_read_as_an_enum,
    what_is_written_looks_like_what_the_other_library_wrote,
}

in_both_layouts! {
    a_serializer_that_does_not_fit_the_columns_is_refused_at_the_start,
    layers_go_into_columns_of_bytes,
}

/// What the data of the other library contain.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Package {
    StatusChanged {
        arch: String,
        at: String,
        package: String,
        status: String,
        version: String,
    },
    ActionStarted {
        action: String,
        arch: String,
        at: String,
        from: String,
        package: String,
        to: String,
    },
    TriggerProcessed {
        arch: String,
        at: String,
        package: String,
        version: String,
    },
    Inventory {
        count: u64,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inventory {
    count: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Metadata {
    source: Option<String>,
    run: Option<u64>,
}

fn packages() -> EventCodec<Package, Json> {
    EventCodec::new(Json).with_type_prefix("Elixir.Package.")
}

fn name(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

/// Behaviours: R14.1, R14.2, R14.3, R14.4, R14.6.
async fn what_the_other_library_wrote_is_read_as_an_enum(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let store = TypedStore::new(Arc::new(fixture.store.clone()), packages()).unwrap();
    let events: Vec<_> = store.read(Read::all()).try_collect().await.unwrap();
    let count = |is: fn(&Package) -> bool| {
        let decoded = events.iter().filter(|event| match &event.event {
            Decoded::Event(event) => is(event),
            other => panic!("{other:?}"),
        });
        decoded.count()
    };
    assert_eq!(count(|event| matches!(event, Package::StatusChanged { .. })), 4276);
    assert_eq!(count(|event| matches!(event, Package::ActionStarted { .. })), 1624);
    assert_eq!(count(|event| matches!(event, Package::Inventory { .. })), 1211);
    assert_eq!(count(|event| matches!(event, Package::TriggerProcessed { .. })), 38);

    let metadata = |event: &RecordedEvent| Json.metadata::<Metadata>(event).unwrap();
    let missing = events.iter().filter(|event| metadata(&event.recorded).is_none());
    assert_eq!(missing.count(), 1978);
    let by_package_manager = Metadata {
        source: Some("dpkg".to_owned()),
        run: Some(0),
    };
    assert!(
        events
            .iter()
            .any(|event| metadata(&event.recorded).as_ref() == Some(&by_package_manager))
    );

    let snapshot = fixture.store.read_snapshot(&name("inventory,eu-west,1")).await.unwrap();
    let state: Inventory = Json.state(&snapshot.unwrap()).unwrap();
    assert_eq!(state, Inventory { count: 1200 });
}

/// Behaviours: R1.32, R14.3, R14.4.
async fn what_is_written_looks_like_what_the_other_library_wrote(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let store = TypedStore::new(Arc::new(fixture.store.clone()), packages()).unwrap();
    let stream = name("inventory,eu-west,1");
    let counted = [Package::Inventory { count: 1 }];
    store
        .append(stream.clone(), ExpectedVersion::Any, &counted)
        .await
        .unwrap();
    let as_text = "SELECT event_type, data::text, metadata::text FROM events
                   WHERE event_type LIKE '%Inventory' ORDER BY created_at";
    let rows: Vec<(String, String, Option<String>)> = sqlx::query_as(as_text)
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap();
    let (theirs, ours) = (rows.first().unwrap(), rows.last().unwrap());
    assert_eq!(ours.0, theirs.0);
    let (data, missing) = match data_type {
        DataType::Bytea => (hex(br#"{"count":1}"#), Some(hex(b"null"))),
        _ => (r#"{"count": 1}"#.to_owned(), None),
    };
    assert_eq!((&ours.1, &ours.2), (&data, &missing));
    let events: Vec<_> = fixture
        .store
        .numbered(Read::new(stream).with_direction(Direction::Backward).with_limit(1))
        .try_collect()
        .await
        .unwrap();
    assert_eq!(packages().decode_known(&events[0]).unwrap(), counted[0]);
}

/// As the server shows bytes.
fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold("\\x".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}

async fn stores(layout: Layout) -> [Fixture; 2] {
    [
        Fixture::of_kind(layout, DataType::Bytea).await,
        Fixture::of_kind(layout, DataType::Jsonb).await,
    ]
}

fn fits(fixture: &Fixture, serializer: impl Serializer) -> bool {
    let typed = TypedStore::new(
        Arc::new(fixture.store.clone()),
        EventCodec::<Package, _>::new(serializer),
    );
    match typed.map_err(Error::from) {
        Ok(_) => true,
        Err(Error::InvalidInput { argument, .. }) => {
            assert_eq!(argument, "serializer");
            false
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// Behaviours: R14.3.
async fn a_serializer_that_does_not_fit_the_columns_is_refused_at_the_start(layout: Layout) {
    let [bytea, jsonb] = stores(layout).await;
    assert!(fits(&bytea, Json) && fits(&jsonb, Json));
    assert!(!fits(&bytea, Jsonb) && fits(&jsonb, Jsonb));
    assert!(fits(&bytea, MessagePack) && !fits(&jsonb, MessagePack));
    let compressed = || Json.with_layer(Zstd::default());
    assert!(fits(&bytea, compressed()) && !fits(&jsonb, compressed()));

    let mut session = jsonb.session().await;
    let on_connection = jsonb.store.on(&mut session);
    assert!(MessagePack.check_storage(&on_connection).is_err());
    assert!(Json.check_storage(&on_connection).is_ok());
}

/// What is exported as bytes is encrypted too: forgetting a subject erases it wherever there is a copy.
async fn layers_go_into_columns_of_bytes(layout: Layout) {
    let fixture = Fixture::of_kind(layout, DataType::Bytea).await;
    let keys = Arc::new(KeyRing::new());
    keys.rotate("subject").unwrap();
    let layered = MessagePack
        .with_layer(Zstd::default().with_min_size(0))
        .with_layer(Encryption::new(Arc::clone(&keys)));
    let codec = EventCodec::new(layered);
    let store = TypedStore::new(Arc::new(fixture.store.clone()), codec.for_subject("subject")).unwrap();
    let counted = |count| Package::Inventory { count };
    let stream = name("s");
    store
        .append(stream.clone(), ExpectedVersion::NoStream, &[counted(1), counted(2)])
        .await
        .unwrap();
    let exported: Vec<_> = store.read(Read::new(stream)).try_collect().await.unwrap();
    let decoded: Vec<_> = exported.iter().map(|event| &event.event).collect();
    assert_eq!(decoded, [&Decoded::Event(counted(1)), &Decoded::Event(counted(2))]);

    keys.forget("subject");
    for event in exported {
        let again = codec.decode(&event.recorded).unwrap();
        assert!(matches!(again, Decoded::Erased { subject } if subject == "subject"));
    }
}
