use sqlx::error::DatabaseError;

/// What to do about a row that could not be stored because the id that the server assigned is already in use.
pub(super) fn remedy(error: &dyn DatabaseError) -> Option<&'static str> {
    match error.constraint() {
        Some("streams_pkey") => Some(
            "the next id of a stream is taken, since its sequence is behind the table, as after a logical move of the database: \
             SELECT setval('streams_stream_id_seq', (SELECT max(stream_id) FROM streams)) sets it right",
        ),
        Some("subscriptions_pkey") => Some(
            "the next id of a subscription is taken, since its sequence is behind the table, as after a logical move of the \
             database: SELECT setval('subscriptions_subscription_id_seq', (SELECT max(subscription_id) FROM subscriptions)) \
             sets it right",
        ),
        _ => None,
    }
}
