-- Those who write parked events run subscriptions, and may project builds with them.

DO $block$
DECLARE
    granted record;
    schema_name text := current_setting('eventstore.schema');
BEGIN
    FOR granted IN
        SELECT
            privilege_type,
            CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee,
            CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS grant_option
        FROM pg_catalog.pg_class, aclexplode(relacl)
        WHERE pg_class.oid = to_regclass(schema_name || '.eventstore_parked_events') AND grantee <> relowner
    LOOP
        EXECUTE format(
            'GRANT %s ON %s.eventstore_projections, %s.eventstore_projection_builds TO %s%s',
            granted.privilege_type, schema_name, schema_name, granted.grantee, granted.grant_option
        );
    END LOOP;
END;
$block$
