-- One file serves many connections: every table begins with the connection.

-- +goose Up
CREATE TABLE connection (
    id       INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    identity TEXT    NOT NULL DEFAULT '' -- canonical base URL of the target; '' until bound
) STRICT;

CREATE TABLE link (
    connection  INTEGER NOT NULL REFERENCES connection (id),
    kind        INTEGER NOT NULL,             -- 1 user, 2 group
    source      TEXT    NOT NULL,
    target      TEXT    NOT NULL,
    origin      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    ignored     TEXT    NOT NULL,             -- JSON list of {"path", "value"}; '' for none
    unreadable  INTEGER NOT NULL,
    deactivated INTEGER NOT NULL,
    PRIMARY KEY (connection, kind, source)
) STRICT, WITHOUT ROWID;

-- A target object belongs to one record.
CREATE UNIQUE INDEX link_target ON link (connection, kind, target);

-- The members that we put into a group: a row each, so that one who joins costs one row.
CREATE TABLE member (
    connection INTEGER NOT NULL,
    grp        TEXT    NOT NULL,              -- source id of the group
    user       TEXT    NOT NULL,              -- source id of the user
    PRIMARY KEY (connection, grp, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    connection INTEGER NOT NULL REFERENCES connection (id),
    verb       TEXT    NOT NULL,
    kind       INTEGER NOT NULL,
    source     TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    adds       TEXT    NOT NULL,              -- JSON list of source ids; '' for none
    drops      TEXT    NOT NULL,              -- JSON list of target ids; '' for none
    look_first INTEGER NOT NULL,
    begun      INTEGER NOT NULL DEFAULT (unixepoch()),
    closed     INTEGER,                       -- NULL while open
    result     TEXT    NOT NULL DEFAULT '',
    error      TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX journal_open ON journal (connection, id) WHERE closed IS NULL;
CREATE INDEX journal_closed ON journal (connection, closed) WHERE closed IS NOT NULL;

CREATE TABLE run (
    connection INTEGER NOT NULL REFERENCES connection (id),
    id         TEXT    NOT NULL,
    started    INTEGER NOT NULL,              -- milliseconds since 1970, UTC
    ended      INTEGER NOT NULL,
    mode       TEXT    NOT NULL,
    result     TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    plan       TEXT    NOT NULL,
    desired    INTEGER NOT NULL,
    complete   INTEGER NOT NULL,
    error      TEXT    NOT NULL,
    PRIMARY KEY (connection, id)
) STRICT;

CREATE INDEX run_complete ON run (connection, id) WHERE complete <> 0;

-- +goose Down
DROP TABLE run;
DROP TABLE journal;
DROP TABLE member;
DROP TABLE link;
DROP TABLE connection;
