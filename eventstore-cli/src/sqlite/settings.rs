use std::env;

use eventstore_sqlite::SqliteConfig;

use crate::Failure;

/// The setting without which no stream is deleted for good: in the environment, and in the URL.
const HARD_DELETES: &str = "EVENTSTORE_HARD_DELETES";
const HARD_DELETES_OF_URL: &str = "hard_deletes";

/// The settings of the store that this URL names.
pub(super) fn config(url: &str) -> Result<SqliteConfig, Failure> {
    let config = config_with(url, false)?;
    if config.is_temporary() {
        return Err(Failure::Usage(
            "a store in memory would end with this command: give sqlite:PATH".to_owned(),
        ));
    }
    Ok(config)
}

/// As [`config`], with hard deletes enabled unless the settings say otherwise.
pub(super) fn config_with_hard_deletes(url: &str) -> Result<SqliteConfig, Failure> {
    config_with(url, true)
}

/// The URL has precedence over the environment, and the environment over what is given here.
fn config_with(url: &str, hard_deletes: bool) -> Result<SqliteConfig, Failure> {
    let config = SqliteConfig::from_url(url)?;
    if says_whether_hard_deletes_are_enabled(url) {
        return Ok(config);
    }
    let hard_deletes = match env::var(HARD_DELETES) {
        Ok(value) => value
            .parse()
            .map_err(|_| Failure::Usage(format!("{HARD_DELETES}: expected `true` or `false`")))?,
        Err(_) => hard_deletes,
    };
    Ok(config.with_hard_deletes(hard_deletes))
}

fn says_whether_hard_deletes_are_enabled(url: &str) -> bool {
    let settings = url.split_once('?').map_or("", |(_, settings)| settings);
    settings
        .split('&')
        .filter_map(|setting| setting.split_once('='))
        .any(|(name, _)| name == HARD_DELETES_OF_URL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_says_whether_hard_deletes_are_enabled() {
        for (url, says) in [
            ("sqlite:e.db", false),
            ("sqlite:e.db?busy_timeout=1s", false),
            ("sqlite:e.db?busy_timeout=1s&hard_deletes=false", true),
            ("sqlite:hard_deletes=true", false),
        ] {
            assert_eq!(says_whether_hard_deletes_are_enabled(url), says, "{url}");
        }
    }

    #[test]
    fn a_store_in_memory_is_refused() {
        assert_eq!(config("sqlite::memory:").unwrap_err().status(), 2);
    }
}
