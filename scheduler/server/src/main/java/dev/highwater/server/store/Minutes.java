package dev.highwater.server.store;

import dev.highwater.model.CellMinute;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.MinutePage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What cells lived through, a row per cell and minute. Soft: a minute that was not written is a gap
 * in a report and nothing else. Thread-safe; blocks.
 *
 * <p>Hard rules: a minute is written only under the current epoch; what was written is never
 * changed; what is older than asked for, of whatever cell, is dropped with the next minutes, so
 * that those of deleted cells go too.
 */
public final class Minutes {
  private static final Logger LOG = LoggerFactory.getLogger(Minutes.class);
  private static final int FORMAT = 1;

  /**
   * Dropped with one minute, while owners' appends wait: 0.3 ms, and 20 ms where a minute is 400
   * kB. Chosen by us.
   */
  static final int DROPPED_MAX = 20;

  /** One answer ends after so many compressed bytes; a megabyte is about 10 MB of JSON. */
  static final int PAGE_BYTES_MAX = 1 << 20;

  /** A minute of 10,000 services has less; more is no minute. */
  private static final int MINUTE_BYTES_MAX = 256 << 20;

  private final Transactions transactions;

  Minutes(Transactions transactions) {
    this.transactions = transactions;
  }

  /**
   * Writes a minute, if {@code minute.epoch()} is still the cell's; again is harmless.
   *
   * @param keptFromMs minutes that began before, of whatever cell, may be dropped; epoch
   *     milliseconds
   * @return false if the epoch is over: nothing was written
   */
  public boolean append(CellMinute minute, long keptFromMs) throws StoreUnavailableException {
    byte[] body = compressed(minute);
    return transactions.write(
        "write a minute of cell " + minute.cell(),
        connection -> {
          try (PreparedStatement fence =
              connection.prepareStatement(
                  "UPDATE cell_epoch SET beat = beat + 1 WHERE cell = ? AND epoch = ?")) {
            fence.setString(1, minute.cell());
            fence.setLong(2, minute.epoch());
            if (fence.executeUpdate() == 0) {
              return false;
            }
          }
          insert(connection, minute, body);
          drop(connection, keptFromMs);
          return true;
        });
  }

  private static void insert(Connection connection, CellMinute minute, byte[] body)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO cell_minute (cell, start_ms, epoch, format_version, body)"
                + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (cell, start_ms) DO NOTHING")) {
      insert.setString(1, minute.cell());
      insert.setLong(2, minute.startMs());
      insert.setLong(3, minute.epoch());
      insert.setInt(4, FORMAT);
      insert.setBytes(5, body);
      insert.executeUpdate();
    }
  }

  private static void drop(Connection connection, long keptFromMs) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM cell_minute WHERE (cell, start_ms) IN"
                + " (SELECT cell, start_ms FROM cell_minute WHERE start_ms < ?"
                + " ORDER BY start_ms, cell LIMIT ?)")) {
      delete.setLong(1, keptFromMs);
      delete.setInt(2, DROPPED_MAX);
      delete.executeUpdate();
    }
  }

  /**
   * Minutes that begin at or after a time, oldest first: fewer than asked for when those that
   * follow would make the answer too large, and without those that another version of this program
   * wrote in a form that this one cannot read.
   *
   * @param untilMs exclusive, epoch milliseconds
   * @param limit most minutes to return
   */
  public MinutePage read(String cell, long fromMs, long untilMs, int limit)
      throws StoreUnavailableException {
    List<Row> rows =
        transactions.read(
            "read the minutes of cell " + cell,
            connection -> {
              try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT start_ms, format_version, body FROM cell_minute"
                          + " WHERE cell = ? AND start_ms >= ? AND start_ms < ?"
                          + " ORDER BY start_ms LIMIT ?")) {
                query.setString(1, cell);
                query.setLong(2, fromMs);
                query.setLong(3, untilMs);
                query.setInt(4, limit);
                return page(query);
              }
            });
    List<CellMinute> minutes = new ArrayList<>(rows.size());
    for (Row row : rows) {
      try {
        minutes.add(expanded(row));
      } catch (InvalidInputException | IOException e) {
        LOG.warn("kept minute not understood cell={} startMs={}: {}", cell, row.startMs, "" + e);
      }
    }
    return new MinutePage(minutes, rows.isEmpty() ? null : rows.get(rows.size() - 1).startMs + 1);
  }

  /** A row; the array is nobody else's. */
  private static final class Row {
    final long startMs;
    final int formatVersion;
    final byte[] body;

    Row(ResultSet row) throws SQLException {
      startMs = row.getLong("start_ms");
      formatVersion = row.getInt("format_version");
      body = row.getBytes("body");
    }
  }

  private static List<Row> page(PreparedStatement query) throws SQLException {
    List<Row> page = new ArrayList<>();
    long bytes = 0;
    try (ResultSet rows = query.executeQuery()) {
      while (bytes < PAGE_BYTES_MAX && rows.next()) {
        Row row = new Row(rows);
        page.add(row);
        bytes += row.body.length;
      }
    }
    return page;
  }

  private static byte[] compressed(CellMinute minute) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(ModelJson.writeBytes(minute));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail so
    }
    return bytes.toByteArray();
  }

  private static CellMinute expanded(Row row) throws IOException {
    if (row.formatVersion != FORMAT) {
      throw new IOException("has format " + row.formatVersion + ", not " + FORMAT);
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(row.body))) {
      return ModelJson.read(in.readNBytes(MINUTE_BYTES_MAX), CellMinute.class);
    }
  }
}
