use eventstore_core::Error;

/// What helps against an error of a store in a file.
pub(super) fn remedy(error: &Error) -> Option<&'static str> {
    match error {
        Error::NotInitialized { message } => setup_remedy(message),
        Error::Unavailable { .. } => {
            Some("see that the disk has room and that nothing else needs the file, then try again")
        }
        Error::AccessDenied { .. } => Some("check who may write to the file and to its folder"),
        Error::TimedOut {
            setting: "busy_timeout",
            ..
        } => Some("try again when other processes write less, or raise it: `?busy_timeout=30s` in --url"),
        Error::HardDeletesDisabled => {
            Some("set EVENTSTORE_HARD_DELETES=true or `?hard_deletes=true` in --url, or use --enable-hard-deletes")
        }
        _ => None,
    }
}

fn setup_remedy(message: &str) -> Option<&'static str> {
    if message.starts_with("there is no folder ") {
        Some("create it, or check the path in --url")
    } else if message.starts_with("there is no file ") || message.ends_with(": initialize one") {
        Some("run `eventstore init`")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_the_command_that_makes_it() {
        for (message, expected) in [
            (
                "there is no event store in events.db: initialize one",
                Some("run `eventstore init`"),
            ),
            ("there is no file events.db", Some("run `eventstore init`")),
            (
                "there is no folder events",
                Some("create it, or check the path in --url"),
            ),
            ("the file is not a database of SQLite", None),
        ] {
            let message = message.to_owned();
            assert_eq!(remedy(&Error::NotInitialized { message }), expected);
        }
    }
}
