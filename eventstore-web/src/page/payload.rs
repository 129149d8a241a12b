use maud::{Markup, html};

use super::text::{size, visible};
use super::tree::tree;
use crate::view::PayloadView;

/// A payload as a tree where it has one, and as it is stored.
pub(super) fn payload(view: &PayloadView, id: &str, raw: Option<&str>) -> Markup {
    html! {
        p.soft {
            span.tag { (view.encoding.name()) } " " (size(u64::try_from(view.bytes).unwrap_or(u64::MAX))) " "
            @if let Some(raw) = raw { a href=(raw) download { "Download" } }
        }
        @if let Some(value) = &view.value { (tree(value)) }
        @if !view.text.is_empty() {
            details open[view.value.is_none()] {
                summary { "As it is stored" @if view.is_cut { " (the beginning)" } }
                button type="button" hidden data-copy=(id) { "Copy" }
                pre tabindex="0" { code #(id) { (visible(&view.text)) } }
                @if let (true, Some(raw)) = (view.is_cut, raw) {
                    p { a href=(raw) download { "Download the rest" } }
                }
            }
        }
    }
}
