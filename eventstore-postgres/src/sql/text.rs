use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs, QueryScalar};
use sqlx::{AssertSqlSafe, FromRow, Postgres};

use crate::values::{DataType, SchemaName, payload_size};

/// The placeholder in every file of `src/sql` for the quoted name of the schema.
pub(super) const SCHEMA: &str = "{schema}";

/// The placeholder for the channel on which appends notify, as a literal.
const CHANNEL: &str = "{channel}";

/// The placeholder for the type of the columns that hold payloads.
const PAYLOAD: &str = "{payload}";

/// A process that stops in a transaction keeps no one waiting for longer than a lease lasts (ADR 40).
const IDLE_LIMIT: &str = "idle_in_transaction_session_timeout = '3s'";

/// How long the server keeps what it made of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preparation {
    /// As long as the connection: each time but the first is one round trip.
    Lasting,
    /// Until the next statement, since the next one may go to another connection of the server's.
    Passing,
}

/// SQL text for one schema, cheap to hand out.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    text: Arc<str>,
    preparation: Preparation,
}

impl Sql {
    pub(super) fn new(template: &str, schema: &SchemaName, data_type: DataType, preparation: Preparation) -> Self {
        let typed = payload_size::expand(&template.replace(PAYLOAD, data_type.as_str()), data_type);
        // The name of the schema is never expanded, whatever it contains.
        let parts = typed.split(CHANNEL).map(|part| part.replace(SCHEMA, &schema.quoted()));
        Self {
            text: parts.collect::<Vec<_>>().join(&schema.channel_literal()).into(),
            preparation,
        }
    }

    /// Begins a transaction with settings of its own, whose names and values are constants and numbers of this library's.
    pub(crate) fn begin(settings: &[(&'static str, String)]) -> Self {
        let settings = settings
            .iter()
            .map(|(name, value)| format!("; SET LOCAL {name} = '{value}'"));
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL {IDLE_LIMIT}");
        Self {
            text: (begin + &settings.collect::<String>()).into(),
            preparation: Preparation::Passing,
        }
    }

    /// The same, with a savepoint that exists as long as the transaction can be committed: releasing it fails afterwards.
    pub(crate) fn with_mark(&self) -> Self {
        Self {
            text: format!("{}; SAVEPOINT eventstore_step", self.text).into(),
            preparation: self.preparation,
        }
    }

    pub(crate) fn query<'q>(&self) -> Query<'q, Postgres, PgArguments> {
        sqlx::query(self.text()).persistent(self.is_persistent())
    }

    pub(crate) fn query_as<'q, T>(&self) -> QueryAs<'q, Postgres, T, PgArguments>
    where
        T: for<'r> FromRow<'r, PgRow>,
    {
        sqlx::query_as(self.text()).persistent(self.is_persistent())
    }

    pub(crate) fn query_scalar<'q, T>(&self) -> QueryScalar<'q, Postgres, T, PgArguments>
    where
        (T,): for<'r> FromRow<'r, PgRow>,
    {
        sqlx::query_scalar(self.text()).persistent(self.is_persistent())
    }

    fn is_persistent(&self) -> bool {
        self.preparation == Preparation::Lasting
    }

    /// The text as sqlx takes it: nothing but the name of a type of ours and the validated and quoted schema was ever
    /// put into it.
    pub(crate) fn text(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.text))
    }
}
