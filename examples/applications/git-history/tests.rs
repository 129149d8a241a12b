//! A whole history, from git into events and back into numbers that git confirms.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::io::Write;
use std::process::{Command, Stdio};

use sqlx::{Connection, PgConnection, SqliteConnection};
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
async fn run(folder: &TempDir, url: &StoreUrl) -> (u64, Vec<String>) {
    match url {
        StoreUrl::Sqlite(url) => run_on(SqliteDatabase::open(url).await.unwrap(), folder).await,
        StoreUrl::Postgres(url) => run_on(PostgresDatabase::open(url).await.unwrap(), folder).await,
    }
}

async fn run_on(mut database: impl Database, folder: &TempDir) -> (u64, Vec<String>) {
    let repository = Repository::open(folder.path().to_owned()).unwrap();
    let bars = Bars::new(repository.count_commits().unwrap()).unwrap();
    let run = fill(&database, &repository, None, &bars).await.unwrap();
    let projected = projection::totals(&mut database).await.unwrap();
    (
        run.imported.appended,
        differences(&projected, &repository.totals().unwrap()),
    )
}

async fn execute(url: &StoreUrl, statement: &'static str) {
    match url {
        StoreUrl::Sqlite(url) => {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::query(statement).execute(&mut connection).await.unwrap();
        }
        StoreUrl::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query(statement).execute(&mut connection).await.unwrap();
        }
    }
}

on_each_backend!(
    a_history_is_imported_once_continued_and_compared,
    a_projection_that_is_wrong_is_found_so,
    a_store_that_holds_something_else_is_refused,
);

async fn a_history_is_imported_once_continued_and_compared(url: &StoreUrl) {
    let folder = repository(20);
    let (appended, found) = run(&folder, url).await;
    assert!(appended >= 20, "{appended}");
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(run(&folder, url).await, (0, vec![]));

    grow(&folder, 30);
    assert_eq!(run(&folder, url).await, (10, vec![]));
}

async fn a_projection_that_is_wrong_is_found_so(url: &StoreUrl) {
    let folder = repository(20);
    run(&folder, url).await;
    let damage = "UPDATE git_history_totals SET added = added + 1 WHERE path = 'renamed'";
    execute(url, damage).await;
    let (_, found) = run(&folder, url).await;
    assert_eq!(found.len(), 1, "{found:?}");
}

async fn a_store_that_holds_something_else_is_refused(url: &StoreUrl) {
    run(&repository(20), url).await;
    let other = tempfile::tempdir().unwrap();
    git(&other, &["init", "--quiet", "--initial-branch", "main"], &[]);
    let another_path = String::from_utf8_lossy(&history(1)).replace("\nline\n", "\nrows\n");
    git(&other, &["fast-import", "--quiet"], another_path.as_bytes());
    let store = url.open().await.unwrap();
    let repository = Repository::open(other.path().to_owned()).unwrap();
    assert!(Import::resume(&store, &repository).await.is_err());
}
