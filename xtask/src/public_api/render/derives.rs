//! What `derive` implements.

use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Field, GenericParam, Generics, Path, parse_str};

use super::context::Context;
use crate::public_api::derive::Derive;
use crate::public_api::line::Line;
use crate::public_api::text;

const ERROR: &str = "thiserror::Error";

pub(super) fn lines<'a>(
    context: &Context<'_>,
    generics: &Generics,
    fields: impl Iterator<Item = &'a Field>,
) -> anyhow::Result<Vec<Line>> {
    let converted: Vec<_> = fields.filter(|field| is_source(field)).collect();
    let mut lines = Vec::new();
    for derive in &context.attributes.derives {
        let name = name_of(context, derive);
        for implemented in implemented_by(&name) {
            lines.push(line(context, derive, generics, implemented, name != ERROR)?);
        }
        for field in converted.iter().filter(|_| name == ERROR) {
            let mut ty = field.ty.clone();
            context.names(generics).visit_type_mut(&mut ty);
            let implemented = format!("From<{}>", text::ty(&ty)?);
            lines.push(line(context, derive, generics, &implemented, false)?);
        }
    }
    Ok(lines)
}

fn name_of(context: &Context<'_>, derive: &Derive) -> String {
    let segments = derive.path.segments.iter();
    let segments: Vec<_> = segments.map(|segment| segment.ident.to_string()).collect();
    text::path(&context.names(&Generics::default()).of_derive(&segments))
}

fn is_source(field: &Field) -> bool {
    field.attrs.iter().any(|attribute| attribute.path().is_ident("from"))
}

/// The traits that a macro implements: mostly the one of its name.
fn implemented_by(name: &str) -> Vec<&str> {
    match name {
        "Debug" => vec!["std::fmt::Debug"],
        "Hash" => vec!["std::hash::Hash"],
        "serde::Deserialize" => vec!["serde::Deserialize<'de>"],
        ERROR => vec!["std::error::Error", "std::fmt::Display"],
        other => vec![other],
    }
}

fn line(
    context: &Context<'_>,
    derive: &Derive,
    generics: &Generics,
    implemented: &str,
    is_bound: bool,
) -> anyhow::Result<Line> {
    let implemented: Path = parse_str(implemented)?;
    let name: Path = parse_str(&context.name())?;
    let mut bound = generics.clone();
    context.names(generics).visit_generics_mut(&mut bound);
    for parameter in &mut bound.params {
        if let GenericParam::Type(parameter) = parameter
            && is_bound
        {
            parameter.bounds.push(syn::parse2(quote!(#implemented))?);
        }
    }
    if quote!(#implemented).to_string().contains("'de") {
        bound.params.insert(0, parse_str("'de")?);
    }
    let (_, arguments, _) = generics.split_for_impl();
    let (parameters, _, bounds) = bound.split_for_impl();
    let text = text::item(quote!(impl #parameters #implemented for #name #arguments #bounds {}))?;
    let conditions = derive.conditions.and(&context.attributes.conditions);
    Ok(Line::implementation(context.path, format!("{conditions}{text}")))
}
