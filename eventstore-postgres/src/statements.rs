use std::sync::Arc;

use sqlx::AssertSqlSafe;

use crate::schema::SchemaName;

pub(crate) const INSPECT: &str = include_str!("sql/shared/inspect.sql");
pub(crate) const LAYOUT: &str = include_str!("sql/shared/layout.sql");
pub(crate) const LOCK_SCHEMA: &str = include_str!("sql/shared/lock_schema.sql");
pub(crate) const CREATE_SCHEMA: &str = include_str!("sql/shared/create_schema.sql");
pub(crate) const CREATE_COMPACT: &str = include_str!("sql/compact/create.sql");

/// The placeholder in every file of `src/sql` for the quoted name of the schema.
const SCHEMA: &str = "{schema}";

/// SQL text for one schema, cheap to hand out.
#[derive(Debug, Clone)]
pub(crate) struct Sql(Arc<str>);

impl Sql {
    fn new(template: &str, schema: &SchemaName) -> Self {
        Self(template.replace(SCHEMA, &schema.quoted()).into())
    }

    /// The text as sqlx takes it: nothing but the validated and quoted schema was ever put into it.
    pub(crate) fn text(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.0))
    }
}

macro_rules! statements {
    ($($name:ident: $template:expr),* $(,)?) => {
        /// The statements of one store, in the order of their use.
        #[derive(Debug)]
        pub(crate) struct Statements {
            $(pub(crate) $name: Sql,)*
        }

        impl Statements {
            pub(crate) fn new(schema: &SchemaName) -> Self {
                Self { $($name: Sql::new($template, schema),)* }
            }

            #[cfg(test)]
            fn all(&self) -> Vec<(&'static str, Sql)> {
                vec![$((stringify!($name), self.$name.clone()),)*]
            }
        }
    };
}

statements! {
    append: include_str!("sql/compact/append.sql"),
    find_events: include_str!("sql/compact/find_events.sql"),
    lock_streams: include_str!("sql/shared/lock_streams.sql"),
    link: include_str!("sql/compact/link.sql"),
    find_links: include_str!("sql/compact/find_links.sql"),
    soft_delete: include_str!("sql/shared/soft_delete.sql"),
    undelete: include_str!("sql/shared/undelete.sql"),
    lock_for_hard_delete: include_str!("sql/shared/lock_for_hard_delete.sql"),
    hard_delete: include_str!("sql/compact/hard_delete.sql"),
    read_all_forward: include_str!("sql/compact/read_all_forward.sql"),
    read_all_backward: include_str!("sql/compact/read_all_backward.sql"),
    read_stream_forward: include_str!("sql/compact/read_stream_forward.sql"),
    read_stream_backward: include_str!("sql/compact/read_stream_backward.sql"),
    stream_info: include_str!("sql/shared/stream_info.sql"),
    list_streams_ascending: include_str!("sql/shared/list_streams_ascending.sql"),
    list_streams_descending: include_str!("sql/shared/list_streams_descending.sql"),
    read_snapshot: include_str!("sql/shared/read_snapshot.sql"),
    record_snapshot: include_str!("sql/shared/record_snapshot.sql"),
    delete_snapshot: include_str!("sql/shared/delete_snapshot.sql"),
    create_subscription: include_str!("sql/shared/create_subscription.sql"),
    find_subscription: include_str!("sql/shared/find_subscription.sql"),
    save_checkpoint: include_str!("sql/shared/save_checkpoint.sql"),
    try_lock_subscription: include_str!("sql/shared/try_lock_subscription.sql"),
    unlock_subscription: include_str!("sql/shared/unlock_subscription.sql"),
    verify_all: include_str!("sql/compact/verify_all.sql"),
    verify_head: include_str!("sql/compact/verify_head.sql"),
    verify_streams: include_str!("sql/compact/verify_streams.sql"),
    verify_subscriptions: include_str!("sql/shared/verify_subscriptions.sql"),
}

impl Statements {
    /// A statement that is needed before there is a store.
    pub(crate) fn once(template: &str, schema: &SchemaName) -> AssertSqlSafe<Arc<str>> {
        Sql::new(template, schema).text()
    }
}

#[cfg(test)]
mod tests {
    use eventstore_testkit::TestDatabase;
    use sqlx::{Connection, Executor, PgConnection, SqlSafeStr};

    use super::*;
    use crate::{DataType, Layout, PostgresConfig, initialise};

    #[tokio::test]
    async fn the_server_prepares_every_statement() {
        let database = TestDatabase::create().await;
        let schema = SchemaName::new(r#"needs "quoting""#).unwrap();
        let config = PostgresConfig::from_url(database.url())
            .unwrap()
            .with_schema(schema.clone());
        initialise(&config, Layout::Compact, DataType::Bytea).await.unwrap();
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        for (name, sql) in Statements::new(&schema).all() {
            let prepared = connection.prepare(sql.text().into_sql_str()).await;
            assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
        }
    }
}
