use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SHARED_MEMORY;

/// What a process has done to the files of a folder, in order, as `strace -f -xx` tells it.
#[derive(Default)]
pub(super) struct Trace {
    pub(super) steps: Vec<Step>,
    folder: PathBuf,
    /// How many files were created.
    created: usize,
    /// The files that have a name.
    names: BTreeMap<String, FileId>,
    /// The files that are open, and where each is written to next.
    open: BTreeMap<i64, (FileId, usize)>,
    /// Where the folder itself is open.
    folders: BTreeSet<i64>,
    /// By threads, the calls that have not ended.
    unfinished: BTreeMap<String, String>,
    /// Whether the end of the process has cut off a call: no one knows whether it was made.
    pub(super) is_cut_off: bool,
}

pub(super) type FileId = usize;

pub(super) enum Step {
    Created(FileId, String),
    Removed(String),
    /// It may have reached the disk from now on.
    Written {
        file: FileId,
        at: usize,
        bytes: Arc<[u8]>,
    },
    /// The file was made shorter, or longer.
    Cut(FileId, usize),
    SyncBegun(FileId),
    /// Whatever was written before the sync has begun is on the disk.
    Synced(FileId),
    FolderSynced,
    /// A line that the process has written to its standard output.
    Told(String),
}

/// A call, whose result is known when it has ended.
struct Call<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    result: i64,
    /// The process has ended meanwhile.
    is_cut_off: bool,
}

impl Trace {
    pub(super) fn parse(text: &str, folder: &Path) -> Self {
        let mut trace = Self {
            folder: folder.to_owned(),
            ..Self::default()
        };
        text.lines().for_each(|line| trace.line(line));
        trace
    }

    fn line(&mut self, line: &str) {
        let (thread, line) = line.split_once(' ').unwrap();
        let line = line.trim_start();
        if line.starts_with("---") || line.starts_with("+++") {
            return;
        }
        if let Some(begun) = line.strip_suffix(" <unfinished ...>") {
            self.begun(&Call::parse(begun));
            self.unfinished.insert(thread.to_owned(), begun.to_owned());
        } else if let Some((_, rest)) = line.split_once(" resumed>") {
            let line = self.unfinished.remove(thread).unwrap() + rest;
            self.ended(&Call::parse(&line));
        } else {
            let call = Call::parse(line);
            self.begun(&call);
            self.ended(&call);
        }
    }

    fn begun(&mut self, call: &Call<'_>) {
        match call.name {
            "write" if call.number(0) == 1 => {
                let line = String::from_utf8(call.bytes(1)).unwrap();
                self.steps.push(Step::Told(line));
            }
            "fsync" | "fdatasync" => self.steps.extend(self.file(call).map(Step::SyncBegun)),
            // Another thread may be given the same number before this one goes on.
            "close" => {
                self.open.remove(&call.number(0));
                self.folders.remove(&call.number(0));
            }
            _ => {}
        }
    }

    fn ended(&mut self, call: &Call<'_>) {
        self.is_cut_off |= call.is_cut_off;
        if call.result < 0 {
            return;
        }
        match call.name {
            "openat" => self.opened(call),
            "lseek" => {
                let at = call.result.try_into().unwrap();
                self.open.entry(call.number(0)).and_modify(|open| open.1 = at);
            }
            "write" => self.written(call, None),
            "pwrite64" => self.written(call, Some(call.number(3).try_into().unwrap())),
            "ftruncate" => {
                let length = call.number(1).try_into().unwrap();
                self.steps.extend(self.file(call).map(|file| Step::Cut(file, length)));
            }
            "fsync" | "fdatasync" if self.folders.contains(&call.number(0)) => self.steps.push(Step::FolderSynced),
            "fsync" | "fdatasync" => self.steps.extend(self.file(call).map(Step::Synced)),
            "unlink" => self.removed(&call.bytes(0)),
            "unlinkat" => self.removed(&call.bytes(1)),
            // Where a thread is renamed, that is another call; SQLite renames no file.
            "rename" | "renameat" | "renameat2" => panic!("a file was renamed"),
            _ => {}
        }
    }

    fn opened(&mut self, call: &Call<'_>) {
        let path = path(&call.bytes(1));
        self.open.remove(&call.result);
        self.folders.remove(&call.result);
        if path == self.folder {
            self.folders.insert(call.result);
        }
        let Some(name) = self.name(&path) else { return };
        let is_new = call.arguments[2].contains("O_CREAT") && !self.names.contains_key(&name);
        if is_new {
            self.names.insert(name.clone(), self.created);
            self.steps.push(Step::Created(self.created, name.clone()));
            self.created += 1;
        }
        if let Some(file) = self.names.get(&name) {
            self.open.insert(call.result, (*file, 0));
        }
    }

    fn written(&mut self, call: &Call<'_>, at: Option<usize>) {
        let Some((file, next)) = self.open.get_mut(&call.number(0)) else {
            return;
        };
        let length: usize = call.result.try_into().unwrap();
        let at = at.unwrap_or_else(|| {
            *next += length;
            *next - length
        });
        let bytes = call.bytes(1)[..length].into();
        self.steps.push(Step::Written { file: *file, at, bytes });
    }

    fn removed(&mut self, bytes: &[u8]) {
        if let Some(name) = self.name(&path(bytes)) {
            self.names.remove(&name);
            self.steps.push(Step::Removed(name));
        }
    }

    /// The file that a call is about by its first argument.
    fn file(&self, call: &Call<'_>) -> Option<FileId> {
        self.open.get(&call.number(0)).map(|(file, _)| *file)
    }

    /// The name of a file in the folder whose content matters.
    fn name(&self, path: &Path) -> Option<String> {
        let name = path.strip_prefix(&self.folder).ok()?.to_str()?;
        let is_shared_memory = name.ends_with(SHARED_MEMORY);
        (!name.is_empty() && !is_shared_memory).then(|| name.to_owned())
    }
}

impl<'a> Call<'a> {
    fn parse(text: &'a str) -> Self {
        let (name, rest) = text.split_once('(').unwrap();
        let (arguments, result) = rest.rsplit_once(" = ").unwrap_or((rest, "-1"));
        let arguments = arguments.trim_end().trim_end_matches(')').split(", ").collect();
        let result = result.split(' ').next().unwrap();
        let is_cut_off = result == "?";
        let result = result.parse().unwrap_or(-1);
        Self {
            name,
            arguments,
            result,
            is_cut_off,
        }
    }

    fn number(&self, argument: usize) -> i64 {
        self.arguments[argument].parse().unwrap()
    }

    /// Each byte is written as `\x7f`.
    fn bytes(&self, argument: usize) -> Vec<u8> {
        let text = self.arguments[argument].trim_matches('"').as_bytes();
        let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
        let byte = |four: &[u8]| digit(four[2]) * 16 + digit(four[3]);
        text.chunks_exact(4).map(byte).collect()
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8(bytes.to_vec()).unwrap())
}
