use maud::{Markup, html};
use serde_json::Value;

use super::text::{count, visible};

/// How many values a tree shows.
const SHOWN: usize = 2_000;

/// How deep a tree goes: deeper values are shown as text.
const DEEPEST: usize = 40;

/// A value as a tree whose branches fold.
pub(super) fn tree(value: &Value) -> Markup {
    let mut left = SHOWN;
    let shown = node(value, 0, &mut left);
    html! {
        div.tree { (shown) }
        @if left == 0 { p.hint { "Only the first " (SHOWN) " values are shown." } }
    }
}

fn node(value: &Value, depth: usize, left: &mut usize) -> Markup {
    *left = left.saturating_sub(1);
    match value {
        Value::Object(fields) if !fields.is_empty() && depth < DEEPEST => {
            let entries = fields.iter().map(|(key, value)| (Some(key.as_str()), value));
            branch(
                &format!("{{ {} }}", count(entry_count(fields.len()), "field")),
                entries,
                depth,
                left,
            )
        }
        Value::Array(values) if !values.is_empty() && depth < DEEPEST => {
            let entries = values.iter().map(|value| (None, value));
            branch(
                &format!("[ {} ]", count(entry_count(values.len()), "value")),
                entries,
                depth,
                left,
            )
        }
        Value::String(text) => html! { span.string { "\"" (visible(text)) "\"" } },
        other => html! { span.other { (visible(&other.to_string())) } },
    }
}

fn entry_count(entries: usize) -> u64 {
    u64::try_from(entries).unwrap_or(u64::MAX)
}

fn branch<'v>(
    summary: &str,
    entries: impl Iterator<Item = (Option<&'v str>, &'v Value)>,
    depth: usize,
    left: &mut usize,
) -> Markup {
    let mut rows = Vec::new();
    for (key, value) in entries {
        if *left == 0 {
            break;
        }
        let value = node(value, depth + 1, left);
        rows.push(html! {
            li {
                @if let Some(key) = key { span.key { (visible(key)) } ": " }
                (value)
            }
        });
    }
    html! {
        details open[depth < 3] {
            summary { (summary) }
            ul { @for row in &rows { (row) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tree_folds_and_its_texts_are_no_markup() {
        let shown = tree(&json!({ "<k>": ["<script>", 1, {}] })).into_string();
        assert!(shown.contains("<details open>") && shown.contains("{ 1 field }") && shown.contains("[ 3 values ]"));
        assert!(shown.contains("&lt;k&gt;") && shown.contains("&lt;script&gt;") && !shown.contains("<script>"));
    }

    #[test]
    fn a_large_or_deep_value_is_cut() {
        let wide = Value::Array(vec![json!(1); 10_000]);
        assert!(tree(&wide).into_string().len() < 200_000);
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(tree(&deep).into_string().matches("<details").count(), DEEPEST);
    }
}
