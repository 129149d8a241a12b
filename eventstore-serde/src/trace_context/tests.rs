use eventstore_core::Error;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn traceparent(text: &str) -> Result<String, &'static str> {
    match TraceContext::new(text, None) {
        Ok(context) => Ok(context.traceparent()),
        Err(InvalidTraceContext::Traceparent(reason)) => Err(reason),
        Err(other) => panic!("{other}"),
    }
}

fn tracestate(text: &str) -> Result<Option<String>, &'static str> {
    match TraceContext::new(TRACEPARENT, Some(text)) {
        Ok(context) => Ok(context.tracestate().map(str::to_owned)),
        Err(InvalidTraceContext::Tracestate(reason)) => Err(reason),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn the_fields_of_a_traceparent_are_read() {
    let context = TraceContext::new(TRACEPARENT, None).unwrap();
    assert_eq!(context.trace_id(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
    assert_eq!(context.parent_id(), 0x00f0_67aa_0ba9_02b7);
    assert!(context.is_sampled());
    assert_eq!(context.traceparent(), TRACEPARENT);
}

#[test]
fn all_flags_of_version_00_are_kept() {
    let random = TRACEPARENT.replace("-01", "-02");
    assert_eq!(traceparent(&random).as_ref(), Ok(&random));
    assert!(!TraceContext::new(&random, None).unwrap().is_sampled());
}

#[test]
fn a_later_version_is_read_as_far_as_it_is_known() {
    for (flags, rest) in [("01", ""), ("ff", ""), ("01", "-what-follows"), ("03", "-")] {
        let later = format!("cc{}{flags}{rest}", &TRACEPARENT[2..53]);
        assert_eq!(traceparent(&later).as_deref(), Ok(TRACEPARENT), "{later}");
    }
}

#[test]
fn a_wrong_traceparent_is_refused() {
    let with = |from: &str, to: &str| TRACEPARENT.replacen(from, to, 1);
    let wrong = [
        (String::new(), "it has fewer than 55 characters"),
        (TRACEPARENT[..54].to_owned(), "it has fewer than 55 characters"),
        (format!("{TRACEPARENT}-00"), "it has more than 55 characters"),
        (with("00-", "ff-"), "its version is ff"),
        (
            with("00-", "0A-"),
            "its version is not two lower-case hexadecimal digits",
        ),
        (
            with("4bf9", "4BF9"),
            "its trace id is not 32 lower-case hexadecimal digits",
        ),
        (
            with("4bf9", "+bf9"),
            "its trace id is not 32 lower-case hexadecimal digits",
        ),
        (
            with("00f067", "00g067"),
            "its parent id is not 16 lower-case hexadecimal digits",
        ),
        (
            with("-01", "-0x"),
            "its flags are not two lower-case hexadecimal digits",
        ),
        (with("4736-", "47360"), "it does not have four fields"),
        (
            with("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            "its trace id is zero",
        ),
        (with("00f067aa0ba902b7", &"0".repeat(16)), "its parent id is zero"),
        (
            format!("cc{}1", &TRACEPARENT[2..]),
            "its flags are not two lower-case hexadecimal digits",
        ),
        (format!("{}é", &TRACEPARENT[..54]), "it has fewer than 55 characters"),
    ];
    for (text, reason) in wrong {
        assert_eq!(traceparent(&text), Err(reason), "{text}");
    }
}

#[test]
fn a_tracestate_is_kept_as_it_is() {
    let many = (0..32).map(|key| format!("k{key}=v")).collect::<Vec<_>>().join(",");
    let long = format!("{}={}", "k".repeat(256), "v".repeat(256));
    for text in [
        "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
        "a=1 ,\tb=2",
        "t1@sys=x y",
        "a=1,,b=2",
        &many,
        &long,
    ] {
        assert_eq!(tracestate(text).as_ref().map(Option::as_deref), Ok(Some(text)));
    }
}

#[test]
fn a_tracestate_without_members_is_none() {
    for text in ["", " ", ",", " , "] {
        assert_eq!(tracestate(text), Ok(None), "{text:?}");
    }
}

#[test]
fn a_wrong_tracestate_is_refused() {
    let many = (0..33).map(|key| format!("k{key}=v")).collect::<Vec<_>>().join(",");
    let long_key = format!("{}=v", "k".repeat(257));
    let long_value = format!("k={}", "v".repeat(257));
    let wrong = [
        ("rojo", "a member has no `=`"),
        ("=1", "a key is not valid"),
        ("Rojo=1", "a key is not valid"),
        ("@a=1", "a key is not valid"),
        ("a =1", "a key is not valid"),
        (&long_key, "a key is not valid"),
        ("a=", "a value is not valid"),
        ("a=1=2", "a value is not valid"),
        ("a=é", "a value is not valid"),
        (&long_value, "a value is not valid"),
        ("a=1,a=2", "two of its members have the same key"),
        (&many, "it has more than 32 members"),
    ];
    for (text, reason) in wrong {
        assert_eq!(tracestate(text), Err(reason), "{text}");
    }
}

#[test]
fn the_error_names_the_argument() {
    let argument = |invalid: InvalidTraceContext| match invalid.into() {
        Error::InvalidInput { argument, .. } => argument,
        other => panic!("{other}"),
    };
    let wrong = |traceparent, tracestate| argument(TraceContext::new(traceparent, tracestate).unwrap_err());
    assert_eq!(wrong("", Some("a")), "traceparent");
    assert_eq!(wrong(TRACEPARENT, Some("a")), "tracestate");
}

#[test]
fn it_is_stored_as_the_headers_are_named() {
    let bare = TraceContext::new(TRACEPARENT, None).unwrap();
    assert_eq!(
        serde_json::to_value(&bare).unwrap(),
        json!({"traceparent": TRACEPARENT})
    );
    let full = TraceContext::new(TRACEPARENT, Some("a=1")).unwrap();
    let stored = json!({"traceparent": TRACEPARENT, "tracestate": "a=1"});
    assert_eq!(serde_json::to_value(&full).unwrap(), stored);
    assert_eq!(serde_json::from_value::<TraceContext>(stored).unwrap(), full);
}

#[test]
fn a_stored_tracestate_that_is_wrong_does_not_end_the_trace() {
    for tracestate in [json!("a"), json!(7), Value::Null, json!({"a": 1})] {
        let stored = json!({"tracestate": tracestate, "traceparent": TRACEPARENT, "user": 1});
        let read: TraceContext = serde_json::from_value(stored).unwrap();
        assert_eq!((&*read.traceparent(), read.tracestate()), (TRACEPARENT, None));
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(trace_id in 1_u128.., parent_id in 1_u64.., flags: u8) {
        let text = format!("00-{trace_id:032x}-{parent_id:016x}-{flags:02x}");
        prop_assert_eq!(traceparent(&text), Ok(text));
    }

    #[test]
    fn no_text_makes_it_panic(one: String, other: String, near in "[0-9a-fé-]{50,60}") {
        let _ = TraceContext::new(&one, None);
        let _ = TraceContext::new(&near, None);
        let _ = TraceContext::new(TRACEPARENT, Some(&other));
    }
}
