use std::time::SystemTime;

use eventstore_core::Append;
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::values::DataType;
use crate::values::PayloadColumn;

/// The events of one or several appends.
pub(super) struct EventColumns<'a> {
    created_at: Vec<OffsetDateTime>,
    event_ids: Vec<Uuid>,
    causation_ids: Vec<Option<Uuid>>,
    correlation_ids: Vec<Option<Uuid>>,
    event_types: Vec<&'a str>,
    data: PayloadColumn<'a>,
    metadata: PayloadColumn<'a>,
}

impl<'a> EventColumns<'a> {
    pub(super) fn new(appends: &(impl Iterator<Item = &'a Append> + Clone), data_type: DataType) -> Self {
        let now = OffsetDateTime::from(SystemTime::now());
        let created_at = appends.clone().flat_map(|append| {
            let events = append.events().iter();
            events.map(move |event| {
                append
                    .created_at()
                    .or(event.created_at)
                    .map_or(now, OffsetDateTime::from)
            })
        });
        let events = || appends.clone().flat_map(Append::events);
        Self {
            created_at: created_at.collect(),
            event_ids: events().map(|event| event.id.as_uuid()).collect(),
            causation_ids: present(events().map(|event| event.causation_id)),
            correlation_ids: present(events().map(|event| event.correlation_id)),
            event_types: events().map(|event| event.event_type.as_str()).collect(),
            data: PayloadColumn::new(data_type, events().map(|event| Some(&event.data[..]))),
            metadata: PayloadColumn::new(data_type, present(events().map(|event| event.metadata.as_deref()))),
        }
    }

    pub(super) fn bind<'q>(&'q self, query: Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments> {
        query
            .bind(&self.created_at)
            .bind(&self.event_ids)
            .bind(&self.causation_ids)
            .bind(&self.correlation_ids)
            .bind(&self.event_types)
            .bind(&self.data)
            .bind(&self.metadata)
    }
}

/// Nothing at all if each of them is missing: the elements of a shorter array are NULL.
fn present<T>(values: impl Iterator<Item = Option<T>> + Clone) -> Vec<Option<T>> {
    if values.clone().all(|value| value.is_none()) {
        return Vec::new();
    }
    values.collect()
}
