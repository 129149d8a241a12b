//! The program serves pages: what it refuses before, and what it tells of those who use them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr};

use crate::kind::Kind;
use crate::program::{Program, terminate};

on_each_backend![
    changes_are_written_to_the_log_and_the_program_ends_when_it_is_told,
    what_cannot_be_served_is_refused_before_anything_is,
];

const TOKEN: &str = "a token of the tests";

/// The program while it serves pages.
struct Pages {
    program: Child,
    host: String,
    log: BufReader<ChildStderr>,
}

impl Pages {
    fn start(program: &Program, options: &[&str]) -> Self {
        let mut child = program.spawn(&[&["ui", "--listen", "127.0.0.1:0"], options].concat());
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = line["address"].as_str().unwrap();
        let host = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self {
            program: child,
            host,
            log,
        }
    }

    /// What the pages answer, head and body.
    fn post(&self, page: &str, cookie: &str, form: &str) -> String {
        let host = &self.host;
        let length = form.len();
        self.ask(&format!(
            "POST /{page} HTTP/1.0\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        ))
    }

    fn get(&self, page: &str, cookie: &str) -> String {
        let host = &self.host;
        self.ask(&format!(
            "GET /{page} HTTP/1.0\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n"
        ))
    }

    fn ask(&self, request: &str) -> String {
        let mut connection = TcpStream::connect(&self.host).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The next line of the log.
    fn log(&mut self) -> String {
        let mut line = String::new();
        self.log.read_line(&mut line).unwrap();
        line
    }
}

/// What stands between these two texts.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} is not in {text}"));
    rest.split_once(after).unwrap().0
}

async fn changes_are_written_to_the_log_and_the_program_ends_when_it_is_told(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("order-1", 3);
    let run = program.run(&["subscribe", "mailer", "--exit-when-caught-up"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    let mut pages = Pages::start(&program, &["--allow-writes", "--token", TOKEN]);
    let refused = pages.post("unlock", "", "token=guess");
    assert!(
        refused.contains(" 403 ") && refused.contains("This is not the token."),
        "{refused}"
    );
    assert!(pages.log().contains("WARN a browser has given a wrong token"));
    let unlocked = pages.post("unlock", "", &format!("token={}", TOKEN.replace(' ', "+")));
    let cookie = between(&unlocked, "set-cookie: ", ";").to_owned();
    assert!(pages.log().contains("INFO a browser has unlocked changes"));
    let question = pages.get(
        "confirm?stream=%24all&name=mailer&action=set_checkpoint&number=1",
        &cookie,
    );
    let form_token = between(&question, "name=\"form_token\" value=\"", "\"");
    let change = format!("stream=%24all&name=mailer&action=set_checkpoint&number=1&form_token={form_token}");
    let changed = pages.post("change", &cookie, &change);
    assert!(changed.contains("The checkpoint is now 1."), "{changed}");
    let line = pages.log();
    assert!(line.contains("set_checkpoint") && line.contains("mailer"), "{line}");
    terminate(&pages.program);
    assert_eq!(pages.program.wait().unwrap().code(), Some(0));
}

async fn what_cannot_be_served_is_refused_before_anything_is(kind: Kind) {
    let program = Program::start(kind).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    program.run(&["ui", "--listen", &address]).assert_refused(1, &address);
    program
        .run(&["ui", "--listen", "0.0.0.0:0"])
        .assert_refused(2, "--allow-remote");
    let short = ["ui", "--allow-writes", "--token", "short"];
    program.run(&short).assert_refused(2, "at least 16 characters");
    if kind == Kind::Sqlite {
        program.run(&["ui", "--schemas", "a,b"]).assert_refused(2, "--schemas");
    }
}
