use eventstore_core::Append;
use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use uuid::Uuid;

use crate::values::DataType;
use crate::values::PayloadColumn;

/// The events of appends that may be stored already, with the contents of those that have to be the same.
pub(crate) struct WantedColumns<'a> {
    event_ids: Vec<Uuid>,
    event_types: Vec<Option<&'a str>>,
    data: PayloadColumn<'a>,
}

impl<'a> WantedColumns<'a> {
    pub(crate) fn new(appends: &[&'a Append], data_type: DataType) -> Self {
        let events = || {
            appends.iter().flat_map(|append| {
                let is_compared = append.compares_content();
                append.events().iter().map(move |event| (event, is_compared))
            })
        };
        Self {
            event_ids: events().map(|(event, _)| event.id.as_uuid()).collect(),
            event_types: events()
                .map(|(event, is_compared)| is_compared.then_some(event.event_type.as_str()))
                .collect(),
            data: PayloadColumn::new(
                data_type,
                events().map(|(event, is_compared)| is_compared.then_some(&event.data[..])),
            ),
        }
    }

    pub(crate) fn bind<'q, T>(
        &'q self,
        query: QueryAs<'q, Postgres, T, PgArguments>,
    ) -> QueryAs<'q, Postgres, T, PgArguments>
    where
        T: for<'r> sqlx::FromRow<'r, PgRow>,
    {
        query.bind(&self.event_ids).bind(&self.event_types).bind(&self.data)
    }
}
