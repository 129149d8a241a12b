/// The same URL with another database.
pub(super) fn with_database(url: &str, database: &str) -> String {
    let (location, query) = match url.split_once('?') {
        Some((location, query)) => (location, format!("?{query}")),
        None => (url, String::new()),
    };
    let host = location.find("://").map_or(0, |scheme| scheme + "://".len());
    let end_of_host = location[host..].find('/').map_or(location.len(), |path| host + path);
    format!("{}/{database}{query}", &location[..end_of_host])
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn replaces_or_adds_the_database_and_keeps_the_rest() {
        for (url, expected) in [
            ("postgres://u:p@h:5432/old", "postgres://u:p@h:5432/new"),
            ("postgres://u:p@h:5432/", "postgres://u:p@h:5432/new"),
            ("postgres://h", "postgres://h/new"),
            ("postgres://h?sslmode=disable", "postgres://h/new?sslmode=disable"),
            ("postgres://%2Frun%2Fpg/old?a=/b/c", "postgres://%2Frun%2Fpg/new?a=/b/c"),
        ] {
            assert_eq!(with_database(url, "new"), expected);
        }
    }
}
