use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The text as a part of an address.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &KEPT).to_string()
}

/// The text as it is stored: characters that would not be seen, or that change how the rest looks, are written out.
pub(super) fn visible(text: &str) -> Markup {
    html! {
        bdi {
            @for part in parts(text) {
                @match part {
                    Part::Plain(plain) => (plain),
                    Part::Hidden(character) => span.escaped { (format!("U+{:04X}", u32::from(character))) },
                    Part::Replaced => (char::REPLACEMENT_CHARACTER),
                }
            }
        }
    }
}

/// The same without markup, for what cannot hold any: titles, labels, drawings.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Plain(part) => plain.push_str(part),
            Part::Hidden(character) => plain.extend(character.escape_unicode()),
            Part::Replaced => plain.push(char::REPLACEMENT_CHARACTER),
        }
    }
    plain
}

/// How many hidden characters of a text are written out: a text of nothing else would become twenty times as long.
const WRITTEN_OUT: usize = 200;

enum Part<'t> {
    Plain(&'t str),
    Hidden(char),
    /// A hidden character beyond the limit, shown as U+FFFD.
    Replaced,
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut rest, mut written_out) = (text, 0);
    while let Some((index, character)) = rest.char_indices().find(|(_, character)| is_hidden(*character)) {
        if index > 0 {
            parts.push(Part::Plain(&rest[..index]));
        }
        written_out += 1;
        parts.push(if written_out > WRITTEN_OUT {
            Part::Replaced
        } else {
            Part::Hidden(character)
        });
        rest = &rest[index + character.len_utf8()..];
    }
    if !rest.is_empty() {
        parts.push(Part::Plain(rest));
    }
    parts
}

fn is_hidden(character: char) -> bool {
    let turns = matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    turns
        || (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(character, '\u{2028}' | '\u{2029}')
}

/// A time to read, with the exact one for machines.
pub(super) fn time(rfc3339: &str) -> Markup {
    let (date, clock) = rfc3339.split_once('T').unwrap_or((rfc3339, ""));
    let clock: String = clock.trim_end_matches('Z').chars().take("12:00:00.000".len()).collect();
    html! { time datetime=(rfc3339) title=(rfc3339) { (date) " " (clock) } }
}

/// A number with its thousands apart.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many of something there are.
pub(super) fn count(number_of: u64, what: &str) -> String {
    let number = number(number_of);
    let plural = if number_of == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// How many bytes, in a unit that a person reads easily.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup_or_hidden() {
        assert_eq!(visible("<b>&\"").into_string(), "<bdi>&lt;b&gt;&amp;&quot;</bdi>");
        let shown = visible("a\u{202e}b\0").into_string();
        assert!(shown.contains("U+202E") && shown.contains("U+0000"), "{shown}");
        assert!(!shown.contains('\u{202e}') && !shown.contains('\0'));
        assert_eq!(plain("<a\u{202e}\0>"), "<a\\u{202e}\\u{0}>");
    }

    #[test]
    fn a_text_of_hidden_characters_does_not_become_much_longer() {
        let text = "\u{202e}".repeat(100_000);
        for shown in [visible(&text).into_string(), plain(&text)] {
            assert!(
                shown.len() < text.len() + 20_000 && !shown.contains('\u{202e}'),
                "{}",
                shown.len()
            );
        }
    }

    #[test]
    fn numbers_and_sizes_are_easy_to_read() {
        let numbers = [0, 999, 1_000, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0, 1, 1_000].map(|number| count(number, "event")),
            ["0 events", "1 event", "1,000 events"]
        );
        assert_eq!([5, 1_536, 3 << 20].map(size), ["5 B", "1.5 KiB", "3.0 MiB"]);
    }

    #[test]
    fn a_name_stays_one_part_of_an_address() {
        assert_eq!(encoded("a/b?c=d&e #é"), "a%2Fb%3Fc%3Dd%26e%20%23%C3%A9");
    }
}
