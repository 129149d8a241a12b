use std::collections::BTreeMap;
use std::sync::Arc;

use super::trace::{FileId, Step};
use crate::random::Random;

/// What a disk writes as a whole or not at all.
const SECTOR: usize = 512;

/// How many in how many changes are kept at a power cut.
const KEPT_OF: u64 = 8;

/// A folder, of which some is on the disk and the rest still on its way there.
#[derive(Default)]
pub(super) struct Disk {
    files: BTreeMap<FileId, File>,
    names: BTreeMap<String, FileId>,
    /// Changes of the names since the last sync of the folder, in order.
    renamed: Vec<(String, Option<FileId>)>,
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Change>,
    /// How many of the pending changes the sync covers that is under way.
    being_synced: usize,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Arc<[u8]> },
    Cut(usize),
}

impl Disk {
    pub(super) fn after(steps: &[Step]) -> Self {
        let mut disk = Self::default();
        for step in steps {
            disk.take(step);
        }
        disk
    }

    pub(super) fn take(&mut self, step: &Step) {
        match step {
            Step::Created(file, name) => {
                self.files.insert(*file, File::default());
                self.renamed.push((name.clone(), Some(*file)));
            }
            Step::Removed(name) => self.renamed.push((name.clone(), None)),
            Step::Written { file, at, bytes } => self.file(*file).pending.push(Change::Write {
                at: *at,
                bytes: Arc::clone(bytes),
            }),
            Step::Cut(file, length) => self.file(*file).pending.push(Change::Cut(*length)),
            Step::SyncBegun(file) => {
                let file = self.file(*file);
                file.being_synced = file.pending.len();
            }
            Step::Synced(file) => self.file(*file).sync(),
            Step::FolderSynced => {
                for change in self.renamed.drain(..) {
                    rename(&mut self.names, change);
                }
            }
            Step::Told(_) => {}
        }
    }

    /// All files as they were when the power had not failed.
    pub(super) fn whole(&self) -> Vec<(String, Vec<u8>)> {
        self.named(self.renamed.len(), File::whole)
    }

    /// What is left of the files. A folder changes in order; what is written to a file may reach the disk in any order, and in
    /// part.
    pub(super) fn after_power_cut(&self, random: &mut Random) -> Vec<(String, Vec<u8>)> {
        let renamed = random.index(self.renamed.len() + 1);
        let kept = random.below(KEPT_OF + 1);
        self.named(renamed, |file| file.left(kept, random))
    }

    fn named(&self, renamed: usize, mut content: impl FnMut(&File) -> Vec<u8>) -> Vec<(String, Vec<u8>)> {
        let mut names = self.names.clone();
        let renamed = self.renamed.iter().take(renamed).cloned();
        renamed.for_each(|change| rename(&mut names, change));
        let files = names.into_iter();
        files.map(|(name, file)| (name, content(&self.files[&file]))).collect()
    }

    fn file(&mut self, file: FileId) -> &mut File {
        self.files.get_mut(&file).unwrap()
    }
}

impl File {
    fn sync(&mut self) {
        for change in self.pending.drain(..self.being_synced) {
            change.make_in(&mut self.durable);
        }
        self.being_synced = 0;
    }

    fn whole(&self) -> Vec<u8> {
        let mut content = self.durable.clone();
        self.pending.iter().for_each(|change| change.make_in(&mut content));
        content
    }

    fn left(&self, kept: u64, random: &mut Random) -> Vec<u8> {
        let mut content = self.durable.clone();
        for change in &self.pending {
            if random.below(KEPT_OF) < kept {
                change.make_in(&mut content);
            } else if random.once_in(2) {
                change.make_in_part(&mut content, random);
            }
        }
        content
    }
}

impl Change {
    fn make_in(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => write(content, *at, bytes),
            Self::Cut(length) => content.resize(*length, 0),
        }
    }

    /// Writes some of the sectors.
    fn make_in_part(&self, content: &mut Vec<u8>, random: &mut Random) {
        let Self::Write { at, bytes } = self else { return };
        let (mut at, mut rest) = (*at, &**bytes);
        while !rest.is_empty() {
            let (sector, after) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
            if random.once_in(2) {
                write(content, at, sector);
            }
            at += sector.len();
            rest = after;
        }
    }
}

fn write(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

fn rename(names: &mut BTreeMap<String, FileId>, (name, file): (String, Option<FileId>)) {
    match file {
        Some(file) => names.insert(name, file),
        None => names.remove(&name),
    };
}
