use serde_json::json;

use crate::kind::Kind;
use crate::outcome::Outcome;
use crate::program::Program;

on_each_backend![
    tables_are_no_wider_than_the_terminal,
    what_a_terminal_would_obey_is_escaped,
];

/// Runs the program on a terminal of this width.
fn run_in(width: usize, program: &Program, arguments: &[&str]) -> Outcome {
    let mut command = program.command(&[arguments, &["--format", "table"]].concat());
    command.env("COLUMNS", width.to_string()).output().unwrap().into()
}

async fn tables_are_no_wider_than_the_terminal(kind: Kind) {
    let program = Program::start(kind).await;
    let stream = format!("order-{}", "x".repeat(200));
    program.append_numbered(&stream, 2);
    for width in [60, 80, 200] {
        for arguments in [
            &["read", "$all"][..],
            &["streams"],
            &["info", &stream],
            &["subscriptions"],
            &["migrations"],
        ] {
            let outcome = run_in(width, &program, arguments);
            outcome.assert_done();
            let widest = outcome.stdout.lines().map(|line| line.chars().count()).max();
            assert!(widest.unwrap() <= width, "{width}: {outcome:?}");
        }
    }
    let whole = program.run(&["info", &stream, "--format", "table"]);
    assert!(whole.stdout.contains(&stream), "{whole:?}");
}

async fn what_a_terminal_would_obey_is_escaped(kind: Kind) {
    let program = Program::start(kind).await;
    let name = "a\u{202e}b\u{9b}2J";
    let data = json!("x\u{9b}31m\u{2066}").to_string();
    program
        .run(&["append", name, "--type", "T", "--data", &data])
        .assert_done();
    for arguments in [&["read", "$all"][..], &["streams"], &["info", name]] {
        let table = run_in(150, &program, arguments);
        assert!(table.stdout.contains("a\\u{202e}b\\u{9b}2J"), "{table:?}");
        let lines = program.run(arguments);
        assert!(
            lines.stdout.contains("b\\u009b2J") && !lines.stdout.contains('\u{9b}'),
            "{lines:?}"
        );
    }
    // What is exported comes back byte for byte all the same.
    let export = program.run(&["export"]);
    assert!(!export.stdout.contains('\u{9b}'), "{export:?}");
    let target = Program::start(kind).await;
    assert_eq!(
        target
            .run_with_input(&["import", "-"], &export.stdout)
            .json_lines()
            .len(),
        1
    );
    assert_eq!(
        target.run(&["read", name]).json_lines(),
        program.run(&["read", name]).json_lines()
    );
}
