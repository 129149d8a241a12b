use std::str::FromStr;

use eventstore_core::{Error, Result};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use url::{Host, Url};

use super::libpq::{is_done_anyway, refuse_several};

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

pub(super) const NUL: &str = "it holds a NUL character";

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
        refuse_several(argument, hosts(text))?;
        let has_no_host = hosts(text).is_empty() && text.contains('@');
        let parsed = if has_no_host {
            Url::parse(&text.replacen('@', "@localhost", 1))
        } else {
            Url::parse(text)
        };
        let mut url = parsed.map_err(|error| Error::invalid_input(argument, &error))?;
        refuse_split_password(&url).map_err(refused)?;
        if url.path().trim_start_matches('/').contains('/') {
            return Err(refused("the name of the database holds a `/`: write it as `%2F`"));
        }
        refuse_nul(&url)?;
        let (connection, settings) = parameters(&url)?;
        url.set_query(None);
        if let Some(Host::Ipv6(address)) = url.host() {
            // The driver would resolve the name with the brackets.
            url.query_pairs_mut().append_pair("hostaddr", &address.to_string());
        }
        let is_host_left_out = has_no_host && !connection.iter().any(|(name, _)| name.starts_with("host"));
        if !connection.is_empty() {
            url.query_pairs_mut().extend_pairs(connection);
        }
        let options =
            PgConnectOptions::from_str(url.as_str()).map_err(|error| Error::invalid_input(argument, &error))?;
        let options = if is_host_left_out {
            at_default_host(options)
        } else {
            options
        };
        Ok(Self {
            options: options.disable_statement_logging(),
            settings,
        })
    }
}

/// Where a URL leads that names a user and no host, which only libpq takes.
fn at_default_host(options: PgConnectOptions) -> PgConnectOptions {
    let defaults = PgConnectOptions::new_without_pgpass();
    match defaults.get_socket() {
        Some(socket) => options.socket(socket),
        None => options.host(defaults.get_host()),
    }
}

/// The hosts and ports of a URL, as they are written.
fn hosts(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts)
}

/// The protocol ends each text by a NUL character: what comes after one would be taken for something else.
fn refuse_nul(url: &Url) -> Result<()> {
    let parts = [
        ("user", url.username()),
        ("password", url.password().unwrap_or_default()),
        ("database", url.path()),
    ];
    match parts.into_iter().find(|(_, text)| text.contains("%00")) {
        Some((part, _)) => Err(Error::invalid_input(part, NUL)),
        None => Ok(()),
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

/// The parameters that say how to connect, and the others.
fn parameters(url: &Url) -> Result<(Parameters, Parameters)> {
    let (mut connection, mut settings) = (Parameters::new(), Parameters::new());
    for (name, value) in url.query_pairs().into_owned() {
        if let Some(known) = connection_parameter(&name) {
            check_parameter(known, &name, &value)?;
            connection.push((name, value));
        } else if !is_done_anyway(&name, &value)? {
            settings.push((name, value));
        }
    }
    Ok((connection, settings))
}

fn connection_parameter(name: &str) -> Option<&'static str> {
    let whole = if name.starts_with("options[") { "options" } else { name };
    CONNECTION_PARAMETERS.into_iter().find(|known| *known == whole)
}

fn check_parameter(known: &'static str, name: &str, value: &str) -> Result<()> {
    if name.contains('\0') || value.contains('\0') {
        return Err(Error::invalid_input(known, NUL));
    }
    match known {
        "host" | "hostaddr" | "port" => refuse_several(known, value),
        _ => Ok(()),
    }
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

    #[test]
    fn an_address_of_version_6_is_connected_to_as_it_is() {
        for (url, host, port) in [
            ("postgres://u@[::1]:7/d", "::1", 7),
            ("postgres://u@[2001:db8::7]/d?sslmode=disable", "2001:db8::7", 5432),
            ("postgres://u@/d?host=%3A%3A1&port=7", "::1", 7),
            ("postgres://u@[::1]/d?host=db.example", "db.example", 5432),
        ] {
            let options = parse(url).unwrap().options;
            assert_eq!((options.get_host(), options.get_port()), (host, port), "{url}");
        }
    }

    #[test]
    fn a_user_without_a_host_is_taken_as_libpq_does() {
        let options = parse("postgres://u:p%40ss@/d?host=/run/pg").unwrap().options;
        assert_eq!(options.get_socket().unwrap().to_str(), Some("/run/pg"));
        assert_eq!((options.get_username(), options.get_database()), ("u", Some("d")));
        let (found, default) = (
            parse("postgres://u@/d").unwrap().options,
            PgConnectOptions::new_without_pgpass(),
        );
        assert_eq!(
            (found.get_host(), found.get_socket()),
            (default.get_host(), default.get_socket())
        );
    }

    #[test]
    fn what_the_driver_cannot_do_is_refused_by_its_name() {
        for (url, name) in [
            ("postgres://h1:1,h2:2/d", "url"),
            ("postgres://u:p@h1,h2/d?target_session_attrs=read-write", "url"),
            ("postgres:///d?host=h1,h2", "host"),
            ("postgres://u@h/d?hostaddr=10.0.0.1,10.0.0.2", "hostaddr"),
            ("postgres://u@h/d?port=1,2", "port"),
            (
                "postgres://u@h/d?target_session_attrs=read-write",
                "target_session_attrs",
            ),
            ("postgres://u@h/d?channel_binding=require", "channel_binding"),
            ("postgres://u@h/d?sslcrl=x", "sslcrl"),
            ("postgres://u@h/d?require_auth=scram-sha-256", "require_auth"),
            ("postgres://u@h/d?application_name=%00x", "application_name"),
            ("postgres://u@h/d?options=%00", "options"),
            ("postgres://u@h/d?options[jit]=%00", "options"),
            ("postgres://u%00@h/d", "user"),
            ("postgres://u:p%00@h/d", "password"),
            ("postgres://u:p@h/d%00", "database"),
        ] {
            let error = parse(url).map(|_| ()).unwrap_err();
            assert!(
                matches!(error, Error::InvalidInput { argument, .. } if argument == name),
                "{url}: {error:?}"
            );
        }
    }

    #[test]
    fn what_libpq_asks_for_and_is_done_anyway_is_taken() {
        let url =
            "postgres://u@h/d?channel_binding=prefer&target_session_attrs=any&gssencmode=disable&connect_timeout=10";
        let settings = parse(url).unwrap().settings;
        assert_eq!(settings, [("connect_timeout".to_owned(), "10".to_owned())]);
    }
}
