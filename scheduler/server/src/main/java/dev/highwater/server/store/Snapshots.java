package dev.highwater.server.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Optional;

/** The newest snapshot of each kind per cell. Thread-safe; blocks. */
public final class Snapshots {
  private final Transactions transactions;

  Snapshots(Transactions transactions) {
    this.transactions = transactions;
  }

  /**
   * Replaces the snapshot of this kind, if {@code snapshot.epoch()} is still the cell's.
   *
   * @return false if the epoch is over: the caller must resign
   */
  public boolean write(String cell, Snapshot snapshot) throws StoreUnavailableException {
    return transactions.write(
        "write a snapshot of cell " + cell,
        connection -> {
          try (PreparedStatement fence =
              connection.prepareStatement(
                  "UPDATE cell_epoch SET beat = beat + 1 WHERE cell = ? AND epoch = ?")) {
            fence.setString(1, cell);
            fence.setLong(2, snapshot.epoch());
            if (fence.executeUpdate() == 0) {
              return false;
            }
          }
          try (PreparedStatement upsert =
              connection.prepareStatement(
                  "INSERT INTO snapshot (cell, kind, position, epoch, format_version, now_ms,"
                      + " spec_revision, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                      + " ON CONFLICT (cell, kind) DO UPDATE SET position = excluded.position,"
                      + " epoch = excluded.epoch, format_version = excluded.format_version,"
                      + " now_ms = excluded.now_ms, spec_revision = excluded.spec_revision,"
                      + " body = excluded.body")) {
            upsert.setString(1, cell);
            upsert.setString(2, snapshot.kind());
            upsert.setLong(3, snapshot.position());
            upsert.setLong(4, snapshot.epoch());
            upsert.setInt(5, snapshot.formatVersion());
            upsert.setLong(6, snapshot.nowMs());
            upsert.setLong(7, snapshot.specRevision());
            upsert.setString(8, snapshot.body());
            upsert.executeUpdate();
          }
          return true;
        });
  }

  /** The newest snapshot of {@code kind}. */
  public Optional<Snapshot> find(String cell, String kind) throws StoreUnavailableException {
    return transactions.read(
        "read a snapshot of cell " + cell,
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT position, epoch, format_version, now_ms, spec_revision, body"
                      + " FROM snapshot WHERE cell = ? AND kind = ?")) {
            query.setString(1, cell);
            query.setString(2, kind);
            try (ResultSet rows = query.executeQuery()) {
              if (!rows.next()) {
                return Optional.empty();
              }
              return Optional.of(
                  new Snapshot(
                      kind,
                      rows.getLong("position"),
                      rows.getLong("epoch"),
                      rows.getInt("format_version"),
                      rows.getLong("now_ms"),
                      rows.getLong("spec_revision"),
                      rows.getString("body")));
            }
          }
        });
  }
}
