use syn::{ItemUse, UseTree, Visibility};

use super::attributes::Attributes;
use super::module_path::joined;

/// One name, or the names of one glob, of a `use`.
#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) is_public: bool,
    /// Whether only its module, and those within, see the name.
    is_private: bool,
    /// With the conditions of the modules around it.
    pub(super) attributes: Attributes,
    /// An empty first segment means a leading `::`.
    pub(super) path: Vec<String>,
    /// None for a glob.
    pub(super) name: Option<String>,
}

impl Import {
    pub(super) fn all(item: &ItemUse, attributes: &Attributes) -> Vec<Self> {
        let start = item.leading_colon.map(|_| String::new());
        let mut leaves = Vec::new();
        flatten(&item.tree, &Vec::from_iter(start), &mut leaves);
        let import = |(path, name): Leaf| Self {
            is_public: matches!(item.vis, Visibility::Public(_)),
            is_private: matches!(item.vis, Visibility::Inherited),
            attributes: attributes.clone(),
            path,
            name,
        };
        leaves.into_iter().map(import).collect()
    }

    /// Whether a module sees the name in the module of the import.
    pub(super) fn is_visible(&self, module: &[String], from: &[String]) -> bool {
        !self.is_private || from.starts_with(module)
    }

    pub(super) fn is_glob(&self) -> bool {
        self.name.is_none()
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }
}

type Leaf = (Vec<String>, Option<String>);

fn flatten(tree: &UseTree, path: &[String], leaves: &mut Vec<Leaf>) {
    match tree {
        UseTree::Path(tree) => flatten(&tree.tree, &joined(path, &tree.ident.to_string()), leaves),
        UseTree::Name(tree) => leaves.push(leaf(path, &tree.ident.to_string(), None)),
        UseTree::Rename(tree) => leaves.push(leaf(path, &tree.ident.to_string(), Some(tree.rename.to_string()))),
        UseTree::Glob(_) => leaves.push((path.to_vec(), None)),
        UseTree::Group(tree) => tree.items.iter().for_each(|tree| flatten(tree, path, leaves)),
    }
}

/// The name `self` is that of the path so far.
fn leaf(path: &[String], name: &str, rename: Option<String>) -> Leaf {
    let path = match name {
        "self" if !path.is_empty() => path.to_vec(),
        _ => joined(path, name),
    };
    let name = rename.or_else(|| path.last().cloned());
    (path, name)
}
