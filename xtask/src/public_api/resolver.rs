use super::import::Import;
use super::item_id::ItemId;
use super::module::Module;
use super::module_path::joined;
use super::target::Target;
use super::tree::Tree;

/// Finds what a path leads to, as seen from a module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolver<'a> {
    tree: &'a Tree,
}

/// The names that are being looked up, in their modules: an import may lead back to its own name.
type Pending = Vec<ItemId>;

impl<'a> Resolver<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self { tree }
    }

    /// All that the path may mean: a module, a type and a function can have the same name. Nothing if a module of the
    /// crate has no such name.
    pub(super) fn resolve(self, module: &[String], path: &[String]) -> Vec<Target> {
        self.path(module, path, &mut Pending::new())
    }

    fn path(self, module: &[String], path: &[String], pending: &mut Pending) -> Vec<Target> {
        let Some((head, rest)) = path.split_first() else {
            return Vec::new();
        };
        if head.is_empty() {
            return vec![Target::Foreign(rest.to_vec())];
        }
        let start = self.head(module, head, pending);
        rest.iter()
            .fold(start, |targets, segment| self.step(module, targets, segment, pending))
    }

    fn head(self, module: &[String], head: &str, pending: &mut Pending) -> Vec<Target> {
        match head {
            "crate" => vec![Target::Module(Vec::new())],
            "self" => vec![Target::Module(module.to_vec())],
            "super" => vec![parent_of(module)],
            name => {
                let found = self.name(module, name, module, pending);
                if found.is_empty() {
                    vec![Target::Foreign(vec![name.to_owned()])]
                } else {
                    found
                }
            }
        }
    }

    /// One segment further. Only a module, or a type, has something within it.
    fn step(self, from: &[String], targets: Vec<Target>, segment: &str, pending: &mut Pending) -> Vec<Target> {
        let module = targets.iter().find_map(|target| match target {
            Target::Module(path) => Some(path),
            _ => None,
        });
        match (module, segment) {
            (Some(module), "super") => vec![parent_of(module)],
            (Some(module), _) => self.name(module, segment, from, pending),
            (None, _) => targets.into_iter().map(|target| part_of(target, segment)).collect(),
        }
    }

    /// A name in a module, as another sees it.
    fn name(self, module: &[String], name: &str, from: &[String], pending: &mut Pending) -> Vec<Target> {
        let mut found = self.defined(module, name);
        let lookup = ItemId::new(module, name);
        if pending.contains(&lookup) {
            return found;
        }
        pending.push(lookup);
        if let Some(written) = self.tree.modules.get(module) {
            let imports = written.imports.iter();
            let visible: Vec<_> = imports.filter(|import| import.is_visible(module, from)).collect();
            found.extend(self.imported(module, &visible, name, pending));
            if found.is_empty() {
                found.extend(self.globs(module, &visible, name, pending));
            }
        }
        pending.pop();
        found
    }

    fn defined(self, module: &[String], name: &str) -> Vec<Target> {
        let defines = |written: &&Module| written.defines(name);
        let item = self.tree.modules.get(module).filter(defines);
        let item = item.map(|_| Target::Item(ItemId::new(module, name), Vec::new()));
        let child = joined(module, name);
        let child = self.tree.modules.contains_key(&child).then_some(Target::Module(child));
        item.into_iter().chain(child).collect()
    }

    fn imported(self, module: &[String], imports: &[&Import], name: &str, pending: &mut Pending) -> Vec<Target> {
        let named = imports.iter().filter(|import| import.is_named(name));
        named
            .flat_map(|import| self.path(module, &import.path, pending))
            .collect()
    }

    fn globs(self, module: &[String], imports: &[&Import], name: &str, pending: &mut Pending) -> Vec<Target> {
        let mut found = Vec::new();
        for import in imports.iter().filter(|import| import.is_glob()) {
            for target in self.path(module, &import.path, pending) {
                if let Target::Module(other) = target {
                    found.extend(self.name(&other, name, module, pending));
                }
            }
        }
        found
    }
}

fn parent_of(module: &[String]) -> Target {
    let parent = module.split_last().map_or(module, |(_, parent)| parent);
    Target::Module(parent.to_vec())
}

fn part_of(target: Target, segment: &str) -> Target {
    match target {
        Target::Module(path) => Target::Module(path),
        Target::Item(id, rest) => Target::Item(id, joined(&rest, segment)),
        Target::Foreign(path) => Target::Foreign(joined(&path, segment)),
    }
}
