-- One schema for SQLite and PostgreSQL: only types and statements that both understand.

-- Growing numbers. The row is updated inside the writing transaction, so numbers become visible in the order in
-- which they were given out, and a reader that asks for everything after N never misses a late commit.
CREATE TABLE counter (
  name  TEXT   NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('spec', 0);
INSERT INTO counter (name, value) VALUES ('audit', 0);

-- What operators want. resource_version counts the writes of the row, revision is the counter's value at the last of
-- them; a deleted row stays as a tombstone so that owners can read the deletion as a change.
CREATE TABLE spec (
  kind             TEXT     NOT NULL,
  name             TEXT     NOT NULL,
  resource_version BIGINT   NOT NULL,
  revision         BIGINT   NOT NULL,
  deleted          SMALLINT NOT NULL,
  format_version   INTEGER  NOT NULL,
  updated_at_ms    BIGINT   NOT NULL,
  body             TEXT     NOT NULL,
  PRIMARY KEY (kind, name)
);
CREATE UNIQUE INDEX spec_by_revision ON spec (revision);

-- Who may append to the journal of a cell. A take-over is epoch = epoch + 1 where epoch = seen; an append moves
-- position under the same epoch, so both serialise on this row.
CREATE TABLE cell_epoch (
  cell          TEXT   NOT NULL PRIMARY KEY,
  epoch         BIGINT NOT NULL,
  owner         TEXT   NOT NULL,
  owner_address TEXT   NOT NULL,
  position      BIGINT NOT NULL,
  beat          BIGINT NOT NULL
);

-- What was decided. A take-over reads facts only; reasons are for those who ask why.
CREATE TABLE journal (
  cell           TEXT    NOT NULL,
  position       BIGINT  NOT NULL,
  epoch          BIGINT  NOT NULL,
  format_version INTEGER NOT NULL,
  now_ms         BIGINT  NOT NULL,
  spec_revision  BIGINT  NOT NULL,
  facts          TEXT    NOT NULL,
  reasons        TEXT    NOT NULL,
  PRIMARY KEY (cell, position)
);

CREATE TABLE snapshot (
  cell           TEXT    NOT NULL,
  kind           TEXT    NOT NULL,
  position       BIGINT  NOT NULL,
  epoch          BIGINT  NOT NULL,
  format_version INTEGER NOT NULL,
  now_ms         BIGINT  NOT NULL,
  spec_revision  BIGINT  NOT NULL,
  body           TEXT    NOT NULL,
  PRIMARY KEY (cell, kind)
);

CREATE TABLE audit_log (
  id        BIGINT NOT NULL PRIMARY KEY,
  at_ms     BIGINT NOT NULL,
  principal TEXT   NOT NULL,
  verb      TEXT   NOT NULL,
  subject   TEXT   NOT NULL,
  detail    TEXT   NOT NULL
);
