use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use eventstore_sqlite::{SqliteConfig, SqliteStore};
use tempfile::TempDir;

use crate::contents::assert_sound;
use crate::random::Random;
use crate::scale::faults;
use crate::trials::trials;
use crate::writer::{Acknowledged, Writer};

trials! {
    what_a_killed_writer_was_told_is_there_and_nothing_half,
}

/// How many writers are killed before a new file is begun.
const KILLS_OF_A_FILE: u32 = 20;

/// More than it takes until something is acknowledged.
const LIMIT: Duration = Duration::from_mins(1);

/// A file whose writers are killed, and what they were told.
struct Victims {
    folder: TempDir,
    config: SqliteConfig,
    /// While it is open, the file is not recovered when the next writer opens it.
    store: Option<SqliteStore>,
    killed: u32,
    acknowledged: Vec<Acknowledged>,
}

/// A writer that runs, and tells.
struct Running {
    child: Child,
    told: Receiver<Acknowledged>,
}

async fn what_a_killed_writer_was_told_is_there_and_nothing_half() {
    let (kills, mut random) = (faults(10), Random::of_run());
    let (mut killed, mut acknowledged, mut stored) = (0, 0, 0);
    while killed < kills {
        let mut victims = Victims::new();
        let mut events = 0;
        while victims.killed < KILLS_OF_A_FILE && killed + victims.killed < kills {
            victims.kill_some(&mut random);
            (victims, events) = victims.judged(&mut random).await;
        }
        killed += victims.killed;
        acknowledged += victims.acknowledged.len();
        stored += events;
    }
    println!("{killed} writers killed; {acknowledged} requests acknowledged, {stored} events stored; 0 findings");
    assert!(acknowledged > 0, "nothing was ever acknowledged");
}

impl Victims {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            config: SqliteConfig::new(folder.path().join("events.db")).unwrap(),
            folder,
            store: None,
            killed: 0,
            acknowledged: Vec::new(),
        }
    }

    /// Starts one writer or two at once, and kills them one after the other.
    fn kill_some(&mut self, random: &mut Random) {
        let first = self.killed + 1;
        let running: Vec<_> = (first..=first + u32::from(random.once_in(3)))
            .map(|number| Running::start(self.config.path().to_str().unwrap(), number))
            .collect();
        for writer in running {
            self.killed += 1;
            self.acknowledged.extend(writer.killed(random));
        }
    }

    /// Opens the store, judges it, and leaves it open or not.
    async fn judged(mut self, random: &mut Random) -> (Self, usize) {
        let store = match self.store.take() {
            Some(store) => store,
            // The writer may have been killed before there was a file.
            None => SqliteStore::open_with(self.config.clone()).await.unwrap(),
        };
        let (folder, events) = assert_sound(self.folder, &store, &self.config, &self.acknowledged).await;
        let store = if random.once_in(2) {
            Some(store)
        } else {
            store.close().await;
            None
        };
        (Self { folder, store, ..self }, events)
    }
}

impl Running {
    fn start(url: &str, number: u32) -> Self {
        let writer = Writer {
            url: url.to_owned(),
            number,
            requests: u32::MAX,
        };
        let mut child = writer.command(None).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let (teller, told) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
                if let Some(acknowledged) = Acknowledged::parse(&line) {
                    let _ = teller.send(acknowledged);
                }
                line.clear();
            }
        });
        Self { child, told }
    }

    /// Kills it at some moment: once in four times while it may still be opening the file. Returns what it was told until
    /// then.
    fn killed(mut self, random: &mut Random) -> Vec<Acknowledged> {
        let mut told = Vec::new();
        if !random.once_in(4) {
            told.push(self.told.recv_timeout(LIMIT).unwrap());
        }
        let end = Instant::now() + Duration::from_micros(random.below(150_000));
        loop {
            match self.told.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(acknowledged) => told.push(acknowledged),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => panic!("the writer has ended by itself"),
            }
        }
        self.child.kill().unwrap();
        assert!(!self.child.wait().unwrap().success());
        told.extend(self.told.iter());
        told
    }
}

impl Drop for Running {
    /// None is left behind by a failed test.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
