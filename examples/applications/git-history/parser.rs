use std::io::BufRead;
use std::str;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};

use crate::change::{Change, Commit, Lines};

/// How `git log` is told to introduce a commit: no line counts begin like this.
pub(crate) const FORMAT: &str = "--format=commit %H %ct";

/// Reads the changes of files, one at a time, from what `git log -z --numstat` writes.
pub(crate) struct Changes<R> {
    input: R,
    commit: Option<Arc<Commit>>,
}

impl<R: BufRead> Changes<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, commit: None }
    }

    fn advance(&mut self) -> anyhow::Result<Option<Change>> {
        while let Some(record) = read_record(&mut self.input)? {
            if let Some(header) = record.strip_prefix(b"commit ") {
                self.commit = Some(Arc::new(self.following_commit(header)?));
                continue;
            }
            let commit = self.commit.clone().context("git told of a change before any commit")?;
            let (lines, path) = split_counts(&record)?;
            let path = path.to_vec();
            return Ok(Some(Change { commit, path, lines }));
        }
        Ok(None)
    }

    fn following_commit(&self, header: &[u8]) -> anyhow::Result<Commit> {
        let header = str::from_utf8(header).context("git wrote a commit's id that is not text")?;
        let (id, time) = header.split_once(' ').context("git wrote a commit without a time")?;
        Ok(Commit {
            id: id.to_owned(),
            number: self.commit.as_ref().map_or(1, |commit| commit.number + 1),
            // A commit that was damaged long ago may have no time that can be read.
            time: time.parse().unwrap_or(0),
        })
    }
}

impl<R: BufRead> Iterator for Changes<R> {
    type Item = anyhow::Result<Change>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

/// The text up to the next NUL; `None` at the end.
pub(crate) fn read_record(input: &mut impl BufRead) -> anyhow::Result<Option<Vec<u8>>> {
    let mut record = Vec::new();
    if input
        .read_until(0, &mut record)
        .context("cannot read what git writes")?
        == 0
    {
        return Ok(None);
    }
    ensure!(record.pop() == Some(0), "what git writes was cut off");
    Ok(Some(record))
}

/// Takes `added TAB removed TAB path` apart; a line break sets the first one off from its commit.
pub(crate) fn split_counts(record: &[u8]) -> anyhow::Result<(Option<Lines>, &[u8])> {
    let record = record.strip_prefix(b"\n").unwrap_or(record);
    let mut parts = record.splitn(3, |byte| *byte == b'\t');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(b"-"), Some(b"-"), Some(path)) => Ok((None, path)),
        (Some(added), Some(removed), Some(path)) => {
            let (added, removed) = (count(added)?, count(removed)?);
            Ok((Some(Lines { added, removed }), path))
        }
        _ => bail!("git wrote {:?} for a change", String::from_utf8_lossy(record)),
    }
}

fn count(digits: &[u8]) -> anyhow::Result<i64> {
    let digits = str::from_utf8(digits).context("git wrote a count of lines that is not text")?;
    digits
        .parse()
        .with_context(|| format!("git wrote {digits:?} for a count of lines"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(output: &[u8]) -> anyhow::Result<Vec<Change>> {
        Changes::new(output).collect()
    }

    fn told(output: &[u8]) -> Vec<(u64, String, Option<(i64, i64)>, Vec<u8>)> {
        let tell = |change: Change| {
            let lines = change.lines.map(|lines| (lines.added, lines.removed));
            (change.commit.number, change.commit.id.clone(), lines, change.path)
        };
        parse(output).unwrap().into_iter().map(tell).collect()
    }

    #[test]
    fn reads_commits_with_changes_and_without() {
        let output = b"commit aa 10\0\n1\t2\ta\0-\t-\tb\0commit bb 20\0commit cc 30\0\n0\t7\ta\0";
        let expected = [
            (1, "aa".to_owned(), Some((1, 2)), b"a".to_vec()),
            (1, "aa".to_owned(), None, b"b".to_vec()),
            (3, "cc".to_owned(), Some((0, 7)), b"a".to_vec()),
        ];
        assert_eq!(told(output), expected);
    }

    #[test]
    fn takes_any_byte_of_a_path() {
        for path in [&b"\nx"[..], b"1\t1\tx", b"commit aa 1", b"\xff \"'\\", b"-", b" "] {
            let output = [b"commit aa 10\0\n1\t2\t", path, b"\0"].concat();
            assert_eq!(told(&output), [(1, "aa".to_owned(), Some((1, 2)), path.to_vec())]);
        }
    }

    #[test]
    fn keeps_the_time_of_a_commit_even_before_1970_and_forgives_a_damaged_one() {
        let times = |output| {
            parse(output)
                .unwrap()
                .iter()
                .map(|change| change.commit.time)
                .collect::<Vec<_>>()
        };
        assert_eq!(times(b"commit aa -5\0\n1\t2\ta\0commit bb \0\n1\t2\ta\0"), [-5, 0]);
    }

    #[test]
    fn finds_nothing_in_no_history() {
        assert_eq!(parse(b"").unwrap(), []);
    }

    #[test]
    fn refuses_what_is_cut_off_or_out_of_place() {
        for output in [
            &b"commit aa 10\0\n1\t2\ta"[..],
            b"1\t2\ta\0",
            b"commit aa\0",
            b"commit aa 10\0\nx\ty\ta\0",
            b"commit aa 10\0\n1\t2\0",
        ] {
            assert!(parse(output).is_err(), "{:?}", String::from_utf8_lossy(output));
        }
    }
}
