-- +goose Up
-- One row per resource; body is its attributes as JSON, without id, meta,
-- members and groups. seq is the order of creation, which lists follow.
CREATE TABLE resource (
    id       TEXT    NOT NULL PRIMARY KEY,
    kind     TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    created  INTEGER NOT NULL, -- nanoseconds since 1970, UTC
    modified INTEGER NOT NULL, -- the same
    body     BLOB    NOT NULL,
    secrets  BLOB    NOT NULL  -- JSON object: attribute to salted hash
) WITHOUT ROWID;

CREATE TABLE member (
    group_id  TEXT    NOT NULL,
    member_id TEXT    NOT NULL,
    seq       INTEGER NOT NULL, -- order in which members came
    PRIMARY KEY (group_id, member_id)
) WITHOUT ROWID;

-- What is not a resource: the connection's switch, the hash of its token.
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- How often the file was opened, in one row; entity tags begin with it.
CREATE TABLE opening (
    only  INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    count INTEGER NOT NULL
);
