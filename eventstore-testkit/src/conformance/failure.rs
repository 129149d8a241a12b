use std::any::Any;

/// What a failed case says: the rule that is broken, what was expected of the backend, and what came instead.
pub(super) fn report(rule: &str, panic: &(dyn Any + Send)) -> String {
    format!("the rule `{rule}` is broken\n{}", explained(message_of(panic)))
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(message), _) => message,
        (_, Some(message)) => message,
        _ => "a panic without a message",
    }
}

/// The messages of the standard library, in words about a backend: a case compares what came with what was expected.
fn explained(message: &str) -> String {
    if let Some(error) = message.strip_prefix("called `Result::unwrap()` on an `Err` value: ") {
        return format!("  expected: an answer\n       got: the error {error}");
    }
    if message == "called `Option::unwrap()` on a `None` value" {
        return "  expected: something\n       got: nothing".to_owned();
    }
    if let Some(condition) = message.strip_prefix("assertion failed: ") {
        return format!("  expected: {condition}\n       got: not so");
    }
    match compared(message) {
        Some((about, got, expected)) => format!("  {about}expected: {expected}\n       got: {got}"),
        None => format!("  {message}"),
    }
}

/// What a failed comparison was about, its left side, and its right side.
fn compared(message: &str) -> Option<(String, &str, &str)> {
    let rest = message.strip_prefix("assertion `left == right` failed")?;
    let (about, sides) = rest.split_once("\n  left: ")?;
    let (got, expected) = sides.split_once("\n right: ")?;
    let about = about.strip_prefix(": ").map(|about| format!("{about}\n  "));
    Some((about.unwrap_or_default(), got, expected))
}

#[cfg(test)]
mod tests {
    use std::panic::{self, AssertUnwindSafe};

    use super::*;

    fn told(fail: impl FnOnce()) -> String {
        let panic = panic::catch_unwind(AssertUnwindSafe(fail)).unwrap_err();
        report("read::gives_it", &*panic)
    }

    #[test]
    fn every_failure_tells_the_rule_and_what_was_expected_and_what_came() {
        let closed = || -> Result<(), _> { Err(eventstore_core::Error::StoreClosed) };
        let missing = [0_u8; 0].first().copied();
        for (said, expected) in [
            (
                told(|| closed().unwrap()),
                "  expected: an answer\n       got: the error StoreClosed",
            ),
            (
                told(|| assert_eq!(missing.unwrap(), 1)),
                "  expected: something\n       got: nothing",
            ),
            (
                told(|| assert!(missing.is_some())),
                "  expected: missing.is_some()\n       got: not so",
            ),
            (told(|| assert_eq!(1, 2)), "  expected: 2\n       got: 1"),
            (
                told(|| assert_eq!(1, 2, "of {}", "s")),
                "  of s\n  expected: 2\n       got: 1",
            ),
            (
                told(|| panic!("expected a hint, got none")),
                "  expected a hint, got none",
            ),
        ] {
            assert_eq!(said, format!("the rule `read::gives_it` is broken\n{expected}"));
        }
    }
}
