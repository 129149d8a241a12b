use std::collections::BTreeSet;

use anyhow::bail;

use super::attributes::Attributes;
use super::export::Export;
use super::import::Import;
use super::item_id::ItemId;
use super::module::Module;
use super::module_path::ModulePath;
use super::module_path::joined;
use super::resolver::Resolver;
use super::target::Target;
use super::text;
use super::tree::Tree;

/// All the paths that a crate offers.
pub(super) fn all(tree: &Tree) -> anyhow::Result<Vec<Export>> {
    let mut exports = Exports {
        tree,
        found: Vec::new(),
        open: Vec::new(),
    };
    exports.module(&Vec::new(), &Vec::new(), &Attributes::default())?;
    Ok(exports.found)
}

struct Exports<'a> {
    tree: &'a Tree,
    found: Vec<Export>,
    /// The modules around the current one; one that exports itself would never end.
    open: Vec<ModulePath>,
}

impl Exports<'_> {
    /// All that a module exports, under that path.
    fn module(&mut self, module: &ModulePath, at: &[String], outer: &Attributes) -> anyhow::Result<()> {
        let tree = self.tree;
        let Some(written) = tree.modules.get(module).filter(|_| !self.open.contains(module)) else {
            return Ok(());
        };
        self.open.push(module.clone());
        self.definitions(module, written, at, outer);
        for (child, written) in tree.children(module).filter(|(_, child)| child.is_public) {
            let name = child.last().cloned().unwrap_or_default();
            let attributes = combined(&written.attributes, outer);
            self.target(Target::Module(child.clone()), &joined(at, &name), &attributes)?;
        }
        for import in written.imports.iter().filter(|import| import.is_public) {
            self.import(module, import, at, outer)?;
        }
        self.open.pop();
        Ok(())
    }

    fn definitions(&mut self, module: &ModulePath, written: &Module, at: &[String], outer: &Attributes) {
        let public = written.definitions.iter().filter(|definition| definition.is_public);
        let names: BTreeSet<_> = public.map(|definition| &definition.name).collect();
        self.found.extend(names.into_iter().map(|name| Export {
            path: joined(at, name),
            target: Target::Item(ItemId::new(module, name), Vec::new()),
            is_glob: false,
            attributes: outer.clone(),
        }));
    }

    fn import(
        &mut self,
        module: &ModulePath,
        import: &Import,
        at: &[String],
        outer: &Attributes,
    ) -> anyhow::Result<()> {
        let targets = Resolver::new(self.tree).resolve(module, &import.path);
        if targets.is_empty() {
            bail!("{} does not have {}", name_of(module), text::path(&import.path));
        }
        let attributes = combined(&import.attributes, outer);
        for target in targets {
            match (target, &import.name) {
                (Target::Module(other), None) => self.module(&other, at, &attributes)?,
                (target, None) => self.glob(target, at, &attributes),
                (_, Some(name)) if name == "_" => {}
                (target, Some(name)) => self.target(target, &joined(at, name), &attributes)?,
            }
        }
        Ok(())
    }

    fn target(&mut self, target: Target, path: &[String], attributes: &Attributes) -> anyhow::Result<()> {
        let module = match &target {
            Target::Module(module) => Some(module.clone()),
            _ => None,
        };
        if module.as_ref().is_some_and(|module| !self.is_public(module)) {
            return Ok(());
        }
        self.found.push(Export {
            path: path.to_vec(),
            target,
            is_glob: false,
            attributes: attributes.clone(),
        });
        module.map_or(Ok(()), |module| self.module(&module, path, attributes))
    }

    fn glob(&mut self, target: Target, at: &[String], attributes: &Attributes) {
        self.found.push(Export {
            path: joined(at, "*"),
            target,
            is_glob: true,
            attributes: attributes.clone(),
        });
    }

    /// A `use` of a name that is also that of a private module means something else.
    fn is_public(&self, module: &ModulePath) -> bool {
        self.tree.modules.get(module).is_some_and(|module| module.is_public)
    }
}

fn combined(attributes: &Attributes, outer: &Attributes) -> Attributes {
    let mut attributes = attributes.clone().within(&outer.conditions);
    attributes.is_hidden |= outer.is_hidden;
    attributes
}

fn name_of(module: &[String]) -> String {
    if module.is_empty() {
        "the root".to_owned()
    } else {
        text::path(module)
    }
}
