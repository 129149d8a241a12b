use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The program that opens browsers and sends them commands; it ends with this value.
pub(crate) struct Driver {
    pub(crate) address: String,
    _program: Child,
    // Once it is closed, the program could not write any more.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    pub(crate) async fn start() -> Self {
        let mut program = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("chromedriver does not start (Debian: apt-get install chromium-driver): {error}")
            });
        let mut output = BufReader::new(program.stdout.take().unwrap()).lines();
        let port = loop {
            let line = output
                .next_line()
                .await
                .unwrap()
                .unwrap_or_else(|| panic!("chromedriver ends at once"));
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        Self {
            address: format!("http://127.0.0.1:{port}"),
            _program: program,
            _output: output,
        }
    }
}
