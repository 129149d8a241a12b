INSERT INTO bare.rows (id, data) VALUES ($1, $2)
