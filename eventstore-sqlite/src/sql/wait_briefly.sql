-- In milliseconds. Who waits for readers may keep writers out, so it does not wait for long at once.
PRAGMA busy_timeout = 100
