use std::fmt::Write;

/// A path as text from which its bytes can be told: `%` and two hexadecimal digits replace each byte of a `%`, of a
/// control character and of what is not UTF-8.
pub(crate) fn encode(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character == '%' || character.is_control() {
                escape(character.encode_utf8(&mut [0; 4]).as_bytes(), &mut text);
            } else {
                text.push(character);
            }
        }
        escape(chunk.invalid(), &mut text);
    }
    text
}

fn escape(bytes: &[u8], text: &mut String) {
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_ordinary_paths_as_they_are() {
        assert_eq!(
            encode("src/a b/größe \"'\\🇪🇺.rs".as_bytes()),
            "src/a b/größe \"'\\🇪🇺.rs"
        );
    }

    #[test]
    fn escapes_what_a_text_cannot_hold_or_would_hide() {
        assert_eq!(encode(b"100%\n\t\x7f"), "100%25%0A%09%7F");
        assert_eq!(encode(b"lat\xe9in\xff"), "lat%E9in%FF");
        assert_eq!(encode("\u{85}".as_bytes()), "%C2%85");
    }
}
