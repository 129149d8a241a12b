use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::kind::Kind;
use crate::outcome::Outcome;
use crate::program::{Program, terminate};

on_each_backend![
    subscriptions_are_listed_with_their_lag,
    subscriptions_are_listed_with_what_their_holders_report,
    a_subscription_goes_on_where_it_is_set_to,
    a_deleted_subscription_begins_anew,
    a_subscription_in_use_is_changed_only_by_force,
    a_position_beyond_the_newest_event_is_told_and_set_only_by_force,
    a_subscription_that_begins_beyond_the_newest_event_is_told_of,
    a_wait_ends_once_the_subscription_has_got_there,
    a_wait_that_takes_too_long_has_a_status_of_its_own,
    a_wait_for_what_cannot_come_is_refused,
];

async fn with_subscriptions(kind: Kind) -> Program {
    let program = Program::start(kind).await;
    program.append_numbered("s", 3);
    for arguments in [&["subscribe", "a"][..], &["subscribe", "b", "--stream", "s"]] {
        let once = [arguments, &["--exit-when-caught-up"]].concat();
        assert_eq!(program.run(&once).json_lines().len(), 3);
    }
    program.append_numbered("s", 2);
    program
}

fn listed(program: &Program, arguments: &[&str]) -> Vec<(Value, Value, Value, Value)> {
    let lines = program.run(&[&["subscriptions"], arguments].concat()).json_lines();
    let fields = |line: &Value| {
        (
            line["name"].clone(),
            line["position"].clone(),
            line["head"].clone(),
            line["lag"].clone(),
        )
    };
    lines.iter().map(fields).collect()
}

async fn subscriptions_are_listed_with_their_lag(kind: Kind) {
    let program = with_subscriptions(kind).await;
    let a = (json!("a"), json!(3), json!(5), json!(2));
    let b = (json!("b"), json!(3), json!(5), json!(2));
    assert_eq!(listed(&program, &[]), [a.clone(), b.clone()]);
    assert_eq!(listed(&program, &["list", "--stream", "s"]), [b]);
    assert_eq!(listed(&program, &["list", "--stream", "$all"]), [a]);
    let outcome = program.run(&["subscriptions", "--format", "table"]);
    assert!(outcome.stdout.starts_with("NAME "), "{outcome:?}");
}

async fn subscriptions_are_listed_with_what_their_holders_report(kind: Kind) {
    let program = with_subscriptions(kind).await;
    let outcome = program.run(&["subscriptions", "list", "--stream", "$all"]);
    let line = outcome.json_lines().remove(0);
    assert_eq!((&line["held"], &line["parked"]), (&json!(false), &json!(0)));
    let status = &line["status"];
    assert_eq!(status["delivered"], json!(3));
    let holder = status["holder"].as_str().unwrap().to_owned();
    assert!(holder.contains("process "), "{holder}");
    let table = program.run(&["subscriptions", "--format", "table"]).stdout;
    assert!(table.contains(&format!("({holder})")), "{table}");
}

async fn a_subscription_goes_on_where_it_is_set_to(kind: Kind) {
    let program = with_subscriptions(kind).await;
    program
        .run(&["--quiet", "subscriptions", "set", "a", "1"])
        .assert_done();
    assert_eq!(program.data(&["subscribe", "a", "--exit-when-caught-up"]), [2, 3, 1, 2]);
    program
        .run(&["subscriptions", "set", "a", "1", "--stream", "s"])
        .assert_refused(4, "no subscription");
    program
        .run(&["subscriptions", "set", "a", "-1"])
        .assert_refused(2, "POSITION");
}

async fn a_deleted_subscription_begins_anew(kind: Kind) {
    let program = with_subscriptions(kind).await;
    program.run(&["--quiet", "subscriptions", "delete", "a"]).assert_done();
    assert_eq!(listed(&program, &[]).len(), 1);
    program
        .run(&["subscriptions", "delete", "a"])
        .assert_refused(4, "no subscription");
    assert_eq!(program.data(&["subscribe", "a", "--exit-when-caught-up"]).len(), 5);
}

async fn a_subscription_in_use_is_changed_only_by_force(kind: Kind) {
    let program = with_subscriptions(kind).await;
    let mut child = program.spawn(&["subscribe", "a"]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    let held = program.run(&["subscriptions", "list", "--stream", "$all"]).json_lines();
    assert_eq!(held[0]["held"], json!(true));
    program
        .run(&["subscriptions", "delete", "a"])
        .assert_refused(1, "--force");
    program
        .run(&["--quiet", "subscriptions", "delete", "a", "--force"])
        .assert_done();
    terminate(&child);
    child.wait().unwrap();
}

async fn a_position_beyond_the_newest_event_is_told_and_set_only_by_force(kind: Kind) {
    let program = with_subscriptions(kind).await;
    let set = |options: &[&str]| program.run(&[&["--quiet", "subscriptions", "set", "a", "999"], options].concat());
    set(&[]).assert_refused(2, "cannot go on after event 999");
    set(&["--stream", "t"]).assert_refused(4, "no subscription");
    set(&["--force"]).assert_done();
    let line = &program.run(&["subscriptions", "list", "--stream", "$all"]).json_lines()[0];
    assert_eq!((&line["position"], &line["beyond_head"]), (&json!(999), &json!(true)));
    let outcome = program.run(&["subscriptions", "--format", "table"]);
    assert!(outcome.stdout.contains("999 (beyond the head)"), "{outcome:?}");
}

async fn a_subscription_that_begins_beyond_the_newest_event_is_told_of(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 2);
    let subscribe = |from| program.run(&["subscribe", "n", "--from", from, "--exit-when-caught-up"]);
    for from in ["7", "9"] {
        let outcome = subscribe(from);
        assert_eq!(outcome.status, Some(0), "{outcome:?}");
        assert!(outcome.stderr.contains("beyond the end of its stream"), "{outcome:?}");
    }
}

async fn a_wait_ends_once_the_subscription_has_got_there(kind: Kind) {
    let program = with_subscriptions(kind).await;
    let of_all = program.spawn(&["subscriptions", "wait", "a", "--number", "5"]);
    let of_stream = program.spawn(&["subscriptions", "wait", "b", "--number", "5", "--stream", "s"]);
    for arguments in [&["subscribe", "a"][..], &["subscribe", "b", "--stream", "s"]] {
        let once = [arguments, &["--exit-when-caught-up"]].concat();
        assert_eq!(program.run(&once).json_lines().len(), 2);
    }
    for child in [of_all, of_stream] {
        let outcome = Outcome::from(child.wait_with_output().unwrap());
        assert_eq!((outcome.status, &*outcome.stdout), (Some(0), ""), "{outcome:?}");
        assert!(outcome.stderr.contains("reached event 5"), "{outcome:?}");
    }
}

async fn a_wait_that_takes_too_long_has_a_status_of_its_own(kind: Kind) {
    let program = with_subscriptions(kind).await;
    let wait = |number, timeout| {
        let wait = [
            "--quiet",
            "subscriptions",
            "wait",
            "a",
            "--number",
            number,
            "--timeout",
            timeout,
        ];
        program.run(&wait)
    };
    wait("3", "0").assert_done();
    for timeout in ["0", "1"] {
        wait("4", timeout).assert_refused(5, "not reached event 4 in time: its checkpoint is 3; ");
    }
}

async fn a_wait_for_what_cannot_come_is_refused(kind: Kind) {
    let program = with_subscriptions(kind).await;
    let wait = |arguments: &[&str]| program.run(&[&["subscriptions", "wait", "a"], arguments].concat());
    wait(&["--number", "1", "--stream", "s"]).assert_refused(4, "no subscription");
    wait(&["--number", "-1"]).assert_refused(2, "--number");
    wait(&["--number", "1", "--timeout", "-1"]).assert_refused(2, "--timeout");
    wait(&[]).assert_refused(2, "--number");
}
