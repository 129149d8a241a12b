-- In a transaction of the caller's, which may have set a lower limit. Fails where the transaction has failed before.
SELECT set_config('idle_in_transaction_session_timeout', '3s', true)
WHERE current_setting('idle_in_transaction_session_timeout')::interval NOT BETWEEN '1 ms' AND '3 s'
