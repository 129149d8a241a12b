//! The rows that the statements return.

use eventstore_core::Result;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::reading;
use crate::verify::{Finding, FindingKind};

pub(super) fn position_findings(row: &PgRow) -> Result<Vec<Finding>> {
    let starts: Vec<i64> = column::<Option<_>>(row, "gap_starts")?.unwrap_or_default();
    let ends: Vec<i64> = column::<Option<_>>(row, "gap_ends")?.unwrap_or_default();
    let orphans: Vec<i64> = column::<Option<_>>(row, "orphans")?.unwrap_or_default();
    let untimely: Vec<i64> = column::<Option<_>>(row, "untimely")?.unwrap_or_default();
    let gaps = starts.iter().zip(&ends).map(|(start, end)| gap(*start, *end));
    let at = |kind, at: &i64| Finding::new(kind, format!("position {at}"));
    let orphans = orphans.iter().map(|position| at(FindingKind::Orphan, position));
    let untimely = untimely
        .iter()
        .map(|position| at(FindingKind::UnreadableTime, position));
    Ok(gaps.chain(orphans).chain(untimely).collect())
}

fn gap(start: i64, end: i64) -> Finding {
    Finding::new(FindingKind::PositionGap, format!("positions {start} to {end}"))
}

/// There is one row, unless that of `$all` is missing.
pub(super) fn head_findings(row: Option<&PgRow>) -> Result<Vec<Finding>> {
    let Some(row) = row else {
        return Ok(vec![Finding::new(
            FindingKind::MissingAll,
            "stream \"$all\"".to_owned(),
        )]);
    };
    let head: i64 = column(row, "head")?;
    let last: i64 = column(row, "last_position")?;
    let first: i64 = column(row, "first_position")?;
    let is_log_missing = head == 0 && column(row, "has_events")?;
    let beyond = || Finding::new(FindingKind::PositionBeyondHead, format!("position {last}, head {head}"));
    let below = || Finding::new(FindingKind::PositionOutOfRange, format!("position {first}"));
    let findings = [
        (last < head).then(|| gap(last + 1, head)),
        (last > head).then(beyond),
        (first < 1).then(below),
        is_log_missing.then(log_missing),
    ];
    Ok(findings.into_iter().flatten().collect())
}

fn log_missing() -> Finding {
    let location = "stream \"$all\", which is empty although there are events: data was restored into a store that was initialized \
                    before; drop the store, then restore its tables together with their data";
    Finding::new(FindingKind::LogMissing, location.to_owned())
}

pub(super) fn stream_findings(row: &PgRow) -> Result<Vec<Finding>> {
    let name: String = column(row, "stream_uuid")?;
    let version: i64 = column(row, "stream_version")?;
    let reached: i64 = column(row, "reached")?;
    let is_complete: bool = column(row, "is_complete")?;
    let last: i64 = column(row, "last_version")?;
    let gap: Option<i64> = column(row, "gap")?;
    let disordered: Option<i64> = column(row, "disordered")?;
    let broken: Option<i64> = column(row, "broken")?;
    let own_link: Option<i64> = column(row, "own_link")?;
    // Links go with the events that they refer to.
    let (gap_kind, end_kind) = if column(row, "may_have_lost_links")? {
        (FindingKind::LinkGap, FindingKind::LinkGap)
    } else {
        (FindingKind::VersionGap, FindingKind::MissingEvents)
    };
    let at = |kind, version: i64| Finding::new(kind, format!("stream {name:?} version {version}"));
    let findings = [
        gap.map(|next| at(gap_kind, next - 1)),
        disordered.map(|version| at(FindingKind::OutOfOrder, version)),
        broken.map(|version| at(FindingKind::BrokenLink, version)),
        own_link.map(|version| at(FindingKind::OwnLink, version)),
        (last > version).then(|| at(FindingKind::VersionBeyondHead, last)),
        (last < reached).then(|| at(if is_complete { end_kind } else { gap_kind }, reached)),
    ];
    Ok(findings.into_iter().flatten().collect())
}

pub(super) fn placement_findings(row: &PgRow) -> Result<Vec<Finding>> {
    let streams: Vec<i64> = column::<Option<_>>(row, "without_stream")?.unwrap_or_default();
    let finding = |id: &i64| Finding::new(FindingKind::UnplacedLink, format!("stream id {id}"));
    Ok(streams.iter().map(finding).collect())
}

pub(super) fn unplaced_findings(row: &PgRow) -> Result<Vec<Finding>> {
    let ids: Vec<Uuid> = column::<Option<_>>(row, "unplaced")?.unwrap_or_default();
    let untimely: Vec<Uuid> = column::<Option<_>>(row, "untimely")?.unwrap_or_default();
    let finding = |kind, id: &Uuid| Finding::new(kind, format!("event {id}"));
    let unplaced = ids.iter().map(|id| finding(FindingKind::UnplacedEvent, id));
    let untimely = untimely.iter().map(|id| finding(FindingKind::UnreadableTime, id));
    Ok(unplaced.chain(untimely).collect())
}

pub(super) fn time_finding(row: &PgRow) -> Result<Finding> {
    let what: String = column(row, "what")?;
    let name: String = column(row, "name")?;
    Ok(Finding::new(FindingKind::UnreadableTime, format!("{what} {name:?}")))
}

pub(super) fn duplicate_finding(row: &PgRow) -> Result<Finding> {
    let table: String = column(row, "table_name")?;
    let key: String = column(row, "key")?;
    let second: Option<String> = column(row, "second_key")?;
    let count: i64 = column(row, "count")?;
    let second = second.map_or_else(String::new, |second| format!(" {second:?}"));
    let location = format!("table {table}: {key:?}{second}, {count} rows");
    Ok(Finding::new(FindingKind::DuplicateKey, location))
}

pub(super) fn lost_findings(row: &PgRow) -> Result<Vec<Finding>> {
    let names: Vec<String> = column::<Option<_>>(row, "lost")?.unwrap_or_default();
    let finding = |name: &String| Finding::new(FindingKind::LostKey, format!("stream {name:?}"));
    Ok(names.iter().map(finding).collect())
}

pub(super) fn checkpoint_finding(row: &PgRow) -> Result<Finding> {
    let name: String = column(row, "subscription_name")?;
    let stream: String = column(row, "stream_uuid")?;
    let last_seen: i64 = column(row, "last_seen")?;
    let head: i64 = column(row, "head")?;
    let kind = if last_seen < 0 {
        FindingKind::CheckpointOutOfRange
    } else {
        FindingKind::CheckpointBeyondHead
    };
    let location = format!("subscription {name:?} on {stream:?}: checkpoint {last_seen}, head {head}");
    Ok(Finding::new(kind, location))
}

pub(super) fn sequence_finding(row: &PgRow) -> Result<Finding> {
    let table: String = column(row, "table_name")?;
    let next: i64 = column(row, "next_id")?;
    let last: i64 = column(row, "last_id")?;
    let sequence: String = column(row, "sequence_name")?;
    let location =
        format!("table {table}: next id {next}, last id {last}; set it right by SELECT setval({sequence}, {last})");
    Ok(Finding::new(FindingKind::SequenceBehind, location))
}

pub(super) fn column<'r, T>(row: &'r PgRow, name: &str) -> Result<T>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(name).map_err(reading)
}
