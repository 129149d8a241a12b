use std::fs;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use super::GroupSite;
use super::figures::Figures;
use super::random::Random;
use super::trial::GroupTrial;

/// So many processes there are at least, and at most.
const FEWEST: usize = 2;
const MOST: usize = 5;

/// More than it takes to stop a process.
const LIMIT: Duration = Duration::from_secs(30);

/// What befalls a process, or two at once.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// It is killed, and another one takes its place.
    Kill,
    /// Two of them are killed at once, and one takes their place.
    KillTwo,
    /// It is stopped for less than its membership lasts.
    PauseBriefly,
    /// It is stopped until others hold what it held, and goes on.
    PauseForLong,
    Join,
    Leave,
}

impl<S: GroupSite> GroupTrial<S> {
    /// Waits until the members have come to terms with the fault.
    pub(super) async fn befall(&mut self, random: &mut Random, figures: &mut Figures) {
        let victim = random.one_of(&self.alive());
        match self.next_fault(random) {
            Fault::Kill => figures.after_kills.push(self.kill(&[victim]).await),
            Fault::KillTwo => {
                let others: Vec<_> = self.alive().into_iter().filter(|name| *name != victim).collect();
                let second = random.one_of(&others);
                figures.after_kills.push(self.kill(&[victim, second]).await);
            }
            Fault::PauseBriefly => self.pause_briefly(&victim, random).await,
            Fault::PauseForLong => self.pause_for_long(&victim).await,
            Fault::Join => {
                let name = self.start();
                self.recorder.fault(format!("{name} comes"));
            }
            Fault::Leave => figures.after_leaving.push(self.leave(&victim).await),
        }
        self.until_shared(&self.alive()).await;
    }

    fn next_fault(&self, random: &mut Random) -> Fault {
        match self.members.len() {
            ..=FEWEST => Fault::Join,
            MOST.. => random.one_of(&[Fault::KillTwo, Fault::Leave]),
            _ => random.one_of(&[
                Fault::Kill,
                Fault::KillTwo,
                Fault::PauseBriefly,
                Fault::PauseForLong,
                Fault::Join,
                Fault::Leave,
                Fault::Leave,
            ]),
        }
    }

    async fn kill(&mut self, victims: &[String]) -> Duration {
        let mut killed = Vec::new();
        for victim in victims {
            self.recorder.fault(format!("SIGKILL to {victim}"));
            let mut child = self.members.remove(victim).unwrap();
            child.kill().unwrap();
            killed.push(child);
        }
        self.unclean += u32::try_from(victims.len()).unwrap();
        for mut child in killed {
            assert!(!child.wait().unwrap().success());
        }
        self.start();
        self.until_held_by(&self.alive()).await
    }

    async fn pause_briefly(&mut self, victim: &str, random: &mut Random) {
        self.pause(victim).await;
        sleep(Duration::from_millis(100 + random.below(1_500))).await;
        self.resume(victim);
    }

    async fn pause_for_long(&mut self, victim: &str) {
        self.pause(victim).await;
        let others: Vec<_> = self.alive().into_iter().filter(|name| name != victim).collect();
        self.until_held_by(&others).await;
        self.resume(victim);
    }

    /// Stops a process at a moment at which it does not keep others from writing; it does not notice.
    async fn pause(&mut self, victim: &str) {
        self.unclean += 1;
        loop {
            self.recorder.fault(format!("SIGSTOP to {victim}"));
            signal(&self.members[victim], Signal::STOP);
            until_stopped(&self.members[victim]);
            if self.site.can_write().await {
                return;
            }
            self.resume(victim);
        }
    }

    fn resume(&self, victim: &str) {
        signal(&self.members[victim], Signal::CONT);
    }

    async fn leave(&mut self, victim: &str) -> Duration {
        self.recorder.fault(format!("{victim} leaves"));
        let mut child = self.members.remove(victim).unwrap();
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success(), "{victim}");
        self.until_held_by(&self.alive()).await
    }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until no thread of the process runs any more, where the system tells.
fn until_stopped(child: &Child) {
    let tasks = format!("/proc/{}/task", child.id());
    let started = Instant::now();
    while let Ok(mut tasks) = fs::read_dir(&tasks)
        && tasks.any(|task| task.is_ok_and(|task| !is_stopped(&task)))
    {
        assert!(started.elapsed() < LIMIT, "it does not stop");
        thread::yield_now();
    }
}

/// The state of a thread follows its name, which is in parentheses.
fn is_stopped(task: &fs::DirEntry) -> bool {
    let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_none_or(|(_, state)| state.starts_with('T'))
}
