//! Whether arguments match patterns.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Block, Expr, Ident, Item, Lifetime, Lit, Meta, Pat, Path, Stmt, Type, Visibility};

use super::bindings::Bindings;
use super::pattern::{Pattern, Repetition};

/// Takes what matches off the input.
pub(super) fn take(patterns: &[Pattern], input: ParseStream<'_>) -> syn::Result<Bindings> {
    let mut bindings = Bindings::default();
    take_into(&mut bindings, patterns, input)?;
    Ok(bindings)
}

fn take_into(bindings: &mut Bindings, patterns: &[Pattern], input: ParseStream<'_>) -> syn::Result<()> {
    for pattern in patterns {
        match pattern {
            Pattern::Token(token) => take_token(token, input)?,
            Pattern::Group(delimiter, parts) => {
                let TokenTree::Group(group) = input.parse()? else {
                    return Err(input.error("no group"));
                };
                if group.delimiter() != *delimiter {
                    return Err(input.error("another group"));
                }
                let take = |input: ParseStream<'_>| take_into(bindings, parts, input);
                take.parse2(group.stream())?;
            }
            Pattern::Name(name, kind) => bindings.bind(name, fragment(kind.as_deref(), input)?),
            Pattern::Repetition(repetition) => take_repetition(bindings, repetition, input),
        }
    }
    Ok(())
}

fn take_token(expected: &TokenTree, input: ParseStream<'_>) -> syn::Result<()> {
    let token: TokenTree = input.parse()?;
    if token.to_string() == expected.to_string() {
        Ok(())
    } else {
        Err(input.error("another token"))
    }
}

fn take_repetition(bindings: &mut Bindings, repetition: &Repetition, input: ParseStream<'_>) {
    let mut times = Vec::new();
    while !(input.is_empty() || repetition.is_at_most_once && !times.is_empty()) {
        let ahead = input.fork();
        let Ok(time) = take_once(repetition, times.is_empty(), &ahead) else {
            break;
        };
        if ahead.cursor() == input.cursor() {
            break;
        }
        input.advance_to(&ahead);
        times.push(time);
    }
    bindings.bind_repetition(&Pattern::names(&repetition.parts), &times);
}

fn take_once(repetition: &Repetition, is_first: bool, input: ParseStream<'_>) -> syn::Result<Bindings> {
    if let Some(separator) = repetition.separator.as_ref().filter(|_| !is_first) {
        take_token(separator, input)?;
    }
    take(&repetition.parts, input)
}

fn fragment(kind: Option<&str>, input: ParseStream<'_>) -> syn::Result<TokenStream> {
    match kind {
        Some("block") => tokens::<Block>(input),
        Some("expr" | "expr_2021") => tokens::<Expr>(input),
        Some("ident") => Ok(Ident::parse_any(input)?.into_token_stream()),
        Some("item") => tokens::<Item>(input),
        Some("lifetime") => tokens::<Lifetime>(input),
        Some("literal") => tokens::<Lit>(input),
        Some("meta") => tokens::<Meta>(input),
        Some("pat") => Ok(Pat::parse_multi(input)?.into_token_stream()),
        Some("pat_param") => Ok(Pat::parse_single(input)?.into_token_stream()),
        Some("path") => tokens::<Path>(input),
        Some("stmt") => tokens::<Stmt>(input),
        Some("ty") => tokens::<Type>(input),
        Some("vis") => tokens::<Visibility>(input),
        _ => tokens::<TokenTree>(input),
    }
}

fn tokens<T: Parse + ToTokens>(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    Ok(input.parse::<T>()?.into_token_stream())
}
