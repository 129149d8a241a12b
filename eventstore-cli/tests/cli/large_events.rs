use std::env;
use std::fs;
use std::io::Read;
use std::process::Stdio;

use eventstore_core::{Append, EventType, EventWriter, ExpectedVersion, NewEvent, StreamName};
use uuid::Uuid;

use crate::kind::Kind;
use crate::program::Program;

/// How many events there are unless this variable says otherwise: more than may be in memory.
const EVENTS: u32 = 200;
const EVENTS_VARIABLE: &str = "EVENTSTORE_LARGE_EVENTS";

/// How large each is.
const BYTES: usize = 1_000_000;

const MOST_KB: u64 = 100_000;

#[tokio::test]
async fn large_events_of_the_compact_layout_are_exported_within_bounded_memory() {
    are_exported_within_bounded_memory(Kind::COMPACT).await;
}

#[tokio::test]
async fn large_events_of_the_original_layout_are_exported_within_bounded_memory() {
    are_exported_within_bounded_memory(Kind::ORIGINAL).await;
}

#[tokio::test]
async fn large_events_of_a_sqlite_store_are_exported_within_bounded_memory() {
    are_exported_within_bounded_memory(Kind::Sqlite).await;
}

async fn are_exported_within_bounded_memory(kind: Kind) {
    let program = Program::start(kind).await;
    let events = env::var(EVENTS_VARIABLE).map_or(EVENTS, |events| events.parse().unwrap());
    fill(&program, events).await;
    let (lines, kb) = export(&program);
    println!("export of {events} events of {BYTES} bytes, {kind:?}: {kb} kB");
    assert_eq!(lines, usize::try_from(events).unwrap());
    assert!(kb <= MOST_KB, "{kb} kB, expected no more than {MOST_KB}");
}

async fn fill(program: &Program, events: u32) {
    let store = program.connect().await;
    let payload = format!("\"{}\"", "x".repeat(BYTES - 2));
    for number in 0..events {
        let stream = StreamName::new(format!("s-{}", number % 10)).unwrap();
        let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), payload.clone());
        let append = Append::new(stream, ExpectedVersion::Any, vec![event]).unwrap();
        store.append(append).await.unwrap();
    }
}

/// How many lines were printed, and the most memory that it took at once.
fn export(program: &Program) -> (usize, u64) {
    let arguments = ["--quiet", "export"];
    let mut child = program.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (mut lines, mut peak, mut chunk) = (0, 0, vec![0; 1 << 20]);
    loop {
        let read = stdout.read(&mut chunk).unwrap();
        if read == 0 {
            break;
        }
        lines += chunk[..read].split(|byte| *byte == b'\n').count() - 1;
        peak = peak.max(peak_kb(child.id()).unwrap_or(0));
    }
    assert!(child.wait().unwrap().success());
    (lines, peak)
}

/// The most memory that a process has had at once; `None` if it has just ended.
fn peak_kb(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
