package dev.highwater.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Who may decide for which cell. Shard ownership after Temporal: the number in the row, not any
 * cluster view, is the authority; whoever raised it last owns the cell, and everybody else finds
 * out at the next append. Thread-safe; blocks.
 */
public final class CellEpochs {
  private final Transactions transactions;

  CellEpochs(Transactions transactions) {
    this.transactions = transactions;
  }

  /** All rows in the order of the cells' names. */
  public List<CellEpoch> list() throws StoreUnavailableException {
    return transactions.read(
        "read cell epochs",
        connection -> {
          List<CellEpoch> result = new ArrayList<>();
          try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT cell, epoch, owner, owner_address, position, beat FROM cell_epoch"
                          + " ORDER BY cell");
              ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
              result.add(row(rows));
            }
          }
          return result;
        });
  }

  /**
   * Raises the epoch of {@code cell} if it is still {@code seenEpoch}; 0 if nobody ever owned it.
   *
   * @param owner unique per life of a process
   * @param ownerAddress where agents reach the owner, {@code host:port}
   * @return the row after the take-over, position included, or null if somebody else was first
   */
  public Optional<CellEpoch> takeOver(
      String cell, long seenEpoch, String owner, String ownerAddress)
      throws StoreUnavailableException {
    return transactions.write(
        "take over cell " + cell,
        connection -> {
          if (seenEpoch == 0) {
            insertUnowned(connection, cell);
          }
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE cell_epoch SET epoch = epoch + 1, owner = ?, owner_address = ?,"
                      + " beat = beat + 1 WHERE cell = ? AND epoch = ?")) {
            update.setString(1, owner);
            update.setString(2, ownerAddress);
            update.setString(3, cell);
            update.setLong(4, seenEpoch);
            if (update.executeUpdate() == 0) {
              return Optional.empty();
            }
          }
          return Optional.of(find(connection, cell));
        });
  }

  private static void insertUnowned(Connection connection, String cell) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO cell_epoch (cell, epoch, owner, owner_address, position, beat)"
                + " VALUES (?, 0, '', '', 0, 0) ON CONFLICT (cell) DO NOTHING")) {
      insert.setString(1, cell);
      insert.executeUpdate();
    }
  }

  private static CellEpoch find(Connection connection, String cell) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT cell, epoch, owner, owner_address, position, beat FROM cell_epoch"
                + " WHERE cell = ?")) {
      query.setString(1, cell);
      try (ResultSet rows = query.executeQuery()) {
        if (!rows.next()) {
          throw new SQLException("the epoch of cell " + cell + " vanished");
        }
        return row(rows);
      }
    }
  }

  /**
   * Says that the owner under {@code epoch} lives, so that others need not take over.
   *
   * @return false if the epoch is over: the caller must resign
   */
  public boolean beat(String cell, long epoch) throws StoreUnavailableException {
    return transactions.write(
        "renew cell " + cell,
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE cell_epoch SET beat = beat + 1 WHERE cell = ? AND epoch = ?")) {
            update.setString(1, cell);
            update.setLong(2, epoch);
            return update.executeUpdate() == 1;
          }
        });
  }

  /**
   * Says that the owner under {@code epoch} has stopped deciding of its own will, so that others
   * need not wait until its beat has stood still for long.
   *
   * @return false if the epoch was over already
   */
  public boolean release(String cell, long epoch) throws StoreUnavailableException {
    return transactions.write(
        "release cell " + cell,
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE cell_epoch SET owner = '', owner_address = ''"
                      + " WHERE cell = ? AND epoch = ?")) {
            update.setString(1, cell);
            update.setLong(2, epoch);
            return update.executeUpdate() == 1;
          }
        });
  }

  /** The epoch of {@code cell} now, empty if nobody ever owned it. */
  public OptionalLong current(String cell) throws StoreUnavailableException {
    return transactions.read(
        "read the epoch of cell " + cell,
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement("SELECT epoch FROM cell_epoch WHERE cell = ?")) {
            query.setString(1, cell);
            try (ResultSet rows = query.executeQuery()) {
              return rows.next() ? OptionalLong.of(rows.getLong(1)) : OptionalLong.empty();
            }
          }
        });
  }

  private static CellEpoch row(ResultSet rows) throws SQLException {
    return new CellEpoch(
        rows.getString("cell"),
        rows.getLong("epoch"),
        rows.getString("owner"),
        rows.getString("owner_address"),
        rows.getLong("position"),
        rows.getLong("beat"));
  }
}
