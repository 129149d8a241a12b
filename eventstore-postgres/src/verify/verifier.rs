use eventstore_core::Result;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::PostgresStore;
use crate::error::reading;
use crate::statements::Sql;
use crate::verify::{Finding, FindingKind};

/// How many positions are looked at in one snapshot.
const POSITIONS_PER_CHUNK: i64 = 50_000;

/// How many streams are looked at in one snapshot.
const STREAMS_PER_CHUNK: i64 = 1_000;

impl PostgresStore {
    /// Checks order and gaps of `$all` and of each stream, orphans, links, and checkpoints beyond the head.
    ///
    /// Works in chunks, each in a short snapshot of its own, while others append.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](eventstore_core::Error::Unavailable) and failures of the storage.
    pub async fn verify(&self) -> Result<Vec<Finding>> {
        let mut findings = self.verify_positions().await?;
        findings.extend(self.verify_head().await?);
        findings.extend(self.verify_streams().await?);
        findings.extend(self.verify_unplaced().await?);
        findings.extend(self.verify_checkpoints().await?);
        Ok(findings)
    }

    async fn verify_positions(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let mut after = 0_i64;
        loop {
            let rows = self
                .fetch(&self.statements().verify_all, Some((after, POSITIONS_PER_CHUNK)))
                .await?;
            let Some(row) = rows.first() else { return Ok(findings) };
            let Some(last) = column::<Option<i64>>(row, "last_position")? else {
                return Ok(findings);
            };
            findings.extend(position_findings(row)?);
            after = last;
        }
    }

    async fn verify_head(&self) -> Result<Vec<Finding>> {
        let rows = self.fetch(&self.statements().verify_head, None).await?;
        rows.iter().filter_map(|row| head_finding(row).transpose()).collect()
    }

    async fn verify_streams(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let mut after = 0_i64;
        loop {
            let rows = self
                .fetch(&self.statements().verify_streams, Some((after, STREAMS_PER_CHUNK)))
                .await?;
            let Some(last) = rows.last() else { return Ok(findings) };
            after = column(last, "stream_id")?;
            for row in &rows {
                findings.extend(stream_findings(row)?);
            }
        }
    }

    async fn verify_unplaced(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let Some(sql) = &self.statements().verify_unplaced else {
            return Ok(findings);
        };
        let mut after = None;
        loop {
            let query = sqlx::query(sql.text()).bind(after).bind(POSITIONS_PER_CHUNK);
            let mut session = self.session().await?;
            let row = session
                .read(async |connection| query.fetch_one(connection).await)
                .await
                .map_err(reading)?;
            after = column::<Option<Uuid>>(&row, "last_event_id")?;
            if after.is_none() {
                return Ok(findings);
            }
            findings.extend(unplaced_findings(&row)?);
        }
    }

    async fn verify_checkpoints(&self) -> Result<Vec<Finding>> {
        let rows = self.fetch(&self.statements().verify_subscriptions, None).await?;
        rows.iter().map(checkpoint_finding).collect()
    }

    async fn fetch(&self, sql: &Sql, chunk: Option<(i64, i64)>) -> Result<Vec<PgRow>> {
        let query = sqlx::query(sql.text());
        let query = match chunk {
            Some((after, limit)) => query.bind(after).bind(limit),
            None => query,
        };
        let mut session = self.session().await?;
        session
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)
    }
}

fn position_findings(row: &PgRow) -> Result<Vec<Finding>> {
    let starts: Vec<i64> = column::<Option<_>>(row, "gap_starts")?.unwrap_or_default();
    let ends: Vec<i64> = column::<Option<_>>(row, "gap_ends")?.unwrap_or_default();
    let orphans: Vec<i64> = column::<Option<_>>(row, "orphans")?.unwrap_or_default();
    let gaps = starts.iter().zip(&ends).map(|(start, end)| gap(*start, *end));
    let orphans = orphans
        .iter()
        .map(|at| Finding::new(FindingKind::Orphan, format!("position {at}")));
    Ok(gaps.chain(orphans).collect())
}

fn gap(start: i64, end: i64) -> Finding {
    Finding::new(FindingKind::PositionGap, format!("positions {start} to {end}"))
}

fn head_finding(row: &PgRow) -> Result<Option<Finding>> {
    let head: i64 = column(row, "head")?;
    let last: i64 = column(row, "last_position")?;
    Ok(match last.cmp(&head) {
        std::cmp::Ordering::Less => Some(gap(last + 1, head)),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Finding::new(
            FindingKind::PositionBeyondHead,
            format!("position {last}, head {head}"),
        )),
    })
}

fn stream_findings(row: &PgRow) -> Result<Vec<Finding>> {
    let name: String = column(row, "stream_uuid")?;
    let version: i64 = column(row, "stream_version")?;
    let last: i64 = column(row, "last_version")?;
    let gap: Option<i64> = column(row, "gap")?;
    let disordered: Option<i64> = column(row, "disordered")?;
    let broken: Option<i64> = column(row, "broken")?;
    // Links go with the events that they refer to.
    let holds_links: bool = column(row, "holds_links")?;
    let (gap_kind, end_kind) = if holds_links {
        (FindingKind::LinkGap, FindingKind::LinkGap)
    } else {
        (FindingKind::VersionGap, FindingKind::MissingEvents)
    };
    let at = |kind, version: i64| Finding::new(kind, format!("stream {name:?} version {version}"));
    let checks = [
        gap.map(|next| at(gap_kind, next - 1)),
        disordered.map(|version| at(FindingKind::OutOfOrder, version)),
        broken.map(|version| at(FindingKind::BrokenLink, version)),
        (last > version).then(|| at(FindingKind::VersionBeyondHead, last)),
        (last < version).then(|| at(end_kind, version)),
    ];
    Ok(checks.into_iter().flatten().collect())
}

fn unplaced_findings(row: &PgRow) -> Result<Vec<Finding>> {
    let ids: Vec<Uuid> = column::<Option<_>>(row, "unplaced")?.unwrap_or_default();
    let finding = |id: &Uuid| Finding::new(FindingKind::UnplacedEvent, format!("event {id}"));
    Ok(ids.iter().map(finding).collect())
}

fn checkpoint_finding(row: &PgRow) -> Result<Finding> {
    let name: String = column(row, "subscription_name")?;
    let stream: String = column(row, "stream_uuid")?;
    let last_seen: i64 = column(row, "last_seen")?;
    let head: i64 = column(row, "head")?;
    let location = format!("subscription {name:?} on {stream:?}: checkpoint {last_seen}, head {head}");
    Ok(Finding::new(FindingKind::CheckpointBeyondHead, location))
}

fn column<'r, T>(row: &'r PgRow, name: &str) -> Result<T>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(name).map_err(reading)
}
