use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

/// Writes JSON on one line, with the control characters escaped that JSON lets through: a terminal obeys them.
pub(super) fn write(value: &impl Serialize, mut to: &mut impl Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut to, EscapingControls);
    Ok(value.serialize(&mut serializer)?)
}

/// Whether a terminal may obey this character, and JSON lets it through.
pub(super) fn is_control_in_json(character: char) -> bool {
    matches!(character, '\u{7f}'..='\u{9f}')
}

struct EscapingControls;

impl Formatter for EscapingControls {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        write_escaped(writer, fragment)
    }

    /// In JSON that is written as it is, such a character can only be within a string.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        write_escaped(writer, fragment)
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        CompactFormatter.write_char_escape(writer, escape)
    }
}

fn write_escaped<W: ?Sized + Write>(writer: &mut W, text: &str) -> io::Result<()> {
    let mut rest = text;
    while let Some((index, character)) = rest
        .char_indices()
        .find(|(_, character)| is_control_in_json(*character))
    {
        let (before, from) = rest.split_at(index);
        write!(writer, "{before}\\u{:04x}", u32::from(character))?;
        rest = &from[character.len_utf8()..];
    }
    writer.write_all(rest.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn written(value: &impl Serialize) -> String {
        let mut bytes = Vec::new();
        write(value, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn controls_are_escaped_in_texts_and_in_json_that_is_written_as_it_is() {
        assert_eq!(written(&"a\u{9b}2Jé\u{7f}\n"), r#""a\u009b2Jé\u007f\n""#);
        let raw: &RawValue = serde_json::from_str("{\"\u{85}\": 1.10}").unwrap();
        assert_eq!(written(&raw), r#"{"\u0085": 1.10}"#);
        assert_eq!(serde_json::from_str::<String>(&written(&"\u{9b}")).unwrap(), "\u{9b}");
    }
}
