use eventstore_core::Result;
use sqlx::PgConnection;

use crate::error::reading;
use crate::schema::call;
use crate::sql::{Statements, scripts};
use crate::values::{DataType, SchemaName};

/// Puts the copies in the place of the original tables, in a transaction of the caller's.
pub(super) async fn exchange(connection: &mut PgConnection, schema: &SchemaName, data_type: DataType) -> Result<()> {
    call(connection, scripts::SET_SCHEMA, &schema.quoted()).await?;
    for script in scripts::EXCHANGE_TABLES {
        let script = Statements::creation(script, schema, data_type);
        sqlx::raw_sql(script).execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}
