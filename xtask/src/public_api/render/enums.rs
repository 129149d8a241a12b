use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Fields, Generics, ItemEnum, Variant};

use super::context::Context;
use super::derives;
use crate::public_api::attributes::Attributes;
use crate::public_api::line::Line;
use crate::public_api::text;

pub(super) fn lines(context: &Context<'_>, item: &ItemEnum) -> anyhow::Result<Vec<Line>> {
    let mut lines = vec![header(context, item)?];
    for variant in &item.variants {
        lines.push(variant_line(context, &item.generics, variant)?);
    }
    let fields = item.variants.iter().flat_map(|variant| variant.fields.iter());
    lines.extend(derives::lines(context, &item.generics, fields)?);
    Ok(lines)
}

fn header(context: &Context<'_>, item: &ItemEnum) -> anyhow::Result<Line> {
    let (name, mut generics) = (&item.ident, item.generics.clone());
    context.names(&item.generics).visit_generics_mut(&mut generics);
    let bounds = &generics.where_clause;
    let text = text::item(quote!(enum #name #generics #bounds {}))?;
    Ok(context.line(&context.renamed(&text, "enum", &name.to_string())))
}

fn variant_line(context: &Context<'_>, generics: &Generics, variant: &Variant) -> anyhow::Result<Line> {
    let name = variant.ident.to_string();
    let prefix = Attributes::of(&variant.attrs)?.prefix();
    let fields = fields(context, generics, &variant.fields)?;
    let value = match &variant.discriminant {
        Some((_, value)) => format!(" = {}", text::expression(value)?),
        None => String::new(),
    };
    let text = format!("{prefix}{}::{name}{fields}{value}", context.name());
    Ok(context.part(&name, text))
}

fn fields(context: &Context<'_>, generics: &Generics, fields: &Fields) -> anyhow::Result<String> {
    let mut texts = Vec::new();
    for field in fields {
        let mut ty = field.ty.clone();
        context.names(generics).visit_type_mut(&mut ty);
        let name = field.ident.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let prefix = Attributes::of(&field.attrs)?.prefix();
        texts.push(format!("{prefix}{name}{}", text::ty(&ty)?));
    }
    let texts = texts.join(", ");
    Ok(match fields {
        Fields::Unit => texts,
        Fields::Named(_) => format!(" {{ {texts} }}"),
        Fields::Unnamed(_) => format!("({texts})"),
    })
}
