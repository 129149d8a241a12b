use std::str::FromStr;

use eventstore_core::{Error, Result};
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::SqliteConfig;

/// What a URL of a store begins with; `sqlite://` is accepted too, because many programs write it so.
const SCHEMES: [&str; 2] = ["sqlite://", "sqlite:"];

impl SqliteConfig {
    /// Creates the settings from a URL: `sqlite:` and a path, or a path alone.
    ///
    /// The path of a URL is percent-decoded. Settings follow a `?`, as in `sqlite:events.db?synchronous=normal&busy_timeout=2s`:
    /// `synchronous` (`full`, `normal`, `off`), `busy_timeout` (such as `500ms`), `read_connections`, `scan_window`,
    /// `hard_deletes` (`true`, `false`) and `max_bytes`.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`](eventstore_core::Error::InvalidInput) naming `url`, the path or the setting at fault
    /// - [`Error::Unavailable`](eventstore_core::Error::Unavailable) if there is no folder for temporary files
    pub fn from_url(url: &str) -> Result<Self> {
        parse(url)
    }
}

fn parse(url: &str) -> Result<SqliteConfig> {
    let Some(rest) = SCHEMES.iter().find_map(|scheme| url.strip_prefix(scheme)) else {
        return path_alone(url);
    };
    let (path, settings) = rest.split_once('?').unwrap_or((rest, ""));
    let path = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| Error::invalid_input("url", "its path is not UTF-8"))?;
    let config = SqliteConfig::new(path.as_ref())?;
    form_urlencoded::parse(settings.as_bytes()).try_fold(config, |config, (name, value)| set(config, &name, &value))
}

fn path_alone(path: &str) -> Result<SqliteConfig> {
    match path.split_once("://") {
        Some((scheme, _)) => Err(Error::invalid_input(
            "url",
            &format!("it begins with `{scheme}:`, and not with `sqlite:`"),
        )),
        None => SqliteConfig::new(path),
    }
}

fn set(config: SqliteConfig, name: &str, value: &str) -> Result<SqliteConfig> {
    Ok(match name {
        "synchronous" => {
            let parsed = value.parse();
            config.with_synchronous(parsed.map_err(|reason| Error::invalid_input("synchronous", reason))?)
        }
        "busy_timeout" => {
            let parsed = humantime::parse_duration(value);
            let config =
                config.with_busy_timeout(parsed.map_err(|error| Error::invalid_input("busy_timeout", &error))?);
            config.refuse_bad_busy_timeout()?;
            config
        }
        "read_connections" => config.with_read_connections(number("read_connections", value)?),
        "scan_window" => config.with_scan_window(number("scan_window", value)?),
        "hard_deletes" => config.with_hard_deletes(number("hard_deletes", value)?),
        "max_bytes" => config.with_max_bytes(number("max_bytes", value)?),
        unknown => {
            return Err(Error::invalid_input("url", &format!("there is no setting `{unknown}`")));
        }
    })
}

fn number<N>(setting: &'static str, value: &str) -> Result<N>
where
    N: FromStr<Err: std::fmt::Display>,
{
    value.parse().map_err(|error| Error::invalid_input(setting, &error))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::Synchronous;

    fn refused(url: &str) -> &'static str {
        match parse(url) {
            Err(Error::InvalidInput { argument, .. }) => argument,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_path_comes_with_or_without_a_scheme() {
        for url in ["my events.db", "sqlite:my%20events.db", "sqlite://my%20events.db"] {
            let path = parse(url).unwrap().path();
            assert!(path.is_absolute() && path.ends_with("my events.db"), "{url}");
        }
        assert_eq!(
            parse("sqlite:///var/events.db").unwrap().path(),
            Path::new("/var/events.db")
        );
    }

    #[test]
    fn settings_follow_the_path() {
        let url = "sqlite:e.db?synchronous=normal&busy_timeout=2s&read_connections=7&scan_window=9\
                   &hard_deletes=true&max_bytes=65536";
        let config = parse(url).unwrap();
        assert_eq!(config.synchronous(), Synchronous::Normal);
        assert_eq!(config.busy_timeout(), Duration::from_secs(2));
        assert_eq!((config.read_connections().get(), config.scan_window().get()), (7, 9));
        assert!(config.has_hard_deletes());
        assert_eq!(config.max_bytes().map(std::num::NonZero::get), Some(65_536));
    }

    #[test]
    fn names_what_it_cannot_take() {
        for (url, argument) in [
            ("sqlite:", "path"),
            ("postgres://localhost/events", "url"),
            ("sqlite:e.db?colour=red", "url"),
            ("sqlite:e.db?synchronous=extra", "synchronous"),
            ("sqlite:e.db?busy_timeout=soon", "busy_timeout"),
            ("sqlite:e.db?busy_timeout=0s", "busy_timeout"),
            ("sqlite:e.db?busy_timeout=25days", "busy_timeout"),
            ("sqlite:e.db?read_connections=0", "read_connections"),
            ("sqlite:e.db?hard_deletes=yes", "hard_deletes"),
        ] {
            assert_eq!(refused(url), argument, "{url}");
        }
    }

    #[test]
    fn a_store_in_memory_has_a_file_of_its_own() {
        let [one, other] = ["sqlite::memory:", ":memory:"].map(|url| parse(url).unwrap());
        assert!(one.is_temporary() && other.is_temporary());
        assert_ne!(one.path(), other.path());
        assert!(!parse("sqlite:e.db").unwrap().is_temporary());
    }
}
