use bytes::Bytes;
use eventstore_core::Snapshot;
use serde_json::Value;

use crate::Payloads;

/// What has to be the same when a payload is read back.
#[derive(Debug, PartialEq)]
pub(super) enum Content {
    Bytes(Bytes),
    Json(Value),
}

impl Payloads {
    pub(super) fn content(self, payload: &Bytes) -> Content {
        match self {
            Self::Bytes => Content::Bytes(payload.clone()),
            Self::Json => Content::Json(serde_json::from_slice(payload).unwrap()),
        }
    }

    pub(super) fn assert_same(self, stored: &Bytes, given: &Bytes) {
        assert_eq!(self.content(stored), self.content(given));
    }

    pub(super) fn assert_same_metadata(self, stored: Option<&Bytes>, given: Option<&Bytes>) {
        assert_eq!(
            stored.map(|payload| self.content(payload)),
            given.map(|payload| self.content(payload))
        );
    }

    pub(super) fn assert_same_snapshot(self, stored: &Snapshot, given: &Snapshot) {
        self.assert_same(&stored.data, &given.data);
        self.assert_same_metadata(stored.metadata.as_ref(), given.metadata.as_ref());
        let with_given_payloads = Snapshot {
            data: given.data.clone(),
            metadata: given.metadata.clone(),
            ..stored.clone()
        };
        assert_eq!(with_given_payloads, *given);
    }
}

/// JSON of every kind, and of many forms.
pub(super) fn json() -> Vec<Bytes> {
    let nested = "[".repeat(100) + &"]".repeat(100);
    let long = format!("{{\"long\": \"{}\"}}", "Größe ".repeat(20_000));
    let texts = [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "18446744073709551615",
        "-9223372036854775808",
        "1.10",
        "-0.25",
        r#""""#,
        r#""null""#,
        r#""a\"b\\c\/d\n\t\b\u0001\u007f""#,
        r#""\u00e9 \ud83c\uddea\ud83c\uddfa \\u0000""#,
        "[]",
        "{}",
        r#"[1, [2, {"a": [null]}], "x"]"#,
        r#"{ "b" :1,"a":1.0 }"#,
        "\r\n\t {\n\"long key\" : {} , \"\": \"empty key\", \"é\": \"配列 🇪🇺\" }\n",
        r#"{"a": 1, "b": 2, "a": 3}"#,
    ];
    let texts = texts.map(str::to_owned).into_iter().chain([nested, long]);
    texts.map(Bytes::from).collect()
}

/// What no backend that keeps JSON can take, with what is wrong with it.
pub(super) fn no_json() -> Vec<(&'static str, Bytes)> {
    let every_byte: Bytes = (0..=u8::MAX).collect();
    let cases: [(_, &[u8]); 8] = [
        ("nothing", b""),
        ("plain text", b"total: 7"),
        ("a part of JSON", br#"{"a": "#),
        ("two values", b"{} {}"),
        ("text that is not UTF-8", b"{\"a\": \"\xff\"}"),
        ("a NUL after the value", b"{}\0"),
        ("the character U+0000 in a text", br#"{"a": ["\u0000"]}"#),
        ("the character U+0000 in a key", br#"{"a\u0000": 1}"#),
    ];
    let cases = cases.map(|(what, bytes)| (what, Bytes::from_static(bytes)));
    [("every byte", every_byte)].into_iter().chain(cases).collect()
}
