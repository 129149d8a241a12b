//! Statements that have to stay the same but for what tells them apart (ADR 52).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// The parts that both layouts have in common, by the statements that have some. A part is what a name of `WITH` is defined as.
const COMMON_PARTS: [(&str, &[&str]); 6] = [
    ("append", &["bumped", "created", "lock_timeout", "positioned", "target"]),
    ("append_group", &["lock_timeout", "positioned", "target"]),
    ("append_group_carefully", &["created", "lock_timeout", "met", "wanted"]),
    ("hard_delete", &["snapshot_of_stream"]),
    ("import", &["elsewhere", "incoming", "renumbered"]),
    ("link", &["bumped", "created", "found", "target", "wanted"]),
];

/// The statements of the layouts that differ in nothing but this, which `compact` has and `original` has.
const TWINS_OF_LAYOUTS: [(&str, &[(&str, &str)]); 9] = [
    ("list_snapshots", &METADATA),
    ("read_payloads", &METADATA),
    ("read_snapshot", &METADATA),
    (
        "record_snapshot",
        &[(
            "$5)",
            "coalesce($5::{payload}, CASE WHEN '{payload}' = 'bytea' THEN 'null'::{payload} END))",
        )],
    ),
    (
        "streams_by_name",
        &[
            ("stream_uuid >=", r#"stream_uuid COLLATE "C" >="#),
            ("stream_uuid <", r#"stream_uuid COLLATE "C" <"#),
            ("max(stream_uuid)", r#"max(stream_uuid COLLATE "C")"#),
            ("ORDER BY stream_uuid", r#"ORDER BY stream_uuid COLLATE "C""#),
        ],
    ),
    (
        "verify_placements",
        &[
            (" AND stream.stream_id <> 0", ""),
            ("{schema}.links", "{schema}.stream_events"),
        ],
    ),
    (
        "renew_membership",
        &[
            (
                "WITH renewed",
                "WITH lock AS MATERIALIZED ( SELECT pg_try_advisory_xact_lock_shared( tableoid::int4, CASE WHEN subscription_id > 2147483647 \
                 THEN subscription_id % 2147483647 ELSE subscription_id END::int4 ) AS is_free FROM {schema}.subscriptions \
                 WHERE subscription_id = $1 ), ended AS ( DELETE FROM {schema}.eventstore_group_members \
                 WHERE group_id = $1 AND member = $2 AND EXISTS (SELECT FROM lock WHERE NOT is_free) ), renewed",
            ),
            (" RETURNING", " AND EXISTS (SELECT FROM lock WHERE is_free) RETURNING"),
        ],
    ),
    (
        "create_correlation_index",
        &[("(correlation_id, position)", "(correlation_id)")],
    ),
    (
        "create_causation_index",
        &[("(causation_id, position)", "(causation_id)")],
    ),
];

/// Missing metadata is the encoded null of the other library.
const METADATA: [(&str, &str); 1] = [("data, metadata", "data, nullif(metadata, 'null') AS metadata")];

/// What a statement that knows groups has beside its twin that knows none: from where until where.
const PARTS_ABOUT_GROUPS: [(&str, &[(&str, &str)]); 2] = [
    (
        "acquire_leases",
        &[
            (
                " AND NOT EXISTS ( SELECT FROM {schema}.eventstore_group_partitions",
                " FOR NO KEY",
            ),
            ("greatest( CASE", "CASE WHEN before"),
            (", slowest.checkpoint )", " FROM locked"),
            (" LEFT JOIN LATERAL (", " WHERE subscription.subscription_id = locked"),
        ],
    ),
    (
        "list_subscriptions",
        &[
            (", shared AS MATERIALIZED", " SELECT subscription.subscription_id"),
            ("greatest(coalesce(last_seen", "coalesce(last_seen, 0), of_group"),
            (", of_group.base, slowest.checkpoint)", " END AS checkpoint"),
            (" OR EXISTS (SELECT FROM lasting", " AS is_held"),
            (" LEFT JOIN {schema}.eventstore_group_partitions", " WHERE $1::text"),
        ],
    ),
];

fn directory(layout: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "src/sql", layout].iter().collect()
}

fn read(layout: &str, name: &str) -> String {
    fs::read_to_string(directory(layout).join(format!("{name}.sql"))).unwrap()
}

/// The names of the statements of a layout that end with this.
fn names(layout: &str, ending: &str) -> Vec<String> {
    let files = fs::read_dir(directory(layout)).unwrap();
    let mut names: Vec<_> = files
        .filter_map(|file| Some(file.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .filter(|name| name.ends_with(ending))
        .collect();
    names.sort();
    names
}

/// The statement without comments, with one space between two words.
fn plain(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    let lines: Vec<_> = lines.collect();
    lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The statement that reads backward, made from the one that reads forward.
fn backward(forward: &str, head: &str) -> String {
    let sql = descending(&plain(forward))
        .replace(
            "0::bigint AS event_number",
            "9223372036854775807::bigint AS event_number",
        )
        .replace(">= $1", "<= $1")
        .replace("stream_id) > (", "stream_id) < (");
    windowed(&sql, head)
}

/// Every key of every order is descending.
fn descending(sql: &str) -> String {
    let (mut words, mut is_key) = (Vec::new(), false);
    let mut before = "";
    for word in sql.split(' ') {
        if is_key {
            let end = word.trim_end_matches([',', ')']).len();
            words.push(format!("{} DESC{}", &word[..end], &word[end..]));
            is_key = word.ends_with(',');
        } else {
            words.push(word.to_owned());
            is_key = before.ends_with("ORDER") && word == "BY";
        }
        before = word;
    }
    words.join(" ")
}

/// A window is told by its last number forward, and by its size backward, where only the statement knows the head.
fn windowed(sql: &str, head: &str) -> String {
    let words: Vec<_> = sql.split(' ').collect();
    let Some(at) = words.iter().position(|word| *word == "BETWEEN") else {
        return sql.to_owned();
    };
    let column = words[at - 1];
    let forward = format!("{column} BETWEEN $1 AND $7");
    let from = format!("least($1, {head}.stream_version)");
    let backward = format!("{column} <= {from} AND {column} > {from} - $7");
    windowed(&sql.replace(&forward, &backward), head)
}

/// What each name of `WITH` is defined as.
fn parts(sql: &str) -> BTreeMap<String, String> {
    let sql = plain(sql);
    let (mut parts, mut depth, mut start) = (BTreeMap::new(), 0, 0);
    for (at, c) in sql.char_indices() {
        match c {
            '(' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            ')' => {
                depth -= 1;
                if depth == 0
                    && let Some(name) = name_before(&sql[..start])
                {
                    parts.insert(name, sql[start..=at].to_owned());
                }
            }
            _ => {}
        }
    }
    parts
}

/// The name in front of `AS (` or `AS MATERIALIZED (`.
fn name_before(sql: &str) -> Option<String> {
    let sql = sql.trim_end();
    let sql = sql.strip_suffix(" MATERIALIZED").unwrap_or(sql);
    let name = sql.strip_suffix(" AS")?.rsplit(' ').next()?;
    Some(name.to_owned())
}

fn common_parts(one: &str, other: &str) -> Vec<String> {
    let others = parts(other);
    let common = parts(one)
        .into_iter()
        .filter(|(name, part)| others.get(name) == Some(part));
    common.map(|(name, _)| name).collect()
}

#[test]
fn a_page_is_read_backward_just_as_forward() {
    for layout in ["compact", "original"] {
        let forward = names(layout, "_forward");
        assert_eq!(forward.len(), 5, "{layout}: {forward:?}");
        for name in forward {
            let head = if name.contains("_all_") { "head" } else { "stream" };
            let twin = name.replace("_forward", "_backward");
            let expected = backward(&read(layout, &name), head);
            assert_eq!(plain(&read(layout, &twin)), expected, "{layout}/{twin}.sql");
        }
    }
    let ascending = read("shared", "list_streams_ascending");
    let descending = read("shared", "list_streams_descending");
    assert_eq!(plain(&descending), backward(&ascending, "head"));
}

#[test]
fn the_layouts_share_all_parts_that_do_not_depend_on_their_tables() {
    for name in names("compact", "") {
        if !directory("original").join(format!("{name}.sql")).exists() {
            continue;
        }
        let expected = COMMON_PARTS.iter().find(|(known, _)| *known == name);
        let expected = expected.map_or(&[][..], |(_, parts)| parts);
        let found = common_parts(&read("compact", &name), &read("original", &name));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn statements_that_differ_in_a_few_words_differ_in_nothing_else() {
    for (name, differences) in TWINS_OF_LAYOUTS {
        let mut expected = plain(&read("compact", name));
        for (compact, original) in differences {
            assert!(expected.contains(compact), "{name}: {compact}");
            expected = expected.replacen(compact, original, 1);
        }
        assert_eq!(plain(&read("original", name)), expected, "{name}");
    }
}

/// The statement without what is between these words.
fn without(sql: &str, (from, until): (&str, &str)) -> String {
    let start = sql.find(from).unwrap_or_else(|| panic!("{from:?} is missing"));
    let rest = &sql[start..];
    let end = rest.find(until).unwrap_or_else(|| panic!("{until:?} is missing"));
    format!("{}{}", &sql[..start], &rest[end..])
}

#[test]
fn statements_that_know_groups_differ_in_nothing_else() {
    for (name, parts) in PARTS_ABOUT_GROUPS {
        let with_groups = plain(&read("shared", &format!("{name}_with_groups")));
        let found = parts.iter().fold(with_groups, |sql, part| without(&sql, *part));
        assert_eq!(found, plain(&read("shared", name)), "{name}");
    }
}

#[test]
fn a_part_that_was_changed_in_one_layout_alone_is_missed() {
    let one = "WITH a AS (SELECT 1), b AS MATERIALIZED (SELECT (2)) SELECT a FROM b";
    assert_eq!(common_parts(one, one), ["a", "b"]);
    assert_eq!(common_parts(one, &one.replace("(2)", "(3)")), ["a"]);
}

#[test]
fn an_order_that_was_changed_in_one_direction_alone_is_noticed() {
    let forward = "SELECT a, lag(a) OVER (ORDER BY a) FROM t WHERE a >= $1 -- from here\nORDER BY a, b";
    let twin = "SELECT a, lag(a) OVER (ORDER BY a DESC) FROM t WHERE a <= $1 ORDER BY a DESC, b DESC";
    assert_eq!(backward(forward, "head"), twin);
    assert_ne!(backward(&forward.replace("a, b", "b, a"), "head"), twin);
}
