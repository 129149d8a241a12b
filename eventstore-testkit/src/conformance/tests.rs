use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use eventstore_core::Closable;
use futures_util::FutureExt;
use tokio::runtime::Builder;

use super::{Case, Parts, Setup, Stop};
use crate::{MemoryStore, MemoryTransaction};

/// A case as it is listed.
struct Entry {
    group: &'static str,
    name: &'static str,
    /// The role of its group, then what else it needs.
    needs: Vec<&'static str>,
    case: Case,
}

type Cases = BTreeMap<String, BTreeSet<String>>;

macro_rules! entries {
    (() $($role:ident: $group:ident { $($case:ident,)* $([$($need:ident)+] { $($needing:ident,)* })* })*) => {
        [$(
            entries!(@ [$role] $group $($case)*),
            $(entries!(@ [$role $($need)+] $group $($needing)*),)*
        )*]
    };
    (@ $needs:tt $group:ident $($case:ident)*) => {
        vec![$(entries!(@@ $needs $group $case)),*]
    };
    (@@ [$($need:ident)+] $group:ident $case:ident) => {
        Entry {
            group: stringify!($group),
            name: stringify!($case),
            needs: vec![$(stringify!($need)),+],
            case: |harness| Box::pin(super::$group::$case(harness)),
        }
    };
}

fn entries() -> Vec<Entry> {
    let of_streams = crate::conformance_cases_of_streams! { [entries] () };
    let of_changes = crate::conformance_cases_of_links_deletes_and_snapshots! { [entries] () };
    let of_subscriptions = crate::conformance_cases_of_subscriptions! { [entries] () };
    let blocks = of_streams.into_iter().chain(of_changes).chain(of_subscriptions);
    blocks.flatten().collect()
}

#[test]
fn every_case_is_listed_in_the_macro() {
    let mut listed = Cases::new();
    for entry in entries() {
        assert!(
            listed
                .entry(entry.group.to_owned())
                .or_default()
                .insert(entry.name.to_owned())
        );
    }
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    let written: Cases = listed
        .keys()
        .map(|group| (group.clone(), written_cases(&directory, group)))
        .collect();
    assert_eq!(listed, written);
}

#[test]
fn every_public_module_is_a_group() {
    let modules = include_str!("mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let groups: BTreeSet<_> = entries().iter().map(|entry| entry.group).collect();
    assert_eq!(modules.collect::<BTreeSet<_>>(), groups);
}

#[test]
fn every_case_passes_with_just_what_it_is_said_to_need() {
    let failing: Vec<_> = quietly(|| {
        let entries = entries().into_iter();
        entries.filter(|entry| !entry.passes_with(&entry.needs)).collect()
    });
    assert_eq!(names_of(&failing), [""; 0]);
}

#[test]
fn no_case_passes_without_something_that_it_is_said_to_need() {
    let passing: Vec<_> = quietly(|| {
        let entries = entries().into_iter();
        entries
            .filter(|entry| (1..entry.needs.len()).any(|index| entry.passes_without(index)))
            .collect()
    });
    assert_eq!(names_of(&passing), [""; 0]);
}

impl Entry {
    /// Whether the case passes on the reference backend that plays just these roles, with just these abilities. Time is
    /// not waited for: it moves on when nothing else can happen.
    fn passes_with(&self, needs: &[&'static str]) -> bool {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let harness = reference_with(needs);
        let run = AssertUnwindSafe((self.case)(&harness)).catch_unwind();
        runtime.block_on(run).is_ok()
    }

    fn passes_without(&self, index: usize) -> bool {
        let mut needs = self.needs.clone();
        needs.remove(index);
        self.passes_with(&needs)
    }
}

/// The storage, as it was opened last.
type Storage = RefCell<MemoryStore>;

fn reference_with(needs: &[&'static str]) -> Setup<Storage> {
    let others = needs.to_owned();
    let setup = Setup::new(Storage::default(), |store| {
        parts_of(&store.borrow().clone().with_hard_deletes(), needs)
    })
    .another_node(async move |store| parts_of(&store.borrow().another_node().with_hard_deletes(), &others));
    needs.iter().fold(setup, |setup, need| match *need {
        "put_empty_stream" => setup.put_empty_stream(async |store, stream| store.borrow().create_empty_stream(stream)),
        "store_without_hard_deletes" => setup.store_without_hard_deletes(async |store| store.borrow().clone()),
        "cut_notifications" => setup.cut_notifications(async |store| store.borrow().pause_notifications()),
        "cut_leases" => setup.cut_leases(async |store| store.borrow().revoke_leases()),
        "close_store" => setup.close_store(async |store| {
            let store = store.borrow().clone();
            store.close().await;
        }),
        "reopen" => {
            let others = needs.to_owned();
            setup.reopen(async move |store, stop| {
                let ended = store.borrow().clone();
                if stop == Stop::Clean {
                    ended.close().await;
                }
                store.replace(ended.copy());
                parts_of(&store.borrow().clone().with_hard_deletes(), &others)
            })
        }
        "effects" => setup.effects(
            async |_, transaction: &mut MemoryTransaction, effect| transaction.make_effect(effect),
            async |store| store.borrow().effects(),
        ),
        "forge_hint" => setup.forge_hint(async |store, selector, number| store.borrow().forge_hint(selector, number)),
        _ => setup,
    })
}

/// Links, deletes and subscriptions need streams; what concerns subscriptions needs these.
fn parts_of(store: &MemoryStore, needs: &[&str]) -> Parts {
    needs.iter().fold(Parts::default(), |parts, need| match *need {
        "streams" => parts.streams(store.clone()),
        "links" => parts.streams(store.clone()).links(store.clone()),
        "lookup" => parts.streams(store.clone()).lookup(store.clone()),
        "tracing" => parts.streams(store.clone()).tracing(store.clone()),
        "imports" => parts.streams(store.clone()).imports(store.clone()),
        "deletes" => parts.streams(store.clone()).deletes(store.clone()),
        "snapshots" => parts.snapshots(store.clone()),
        "subscriptions" => parts.streams(store.clone()).subscriptions(store.clone()),
        "administration" => parts
            .streams(store.clone())
            .subscriptions(store.clone())
            .administration(store.clone()),
        "parking" => parts
            .streams(store.clone())
            .subscriptions(store.clone())
            .parking(store.clone()),
        "projections" => parts.subscriptions(store.clone()).projections(store.clone()),
        "groups" => parts
            .streams(store.clone())
            .subscriptions(store.clone())
            .groups(store.clone()),
        "catalog" => parts.catalog(store.clone()),
        "statistics" => parts.streams(store.clone()).statistics(store.clone()),
        _ => parts,
    })
}

/// Without the messages of the cases that fail.
fn quietly<T>(call: impl FnOnce() -> T) -> T {
    panic::set_hook(Box::new(|_| {}));
    let outcome = call();
    let _ = panic::take_hook();
    outcome
}

fn names_of(entries: &[Entry]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| format!("{}::{}", entry.group, entry.name))
        .collect()
}

/// The public functions in the file of a group, or in the files of its directory.
fn written_cases(directory: &Path, group: &str) -> BTreeSet<String> {
    files_of(directory, group)
        .iter()
        .flat_map(|file| names_of_cases(&fs::read_to_string(file).unwrap()))
        .collect()
}

fn files_of(directory: &Path, group: &str) -> Vec<PathBuf> {
    match fs::read_dir(directory.join(group)) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => vec![directory.join(group).with_extension("rs")],
    }
}

fn names_of_cases(source: &str) -> Vec<String> {
    source
        .lines()
        .filter_map(|line| line.strip_prefix("pub async fn ")?.split_once('('))
        .map(|(name, _)| name.to_owned())
        .collect()
}
