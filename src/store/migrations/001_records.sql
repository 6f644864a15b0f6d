-- Every version of every record, and the files of each by the SHA-256 of their content.
CREATE TABLE version (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    time TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id, version)
);
CREATE TABLE file (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    PRIMARY KEY (kind, id, version, position),
    FOREIGN KEY (kind, id, version) REFERENCES version (kind, id, version)
) WITHOUT ROWID;
