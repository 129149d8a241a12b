use std::fmt;

/// A text that a holder reports: at most 1,000 characters in one line, each of which only shows itself.
///
/// Any text can be made one. Line breaks and tabs become spaces. Other control characters, and those that change the direction of what
/// follows, become U+FFFD. What is too long is cut.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "String", into = "String")
)]
pub struct StatusText(String);

impl StatusText {
    /// The maximum number of characters.
    pub const MAX_CHARS: usize = 1_000;

    /// Makes a text that can be stored and shown anywhere.
    pub fn new(text: impl AsRef<str>) -> Self {
        let shown = text.as_ref().chars().map(|character| match character {
            '\n' | '\r' | '\t' => ' ',
            character if character.is_control() || changes_direction(character) => char::REPLACEMENT_CHARACTER,
            character => character,
        });
        Self(shown.take(Self::MAX_CHARS).collect())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the character has the property `Bidi_Control`: it would reorder what is shown after it.
const fn changes_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for StatusText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for StatusText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for StatusText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<StatusText> for String {
    fn from(text: StatusText) -> Self {
        text.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_line_whose_characters_only_show_themselves() {
        let text = StatusText::new("a\0b\nc\td\u{1b}[31m \u{202e}e\u{200f} שלום");
        assert_eq!(text.as_str(), "a\u{fffd}b c d\u{fffd}[31m \u{fffd}e\u{fffd} שלום");
        assert_eq!(StatusText::new(text.as_str()), text);
    }

    #[test]
    fn is_cut_between_two_characters() {
        let text = StatusText::new("ü".repeat(10_000));
        assert_eq!(text.as_str(), "ü".repeat(StatusText::MAX_CHARS));
    }
}
