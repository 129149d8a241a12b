/// Returns the first text after all that begin with `prefix`, in the order of their bytes; `None` if nothing comes after them.
///
/// A statement that reads a range of an index knows by this where texts with the prefix end.
pub fn end_of_prefix(prefix: &str) -> Option<String> {
    // Nothing comes between the texts that begin so and the end of those that begin without the last characters.
    let prefix = prefix.trim_end_matches(char::MAX);
    let last = prefix.chars().next_back()?;
    let mut end = prefix[..prefix.len() - last.len_utf8()].to_owned();
    end.push(next(last)?);
    Some(end)
}

fn next(c: char) -> Option<char> {
    (c..=char::MAX).nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_text_that_does_not_begin_so() {
        for (prefix, end) in [
            ("", None),
            ("a", Some("b")),
            ("order-", Some("order.")),
            ("a%", Some("a&")),
            ("\u{7f}", Some("\u{80}")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("\u{ffff}", Some("\u{10000}")),
            ("a\u{10ffff}\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
        ] {
            assert_eq!(end_of_prefix(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}
