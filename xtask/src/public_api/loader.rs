use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use syn::{ImplItem, Item, ItemMacro, ItemMod, Visibility};

use super::attributes::Attributes;
use super::definition::{Definition, attributes_of};
use super::import::Import;
use super::macro_rules::MacroRules;
use super::module::Module;
use super::module_path::ModulePath;
use super::module_path::joined;
use super::tree::Tree;

/// Reads a file by its path below `src`; nothing if there is none.
pub(super) type Read<'a> = &'a dyn Fn(&Path) -> anyhow::Result<Option<String>>;

/// Parses a crate from its `lib.rs`.
pub(super) fn load(read: Read<'_>) -> anyhow::Result<Tree> {
    let text = read(Path::new("lib.rs"))?.context("there is no lib.rs")?;
    let mut loader = Loader {
        read,
        tree: Tree::default(),
        macros: BTreeMap::new(),
    };
    let root = Place {
        module: Vec::new(),
        directory: PathBuf::new(),
    };
    loader.tree.modules.insert(Vec::new(), Module::default());
    loader.file(&root, Path::new("lib.rs"), &text)?;
    Ok(loader.tree)
}

struct Loader<'a> {
    read: Read<'a>,
    tree: Tree,
    /// Those of the crate, in the order of its sources: the last of a name counts.
    macros: BTreeMap<String, MacroRules>,
}

/// A module, and where the files of those within it are.
struct Place {
    module: ModulePath,
    directory: PathBuf,
}

impl Loader<'_> {
    fn file(&mut self, place: &Place, path: &Path, text: &str) -> anyhow::Result<()> {
        let file = syn::parse_file(text).with_context(|| format!("cannot parse {}", path.display()))?;
        self.items(place, file.items)
            .with_context(|| format!("in {}", path.display()))
    }

    fn items(&mut self, place: &Place, items: Vec<Item>) -> anyhow::Result<()> {
        items.into_iter().try_for_each(|item| self.item(place, item))
    }

    fn item(&mut self, place: &Place, item: Item) -> anyhow::Result<()> {
        let written = Attributes::of(attributes_of(&item))?;
        if written.is_test {
            return Ok(());
        }
        let module = self.tree.modules.entry(place.module.clone()).or_default();
        let attributes = written.within(&module.attributes.conditions);
        match item {
            Item::Mod(item) => self.module(place, item, attributes)?,
            Item::Macro(item) => self.macro_item(place, item, attributes)?,
            Item::Use(item) => module.imports.extend(Import::all(&item, &attributes)),
            Item::Impl(item) => {
                let is_unlisted =
                    item.trait_.is_none() && item.items.iter().any(|item| matches!(item, ImplItem::Macro(_)));
                module.impls.push((attributes, item));
                let unlisted = is_unlisted.then(|| format!("a macro within an impl in {}", place.module.join("::")));
                self.tree.unlisted.extend(unlisted);
            }
            item => module.definitions.push(Definition::new(item, attributes)?),
        }
        Ok(())
    }

    fn module(&mut self, place: &Place, item: ItemMod, attributes: Attributes) -> anyhow::Result<()> {
        let name = item.ident.to_string();
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            bail!("mod {name} has a #[path], which is not followed");
        }
        let within = Place {
            module: joined(&place.module, &name),
            directory: place.directory.join(&name),
        };
        let module = Module {
            is_public: matches!(item.vis, Visibility::Public(_)),
            attributes,
            ..Module::default()
        };
        self.tree.modules.insert(within.module.clone(), module);
        match item.content {
            Some((_, items)) => self.items(&within, items),
            None => self.module_file(&within, &place.directory, &name),
        }
    }

    fn module_file(&mut self, within: &Place, directory: &Path, name: &str) -> anyhow::Result<()> {
        let candidates = [
            directory.join(name).with_extension("rs"),
            within.directory.join("mod.rs"),
        ];
        for path in candidates {
            if let Some(text) = (self.read)(&path)? {
                return self.file(within, &path, &text);
            }
        }
        bail!("there is no file for mod {name}")
    }

    fn macro_item(&mut self, place: &Place, item: ItemMacro, attributes: Attributes) -> anyhow::Result<()> {
        if let Some(name) = item.ident.clone() {
            self.macros
                .insert(name.to_string(), MacroRules::parse(item.mac.tokens.clone())?);
            if attributes.is_exported_macro {
                let definition = Definition::exported_macro(&name, Item::Macro(item), attributes);
                self.tree
                    .modules
                    .entry(Vec::new())
                    .or_default()
                    .definitions
                    .push(definition);
            }
            return Ok(());
        }
        self.invocation(place, &item)
    }

    fn invocation(&mut self, place: &Place, item: &ItemMacro) -> anyhow::Result<()> {
        let path = &item.mac.path;
        let name = path
            .segments
            .last()
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default();
        let Some(rules) = self.macros.get(&name) else {
            self.tree
                .unlisted
                .push(format!("{name}! in {}", place.module.join("::")));
            return Ok(());
        };
        let tokens = rules
            .expand(&item.mac.tokens)
            .with_context(|| format!("cannot expand {name}!"))?;
        let file: syn::File = syn::parse2(tokens).with_context(|| format!("{name}! makes no items"))?;
        self.items(place, file.items)
    }
}
