package dev.highwater.server.store;

/**
 * The row that says who may decide for a cell.
 *
 * @param epoch grows by one with every take-over; 0 = nobody ever owned the cell
 * @param owner id of the member that took it over last, empty if nobody did or it was released
 * @param ownerAddress where agents reach that member, {@code host:port}
 * @param position last acknowledged journal position, 0 = none
 * @param beat grows while the owner lives, see {@link CellEpochs#beat}
 */
public record CellEpoch(
    String cell, long epoch, String owner, String ownerAddress, long position, long beat) {}
