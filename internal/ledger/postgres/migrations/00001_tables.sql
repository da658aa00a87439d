-- One database serves many connections: every table begins with the connection. The
-- columns are those of the SQLite ledger, so that a copy of the rows is a ledger too.
-- Ids are compared byte by byte, as Go sorts them, whatever the language of the database.

-- +goose Up
CREATE TABLE connection (
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text NOT NULL UNIQUE,
    identity text NOT NULL DEFAULT '' -- canonical base URL of the target; '' until bound
);

CREATE TABLE link (
    connection  integer NOT NULL REFERENCES connection (id),
    kind        integer NOT NULL,             -- 1 user, 2 group
    source      text COLLATE "C" NOT NULL,
    target      text COLLATE "C" NOT NULL,
    origin      text NOT NULL,
    name        text NOT NULL,
    ignored     text NOT NULL,                -- JSON list of {"path", "value"}; '' for none
    unreadable  integer NOT NULL,             -- 0 or 1, here and below
    deactivated integer NOT NULL,
    known       text NOT NULL,                -- JSON list of {"path", "value"}; '' for none
    PRIMARY KEY (connection, kind, source)
);

-- A target object belongs to one record.
CREATE UNIQUE INDEX link_target ON link (connection, kind, target);

-- The members that we put into a group: a row each, so that one who joins costs one row.
CREATE TABLE member (
    connection integer NOT NULL REFERENCES connection (id),
    grp        text COLLATE "C" NOT NULL,     -- source id of the group
    "user"     text COLLATE "C" NOT NULL,     -- source id of the user
    PRIMARY KEY (connection, grp, "user")
);

CREATE TABLE journal (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- never given twice
    connection integer NOT NULL REFERENCES connection (id),
    verb       text NOT NULL,
    kind       integer NOT NULL,
    source     text COLLATE "C" NOT NULL,
    target     text COLLATE "C" NOT NULL,
    name       text NOT NULL,
    adds       text NOT NULL,                 -- JSON list of source ids; '' for none
    drops      text NOT NULL,                 -- JSON list of target ids; '' for none
    look_first integer NOT NULL,
    begun      bigint NOT NULL DEFAULT floor(extract(epoch FROM clock_timestamp()))::bigint,
    closed     bigint,                        -- NULL while open
    result     text NOT NULL DEFAULT '',
    error      text NOT NULL DEFAULT ''
);

CREATE INDEX journal_open ON journal (connection, id) WHERE closed IS NULL;
CREATE INDEX journal_closed ON journal (connection, closed) WHERE closed IS NOT NULL;
CREATE INDEX journal_record ON journal (connection, kind, source, id);

CREATE TABLE run (
    connection integer NOT NULL REFERENCES connection (id),
    id         text COLLATE "C" NOT NULL,
    started    bigint NOT NULL,               -- milliseconds since 1970, UTC
    ended      bigint NOT NULL,
    mode       text NOT NULL,
    result     text NOT NULL,
    digest     text NOT NULL,
    plan       text NOT NULL,
    desired    integer NOT NULL,
    complete   integer NOT NULL,
    error      text NOT NULL,
    PRIMARY KEY (connection, id)
);

CREATE INDEX run_complete ON run (connection, id) WHERE complete <> 0;

CREATE TABLE task (
    connection integer NOT NULL REFERENCES connection (id),
    kind       integer NOT NULL,
    source     text COLLATE "C" NOT NULL,
    target     text COLLATE "C" NOT NULL,
    name       text NOT NULL,
    verb       text NOT NULL,
    what       text NOT NULL,
    class      text NOT NULL,
    detail     text NOT NULL,
    request    text NOT NULL,
    tries      integer NOT NULL,
    since      bigint NOT NULL,               -- milliseconds since 1970, UTC
    last       bigint NOT NULL,
    next       bigint NOT NULL,               -- 0: left to a person
    PRIMARY KEY (connection, kind, source, target)
);

CREATE TABLE leaving (
    connection integer NOT NULL REFERENCES connection (id),
    source     text COLLATE "C" NOT NULL,
    since      bigint NOT NULL,               -- milliseconds since 1970, UTC
    PRIMARY KEY (connection, source)
);

CREATE TABLE note (
    connection integer NOT NULL REFERENCES connection (id),
    name       text COLLATE "C" NOT NULL,
    text       text NOT NULL,
    PRIMARY KEY (connection, name)
);

-- +goose Down
DROP TABLE note;
DROP TABLE leaving;
DROP TABLE task;
DROP TABLE run;
DROP TABLE journal;
DROP TABLE member;
DROP TABLE link;
DROP TABLE connection;
