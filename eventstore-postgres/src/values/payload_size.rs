//! How statements tell the size of a payload, by the type of the columns that hold payloads.
//!
//! The size of a `bytea` is known without reading it, wherever it is stored and however it is compressed. That of a `jsonb` is not:
//! the text that leaves the server has to be made first. See ADR 43.

use crate::values::DataType;

/// Below this size, a stored `jsonb` is assumed to be as large as its text, which is not computed.
const SMALL_JSONB: u32 = 512;

/// The placeholders `{octets COLUMN}`, the size of a payload, and `{fits COLUMN LIMIT}`, whether it is no larger than that.
const OCTETS: &str = "{octets ";
const FITS: &str = "{fits ";

/// Puts the expressions in the place of their placeholders.
pub(crate) fn expand(template: &str, data_type: DataType) -> String {
    let octets = replace(template, OCTETS, |column| octets(column, data_type));
    replace(&octets, FITS, |arguments| {
        let (column, limit) = arguments.split_once(' ').unwrap_or((arguments, "0"));
        fits(column, limit, data_type)
    })
}

fn replace(template: &str, placeholder: &str, expression: impl Fn(&str) -> String) -> String {
    let mut parts = template.split(placeholder);
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (arguments, rest) = part.split_once('}').unwrap_or((part, ""));
        expanded.push_str(&expression(arguments));
        expanded.push_str(rest);
    }
    expanded
}

fn octets(column: &str, data_type: DataType) -> String {
    match data_type {
        DataType::Bytea => format!("octet_length({column})"),
        DataType::Jsonb => format!("octet_length({column}::text)"),
    }
}

/// True of a payload that is not there.
fn fits(column: &str, limit: &str, data_type: DataType) -> String {
    match data_type {
        DataType::Bytea => format!("(octet_length({column}) <= {limit}) IS NOT FALSE"),
        DataType::Jsonb => format!(
            "(CASE WHEN pg_column_size({column}) > {limit} THEN false \
             WHEN pg_column_size({column}) <= {SMALL_JSONB} THEN true \
             ELSE octet_length({column}::text) <= {limit} END) IS NOT FALSE"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_bytes_is_asked_for_and_that_of_json_as_late_as_possible() {
        let template = "SELECT {octets data} WHERE {fits data $3} AND true";
        assert_eq!(
            expand(template, DataType::Bytea),
            "SELECT octet_length(data) WHERE (octet_length(data) <= $3) IS NOT FALSE AND true"
        );
        assert_eq!(
            expand(template, DataType::Jsonb),
            "SELECT octet_length(data::text) WHERE (CASE WHEN pg_column_size(data) > $3 THEN false \
             WHEN pg_column_size(data) <= 512 THEN true ELSE octet_length(data::text) <= $3 END) IS NOT FALSE AND true"
        );
    }
}
