use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout};

use serde_json::Value;

use crate::kind::Kind;
use crate::program::{NOTHING, Program, interrupt, terminate};

on_each_backend![
    prints_each_event_once_over_several_runs,
    begins_where_it_is_told_to_and_reads_one_stream_if_wanted,
    prints_new_events_until_it_is_told_to_end_and_goes_on_from_there,
    waits_with_a_note_while_another_holder_runs_it_then_takes_over,
    ends_while_it_waits_for_another_holder,
    what_the_reader_did_not_take_is_printed_again,
    a_reader_that_has_gone_ends_it_quietly,
    a_deleted_stream_ends_it,
    options_that_no_subscription_can_have_are_refused,
];

/// A subscription that runs in the background.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Running {
    fn start(program: &Program, arguments: &[&str]) -> Self {
        let mut child = program.spawn(&[&["subscribe"], arguments].concat());
        Self {
            stdout: BufReader::new(child.stdout.take().unwrap()),
            stderr: BufReader::new(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Waits for the data of this many events.
    fn data(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| data(&line(&mut self.stdout))).collect()
    }

    /// Waits for the end; what else was printed on stdout and stderr.
    fn end(mut self) -> (String, String) {
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (stdout, stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless the test has failed.
        let _ = self.child.kill();
    }
}

fn line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line
}

fn data(line: &str) -> u64 {
    serde_json::from_str::<Value>(line).unwrap()["data"].as_u64().unwrap()
}

const CATCH_UP: [&str; 3] = ["subscribe", "n", "--exit-when-caught-up"];

async fn prints_each_event_once_over_several_runs(kind: Kind) {
    let program = Program::start(kind).await;
    assert_eq!(program.data(&CATCH_UP), NOTHING);
    program.append_numbered("a", 250);
    assert!(program.data(&CATCH_UP).into_iter().eq(1..=250));
    program.append_numbered("b", 2);
    assert_eq!(program.data(&CATCH_UP), [1, 2]);
    assert_eq!(program.data(&CATCH_UP), NOTHING);
}

async fn begins_where_it_is_told_to_and_reads_one_stream_if_wanted(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("a", 3);
    program.append_numbered("b", 2);
    let caught_up = |name, options: &[&str]| program.data(&[&["subscribe", name, CATCH_UP[2]], options].concat());
    assert_eq!(caught_up("one", &["--stream", "b"]), [1, 2]);
    assert_eq!(caught_up("two", &["--from", "current"]), NOTHING);
    assert_eq!(caught_up("three", &["--from", "3"]), [1, 2]);
    assert_eq!(
        caught_up("four", &["--from", "origin", "--stream", "$all"]),
        [1, 2, 3, 1, 2]
    );
    assert_eq!(
        caught_up("five", &["--buffer", "1", "--checkpoint-threshold", "4"]),
        [1, 2, 3, 1, 2]
    );
    assert_eq!(caught_up("five", &[]), NOTHING);
}

async fn prints_new_events_until_it_is_told_to_end_and_goes_on_from_there(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("a", 2);
    for end in [terminate, interrupt] {
        let mut running = Running::start(&program, &["live", "--checkpoint-threshold", "1000"]);
        assert_eq!(running.data(2), [1, 2]);
        program.append_numbered("a", 1);
        assert_eq!(running.data(1), [1]);
        end(&running.child);
        assert_eq!(running.end(), (String::new(), String::new()));
        program.append_numbered("a", 2);
    }
    assert_eq!(program.data(&["subscribe", "live", CATCH_UP[2]]), [1, 2]);
}

async fn waits_with_a_note_while_another_holder_runs_it_then_takes_over(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("a", 1);
    let mut first = Running::start(&program, &["n"]);
    assert_eq!(first.data(1), [1]);
    let mut second = Running::start(&program, &["n"]);
    assert!(line(&mut second.stderr).contains("waiting"));
    terminate(&first.child);
    first.end();
    program.append_numbered("a", 2);
    assert_eq!(second.data(2), [1, 2]);
    terminate(&second.child);
    assert_eq!(second.end(), (String::new(), String::new()));
}

async fn ends_while_it_waits_for_another_holder(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("a", 1);
    let mut first = Running::start(&program, &["n"]);
    assert_eq!(first.data(1), [1]);
    let mut second = Running::start(&program, &["n"]);
    line(&mut second.stderr);
    interrupt(&second.child);
    assert_eq!(second.end(), (String::new(), String::new()));
    terminate(&first.child);
    first.end();
}

async fn what_the_reader_did_not_take_is_printed_again(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("a", 3_000);
    let mut running = Running::start(&program, &["n"]);
    assert_eq!(running.data(1), [1]);
    // The pipe is full by now: no one reads on.
    std::thread::sleep(std::time::Duration::from_millis(500));
    terminate(&running.child);
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    let rest = program.data(&CATCH_UP);
    let (stdout, _) = running.end();
    let mut whole_lines = stdout.lines().filter(|line| line.ends_with('}'));
    let last_taken = whole_lines.next_back().map(data).unwrap();
    assert!(
        rest[0] > 1 && rest[0] <= last_taken + 1,
        "{} after {last_taken}",
        rest[0]
    );
    assert_eq!(rest.last(), Some(&3_000));
}

async fn a_reader_that_has_gone_ends_it_quietly(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("a", 1);
    let mut child = program.spawn(&["subscribe", "n"]);
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    assert_eq!(program.data(&CATCH_UP), [1]);
}

async fn a_deleted_stream_ends_it(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("a", 1);
    program.run(&["--quiet", "delete", "a"]).assert_done();
    program
        .run(&["subscribe", "n", "--stream", "a"])
        .assert_refused(4, "has been deleted");
}

async fn options_that_no_subscription_can_have_are_refused(kind: Kind) {
    let program = Program::start(kind).await;
    let subscribe = |options: &[&str]| program.run(&[&["subscribe"], options].concat());
    subscribe(&[]).assert_refused(2, "NAME");
    subscribe(&[&"x".repeat(600)]).assert_refused(2, "600 bytes");
    subscribe(&["n", "--stream", &"x".repeat(3_000)]).assert_refused(2, "3000 bytes");
    subscribe(&["n", "--buffer", "0"]).assert_refused(2, "'--buffer <N>': expected a number of at least 1");
    subscribe(&["n", "--checkpoint-threshold", "-1"]).assert_refused(2, "--checkpoint-threshold");
    for start in ["end", "-1", "9223372036854775808"] {
        subscribe(&["n", "--from", start]).assert_refused(2, "--from");
    }
}
