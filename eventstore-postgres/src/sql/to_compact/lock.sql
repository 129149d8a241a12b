-- The transaction waits until everything is copied: no setting of the server's may end it before that.

SET LOCAL idle_in_transaction_session_timeout = 0;

LOCK TABLE {schema}.streams, {schema}.events, {schema}.stream_events IN EXCLUSIVE MODE;
