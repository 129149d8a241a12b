//! Texts of syntax, each in one line and the same however its source was broken into lines.

use anyhow::Context;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, File, Meta, Signature, Type};

/// An item, without the semicolon or the empty body at its end.
pub(super) fn item(tokens: TokenStream) -> anyhow::Result<String> {
    let described = tokens.to_string();
    let file: File = syn::parse2(tokens).with_context(|| format!("cannot print {described}"))?;
    let line = one_line(&prettyplease::unparse(&file));
    let line = line
        .strip_suffix("{}")
        .or_else(|| line.strip_suffix(';'))
        .unwrap_or(&line);
    Ok(line.trim_end().trim_end_matches(',').to_owned())
}

/// A function with a path in the place of its name.
pub(super) fn signature(signature: &Signature, path: &str) -> anyhow::Result<String> {
    let name = format!("fn {}", signature.ident);
    Ok(item(quote!(#signature {}))?.replacen(&name, &format!("fn {path}"), 1))
}

pub(super) fn ty(ty: &Type) -> anyhow::Result<String> {
    let text = item(quote!(type X = #ty;))?;
    Ok(without(&text, "type X =", ""))
}

pub(super) fn expression(expression: &Expr) -> anyhow::Result<String> {
    let text = item(quote!(const X: () = #expression;))?;
    Ok(without(&text, "const X: () =", ""))
}

pub(super) fn meta(meta: &Meta) -> anyhow::Result<String> {
    let text = item(quote!(
        #[cfg(#meta)]
        struct X;
    ))?;
    Ok(without(&text, "#[cfg(", ")] struct X"))
}

/// The pattern of an arm of a macro.
pub(super) fn pattern(pattern: &TokenStream) -> anyhow::Result<String> {
    let text = item(quote!(
        macro_rules! x {
            (#pattern) => {};
        }
    ))?;
    Ok(without(&text, "macro_rules! x {", "=> {}; }"))
}

pub(super) fn path(segments: &[String]) -> String {
    segments.join("::")
}

fn without(text: &str, start: &str, end: &str) -> String {
    let text = text.strip_prefix(start).unwrap_or(text);
    text.strip_suffix(end).unwrap_or(text).trim().to_owned()
}

fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(String::new(), joined)
}

/// What was broken into lines within brackets loses the comma at its end.
fn joined(mut text: String, line: &str) -> String {
    let closes = line.starts_with([')', ']', '>']);
    if closes && text.ends_with(',') {
        text.pop();
    }
    if !(text.is_empty() || closes || text.ends_with(['(', '[', '<'])) {
        text.push(' ');
    }
    text.push_str(line);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_signature_has_one_line_too() {
        let long = "impl Into<std::collections::BTreeMap<String, std::collections::BTreeSet<String>>>";
        let source = format!("fn f(\n  a: {long},\n  b: {long},\n) -> Result<(), ()>\nwhere\n  T: Clone,\n{{}}");
        let tokens = source.parse().unwrap();
        let expected = format!("fn f(a: {long}, b: {long}) -> Result<(), ()> where T: Clone");
        assert_eq!(item(tokens).unwrap(), expected);
    }

    #[test]
    fn the_pattern_of_an_arm_is_legible() {
        let tokens = "$open:path $(; except $($ability:ident),+ $(,)?)?".parse().unwrap();
        assert_eq!(
            pattern(&tokens).unwrap(),
            "($open:path $(; except $($ability:ident),+ $(,)?)?)"
        );
    }
}
