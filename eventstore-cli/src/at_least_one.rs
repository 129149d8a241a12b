use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;

/// Reads a number that must not be zero, and says so in words of the command line.
pub(crate) fn at_least_one<N: FromStr<Err = ParseIntError>>(text: &str) -> Result<N, &'static str> {
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => "the number is too large",
        _ => "expected a number of at least 1",
    })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn a_refusal_tells_the_least_number_or_that_it_is_too_large() {
        assert_eq!(at_least_one::<NonZeroU32>("1"), Ok(NonZeroU32::MIN));
        for text in ["0", "-1", "", "many"] {
            assert_eq!(at_least_one::<NonZeroU32>(text), Err("expected a number of at least 1"));
        }
        assert_eq!(at_least_one::<NonZeroU32>("4294967296"), Err("the number is too large"));
    }
}
