use std::collections::BTreeSet;

/// The lines of one text that the other lacks, those of the old one with `-` and those of the new one with `+`.
pub(super) fn lines(old: &str, new: &str) -> Vec<String> {
    let mut differing = [only_in(old, new, '-'), only_in(new, old, '+')].concat();
    if differing.is_empty() && old != new {
        differing.push("the same lines, in another order or number".to_owned());
    }
    differing
}

fn only_in(text: &str, other: &str, sign: char) -> Vec<String> {
    let known: BTreeSet<_> = other.lines().collect();
    text.lines()
        .filter(|line| !known.contains(line))
        .map(|line| format!("{sign}{line}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_has_gone_and_what_has_come() {
        assert_eq!(lines("a\nb\n", "b\nc\n"), ["-a", "+c"]);
        assert_eq!(lines("a\nb\n", "a\nb\n"), [""; 0]);
    }

    #[test]
    fn another_order_is_a_difference() {
        assert_eq!(lines("a\nb\n", "b\na\n").len(), 1);
    }
}
