CREATE SCHEMA bare;
CREATE TABLE bare.rows (id bigint PRIMARY KEY, data bytea NOT NULL);
