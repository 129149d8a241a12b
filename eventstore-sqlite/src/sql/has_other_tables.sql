SELECT EXISTS (
    SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND substr(tbl_name, 1, 11) <> 'eventstore_' AND substr(name, 1, 7) <> 'sqlite_'
)
