SELECT cardinality($1::{payload}[])
