-- Changes whenever another connection, of this process or another one, has changed the file.
PRAGMA data_version
