use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::hexadecimal::hexadecimal;

/// The longest payload that is shown as a tree, in bytes; of a longer one, the beginning is shown.
const WHOLE: usize = 256 << 10;

/// How many bytes of a longer payload are shown.
const CUT: usize = 64 << 10;

/// How deep a value may be, as of `serde_json`.
const DEEPEST: usize = 128;

/// How many characters a row of a list shows.
const PREVIEW_CHARS: usize = 160;

/// How a payload is written, as far as its bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Encoding {
    /// There are no bytes.
    Empty,
    /// JSON.
    Json,
    /// MessagePack: a map or an array of at least one entry.
    MessagePack,
    /// UTF-8 that is no JSON.
    Text,
    /// Compressed by gzip, zstd or the library's own layer.
    Compressed,
    /// Encrypted by the library's own layer.
    Encrypted,
    /// What a decoder of the application made of it.
    Decoded,
    /// Other bytes.
    Bytes,
}

/// The data or the metadata of an event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct PayloadView {
    /// How it is written, as far as its bytes tell.
    pub(crate) encoding: Encoding,
    /// How many bytes are stored.
    pub(crate) bytes: usize,
    /// Its value, if it has one and is not too large.
    #[schema(value_type = Object)]
    pub(crate) value: Option<Value>,
    /// Its text, or the bytes in hexadecimal digits.
    pub(crate) text: String,
    /// Whether the text is only its beginning.
    pub(crate) is_cut: bool,
}

impl PayloadView {
    pub(crate) fn new(bytes: &Bytes) -> Self {
        let shown = &bytes[..shown(bytes)];
        let is_cut = shown.len() < bytes.len();
        let (encoding, value) = recognize(bytes, is_cut);
        let text = match encoding {
            Encoding::Json | Encoding::Text => String::from_utf8_lossy(shown).into_owned(),
            Encoding::MessagePack => value.as_ref().map(Value::to_string).unwrap_or_default(),
            _ => hexadecimal(shown, " "),
        };
        Self {
            encoding,
            bytes: bytes.len(),
            value,
            text,
            is_cut,
        }
    }

    /// What a decoder of the application made of bytes.
    pub(crate) fn decoded(bytes: &Bytes, value: Value) -> Self {
        Self {
            encoding: Encoding::Decoded,
            bytes: bytes.len(),
            text: value.to_string(),
            value: Some(value),
            is_cut: false,
        }
    }

    /// Its beginning, on one line.
    pub(crate) fn preview(bytes: &Bytes) -> String {
        let beginning = &bytes[..bytes.len().min(PREVIEW_CHARS * 4)];
        let text = match recognize(bytes, bytes.len() > WHOLE) {
            (Encoding::Json | Encoding::Text, _) => String::from_utf8_lossy(beginning).into_owned(),
            (Encoding::MessagePack, Some(value)) => value.to_string(),
            (encoding, _) => return encoding.name().to_owned(),
        };
        let mut preview: String = text.chars().take(PREVIEW_CHARS).collect();
        if preview.len() < text.len() || beginning.len() < bytes.len() {
            preview.push('…');
        }
        preview
    }
}

impl Encoding {
    /// How it is called on a page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Json => "JSON",
            Self::MessagePack => "MessagePack",
            Self::Text => "text",
            Self::Compressed => "compressed",
            Self::Encrypted => "encrypted",
            Self::Decoded => "decoded",
            Self::Bytes => "bytes",
        }
    }
}

/// Where to cut: never within a character, so that cut text stays text.
fn shown(bytes: &Bytes) -> usize {
    if bytes.len() <= WHOLE {
        return bytes.len();
    }
    let is_inside = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    let inside = bytes[..CUT].iter().rev().take_while(|byte| is_inside(byte)).count();
    CUT - inside.min(3) - 1
}

fn recognize(bytes: &Bytes, is_cut: bool) -> (Encoding, Option<Value>) {
    if bytes.is_empty() {
        return (Encoding::Empty, None);
    }
    if let Some(encoding) = marked(bytes) {
        return (encoding, None);
    }
    if is_cut {
        let is_text = std::str::from_utf8(&bytes[..shown(bytes)]).is_ok();
        let looks_like_json = matches!(bytes[0], b'{' | b'[' | b'"');
        return match (is_text, looks_like_json) {
            (true, true) => (Encoding::Json, None),
            (true, false) => (Encoding::Text, None),
            (false, _) => (Encoding::Bytes, None),
        };
    }
    if let Ok(value) = serde_json::from_slice(bytes) {
        return (Encoding::Json, Some(value));
    }
    if std::str::from_utf8(bytes).is_ok() {
        return (Encoding::Text, None);
    }
    match message_pack(bytes) {
        Some(value) => (Encoding::MessagePack, Some(value)),
        None => (Encoding::Bytes, None),
    }
}

/// What announces itself by its first bytes: gzip (RFC 1952), zstd (RFC 8878), and the layers of `eventstore-serde` (ADR 27).
fn marked(bytes: &Bytes) -> Option<Encoding> {
    const COMPRESSED: [&[u8]; 3] = [&[0x1F, 0x8B], &[0x28, 0xB5, 0x2F, 0xFD], b"\xC1ESz"];
    if COMPRESSED.iter().any(|mark| bytes.starts_with(mark)) {
        return Some(Encoding::Compressed);
    }
    bytes.starts_with(b"\xC1ESe").then_some(Encoding::Encrypted)
}

/// Only what begins with a map or an array that is not empty: nearly all bytes are MessagePack of some number.
fn message_pack(bytes: &Bytes) -> Option<Value> {
    let begins = matches!(bytes[0], 0x81..=0x8F | 0x91..=0x9F | 0xDC..=0xDF);
    let mut rest = &bytes[..];
    let mut values = rmp_serde::Deserializer::new(&mut rest);
    // As deep as JSON may be: deeper values would take more of the stack than there is.
    values.set_max_depth(DEEPEST);
    let value = begins.then(|| Value::deserialize(&mut values).ok()).flatten()?;
    rest.is_empty().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(bytes: &'static [u8]) -> Encoding {
        PayloadView::new(&Bytes::from_static(bytes)).encoding
    }

    #[test]
    fn bytes_are_recognized() {
        for (bytes, expected) in [
            (&b""[..], Encoding::Empty),
            (b"{\"a\":1}", Encoding::Json),
            (b"hello", Encoding::Text),
            (b"\x81\xA1a\x01", Encoding::MessagePack),
            (b"\x81\xA1a\x01 and more \xFF", Encoding::Bytes),
            (b"\x1F\x8B\x08rest", Encoding::Compressed),
            (b"\xC1ESzrest", Encoding::Compressed),
            (b"\xC1ESerest", Encoding::Encrypted),
            (b"\xFF\xFE\x00", Encoding::Bytes),
        ] {
            assert_eq!(encoding(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn deep_bytes_are_no_value() {
        let deep = |depth| PayloadView::new(&Bytes::from([vec![0x91; depth], vec![1]].concat())).encoding;
        assert_eq!(deep(100), Encoding::MessagePack);
        for depth in [200, 1_000, 100_000] {
            assert_eq!(deep(depth), Encoding::Bytes, "{depth}");
        }
    }

    #[test]
    fn large_text_is_cut_between_characters() {
        for shift in 0..4 {
            let text = "x".repeat(shift) + &"é€😀".repeat(WHOLE / 4);
            let view = PayloadView::new(&Bytes::from(text.clone()));
            assert!(view.is_cut && view.encoding == Encoding::Text, "{shift}");
            assert!(text.starts_with(&view.text) && view.text.len() > CUT - 8, "{shift}");
            assert_eq!(view.bytes, text.len());
        }
    }

    #[test]
    fn a_preview_is_short_and_says_that_it_is() {
        let preview = PayloadView::preview(&Bytes::from("a".repeat(1_000)));
        assert_eq!(preview.chars().count(), PREVIEW_CHARS + 1);
        assert!(preview.ends_with('…'));
        assert_eq!(PayloadView::preview(&Bytes::from_static(b"[1]")), "[1]");
        assert_eq!(PayloadView::preview(&Bytes::from_static(b"\xFF\xFF")), "bytes");
    }
}
