use std::iter;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::PostgresConfig;
use crate::error::Limit;
use crate::sql::Preparation;

/// How much longer than the server, which cancels a statement in time, the answer may take.
const GRACE: Duration = Duration::from_secs(1);

/// The longest name of an application that the server keeps, in bytes.
const LONGEST_NAME: usize = 63;

/// What every statement is carried out with.
const STATEMENTS: [(&str, &str); 4] = [
    // Planning an append takes longer than carrying it out, and the server would plan each one that has few events.
    ("plan_cache_mode", "force_generic_plan"),
    // What is read by an index is in memory, or on a disk that need not seek: small tables are not read as a whole.
    ("random_page_cost", "1.1"),
    // Compiling one of our statements takes longer than carrying it out.
    ("jit", "off"),
    ("client_min_messages", "warning"),
];

/// What else every session is given. A server that cannot reach a client any more shall close its session within seconds:
/// it may hold the lock of a subscription.
const SESSION: [(&str, &str); 5] = [
    ("default_transaction_isolation", "read committed"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10s"),
];

/// How connections are opened, and what their sessions are set to.
impl PostgresConfig {
    /// Returns the settings for the same store with every connection made through the session URL, bypassing the pooler
    /// if there is one.
    ///
    /// Use this for work on the whole store, which would otherwise keep others from the pooler's connections.
    #[must_use]
    pub fn bypassing_pooler(self) -> Self {
        match self.session_options.clone() {
            None => self,
            Some(options) => Self {
                options,
                transaction_pooling: false,
                shared_pool: None,
                ..self
            },
        }
    }

    pub(crate) fn preparation(&self) -> Preparation {
        if self.transaction_pooling {
            Preparation::Passing
        } else {
            Preparation::Lasting
        }
    }

    /// What transactions on connections of the pool are begun with, where sessions do not last.
    pub(crate) fn transaction_settings(&self) -> Option<Vec<(&'static str, String)>> {
        match (self.transaction_pooling, &self.shared_pool) {
            (false, _) => None,
            (true, Some(_)) => Some(Vec::new()),
            (true, None) => {
                let timeout = ("statement_timeout", self.statement_timeout.as_millis().to_string());
                let others = STATEMENTS.iter().map(|(name, value)| (*name, (*value).to_owned()));
                Some(iter::once(timeout).chain(others).collect())
            }
        }
    }

    /// How long an answer may take on a session of ours, whose statements the server ends in time.
    pub(crate) fn answer_limit(&self) -> Limit {
        Limit::of_server(self.statement_timeout + GRACE)
    }

    /// Whether the sessions of the pool are opened with settings of ours.
    pub(crate) fn sets_sessions(&self) -> bool {
        !self.transaction_pooling && self.shared_pool.is_none()
    }

    /// The same server with its maintenance database, bypassing the pooler.
    pub(crate) fn for_maintenance(&self) -> Self {
        let direct = self.clone().bypassing_pooler();
        Self {
            options: Arc::new(direct.options.as_ref().clone().database("postgres")),
            session_options: None,
            ..direct
        }
    }

    /// Without a limit to the time of statements, for work on whole tables.
    pub(crate) fn without_statement_timeout(&self) -> Self {
        self.clone().with_statement_timeout(Duration::ZERO)
    }

    /// What a connection for this purpose needs; `pg_stat_activity` shows the purpose.
    ///
    /// A pooler would refuse a session with settings of its own.
    pub(crate) fn connect_options(&self, purpose: &str) -> PgConnectOptions {
        if self.transaction_pooling {
            named(&self.options, purpose).extra_float_digits(None)
        } else {
            self.options_for_session(&self.options, purpose)
        }
    }

    /// What a connection needs that no one else may use between two of its statements.
    pub(crate) fn session_options(&self, purpose: &str) -> PgConnectOptions {
        let options = self.session_options.as_deref().unwrap_or(&self.options);
        self.options_for_session(options, purpose)
    }

    fn options_for_session(&self, options: &PgConnectOptions, purpose: &str) -> PgConnectOptions {
        named(options, purpose)
            .options([("statement_timeout", self.statement_timeout.as_millis())])
            .options(STATEMENTS)
            .options(SESSION)
    }
}

fn named(options: &PgConnectOptions, purpose: &str) -> PgConnectOptions {
    let application = options.get_application_name().unwrap_or("eventstore");
    let room = LONGEST_NAME.saturating_sub(purpose.len() + 1);
    let application = &application[..application.floor_char_boundary(room)];
    options.clone().application_name(&format!("{application} {purpose}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_purpose_of_a_connection_is_told_whatever_the_application_is_called() {
        let config = PostgresConfig::from_url(&format!("postgres://h/d?application_name={}", "ä".repeat(40))).unwrap();
        let options = config.connect_options("pool");
        let name = options.get_application_name().unwrap();
        assert!(name.len() <= LONGEST_NAME && name.ends_with("ä pool"), "{name}");
    }
}
