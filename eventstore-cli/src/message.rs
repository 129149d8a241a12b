use std::io::Write;

/// The longest argument that a message quotes in full.
const QUOTED_CHARS: usize = 80;

/// Prints one line on stderr. It is no error if no one reads it.
pub(crate) fn print(text: &str) {
    let _ = writeln!(std::io::stderr(), "eventstore: {}", on_one_line(text));
}

/// The text with characters written as escapes that would change how a terminal shows the rest: controls, among them those
/// that break lines or turn the direction of writing.
pub(crate) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_escaped(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

fn is_escaped(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    character.is_control() || turns || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The text with URLs that may hold a password left out and with over-long arguments cut, wherever it quotes them.
pub(crate) fn without_secrets(text: &str) -> String {
    let environment = std::env::var("EVENTSTORE_URL").ok();
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    replace_arguments(text, arguments.skip(1).chain(environment))
}

fn replace_arguments(text: &str, arguments: impl Iterator<Item = String>) -> String {
    arguments.fold(text.to_owned(), |text, argument| match printable(&argument) {
        Some(replacement) => text.replace(&argument, &replacement),
        None => text,
    })
}

/// What is printed in place of an argument; `None` if it is printed as it is.
fn printable(argument: &str) -> Option<String> {
    let is_url = argument.contains("://") && (argument.contains('@') || argument.contains("password"));
    if is_url {
        return Some("<URL>".to_owned());
    }
    let (end, _) = argument.char_indices().nth(QUOTED_CHARS)?;
    Some(format!("{}…", &argument[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str, argument: &str) -> String {
        replace_arguments(text, [argument.to_owned()].into_iter())
    }

    #[test]
    fn leaves_urls_with_credentials_out() {
        for url in ["postgres://u:se cret@h/d", "x://h/d?password=secret"] {
            let text = replaced(&format!("unexpected argument '{url}' found"), url);
            assert_eq!(text, "unexpected argument '<URL>' found");
        }
    }

    #[test]
    fn cuts_long_arguments_between_characters() {
        let name = "ä".repeat(3_000);
        let text = replaced(&format!("invalid value '{name}'"), &name);
        assert_eq!(text, format!("invalid value '{}…'", "ä".repeat(QUOTED_CHARS)));
        assert_eq!(
            replaced("invalid value 'order-1'", "order-1"),
            "invalid value 'order-1'"
        );
    }

    #[test]
    fn a_message_is_one_line_whatever_it_quotes() {
        assert_eq!(on_one_line("a\nb\u{1b}[2J é"), "a\\nb\\u{1b}[2J é");
    }

    #[test]
    fn what_turns_the_direction_of_writing_is_escaped() {
        assert_eq!(on_one_line("a\u{202e}b\u{2066}\u{9b}"), "a\\u{202e}b\\u{2066}\\u{9b}");
        assert_eq!(on_one_line("שלום \u{2028}"), "שלום \\u{2028}");
    }
}
