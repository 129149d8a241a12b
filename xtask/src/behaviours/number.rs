use std::fmt;
use std::str::FromStr;

use anyhow::Context;
use serde::Deserialize;

/// The number of a behavior of the original, such as `R1.12`, or of a trap in it, such as `T7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum Number {
    Behaviour { section: u32, item: u32 },
    Trap(u32),
}

impl FromStr for Number {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let parsed = match text.split_at_checked(1) {
            Some(("R", rest)) => rest.split_once('.').and_then(|(section, item)| {
                Some(Self::Behaviour {
                    section: section.parse().ok()?,
                    item: item.parse().ok()?,
                })
            }),
            Some(("T", rest)) => rest.parse().ok().map(Self::Trap),
            _ => None,
        };
        parsed.with_context(|| format!("{text:?} is no number such as R1.12 or T7"))
    }
}

impl TryFrom<String> for Number {
    type Error = anyhow::Error;

    fn try_from(text: String) -> anyhow::Result<Self> {
        text.parse()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Behaviour { section, item } => write!(f, "R{section}.{item}"),
            Self::Trap(trap) => write!(f, "T{trap}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_is_written() {
        for text in ["R1.12", "R13.8", "T7"] {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), text);
        }
        for text in ["", "R1", "R1.x", "R.1", "T", "T7.1", "X1.2", "1.2", "É1.2"] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_in_the_order_of_their_sections() {
        let mut numbers = ["T1", "R2.1", "R1.10", "R1.9"].map(|text| text.parse::<Number>().unwrap());
        numbers.sort_unstable();
        assert_eq!(
            numbers.map(|number| number.to_string()),
            ["R1.9", "R1.10", "R2.1", "T1"]
        );
    }
}
