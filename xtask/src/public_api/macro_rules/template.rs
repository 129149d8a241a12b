//! What is written for matched arguments.

use anyhow::Context;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};

use super::bindings::Bindings;
use super::pattern::{Pattern, Repetition};

pub(super) fn write(parts: &[Pattern], bindings: &Bindings) -> anyhow::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    for part in parts {
        match part {
            Pattern::Token(token) => tokens.append(token.clone()),
            Pattern::Group(delimiter, parts) => tokens.append(Group::new(*delimiter, write(parts, bindings)?)),
            Pattern::Name(name, _) => tokens.extend(value(name, bindings)?),
            Pattern::Repetition(repetition) => tokens.extend(repeated(repetition, bindings)?),
        }
    }
    Ok(tokens)
}

fn value(name: &str, bindings: &Bindings) -> anyhow::Result<TokenStream> {
    if name == "crate" {
        return Ok(TokenTree::from(Ident::new("crate", Span::call_site())).into_token_stream());
    }
    bindings
        .get(name)
        .cloned()
        .with_context(|| format!("${name} has matched nothing, or is repeated"))
}

fn repeated(repetition: &Repetition, bindings: &Bindings) -> anyhow::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let times = bindings.times(&Pattern::names(&repetition.parts));
    for (index, time) in times.iter().enumerate() {
        if index > 0 {
            tokens.extend(repetition.separator.clone());
        }
        tokens.extend(write(&repetition.parts, time)?);
    }
    Ok(tokens)
}
