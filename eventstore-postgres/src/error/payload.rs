use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

/// The server's objection to a payload, without the details that contain values.
pub(crate) fn refusal_of_payload(error: &sqlx::Error) -> String {
    let Some(database) = error.as_database_error() else {
        return error.to_string();
    };
    let message = database.message();
    match (database.code().as_deref(), detail_without_values(database)) {
        (Some("54001"), _) => format!("it is nested deeper than the server can follow ({message})"),
        (Some("22003"), _) => format!("a number in it has more digits than the server can keep ({message})"),
        (_, Some(detail)) => format!("{message}: {detail}"),
        _ => message.to_owned(),
    }
}

/// The server's details about characters: they give the reason, and contain nothing that was to be stored.
fn detail_without_values(database: &dyn DatabaseError) -> Option<&str> {
    let database = database.try_downcast_ref::<PgDatabaseError>()?;
    let detail = database.detail()?.trim_end_matches('.');
    (detail.starts_with("Unicode ") || detail.starts_with("\\u0000 ")).then_some(detail)
}
