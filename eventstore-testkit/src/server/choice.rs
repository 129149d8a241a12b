use std::env;

use super::ServerError;

/// Leaves only one of the servers that could be started.
const VARIABLE: &str = "EVENTSTORE_TEST_SERVER";

/// A way to a throw-away server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Docker,
    Local,
}

impl Choice {
    /// Those to try, in this order.
    pub(super) fn from_environment() -> Result<&'static [Self], ServerError> {
        let chosen = env::var_os(VARIABLE).unwrap_or_default();
        Self::parse(&chosen.to_string_lossy())
    }

    fn parse(chosen: &str) -> Result<&'static [Self], ServerError> {
        match chosen {
            #[cfg(feature = "docker")]
            "" => Ok(&[Self::Docker, Self::Local]),
            #[cfg(not(feature = "docker"))]
            "" => Ok(&[Self::Local]),
            "docker" => Ok(&[Self::Docker]),
            "local" => Ok(&[Self::Local]),
            unknown => Err(ServerError::UnknownChoice {
                choice: unknown.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_can_be_insisted_on() {
        assert_eq!(Choice::parse("docker").unwrap(), [Choice::Docker]);
        assert_eq!(Choice::parse("local").unwrap(), [Choice::Local]);
        assert_eq!(Choice::parse("").unwrap().last(), Some(&Choice::Local));
    }

    #[test]
    fn another_word_is_refused_by_name() {
        let error = Choice::parse("podman").unwrap_err().to_string();
        assert!(error.contains("podman") && error.contains(VARIABLE), "{error}");
    }
}
