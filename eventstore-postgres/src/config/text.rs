use std::env;
use std::sync::Arc;

use eventstore_core::{Error, Result};

use super::connection::ConnectionUrl;
use super::setting::{SETTINGS, Setting};
use crate::config::PostgresConfig;

/// The variable that tells where the event store is.
const URL: &str = "EVENTSTORE_URL";

impl PostgresConfig {
    /// Takes the server, database and user from a URL like `postgres://user:password@host:port/database`.
    ///
    /// The URL may have two kinds of parameters. Some say how to connect: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`,
    /// `application_name`, `host` with the directory of a socket, and so on. The others are the store's settings by name:
    /// `schema`, `data_type`, `pool_size`, `connect_timeout`, `acquire_timeout`, `statement_timeout`, `lock_timeout`,
    /// `scan_window`, `page_bytes`, `poll_interval`, `hard_deletes`, `event_types` (comma-separated),
    /// `transaction_pooling` and `session_url`.
    ///
    /// Times have a unit: `500ms`, `15s`, `2m`; `connect_timeout=10` means ten seconds, as in libpq. Any other libpq
    /// parameter is refused by name, unless it asks for what is done anyway. More than one host is refused as well.
    ///
    /// ```
    /// use eventstore_postgres::PostgresConfig;
    ///
    /// let config = PostgresConfig::from_url("postgres://app@db.example/shop?schema=orders&statement_timeout=30s")?;
    /// assert_eq!(config.schema().as_str(), "orders");
    /// # Ok::<(), eventstore_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `url`, or the setting or parameter at fault; the message never contains the URL.
    pub fn from_url(url: &str) -> Result<Self> {
        let ConnectionUrl { options, settings } = ConnectionUrl::parse("url", url)?;
        Self::new(options).with_parameters(&settings)
    }

    /// Takes the URL from the variable `EVENTSTORE_URL`, and settings that the URL lacks from further environment
    /// variables.
    ///
    /// Each setting of a URL has a variable: `EVENTSTORE_SCHEMA`, `EVENTSTORE_POOL_SIZE` and so on. Methods called on the
    /// result take precedence over the URL, the URL over the environment, and the environment over the defaults.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `EVENTSTORE_URL` if it is not set, or the setting at fault.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => Err("its value is not UTF-8"),
        })
    }

    /// Reads the same settings as [`from_env`](Self::from_env), with variables that this function returns; an empty
    /// variable counts as not set.
    ///
    /// # Errors
    ///
    /// The errors of [`from_env`](Self::from_env), and what the function refuses.
    pub fn from_variables(look_up: impl Fn(&str) -> Result<Option<String>, &'static str>) -> Result<Self> {
        let variable = |name: &'static str| match look_up(name) {
            Ok(value) => Ok(value.filter(|value| !value.is_empty())),
            Err(reason) => Err(Error::invalid_input(name, reason)),
        };
        let url = variable(URL)?.ok_or_else(|| Error::invalid_input(URL, "it is not set"))?;
        let ConnectionUrl { options, settings } = ConnectionUrl::parse("url", &url)?;
        let mut config = Self::new(options);
        for setting in &SETTINGS {
            if let Some(value) = variable(setting.variable)? {
                config = setting.apply(config, &value)?;
            }
        }
        config.with_parameters(&settings)
    }

    /// Uses this URL for connections that need their own session: notifications, the locks of subscriptions, and schema
    /// changes.
    ///
    /// Use it when the URL of the store leads to a pooler. The parameters of this URL may only say how to connect.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `session_url`; the message never contains the URL.
    pub fn with_session_url(self, url: &str) -> Result<Self> {
        let ConnectionUrl { options, settings } = ConnectionUrl::parse("session_url", url)?;
        match settings.first() {
            Some((name, _)) => Err(Error::invalid_input("session_url", &unknown(name))),
            None => Ok(Self {
                session_options: Some(Arc::new(options)),
                ..self
            }),
        }
    }

    fn with_parameters(self, parameters: &[(String, String)]) -> Result<Self> {
        let config = parameters.iter().try_fold(self, |config, (name, value)| {
            let setting = Setting::named(name).ok_or_else(|| Error::invalid_input("url", &unknown(name)))?;
            setting.apply(config, value)
        })?;
        config.check_values()?;
        Ok(config)
    }
}

fn unknown(parameter: &str) -> String {
    let known: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
    format!(
        "unknown parameter {parameter:?}, expected one that says how to connect, or {}",
        known.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_variables(variables: &[(&str, &str)]) -> Result<PostgresConfig> {
        PostgresConfig::from_variables(|name| {
            let value = variables.iter().find(|(known, _)| *known == name);
            Ok(value.map(|(_, value)| (*value).to_owned()))
        })
    }

    /// Behaviours: R10.1, R10.3, R10.6, T28.
    #[test]
    fn calls_win_over_the_url_and_that_over_the_environment_and_that_over_the_defaults() {
        let url = (URL, "postgres://h/d?schema=url&pool_size=3");
        let config = from_variables(&[("EVENTSTORE_SCHEMA", "env"), ("EVENTSTORE_LOCK_TIMEOUT", "70ms"), url]).unwrap();
        assert_eq!(config.schema().as_str(), "url");
        assert_eq!(config.pool_size().get(), 3);
        assert_eq!(config.lock_timeout().as_millis(), 70);
        assert_eq!(config.statement_timeout(), PostgresConfig::DEFAULT_STATEMENT_TIMEOUT);
        let config = config.with_schema("call".parse().unwrap());
        assert_eq!(config.schema().as_str(), "call");
    }

    /// Behaviours: R10.6, T28.
    #[test]
    fn a_missing_or_empty_url_is_told() {
        for variables in [&[][..], &[(URL, "")]] {
            let error = from_variables(variables).unwrap_err();
            assert_eq!(error.to_string(), "invalid EVENTSTORE_URL: it is not set");
        }
        let error = PostgresConfig::from_variables(|_| Err("its value is not UTF-8")).unwrap_err();
        assert_eq!(error.to_string(), "invalid EVENTSTORE_URL: its value is not UTF-8");
    }

    /// Behaviours: R10.4, R10.5, T28.
    #[test]
    fn values_are_read_strictly_and_a_refusal_names_the_setting() {
        for (name, value) in [
            ("pool_size", "0"),
            ("pool_size", "12ab"),
            ("pool_size", "-1"),
            ("pool_size", "10001"),
            ("pool_size", "1000000000"),
            ("pool_size", "99999999999999999999"),
            ("connect_timeout", "0"),
            ("connect_timeout", "4000000000"),
            ("statement_timeout", "0s"),
            ("statement_timeout", "25days"),
            ("lock_timeout", "999us"),
            ("poll_interval", "1year"),
            ("poll_interval", "0s"),
            ("scan_window", "0"),
            ("scan_window", "4294967295"),
            ("data_type", "%00"),
            ("schema", "%00"),
            ("hard_deletes", "%00"),
            ("application_name", "%00x"),
            ("channel_binding", "require"),
            ("statement_timeout", "infinity"),
            ("statement_timeout", "15"),
            ("connect_timeout", "-5s"),
            ("acquire_timeout", ""),
            ("lock_timeout", "soon"),
            ("scan_window", "1e3"),
            ("page_bytes", "0"),
            ("page_bytes", "8MB"),
            ("hard_deletes", "yes"),
            ("hard_deletes", "False"),
            ("transaction_pooling", "on"),
            ("data_type", "json"),
            ("schema", ""),
            ("session_url", "mysql%3A%2F%2Fsecret%40h"),
            ("session_url", "postgres%3A%2F%2Fh%2Fd%3Fpool_size%3D1"),
        ] {
            let error = PostgresConfig::from_url(&format!("postgres://u:secret@h/d?{name}={value}")).unwrap_err();
            let is_named = matches!(&error, Error::InvalidInput { argument, .. } if *argument == name);
            assert!(is_named && !error.to_string().contains("secret"), "{error:?}");
        }
    }

    /// Behaviours: R10.4, R10.5.
    #[test]
    fn variables_are_read_as_strictly_and_a_refusal_names_the_setting() {
        for (variable, value, name) in [
            ("EVENTSTORE_POOL_SIZE", "1000000000", "pool_size"),
            ("EVENTSTORE_SCAN_WINDOW", "4294967295", "scan_window"),
            ("EVENTSTORE_POLL_INTERVAL", "1year", "poll_interval"),
            ("EVENTSTORE_STATEMENT_TIMEOUT", "1year", "statement_timeout"),
            ("EVENTSTORE_SCHEMA", "a\0", "schema"),
            (
                "EVENTSTORE_SESSION_URL",
                "postgres://h/d?application_name=%00",
                "session_url",
            ),
        ] {
            let error = from_variables(&[(URL, "postgres://u@h/d"), (variable, value)]).unwrap_err();
            let is_named = matches!(&error, Error::InvalidInput { argument, .. } if *argument == name);
            assert!(is_named, "{error:?}");
        }
    }

    #[test]
    fn seconds_are_taken_as_libpq_writes_them() {
        let config = PostgresConfig::from_url("postgres://u@h/d?connect_timeout=10").unwrap();
        assert_eq!(config.connect_timeout().as_secs(), 10);
        let config = from_variables(&[(URL, "postgres://u@h/d"), ("EVENTSTORE_CONNECT_TIMEOUT", "7")]).unwrap();
        assert_eq!(config.connect_timeout().as_secs(), 7);
    }

    /// Behaviours: R10.5.
    #[test]
    fn an_unknown_parameter_is_refused_by_its_name() {
        let error = PostgresConfig::from_url("postgres://u:secret@h/d?pool-size=3").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("invalid url: unknown parameter \"pool-size\""),
            "{error}"
        );
    }

    /// Behaviours: R10.9.
    #[test]
    fn the_session_url_is_for_what_needs_a_session() {
        let config = PostgresConfig::from_url("postgres://pooler:6432/d").unwrap();
        assert_eq!(config.session_options("locks").get_host(), "pooler");
        let config = config.with_session_url("postgres://u:secret@direct/d").unwrap();
        assert_eq!(config.session_options("locks").get_host(), "direct");
        assert_eq!(config.connect_options("pool").get_host(), "pooler");
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn a_pooler_is_gone_round_by_the_session_url() {
        let url = "postgres://pooler:6432/d?transaction_pooling=true";
        let config = PostgresConfig::from_url(url).unwrap();
        assert!(config.clone().bypassing_pooler().require_session_url().is_err());
        let config = config.with_session_url("postgres://direct/d").unwrap();
        let through = config.connect_options("pool");
        assert_eq!((through.get_host(), through.get_options()), ("pooler", None));
        assert!(config.transaction_settings().is_some());
        let direct = config.bypassing_pooler();
        assert_eq!(direct.connect_options("pool").get_host(), "direct");
        assert!(direct.connect_options("pool").get_options().is_some());
        assert_eq!(direct.transaction_settings(), None);
    }
}
