use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericParam, Generics, Ident, Path, PathSegment, QSelf, TypePath};

use super::item_id::ItemId;
use super::surface::{Surface, part};
use super::target::Target;

/// Writes out the names of a module, so that they do not depend on what it imports.
///
/// Items of the crate become `crate::` with the path by which users know them.
pub(super) struct Names<'a> {
    surface: &'a Surface<'a>,
    module: &'a [String],
    parameters: BTreeSet<String>,
    /// The items of the crate that were met.
    pub(super) met: Vec<ItemId>,
}

impl<'a> Names<'a> {
    pub(super) fn new(surface: &'a Surface<'a>, module: &'a [String]) -> Self {
        Self {
            surface,
            module,
            parameters: BTreeSet::new(),
            met: Vec::new(),
        }
    }

    /// The names of parameters hide all others.
    #[must_use]
    pub(super) fn with(mut self, generics: &Generics) -> Self {
        self.declare(generics);
        self
    }

    pub(super) fn declare(&mut self, generics: &Generics) {
        self.parameters
            .extend(generics.params.iter().filter_map(|parameter| match parameter {
                GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
                GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
                GenericParam::Lifetime(_) => None,
            }));
    }

    /// The full path of a macro in `derive`.
    pub(super) fn of_derive(&self, path: &[String]) -> Vec<String> {
        let targets = self.surface.resolver().resolve(self.module, path);
        let is_macro = |target: &Target| matches!(target, Target::Foreign(path) if is_macro_only(path));
        let macros = targets.iter().find(|target| is_macro(target));
        match macros.or_else(|| targets.iter().find(|target| matches!(target, Target::Foreign(_)))) {
            Some(Target::Foreign(path)) => path.clone(),
            _ => path.to_vec(),
        }
    }

    /// The full path of a type, a trait or a constant; one of the crate comes first, as a macro can have the same name.
    fn full(&mut self, path: &[String]) -> Option<Vec<String>> {
        let mut targets = self.surface.resolver().resolve(self.module, path);
        targets.sort_by_key(|target| match target {
            Target::Item(..) => 0,
            Target::Foreign(path) if !is_macro_only(path) => 1,
            Target::Foreign(_) => 2,
            Target::Module(_) => 3,
        });
        match targets.into_iter().next()? {
            Target::Item(id, rest) => {
                let full = part(&self.surface.printed_path_of(&id), &rest);
                self.met.push(id);
                Some(full)
            }
            Target::Foreign(path) => Some(path),
            Target::Module(_) => None,
        }
    }

    fn is_known(&self, path: &Path) -> bool {
        let head = path.segments.first().map(|segment| segment.ident.to_string());
        head.is_none_or(|head| head == "Self" || self.parameters.contains(&head))
    }

    fn rewrite(&mut self, path: &mut Path) {
        if path.leading_colon.is_some() || self.is_known(path) {
            path.leading_colon = None;
            return;
        }
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(full) = self.full(&names) {
            replace(path, &full);
        }
    }

    /// In `<T as Trait>::Part`, only the trait has a name that can be looked up.
    fn rewrite_qualified(&mut self, qself: &mut QSelf, path: &mut Path) {
        let segments: Vec<_> = path.segments.iter().cloned().collect();
        let (qualifier, rest) = segments.split_at(qself.position.min(segments.len()));
        let mut qualifier = Path {
            leading_colon: path.leading_colon,
            segments: qualifier.iter().cloned().collect(),
        };
        if !qualifier.segments.is_empty() {
            self.rewrite(&mut qualifier);
        }
        qself.position = qualifier.segments.len();
        path.leading_colon = qualifier.leading_colon;
        path.segments = qualifier.segments.into_iter().chain(rest.iter().cloned()).collect();
    }
}

impl VisitMut for Names<'_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        self.rewrite(path);
    }

    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        let Some(qself) = &mut ty.qself else {
            return self.visit_path_mut(&mut ty.path);
        };
        self.visit_type_mut(&mut qself.ty);
        visit_mut::visit_path_mut(self, &mut ty.path);
        self.rewrite_qualified(qself, &mut ty.path);
    }

    fn visit_attributes_mut(&mut self, attributes: &mut Vec<syn::Attribute>) {
        attributes.clear();
    }
}

/// Whether nothing else has that path. Modules with errors often import both this and a type of the same name.
fn is_macro_only(path: &[String]) -> bool {
    path == ["thiserror", "Error"]
}

/// Arguments stay with their segments, counted from the end.
fn replace(path: &mut Path, full: &[String]) {
    let mut old: Vec<_> = std::mem::replace(&mut path.segments, Punctuated::new())
        .into_iter()
        .collect();
    let mut new: Vec<PathSegment> = Vec::new();
    for name in full.iter().rev() {
        let mut segment = PathSegment::from(ident(name));
        if let Some(old) = old.pop() {
            segment.arguments = old.arguments;
        }
        new.push(segment);
    }
    path.segments = new.into_iter().rev().collect();
}

/// `crate` is an identifier here like any other.
fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    }
}
