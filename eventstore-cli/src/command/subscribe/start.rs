use std::str::FromStr;

use eventstore_core::EventNumber;
use eventstore_subscriptions::StartFrom;
use thiserror::Error;

/// Where a subscription begins, as written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start(StartFrom);

/// A text that is none of `origin`, `current` or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected `origin`, `current` or a number between 0 and {}", i64::MAX)]
pub(super) struct InvalidStart;

impl FromStr for Start {
    type Err = InvalidStart;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "origin" => Ok(Self(StartFrom::Origin)),
            "current" => Ok(Self(StartFrom::Current)),
            number => match number.parse::<EventNumber>() {
                Ok(number) => Ok(Self(StartFrom::After(number))),
                Err(_) => Err(InvalidStart),
            },
        }
    }
}

impl From<Start> for StartFrom {
    fn from(start: Start) -> Self {
        start.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_words_and_numbers_of_the_command_line() {
        assert_eq!("origin".parse(), Ok(Start(StartFrom::Origin)));
        assert_eq!("current".parse(), Ok(Start(StartFrom::Current)));
        assert_eq!("7".parse(), Ok(Start(StartFrom::After(7.into()))));
        for text in ["", "-1", "end", "9223372036854775808"] {
            assert_eq!(text.parse::<Start>(), Err(InvalidStart));
        }
    }
}
