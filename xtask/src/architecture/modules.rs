use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, UseTree, Visibility};

use crate::workspace;

/// A path of modules and items, without `crate`.
type Names = Vec<String>;

/// The modules of one crate, and what they import from each other.
#[derive(Debug, Default)]
pub(super) struct Modules {
    modules: BTreeMap<Names, Module>,
}

/// A source file.
#[derive(Debug, Default)]
struct Module {
    /// Relative to the directory of the sources.
    file: PathBuf,
    /// What the file defines itself.
    items: BTreeSet<String>,
    /// The modules of this file that only tests have.
    test_modules: BTreeSet<String>,
    imports: Vec<Import>,
    /// The paths in its code that begin with `crate`, `self` or `super`.
    paths: Vec<Names>,
}

/// One name that a file imports.
#[derive(Debug)]
struct Import {
    path: Names,
    /// What it is called in the file; `*` for all that a module has.
    name: String,
    /// Whether it is only handed on to others.
    is_handed_on: bool,
}

/// A file, and another one that it imports something from.
pub(super) type Edge = (PathBuf, PathBuf);

impl Modules {
    /// Reads the sources of a crate, without its tests.
    pub(super) fn read(sources: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for file in workspace::files(sources, "rs")? {
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            files.push((file.strip_prefix(sources)?.to_owned(), text));
        }
        Self::parse(&files)
    }

    pub(super) fn parse(files: &[(PathBuf, String)]) -> anyhow::Result<Self> {
        let mut modules = Self::default();
        for (file, text) in files {
            let parsed = syn::parse_file(text).with_context(|| format!("cannot parse {}", file.display()))?;
            let mut module = Module {
                file: file.clone(),
                ..Module::default()
            };
            parsed.items.iter().for_each(|item| module.take(item));
            modules.modules.insert(names_of(file), module);
        }
        let tests = modules.test_modules();
        modules
            .modules
            .retain(|names, _| !tests.iter().any(|test| names.starts_with(test)));
        Ok(modules)
    }

    fn test_modules(&self) -> Vec<Names> {
        let of = |(names, module): (&Names, &Module)| -> Vec<_> {
            let tests = module.test_modules.iter();
            tests.map(|test| joined(names, test)).collect()
        };
        self.modules.iter().flat_map(of).collect()
    }

    /// From which file each file imports something. What a file only hands on, it does not import.
    pub(super) fn edges(&self) -> BTreeSet<Edge> {
        let mut edges = BTreeSet::new();
        for (names, module) in &self.modules {
            let imported = module.imports.iter().filter(|import| !import.is_handed_on);
            let paths = imported.map(|import| &import.path).chain(&module.paths);
            for path in paths {
                let target = self.absolute(names, path).and_then(|path| self.file_of(&path, 0));
                if let Some(target) = target.filter(|target| **target != module.file) {
                    edges.insert((module.file.clone(), target.clone()));
                }
            }
        }
        edges
    }

    /// The path from the root of the crate; `None` if it leads to another crate.
    fn absolute(&self, module: &Names, path: &[String]) -> Option<Names> {
        let (mut names, mut rest) = match path.first()?.as_str() {
            "crate" => (Names::new(), &path[1..]),
            "self" => (module.clone(), &path[1..]),
            "super" => (module.clone(), path),
            child if self.modules.contains_key(&joined(module, child)) => (module.clone(), path),
            _ => return None,
        };
        while rest.first().is_some_and(|name| name == "super") {
            names.pop();
            rest = &rest[1..];
        }
        names.extend(rest.iter().cloned());
        Some(names)
    }

    /// The file that defines what this path names; modules that hand it on are passed through.
    fn file_of(&self, path: &[String], depth: usize) -> Option<&PathBuf> {
        let (names, module) = (0..=path.len())
            .rev()
            .find_map(|length| self.modules.get_key_value(&path[..length]))?;
        let Some(item) = path.get(names.len()) else {
            return Some(&module.file);
        };
        // Two modules that hand on each other's items would lead around for ever.
        if module.items.contains(item) || item == "*" || depth > 8 {
            return Some(&module.file);
        }
        let imported = module.imports.iter().filter(|import| import.name == *item);
        let by_name = imported.filter_map(|import| self.absolute(names, &import.path));
        let globs = module.imports.iter().filter(|import| import.name == "*");
        let by_glob = globs.filter_map(|import| {
            let path = self.absolute(names, &import.path[..import.path.len() - 1])?;
            self.modules
                .get(&path)?
                .items
                .contains(item)
                .then(|| joined(&path, item))
        });
        let target = by_name.chain(by_glob).next();
        target.map_or(Some(&module.file), |path| self.file_of(&path, depth + 1))
    }
}

impl Module {
    fn take(&mut self, item: &Item) {
        match item {
            Item::Use(import) if !is_test(&import.attrs) => self.import(import),
            Item::Mod(module) if is_test(&module.attrs) => {
                self.test_modules.insert(module.ident.to_string());
            }
            item => {
                self.items.extend(name_of(item));
                Paths(&mut self.paths).visit_item(item);
            }
        }
    }

    fn import(&mut self, import: &ItemUse) {
        let is_handed_on = !matches!(import.vis, Visibility::Inherited);
        self.import_tree(&Names::new(), &import.tree, is_handed_on);
    }

    fn import_tree(&mut self, before: &Names, tree: &UseTree, is_handed_on: bool) {
        let (last, name) = match tree {
            UseTree::Path(path) => {
                let before = joined(before, &path.ident.to_string());
                return self.import_tree(&before, &path.tree, is_handed_on);
            }
            UseTree::Group(group) => {
                let trees = group.items.iter();
                return trees.for_each(|tree| self.import_tree(before, tree, is_handed_on));
            }
            UseTree::Name(name) => (name.ident.to_string(), name.ident.to_string()),
            UseTree::Rename(rename) => (rename.ident.to_string(), rename.rename.to_string()),
            UseTree::Glob(_) => ("*".to_owned(), "*".to_owned()),
        };
        let is_self = last == "self" && !before.is_empty();
        let path = if is_self { before.clone() } else { joined(before, &last) };
        let name = if is_self {
            path.last().cloned().unwrap_or(name)
        } else {
            name
        };
        self.imports.push(Import {
            path,
            name,
            is_handed_on,
        });
    }
}

/// Collects the paths that begin in this crate.
struct Paths<'p>(&'p mut Vec<Names>);

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        // `pub(super)` names a module, and imports nothing.
        if names.len() > 1 && ["crate", "super"].contains(&names[0].as_str()) {
            self.0.push(names);
        }
        visit::visit_path(self, path);
    }
}

/// The modules that lead to a file.
fn names_of(file: &Path) -> Names {
    let mut names: Names = file
        .with_extension("")
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if names
        .last()
        .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
    {
        names.pop();
    }
    names
}

fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        Item::Mod(item) if item.content.is_some() => item.ident.to_string(),
        _ => return None,
    })
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_test = |list: &syn::MetaList| list.tokens.to_string() == "test";
        attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(is_test)
    })
}

fn joined(names: &Names, last: &str) -> Names {
    names.iter().cloned().chain([last.to_owned()]).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The imports between files with these texts.
    pub(in crate::architecture) fn edges(files: &[(&str, &str)]) -> BTreeSet<Edge> {
        let files: Vec<_> = files
            .iter()
            .map(|(file, text)| (PathBuf::from(file), (*text).to_owned()))
            .collect();
        Modules::parse(&files).unwrap().edges()
    }

    fn texts(edges: &BTreeSet<Edge>) -> Vec<String> {
        let text = |(from, to): &Edge| format!("{} -> {}", from.display(), to.display());
        edges.iter().map(text).collect()
    }

    #[test]
    fn follows_what_is_handed_on_to_the_file_that_defines_it() {
        let edges = edges(&[
            ("lib.rs", "mod room; mod store; pub use room::Door;"),
            (
                "room/mod.rs",
                "mod door; mod wall; pub use door::*; pub(crate) use wall::Wall as Side;",
            ),
            (
                "room/door.rs",
                "use super::Side; pub struct Door { pub(super) width: u32 }",
            ),
            (
                "room/wall.rs",
                "pub struct Wall; fn height() -> u32 { crate::store::HEIGHT }",
            ),
            ("store.rs", "use crate::{Door, room}; pub const HEIGHT: u32 = 3;"),
        ]);
        assert_eq!(
            texts(&edges),
            [
                "room/door.rs -> room/wall.rs",
                "room/wall.rs -> store.rs",
                "store.rs -> room/door.rs",
                "store.rs -> room/mod.rs",
            ]
        );
    }

    #[test]
    fn leaves_out_tests_and_other_crates() {
        let edges = edges(&[
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod probes;"),
            (
                "a.rs",
                "use std::fmt; use b::C; #[cfg(test)] mod tests { use crate::b::B; }",
            ),
            ("b.rs", "pub struct B;"),
            ("probes.rs", "use crate::b::B;"),
        ]);
        assert_eq!(texts(&edges), [""; 0]);
    }
}
