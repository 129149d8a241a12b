-- The new tables get the owners and the privileges of the former ones.

DO $block$
DECLARE
    former record;
    granted record;
    schema_name text := current_setting('eventstore.schema');
BEGIN
    FOR former IN
        SELECT replaced.name, class.relacl, pg_get_userbyid(class.relowner) AS owner
        FROM (
            VALUES ('eventstore_original_events', 'events'), ('eventstore_original_stream_events', 'links')
        ) AS replaced (former_name, name)
        JOIN pg_catalog.pg_class AS class ON class.oid = to_regclass(schema_name || '.' || replaced.former_name)
    LOOP
        IF former.owner <> current_user THEN
            EXECUTE format('ALTER TABLE %s.%I OWNER TO %I', schema_name, former.name, former.owner);
        END IF;
        FOR granted IN
            SELECT
                privilege_type,
                CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee,
                CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS grant_option
            FROM aclexplode(former.relacl)
            WHERE pg_get_userbyid(grantee) <> former.owner
        LOOP
            EXECUTE format(
                'GRANT %s ON %s.%I TO %s%s',
                granted.privilege_type, schema_name, former.name, granted.grantee, granted.grant_option
            );
        END LOOP;
    END LOOP;
END;
$block$
