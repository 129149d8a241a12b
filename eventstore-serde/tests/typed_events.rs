//! What an enum can be, and what becomes of events that it does not know or that were written in another version.
#![cfg(feature = "json")]
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;

use eventstore_core::EventFilter;
use eventstore_serde::{Decoded, EventCodec, Json, SerdeError, Serializer, VersionPlace};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::support::{recorded, stored};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Account {
    Opened { owner: String },
    Deposited(Money),
    Moved(u64, String),
    Closed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Money {
    cents: u64,
    currency: String,
}

fn euros(cents: u64) -> Account {
    Account::Deposited(Money {
        cents,
        currency: "EUR".to_owned(),
    })
}

fn cause(error: &SerdeError) -> &SerdeError {
    match error {
        SerdeError::Event { source, .. } => source,
        other => panic!("{other:?} names no event"),
    }
}

/// Behaviours: R1.32, R14.2.
#[test]
fn the_name_of_the_variant_is_the_type_and_its_content_the_data() {
    let codec = EventCodec::new(Json);
    let opened = Account::Opened {
        owner: "Ada".to_owned(),
    };
    for (event, event_type, data) in [
        (opened, "Opened", r#"{"owner":"Ada"}"#),
        (euros(5), "Deposited", r#"{"cents":5,"currency":"EUR"}"#),
        (Account::Moved(5, "savings".to_owned()), "Moved", r#"[5,"savings"]"#),
        (Account::Closed, "Closed", "{}"),
    ] {
        let new = codec.encode(&event).unwrap();
        assert_eq!((new.event_type.as_str(), &new.data[..]), (event_type, data.as_bytes()));
        assert_eq!(codec.decode(&stored(&new)).unwrap(), Decoded::Event(event));
    }
}

/// Behaviours: R14.5, T4.
#[test]
fn an_unknown_type_is_a_value_or_an_error_as_the_caller_likes() {
    let codec = EventCodec::<Account, _>::new(Json);
    let unknown = recorded("Frozen", b"no JSON", None);
    assert_eq!(codec.decode(&unknown).unwrap(), Decoded::Unknown);
    let error = codec.decode_known(&unknown).unwrap_err();
    assert!(
        matches!(cause(&error), SerdeError::UnknownEventType { event_type, .. } if event_type == "Frozen"),
        "{error:?}"
    );
}

#[test]
fn a_catch_all_variant_takes_what_is_unknown() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Known {
        Opened {
            owner: String,
        },
        #[serde(other)]
        SomethingElse,
    }

    let codec = EventCodec::new(Json);
    for data in [&b"{\"a\":1}"[..], b"no JSON", b""] {
        let event = recorded("Frozen", data, None);
        assert_eq!(codec.decode(&event).unwrap(), Decoded::Event(Known::SomethingElse));
    }
}

#[test]
fn an_alias_and_an_enum_in_a_struct_of_one_field_will_do() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Renamed {
        #[serde(alias = "Opened")]
        AccountOpened { owner: String },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Around(Renamed);

    let codec = EventCodec::new(Json);
    let event = Around(Renamed::AccountOpened {
        owner: "Ada".to_owned(),
    });
    let new = codec.encode(&event).unwrap();
    assert_eq!(new.event_type.as_str(), "account_opened");
    let old = recorded("Opened", &new.data, None);
    assert_eq!(codec.decode_known(&old).unwrap(), event);
}

#[test]
fn what_names_no_variant_is_refused_both_ways() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(tag = "type")]
    enum InternallyTagged {
        Opened,
    }

    #[derive(Debug, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Opened { owner: String },
    }

    fn assert_refused<E: Serialize + DeserializeOwned + std::fmt::Debug>(value: &E) {
        let codec = EventCodec::<E, _>::new(Json);
        let error = codec.encode(value).unwrap_err();
        assert!(matches!(error, SerdeError::NotAnEnum { .. }), "{error:?}");
        let error = codec.decode(&recorded("Opened", b"{}", None)).unwrap_err();
        assert!(matches!(cause(&error), SerdeError::NotAnEnum { .. }), "{error:?}");
    }

    assert_refused(&InternallyTagged::Opened);
    assert_refused(&Untagged::Opened {
        owner: "Ada".to_owned(),
    });
    assert_refused(&Money {
        cents: 1,
        currency: "EUR".to_owned(),
    });
    assert_refused(&Some(Account::Closed));
    assert_refused(&7);
    assert_refused(&"Opened".to_owned());
    assert_refused(&vec![1]);
    assert_refused(&(1, 2));
    assert_refused(&BTreeMap::from([("Opened".to_owned(), 1)]));
    assert_refused(&());
}

#[test]
fn a_name_that_is_no_event_type_is_refused() {
    #[derive(Serialize)]
    enum Odd {
        #[serde(rename = "a\0b")]
        Nul,
    }

    let error = EventCodec::new(Json).encode(&Odd::Nul).unwrap_err();
    assert!(matches!(error, SerdeError::InvalidEventType(_)), "{error:?}");
    let error = eventstore_core::Error::from(error);
    assert!(
        matches!(
            error,
            eventstore_core::Error::InvalidInput {
                argument: "event type",
                ..
            }
        ),
        "{error:?}"
    );
}

/// Behaviours: R14.3.
#[test]
fn a_prefix_stands_before_every_type() {
    let codec = EventCodec::new(Json).with_type_prefix("Elixir.Bank.");
    let new = codec.encode(&Account::Closed).unwrap();
    assert_eq!(new.event_type.as_str(), "Elixir.Bank.Closed");
    assert_eq!(codec.decode_known(&stored(&new)).unwrap(), Account::Closed);
    let elsewhere = recorded("Closed", b"{}", None);
    assert_eq!(codec.decode(&elsewhere).unwrap(), Decoded::Unknown);
}

/// Money was once a number, then an amount without a currency.
fn with_upcasters(codec: EventCodec<Account, Json>) -> EventCodec<Account, Json> {
    #[derive(Deserialize, Serialize)]
    struct MoneyV2 {
        cents: u64,
    }

    codec
        .upcast("Deposited", 1, |cents: Value| Ok(json!({ "cents": cents })))
        .upcast("Deposited", 2, |old: MoneyV2| {
            Ok(Money {
                cents: old.cents,
                currency: "EUR".to_owned(),
            })
        })
}

#[test]
fn what_older_versions_wrote_is_read_step_by_step() {
    let codec = with_upcasters(EventCodec::new(Json).with_version_in(VersionPlace::TypeSuffix(".v")));
    for (event_type, data) in [
        ("Deposited", &b"5"[..]),
        ("Deposited.v1", b"5"),
        ("Deposited.v2", b"{\"cents\":5}"),
        ("Deposited.v3", b"{\"cents\":5,\"currency\":\"EUR\"}"),
    ] {
        let event = recorded(event_type, data, None);
        assert_eq!(codec.decode_known(&event).unwrap(), euros(5), "{event_type}");
    }
    assert_eq!(codec.encode(&euros(5)).unwrap().event_type.as_str(), "Deposited.v3");
    assert_eq!(codec.encode(&Account::Closed).unwrap().event_type.as_str(), "Closed");
}

#[test]
fn the_version_can_stand_in_the_metadata() {
    let codec = with_upcasters(EventCodec::new(Json).with_version_in(VersionPlace::Metadata("schema")));
    for (metadata, data) in [
        (None, &b"5"[..]),
        (Some(&b"null"[..]), b"5"),
        (Some(b"{\"by\":[\"somebody\"]}"), b"5"),
        (Some(b"{\"schema\":1}"), b"5"),
        (Some(b"{\"a\":{},\"schema\":2,\"b\":[]}"), b"{\"cents\":5}"),
    ] {
        let event = recorded("Deposited", data, metadata);
        assert_eq!(codec.decode_known(&event).unwrap(), euros(5), "{metadata:?}");
    }

    let new = codec.encode(&euros(5)).unwrap();
    assert_eq!(new.event_type.as_str(), "Deposited");
    assert_eq!(new.metadata.as_deref(), Some(&b"{\"schema\":3}"[..]));
    assert_eq!(codec.decode_known(&stored(&new)).unwrap(), euros(5));

    let metadata = BTreeMap::from([("by", "somebody")]);
    let new = codec.encode_with(&euros(5), Some(&metadata)).unwrap();
    let both: Value = Json.metadata(&stored(&new)).unwrap().unwrap();
    assert_eq!(both, json!({"by": "somebody", "schema": 3}));
    let closed = codec.encode_with(&Account::Closed, Some(&metadata)).unwrap();
    assert_eq!(closed.metadata.as_deref(), Some(&b"{\"by\":\"somebody\"}"[..]));
}

#[test]
fn a_version_that_no_step_leads_on_from_is_an_error() {
    let gap = EventCodec::<Account, _>::new(Json).upcast("Deposited", 2, |old: Value| Ok(old));
    let error = gap.decode(&recorded("Deposited", b"5", None)).unwrap_err();
    assert!(
        matches!(
            cause(&error),
            SerdeError::MissingUpcaster {
                version: 1,
                newest: 3,
                ..
            }
        ),
        "{error:?}"
    );
    let newer = recorded("Deposited", b"5", Some(b"{\"$version\":4}"));
    let error = gap.decode(&newer).unwrap_err();
    assert!(
        matches!(
            cause(&error),
            SerdeError::NewerVersion {
                version: 4,
                newest: 3,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_step_that_refuses_is_named_with_its_reason() {
    let codec =
        EventCodec::<Account, _>::new(Json).upcast("Deposited", 1, |_: u64| Err::<Value, _>("no currency".into()));
    let refused = codec.decode(&recorded("Deposited", b"5", None)).unwrap_err();
    let upcast = cause(&refused);
    assert!(matches!(upcast, SerdeError::Upcast { version: 1, .. }), "{refused:?}");
    assert_eq!(upcast.source().unwrap().to_string(), "no currency");
    let unreadable = codec.decode(&recorded("Deposited", b"no JSON", None)).unwrap_err();
    assert!(
        matches!(cause(&unreadable), SerdeError::Upcast { .. }),
        "{unreadable:?}"
    );
}

#[test]
fn a_type_without_upcasters_may_look_as_if_it_had_a_version() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Reports {
        #[serde(rename = "Report.v2")]
        Second,
    }

    let codec = EventCodec::new(Json).with_version_in(VersionPlace::TypeSuffix(".v"));
    let new = codec.encode(&Reports::Second).unwrap();
    assert_eq!(codec.decode_known(&stored(&new)).unwrap(), Reports::Second);
}

/// A new version of a type is let through by the filters that let the first one through.
#[test]
fn a_new_version_keeps_the_type() {
    let first = EventCodec::<Account, _>::new(Json);
    let filter = EventFilter::default().with_event_types(["Deposited"]).unwrap();
    for codec in [first.clone(), with_upcasters(first)] {
        let event = stored(&codec.encode(&euros(5)).unwrap());
        assert!(filter.matches(&event), "{event:?}");
        assert_eq!(codec.decode_known(&event).unwrap(), euros(5));
    }
}

#[test]
fn a_codec_tells_the_types_that_its_events_are_stored_as() {
    let types = |codec: &EventCodec<Account, Json>| -> Vec<_> {
        let types = codec.stored_types().unwrap().into_iter();
        types.map(|event_type| event_type.to_string()).collect()
    };
    let plain = ["Closed", "Deposited", "Moved", "Opened"];
    assert_eq!(types(&EventCodec::new(Json)), plain);
    let upcasting = with_upcasters(EventCodec::new(Json));
    assert_eq!(types(&upcasting), plain);
    let by_type = upcasting.clone().with_version_in(VersionPlace::TypeSuffix(".v"));
    let versions = ["Closed", "Deposited", "Deposited.v2", "Deposited.v3", "Moved", "Opened"];
    assert_eq!(types(&by_type), versions);
    for codec in [upcasting, by_type] {
        let filter = EventFilter::default()
            .with_event_types(codec.stored_types().unwrap())
            .unwrap();
        assert!(filter.matches(&stored(&codec.encode(&euros(5)).unwrap())));
    }
    let prefixed = EventCodec::new(Json).with_type_prefix("Elixir.Bank.");
    assert_eq!(types(&prefixed)[0], "Elixir.Bank.Closed");
    let error = EventCodec::<Money, _>::new(Json).stored_types().unwrap_err();
    assert!(matches!(error, SerdeError::NotAnEnum { .. }), "{error:?}");
}

#[test]
fn a_former_name_is_among_the_stored_types() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Renamed {
        #[serde(alias = "Opened")]
        AccountOpened { owner: String },
    }

    let types = EventCodec::<Renamed, _>::new(Json).stored_types().unwrap();
    let expected = ["AccountOpened", "Opened"].map(|name| name.parse().unwrap());
    assert_eq!(types, BTreeSet::from(expected));
}

/// A program that is older than an event does not take it for one of the version that it knows.
#[test]
fn a_version_of_a_newer_program_is_an_error_unless_the_type_is_unknown() {
    let codec = EventCodec::<Account, _>::new(Json);
    let second = Some(&b"{\"$version\":2}"[..]);
    let error = codec.decode(&recorded("Closed", b"{}", second)).unwrap_err();
    assert!(
        matches!(
            cause(&error),
            SerdeError::NewerVersion {
                version: 2,
                newest: 1,
                ..
            }
        ),
        "{error:?}"
    );
    let unknown = codec.decode(&recorded("Frozen", b"{}", second)).unwrap();
    assert_eq!(unknown, Decoded::Unknown);
    let no_map = recorded("Closed", b"{}", Some(&b"[1]"[..]));
    assert_eq!(codec.decode(&no_map).unwrap(), Decoded::Event(Account::Closed));
}
