use sqlx::PgConnection;

use crate::error::Result;
use crate::measure::{Caller, Entrant};
use crate::references::L3;
use crate::sample;
use crate::server::Schema;

/// Puts one row after another into a table with one index.
pub(crate) struct BareCommits {
    connection: PgConnection,
    next: i64,
}

impl BareCommits {
    pub(crate) async fn entrant(schema: &Schema) -> Result<Entrant> {
        let mut connection = schema.connect().await?;
        sqlx::raw_sql(include_str!("../sql/shared/create_bare.sql"))
            .execute(&mut connection)
            .await?;
        Ok(Entrant::new(L3, vec![Self { connection, next: 1 }]))
    }
}

impl Caller for BareCommits {
    async fn call(&mut self) -> Result<u64> {
        sqlx::query(include_str!("../sql/shared/insert_bare.sql"))
            .bind(self.next)
            .bind(&sample::DATA[..])
            .execute(&mut self.connection)
            .await?;
        self.next += 1;
        Ok(1)
    }
}
