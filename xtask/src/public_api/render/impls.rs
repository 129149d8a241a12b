//! What `impl` blocks offer, wherever they are written.

use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Generics, ImplItem, ItemImpl, Signature, Visibility};

use super::functions;
use crate::public_api::attributes::Attributes;
use crate::public_api::item_id::ItemId;
use crate::public_api::line::Line;
use crate::public_api::module_path::joined;
use crate::public_api::names::Names;
use crate::public_api::surface::Surface;
use crate::public_api::text;

/// Nothing if users cannot name what the block is about.
pub(super) fn lines(
    surface: &Surface<'_>,
    module: &[String],
    attributes: &Attributes,
    item: &ItemImpl,
) -> anyhow::Result<Vec<Line>> {
    let mut header = item.clone();
    header.attrs.clear();
    header.items.clear();
    let met = complete(surface, module, &mut header);
    let paths: Option<Vec<_>> = met.iter().map(|id| surface.path_of(id)).collect();
    let Some(owner) = paths.as_ref().and_then(|paths| paths.first()) else {
        return Ok(Vec::new());
    };
    let block = Block {
        surface,
        module,
        attributes,
        item,
        header: &header,
        owner,
    };
    if item.trait_.is_some() {
        block.of_trait()
    } else {
        block.inherent()
    }
}

/// Writes out the names in the header. Returns the items of the crate in it, those of the type first; its bounds do not count.
fn complete(surface: &Surface<'_>, module: &[String], header: &mut ItemImpl) -> Vec<ItemId> {
    let mut names = Names::new(surface, module).with(&header.generics);
    names.visit_type_mut(&mut header.self_ty);
    if let Some((path, _)) = &mut header.trait_ {
        names.visit_path_mut(path);
    }
    let met = std::mem::take(&mut names.met);
    names.visit_generics_mut(&mut header.generics);
    met
}

struct Block<'a> {
    surface: &'a Surface<'a>,
    module: &'a [String],
    attributes: &'a Attributes,
    item: &'a ItemImpl,
    /// With names written out, and without items.
    header: &'a ItemImpl,
    /// The path of the item behind which the lines come.
    owner: &'a [String],
}

impl Block<'_> {
    fn of_trait(&self) -> anyhow::Result<Vec<Line>> {
        let header = self.header;
        let text = text::item(quote!(#header))?;
        let prefix = &self.attributes.conditions;
        let mut lines = vec![Line::implementation(self.owner, format!("{prefix}{text}"))];
        for item in &self.item.items {
            lines.extend(self.choice(item)?);
        }
        Ok(lines)
    }

    /// What an implementation chooses: a type, or a constant.
    fn choice(&self, item: &ImplItem) -> anyhow::Result<Option<Line>> {
        let (attributes, keyword, name, generics, ty) = match item {
            ImplItem::Type(item) => (&item.attrs, "type", &item.ident, &item.generics, &item.ty),
            ImplItem::Const(item) => (&item.attrs, "const", &item.ident, &item.generics, &item.ty),
            _ => return Ok(None),
        };
        let mut ty = ty.clone();
        self.names().with(generics).visit_type_mut(&mut ty);
        let sign = if keyword == "type" { " =" } else { ":" };
        let implemented = self.header.trait_.as_ref().map(|(path, _)| path);
        let implemented = text::ty(&syn::parse2(quote!(#implemented))?)?;
        let text = format!(
            "{}{keyword} <{} as {implemented}>::{name}{sign} {}",
            self.prefix(attributes)?,
            self.type_name()?,
            text::ty(&ty)?
        );
        Ok(Some(Line::implementation(self.owner, text)))
    }

    fn inherent(&self) -> anyhow::Result<Vec<Line>> {
        let mut lines = Vec::new();
        for item in &self.item.items {
            lines.extend(match item {
                ImplItem::Const(item) if is_public(&item.vis) => {
                    let mut ty = item.ty.clone();
                    self.names().visit_type_mut(&mut ty);
                    let text = format!("const {}::{}: {}", self.type_name()?, item.ident, text::ty(&ty)?);
                    Some(self.member(&item.attrs, &item.ident.to_string(), &text)?)
                }
                ImplItem::Fn(item) if is_public(&item.vis) => {
                    let text = self.method(&item.sig)?;
                    Some(self.member(&item.attrs, &item.sig.ident.to_string(), &text)?)
                }
                _ => None,
            });
        }
        Ok(lines)
    }

    /// The signature, with the bounds of the block.
    fn method(&self, signature: &Signature) -> anyhow::Result<String> {
        let mut signature = signature.clone();
        if let Some(bounds) = &self.item.generics.where_clause {
            let all = signature.generics.make_where_clause();
            all.predicates.extend(bounds.predicates.iter().cloned());
        }
        let path = format!("{}::{}", self.type_name()?, signature.ident);
        functions::text(self.names(), &signature, &path)
    }

    fn member(&self, attributes: &[Attribute], name: &str, text: &str) -> anyhow::Result<Line> {
        let text = format!("{}{}pub {text}", self.prefix(attributes)?, self.parameters()?);
        Ok(Line::item(&joined(self.owner, name), text))
    }

    /// The parameters of the block, if it has some.
    fn parameters(&self) -> anyhow::Result<String> {
        let generics = Generics {
            where_clause: None,
            ..self.header.generics.clone()
        };
        if generics.params.is_empty() {
            return Ok(String::new());
        }
        let text = text::item(quote!(impl #generics X {}))?;
        Ok(format!("{} ", text.trim_end_matches(" X")))
    }

    fn prefix(&self, attributes: &[Attribute]) -> anyhow::Result<String> {
        let attributes = Attributes::of(attributes)?.within(&self.attributes.conditions);
        Ok(attributes.prefix())
    }

    fn type_name(&self) -> anyhow::Result<String> {
        text::ty(&self.header.self_ty)
    }

    fn names(&self) -> Names<'_> {
        Names::new(self.surface, self.module).with(&self.item.generics)
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}
