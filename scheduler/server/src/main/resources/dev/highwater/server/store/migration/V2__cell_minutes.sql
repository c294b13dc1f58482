-- What cells lived through, a row a minute, so that a night can be told although nobody recorded it. The body is JSON,
-- compressed; SQLite keeps bytes as they are in a column of any type, PostgreSQL calls that type BYTEA.
CREATE TABLE cell_minute (
  cell           TEXT    NOT NULL,
  start_ms       BIGINT  NOT NULL,
  epoch          BIGINT  NOT NULL,
  format_version INTEGER NOT NULL,
  body           BYTEA   NOT NULL,
  PRIMARY KEY (cell, start_ms)
);
