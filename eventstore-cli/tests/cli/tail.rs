use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::kind::Kind;
use crate::program::{Program, terminate};

on_each_backend![only_what_comes_from_now_on_is_printed_until_the_program_is_told_to_end,];

async fn only_what_comes_from_now_on_is_printed_until_the_program_is_told_to_end(kind: Kind) {
    let program = Program::start(kind).await;
    program.append_numbered("s", 2);
    for (arguments, stream) in [(&["tail"][..], "s"), (&["tail", "--stream", "new"], "new")] {
        let mut child = program.spawn(arguments);
        let mut note = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut note).unwrap();
        assert!(note.contains("waiting for events"), "{note}");
        program.append_numbered(stream, 3);
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let lines = stdout.lines().take(3).map(Result::unwrap);
        let data: Vec<_> = lines
            .map(|line| serde_json::from_str::<Value>(&line).unwrap()["data"].clone())
            .collect();
        assert_eq!(data, [1, 2, 3]);
        terminate(&child);
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}
