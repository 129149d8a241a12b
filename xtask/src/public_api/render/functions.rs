//! Signatures.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{FnArg, Pat, Signature};

use crate::public_api::names::Names;
use crate::public_api::text;

/// A signature with a path in the place of its name, and without what concerns its body only.
pub(super) fn text(mut names: Names<'_>, signature: &Signature, path: &str) -> anyhow::Result<String> {
    let mut signature = signature.clone();
    for argument in &mut signature.inputs {
        simplify(argument)?;
    }
    names.declare(&signature.generics);
    names.visit_signature_mut(&mut signature);
    text::signature(&signature, path)
}

fn simplify(argument: &mut FnArg) -> syn::Result<()> {
    match argument {
        FnArg::Receiver(receiver) => {
            receiver.attrs.clear();
            receiver.mutability = None;
        }
        FnArg::Typed(typed) => {
            typed.attrs.clear();
            *typed.pat = match &*typed.pat {
                Pat::Ident(name) => pattern(&name.ident)?,
                _ => pattern(&quote!(_))?,
            };
        }
    }
    Ok(())
}

fn pattern(tokens: &impl quote::ToTokens) -> syn::Result<Pat> {
    let tokens: TokenStream = quote!(#tokens);
    syn::parse::Parser::parse2(Pat::parse_single, tokens)
}
