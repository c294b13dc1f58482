package dev.highwater.kernel.account;

import dev.highwater.model.CellMinute;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One value per second of a minute; costs nothing while all are 0. For its book. */
final class Column {
  private long @Nullable [] values;

  void add(int second, long value) {
    if (value != 0) {
      long[] own = values == null ? new long[CellMinute.SECONDS] : values;
      own[second] += value;
      values = own;
    }
  }

  boolean empty() {
    return values == null;
  }

  List<Long> list(int seconds) {
    return values == null ? List.of() : CellMinute.column(values, seconds);
  }
}
