//! A whole history, from git into events and back into numbers that git confirms.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::io::Write;
use std::process::{Command, Stdio};

use eventstore_testkit::TestDatabase;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use super::*;

/// Commits of a `git fast-import`: odd paths, a rename, a deletion, a binary file, and a merge.
fn history(commits: u32) -> Vec<u8> {
    let mut stream = Vec::new();
    let odd: [&[u8]; 6] = [
        b"a b",
        b"new\nline",
        b"\xff\xfe",
        b"$all",
        "größe/配列".as_bytes(),
        b"100%",
    ];
    for commit in 1..=commits {
        let path = odd[usize::try_from(commit).unwrap() % odd.len()];
        let change = match commit {
            5 => b"D \"a b\"\n".to_vec(),
            9 => [b"R ", &*quoted(b"$all"), b" renamed\n"].concat(),
            12 => modified(b"binary", b"\0\x01\0"),
            _ => modified(path, "line\n".repeat(usize::try_from(commit).unwrap()).as_bytes()),
        };
        let parents = match commit {
            1 => String::new(),
            15 => "from :14\nmerge :3\n".to_owned(),
            _ => format!("from :{}\n", commit - 1),
        };
        let head = format!("commit refs/heads/main\nmark :{commit}\ncommitter N <n@e> {commit}00000 +0130\ndata 0\n");
        stream.extend([head.as_bytes(), parents.as_bytes(), &change, b"\n"].concat());
    }
    stream
}

fn quoted(path: &[u8]) -> Vec<u8> {
    let octal: String = path
        .iter()
        .map(|byte| format!("\\{byte:03o}"))
        .collect::<Vec<_>>()
        .concat();
    format!("\"{octal}\"").into_bytes()
}

fn modified(path: &[u8], content: &[u8]) -> Vec<u8> {
    let data = format!("\ndata {}\n", content.len());
    [b"M 100644 inline ", &*quoted(path), data.as_bytes(), content, b"\n"].concat()
}

fn repository(commits: u32) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(&folder, &["init", "--quiet", "--initial-branch", "main"], &[]);
    grow(&folder, commits);
    folder
}

fn grow(folder: &TempDir, commits: u32) {
    git(folder, &["fast-import", "--quiet", "--force"], &history(commits));
}

fn git(folder: &TempDir, arguments: &[&str], input: &[u8]) {
    let mut git = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(input).unwrap();
    assert!(git.wait().unwrap().success());
}

/// Runs the example; tells how many events were appended, and what differs.
async fn run(folder: &TempDir, url: &str) -> (u64, Vec<String>) {
    let repository = Repository::open(folder.path().to_owned()).unwrap();
    let store = open_store(url).await.unwrap();
    let mut projection = Projection::open(url).await.unwrap();
    let bars = Bars::new(repository.count_commits().unwrap()).unwrap();
    let run = fill(&store, &repository, &mut projection, None, &bars).await.unwrap();
    assert_eq!(store.verify().await.unwrap(), []);
    let found = differences(&projection.totals().await.unwrap(), &repository.totals().unwrap());
    (run.imported.appended, found.iter().map(ToString::to_string).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_imported_once_continued_and_compared() {
    let database = TestDatabase::create().await;
    let folder = repository(20);
    let (appended, found) = run(&folder, database.url()).await;
    assert!(appended >= 20, "{appended}");
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(run(&folder, database.url()).await, (0, vec![]));

    grow(&folder, 30);
    assert_eq!(run(&folder, database.url()).await, (10, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_is_wrong_is_found_so() {
    let database = TestDatabase::create().await;
    let folder = repository(20);
    run(&folder, database.url()).await;
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    let damage = "UPDATE git_history.paths SET added = added + 1 WHERE path = 'renamed'";
    sqlx::query(damage).execute(&mut session).await.unwrap();
    let (_, found) = run(&folder, database.url()).await;
    assert_eq!(found.len(), 1, "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_holds_something_else_is_refused() {
    let database = TestDatabase::create().await;
    run(&repository(20), database.url()).await;
    let other = tempfile::tempdir().unwrap();
    git(&other, &["init", "--quiet", "--initial-branch", "main"], &[]);
    let another_path = String::from_utf8_lossy(&history(1)).replace("\nline\n", "\nrows\n");
    git(&other, &["fast-import", "--quiet"], another_path.as_bytes());
    let store = open_store(database.url()).await.unwrap();
    let repository = Repository::open(other.path().to_owned()).unwrap();
    assert!(Import::resume(&store, &repository).await.is_err());
}
