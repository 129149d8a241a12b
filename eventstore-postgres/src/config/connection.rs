use std::str::FromStr;

use eventstore_core::{Error, Result};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use url::Url;

/// The parameters of a URL that say how to connect; other ones are settings of the store, or unknown.
const CONNECTION_PARAMETERS: [&str; 12] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// A URL taken apart: how to connect, and the parameters that do not tell that.
pub(super) struct ConnectionUrl {
    pub(super) options: PgConnectOptions,
    pub(super) settings: Vec<(String, String)>,
}

impl ConnectionUrl {
    /// Reads a URL that was given as this argument; no error ever holds a part of it that may be a secret.
    pub(super) fn parse(argument: &'static str, text: &str) -> Result<Self> {
        let refused = |reason: &str| Error::invalid_input(argument, reason);
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(refused("it must begin with `postgres://`"));
        }
        let mut url = Url::parse(text).map_err(|error| Error::invalid_input(argument, &error))?;
        refuse_split_password(&url).map_err(refused)?;
        if url.path().trim_start_matches('/').contains('/') {
            return Err(refused("the name of the database holds a `/`: write it as `%2F`"));
        }
        let (connection, settings) = parameters(&url);
        url.set_query(None);
        if !connection.is_empty() {
            url.query_pairs_mut().extend_pairs(connection);
        }
        let options =
            PgConnectOptions::from_str(url.as_str()).map_err(|error| Error::invalid_input(argument, &error))?;
        Ok(Self {
            options: options.disable_statement_logging(),
            settings,
        })
    }
}

/// A `/`, `?` or `#` in a password ends it too early, and what follows is found where no password belongs.
fn refuse_split_password(url: &Url) -> Result<(), &'static str> {
    let holds_at = |part: &str| part.contains('@');
    if url.fragment().is_some() || holds_at(url.path()) || url.query().is_some_and(holds_at) {
        return Err("`/`, `?`, `#` and `@` in a user, password or database must be percent-encoded");
    }
    Ok(())
}

type Parameters = Vec<(String, String)>;

fn parameters(url: &Url) -> (Parameters, Parameters) {
    url.query_pairs()
        .into_owned()
        .partition(|(name, _)| CONNECTION_PARAMETERS.contains(&name.as_str()) || name.starts_with("options["))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<ConnectionUrl> {
        ConnectionUrl::parse("url", url)
    }

    /// Behaviours: R10.5, R10.6, T28.
    #[test]
    fn passwords_keep_every_character() {
        for (written, password) in [
            ("a:b", "a:b"),
            ("a@b", "a@b"),
            ("a%2Fb%3Fc%23d%25", "a/b?c#d%"),
            ("a b|c^d", "a b|c^d"),
            ("%C3%A4", "ä"),
            ("100%", "100%"),
        ] {
            let options = parse(&format!("postgres://u:{written}@h:7/d")).unwrap().options;
            let url = options.to_url_lossy();
            let stored = url.password().unwrap();
            let expected = Url::parse(&format!("x://u:{}@h", percent_encoded(password))).unwrap();
            assert_eq!(
                Some(stored.to_ascii_lowercase()),
                expected.password().map(str::to_ascii_lowercase)
            );
            assert_eq!((options.get_host(), options.get_port()), ("h", 7), "{written}");
            assert_eq!(options.get_database(), Some("d"));
        }
    }

    fn percent_encoded(text: &str) -> String {
        let encode = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(encode).collect()
    }

    /// Behaviours: R10.5, R10.6, T28.
    #[test]
    fn what_is_no_url_is_refused_without_being_repeated() {
        for url in [
            "",
            "mysql://u:secret@h/d",
            "secret",
            "postgres://u:secret@h:port/d",
            "postgres://u:secret@[h/d",
            "postgres://u:1/secret@h/d",
            "postgres://u:1?secret@h/d",
            "postgres://u:1?secret&x@h/d",
            "postgres://u:1#secret@h/d",
            "postgres://u:secret@h/d/e",
            "postgres://u:secret@h/d#e",
            "postgres://u:secret@h/d?sslmode=secret",
        ] {
            let error = parse(url).map(|_| ()).unwrap_err();
            assert!(matches!(error, Error::InvalidInput { argument: "url", .. }), "{error}");
            let told = format!("{error} {error:?}");
            assert!(!told.contains("secret") || url.contains("sslmode"), "{told}");
        }
    }

    #[test]
    fn what_does_not_tell_how_to_connect_is_set_aside() {
        let url = parse("postgres://h/d?pool_size=3&application_name=shop&options[jit]=off").unwrap();
        assert_eq!(url.settings, [("pool_size".to_owned(), "3".to_owned())]);
        assert_eq!(url.options.get_application_name(), Some("shop"));
    }
}
