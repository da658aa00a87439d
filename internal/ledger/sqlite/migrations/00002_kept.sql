-- What a run leaves behind beside its changes: tasks, people who wait for their
-- deactivation, notes; and of each link what the target held.

-- +goose Up
ALTER TABLE link ADD COLUMN known TEXT NOT NULL DEFAULT ''; -- JSON list of {"path", "value"}; '' for none

CREATE TABLE task (
    connection INTEGER NOT NULL REFERENCES connection (id),
    kind       INTEGER NOT NULL,
    source     TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    verb       TEXT    NOT NULL,
    what       TEXT    NOT NULL,
    class      TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    request    TEXT    NOT NULL,
    tries      INTEGER NOT NULL,
    since      INTEGER NOT NULL,              -- milliseconds since 1970, UTC
    last       INTEGER NOT NULL,
    next       INTEGER NOT NULL,              -- 0: left to a person
    PRIMARY KEY (connection, kind, source, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE leaving (
    connection INTEGER NOT NULL REFERENCES connection (id),
    source     TEXT    NOT NULL,
    since      INTEGER NOT NULL,              -- milliseconds since 1970, UTC
    PRIMARY KEY (connection, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    connection INTEGER NOT NULL REFERENCES connection (id),
    name       TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    PRIMARY KEY (connection, name)
) STRICT, WITHOUT ROWID;

-- A record's history.
CREATE INDEX journal_record ON journal (connection, kind, source, id);

-- +goose Down
DROP INDEX journal_record;
DROP TABLE note;
DROP TABLE leaving;
DROP TABLE task;
ALTER TABLE link DROP COLUMN known;
