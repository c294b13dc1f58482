-- The oldest minutes of all cells are dropped first; without this each drop would look at every row.
CREATE INDEX cell_minute_by_age ON cell_minute (start_ms, cell);
