DROP TABLE IF EXISTS {schema}.eventstore_subjects, {schema}.eventstore_last_forgotten;
