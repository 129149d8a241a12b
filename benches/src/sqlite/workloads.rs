use super::bare_append::BareAppend;
use super::bare_read::BareRead;
use super::bare_replay::BareReplay;
use super::file::StoreFile;
use super::files::Files;
use crate::error::{LoadError, Result};
use crate::measure::{Entrant, OURS, float, rounded};
use crate::population::Population;
use crate::references::L1;
use crate::settings::Settings;
use crate::walk::Walk;
use crate::workloads::{
    Apart, Appender, Outcome, Reader, Replayed, Replayer, Task, WorkloadName, catch_up_entrants, of_pages,
};

/// How many events a stream holds that is read.
const EVENTS_PER_STREAM: u32 = 100;

/// How much smaller the store is whose replay tells what memory depends on.
const SMALLER: u32 = 10;

pub(super) async fn run(workload: WorkloadName, settings: &Settings, files: &mut Files) -> Result<Outcome> {
    match workload {
        WorkloadName::Append => append(settings, files).await,
        WorkloadName::Read => read(settings, files).await,
        WorkloadName::Replay => replay(settings, files).await,
        WorkloadName::CatchUp => catch_up(settings, files).await,
        _ => Err(LoadError::invalid(
            "--url",
            "this workload needs a server; a file has append, read, replay and catch-up",
        )),
    }
}

async fn append(settings: &Settings, files: &mut Files) -> Result<Outcome> {
    let (callers, batch) = (settings.callers, settings.batch);
    let streams = u32::try_from(callers).map_err(|_| LoadError::invalid("--callers", "too many"))?;
    let streams = [Population::empty(streams)];
    let (bare, own) = (files.store(&streams).await?, files.store(&streams).await?);
    let empty = own.size()?;
    let store = own.store(settings.connections).await?;
    let entrants = vec![
        BareAppend::entrant(&bare, callers, batch)?,
        Entrant::new(
            OURS,
            Appender::of_own_streams(&store, callers, batch, settings.expected)?,
        ),
    ];
    let comparison = files.compare(entrants, settings).await?;
    bare.verify(L1, comparison.named(L1)?.answered())?;
    let answered = comparison.ours()?.answered();
    own.verify(OURS, answered)?;
    let grown = float(own.size()?.saturating_sub(empty));
    let outcome = Outcome::of(comparison);
    Ok(outcome.with_detail("disk_bytes_per_event", rounded(grown / float(answered.max(1)), 0)))
}

async fn read(settings: &Settings, files: &mut Files) -> Result<Outcome> {
    let streams = settings.events / EVENTS_PER_STREAM;
    if streams == 0 {
        return Err(LoadError::invalid(
            "--events",
            format!("a stream takes {EVENTS_PER_STREAM}"),
        ));
    }
    let population = Population {
        streams,
        events_per_stream: EVENTS_PER_STREAM,
    };
    let file = files.store(&[population]).await?;
    let store = file.store(settings.connections).await?;
    let walks = || Walk::of_callers(settings.callers, streams);
    let length = usize::try_from(EVENTS_PER_STREAM).unwrap_or(usize::MAX);
    let entrants = vec![
        BareRead::entrant(&file, walks(), length)?,
        Entrant::new(OURS, Reader::of_walks(&store, walks(), length)),
    ];
    Ok(Outcome::of(files.compare(entrants, settings).await?))
}

async fn replay(settings: &Settings, files: &mut Files) -> Result<Outcome> {
    let large = Population::in_tens(settings.events)?;
    let small = Population::in_tens((settings.events / SMALLER).max(10))?;
    let (few, many) = (files.store(&[small]).await?, files.store(&[large]).await?);
    let store = many.store(settings.connections).await?;
    let entrants = vec![
        BareReplay::entrant(&many, large.events())?,
        Entrant::new(OURS, vec![Replayer::new(store, large.events())]),
    ];
    let comparison = files.compare(entrants, settings).await?;
    let peak_of_few = replay_apart(&few, small.events()).await?.peak_rss_mb;
    let peak_of_many = replay_apart(&many, large.events()).await?.peak_rss_mb;
    let outcome = Outcome {
        peak_rss_mb: peak_of_many,
        ..Outcome::of(comparison)
    };
    Ok(outcome.with_detail("peak_rss_mb_of_a_tenth", peak_of_few.map(|peak| rounded(peak, 1))))
}

/// Replays the store in a process of its own, whose memory no one else has used.
async fn replay_apart(file: &StoreFile, events: u64) -> Result<Replayed> {
    Apart::start_on_file(&file.url(), &Task::Replay { events })?.end().await
}

async fn catch_up(settings: &Settings, files: &mut Files) -> Result<Outcome> {
    let population = Population::in_tens(settings.events)?;
    let store = files.store(&[population]).await?.store(settings.connections).await?;
    let entrants = catch_up_entrants(&store, population.events());
    of_pages(files.compare(entrants, settings).await?)
}
