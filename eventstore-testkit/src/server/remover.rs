use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

const SCRIPT: &str = include_str!("remover.sh");

/// The process that removes a container when this value is dropped, or the owning process has ended.
#[derive(Debug)]
pub(super) struct Remover {
    process: Child,
}

impl Remover {
    pub(super) fn start(container: &str) -> io::Result<Self> {
        ensure_program()?;
        let process = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "eventstore-test-remover", container])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .current_dir("/")
            .spawn()?;
        Ok(Self { process })
    }
}

impl Drop for Remover {
    /// Closes the pipe, which is the order to remove the container, and waits until it is gone.
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // Nothing is left to do about a failure: the remover needs no more from this process.
        let _ = self.process.wait();
    }
}

fn ensure_program() -> io::Result<()> {
    let mut version = Command::new("docker");
    version
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    version.status().map(drop)
}
