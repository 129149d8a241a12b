use sqlx::PgConnection;

use crate::sql::scripts::FIND_INDEX;
use crate::values::{EventIndex, IndexState, SchemaName};

/// Whether the index is in the schema, and can be used.
pub(crate) async fn index_state(
    connection: &mut PgConnection,
    schema: &SchemaName,
    index: EventIndex,
) -> Result<IndexState, sqlx::Error> {
    let is_valid = sqlx::query_scalar::<_, bool>(FIND_INDEX)
        .persistent(false)
        .bind(schema.quoted())
        .bind(index.name())
        .fetch_optional(connection)
        .await?;
    Ok(match is_valid {
        None => IndexState::Absent,
        Some(false) => IndexState::Invalid,
        Some(true) => IndexState::Valid,
    })
}
