/// The stores that the tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// On PostgreSQL, with this layout and these columns for payloads.
    Postgres {
        layout: &'static str,
        data_type: &'static str,
    },
    /// In a SQLite file.
    Sqlite,
}

impl Kind {
    pub(crate) const COMPACT: Self = Self::on_postgres("compact", "bytea");
    pub(crate) const COMPACT_JSON: Self = Self::on_postgres("compact", "jsonb");
    pub(crate) const ORIGINAL: Self = Self::on_postgres("original", "bytea");
    pub(crate) const ORIGINAL_JSON: Self = Self::on_postgres("original", "jsonb");

    /// Those that keep any bytes.
    pub(crate) const ALL: [Self; 3] = [Self::COMPACT, Self::ORIGINAL, Self::Sqlite];

    const fn on_postgres(layout: &'static str, data_type: &'static str) -> Self {
        Self::Postgres { layout, data_type }
    }
}

/// Makes of each of these functions a test on PostgreSQL and one on SQLite.
macro_rules! on_each_backend {
    ($($name:ident),+ $(,)?) => {
        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::kind::Kind::COMPACT).await;
                }
            )+
        }

        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::kind::Kind::Sqlite).await;
                }
            )+
        }
    };
}
