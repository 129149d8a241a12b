//! A power cut: of what was written since the last sync of a file, anything may be missing, and sectors may be torn.

mod disk;
mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use eventstore_sqlite::{SqliteConfig, SqliteStore, Synchronous};
use tempfile::TempDir;

use self::disk::Disk;
use self::trace::{FileId, Step, Trace};
use crate::contents::assert_sound;
use crate::random::Random;
use crate::scale::faults;
use crate::trials::trials;
use crate::writer::{Acknowledged, Writer};

trials! {
    what_was_acknowledged_survives_a_power_cut_at_any_moment,
    where_commits_are_not_synced_a_power_cut_takes_the_latest_appends_and_nothing_else,
}

/// What a writer appends whose calls are traced: enough that the log is copied into the file while it writes.
const REQUESTS: u32 = 500;

/// How often the power fails during one run of a writer.
const CUTS_OF_A_RUN: u32 = 100;

/// What is enough to see that something is lost.
const FEW: u32 = 50;

/// The calls by which SQLite writes, and those that tell which file they are about.
const CALLS: &str =
    "trace=openat,close,lseek,write,pwrite64,ftruncate,fsync,fdatasync,?unlink,unlinkat,?rename,?renameat,?renameat2";

/// The name of the store's file.
const FILE: &str = "events.db";

/// How the file is called that the processes share in memory, and that is worth nothing after a power cut.
const SHARED_MEMORY: &str = "-shm";

/// How far from a sync a cut is that is meant to be close to one.
const CLOSE: usize = 3;

async fn what_was_acknowledged_survives_a_power_cut_at_any_moment() {
    if !can_trace() {
        return;
    }
    let (cuts, mut random) = (faults(30), Random::of_run());
    let (mut done, mut acknowledged, mut steps) = (0, 0, 0);
    while done < cuts {
        let of_run = CUTS_OF_A_RUN.min(cuts - done);
        let trace = traced("full", REQUESTS);
        for cut in cuts_in(&trace, of_run, &mut random) {
            cut.events_after_it(&cut.acknowledged).await;
            acknowledged += cut.acknowledged.len();
        }
        steps += trace.steps.len();
        done += of_run;
    }
    println!(
        "{done} power cuts among {steps} writes and syncs; {acknowledged} acknowledged requests looked for; 0 findings"
    );
    assert!(acknowledged > 0, "nothing was ever acknowledged");
}

/// It also shows that a store that lost something would be found out.
async fn where_commits_are_not_synced_a_power_cut_takes_the_latest_appends_and_nothing_else() {
    if !can_trace() {
        return;
    }
    let (trace, mut random) = (traced("normal", FEW), Random::of_run());
    let mut losses = 0;
    for cut in cuts_in(&trace, FEW, &mut random) {
        let appended = cut.acknowledged.iter().map(|told| told.request.events());
        let is_lost = cut.events_after_it(&[]).await < appended.sum();
        losses += u32::from(is_lost);
    }
    println!("{losses} of {FEW} power cuts have taken something that was acknowledged");
    assert!(losses > 0, "nothing is lost");
}

/// Otherwise this says so.
fn can_trace() -> bool {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", CALLS, "-o", "/dev/null", "true"]);
    let status = strace.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let can_trace = status.is_ok_and(|status| status.success());
    if !can_trace {
        println!("NOT RUN: strace is not installed, or may not trace here");
    }
    can_trace
}

/// Runs a writer to its end, and returns what it wrote.
fn traced(synchronous: &str, requests: u32) -> Trace {
    // The last checkpoint may still be on its way when the process ends. Then the trace does not tell all of it, and another one is taken.
    let mut traces = (0..10).map(|_| trace_once(synchronous, requests));
    let whole = traces.find(|trace| !trace.is_cut_off);
    whole.unwrap_or_else(|| panic!("the end of the process has cut off a call in every trace"))
}

fn trace_once(synchronous: &str, requests: u32) -> Trace {
    let folder = TempDir::new().unwrap();
    let (store, calls) = (folder.path().join("store"), folder.path().join("calls"));
    fs::create_dir(&store).unwrap();
    let writer = Writer {
        url: format!("sqlite:{}?synchronous={synchronous}", store.join(FILE).display()),
        number: 1,
        requests,
    };
    let mut strace = writer.command(Some("strace"));
    strace
        .args(["-f", "-qq", "-xx", "-s", "100000000", "-e", CALLS, "-o"])
        .args([calls.as_os_str(), std::env::current_exe().unwrap().as_os_str()]);
    let output = strace.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = Trace::parse(&fs::read_to_string(calls).unwrap(), &fs::canonicalize(store).unwrap());
    if !trace.is_cut_off {
        assert_complete(&trace, &folder.path().join("store"));
    }
    trace
}

/// What was traced is all that was written.
fn assert_complete(trace: &Trace, folder: &Path) {
    let (traced, written) = (Disk::after(&trace.steps).whole(), files_in(folder));
    let sizes = |files: &[(String, Vec<u8>)]| {
        let sizes = files.iter().map(|(name, bytes)| (name.clone(), bytes.len()));
        sizes.collect::<Vec<_>>()
    };
    assert_eq!(sizes(&traced), sizes(&written));
    assert!(traced == written, "the trace is incomplete");
}

fn files_in(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .filter(|(name, _)| !name.ends_with(SHARED_MEMORY))
        .collect();
    files.sort();
    files
}

/// After how many steps the power fails: half of the times close to a sync, as often of the file or the folder, which are seldom
/// synced, as of the log.
fn moments(trace: &Trace, count: u32, random: &mut Random) -> Vec<usize> {
    let syncs = syncs(trace);
    let mut moment = || {
        if random.once_in(2) {
            return random.index(trace.steps.len() + 1);
        }
        let of_file = &syncs[random.index(syncs.len())];
        let sync = of_file[random.index(of_file.len())];
        let close = (sync + random.index(2 * CLOSE)).saturating_sub(CLOSE);
        close.min(trace.steps.len())
    };
    let mut moments: Vec<_> = (0..count).map(|_| moment()).collect();
    moments.sort_unstable();
    moments
}

/// After how many steps each of the files, and the folder, is synced.
fn syncs(trace: &Trace) -> Vec<Vec<usize>> {
    let mut syncs: BTreeMap<Option<FileId>, Vec<usize>> = BTreeMap::new();
    for (at, step) in trace.steps.iter().enumerate() {
        match step {
            Step::Synced(file) => syncs.entry(Some(*file)).or_default().push(at + 1),
            Step::FolderSynced => syncs.entry(None).or_default().push(at + 1),
            _ => {}
        }
    }
    syncs.into_values().collect()
}

/// What a power cut has left of the files, and what was acknowledged before.
struct PowerCut {
    files: Vec<(String, Vec<u8>)>,
    acknowledged: Vec<Acknowledged>,
}

fn cuts_in<'t>(trace: &'t Trace, count: u32, random: &'t mut Random) -> impl Iterator<Item = PowerCut> + 't {
    let moments = moments(trace, count, random);
    let (mut disk, mut acknowledged, mut done) = (Disk::default(), Vec::new(), 0);
    moments.into_iter().map(move |moment| {
        for step in &trace.steps[done..moment] {
            match step {
                Step::Told(line) => acknowledged.extend(Acknowledged::parse(line)),
                step => disk.take(step),
            }
        }
        done = moment;
        PowerCut {
            files: disk.after_power_cut(random),
            acknowledged: acknowledged.clone(),
        }
    })
}

impl PowerCut {
    /// Opens the store, which must be sound, and hold at least what is promised; returns how many events it holds.
    async fn events_after_it(&self, promised: &[Acknowledged]) -> usize {
        let folder = TempDir::new().unwrap();
        for (name, bytes) in &self.files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let config = SqliteConfig::new(folder.path().join(FILE)).unwrap();
        let config = config.with_synchronous(Synchronous::Off);
        let store = match SqliteStore::open_with(config.clone()).await {
            Ok(store) => store,
            Err(error) => panic!("{error:?}\nthe files are kept in {}", folder.keep().display()),
        };
        let (_folder, events) = assert_sound(folder, &store, &config, promised).await;
        store.close().await;
        events
    }
}
