/**
 * The durable store: specs, cell epochs, journal, snapshots and audit log in one SQL schema, on one
 * SQLite file or on PostgreSQL. It is the arbiter of who decides for a cell (design: the epoch
 * row), so every promise about acknowledged writes rests on the transactions of this package and on
 * nothing else.
 */
@NullMarked
package dev.highwater.server.store;

import org.jspecify.annotations.NullMarked;
