package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.Decision;
import dev.highwater.model.ServiceId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads decisions, newest first, until so many rows can be told of them: most move nothing but an
 * admission rate, and have no row. Stateless.
 */
final class RecentDecisions {
  /** Decisions that a server gives at once. */
  static final int PAGE_MAX = 1_000;

  /** So many decisions are read at first for each row: enough but under a load that is refused. */
  private static final int FOR_A_ROW = 10;

  /**
   * Pages read at most, so that a look at a night in which nothing changed ends, too: more than an
   * hour of one cell.
   */
  private static final int PAGES = 5;

  private RecentDecisions() {}

  /**
   * The rows.
   *
   * @param service whose decisions, or null for those of all
   * @param atMs the time that they are not later than, or null for now
   */
  static Table rows(
      HighwaterClient client,
      @Nullable ServiceId service,
      @Nullable Long atMs,
      int limit,
      long nowMs) {
    List<Decision> found = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Long untilMs = atMs;
    Table rows = Rows.decisions(found, limit, nowMs);
    for (int page = 0; page < PAGES && rows.size() < limit; page++) {
      int asked = page == 0 ? Math.min(PAGE_MAX, FOR_A_ROW * limit) : PAGE_MAX;
      List<Decision> more = client.decisions(service, untilMs, asked);
      for (Decision each : more) {
        // A page begins with the moment at which the one before ended, as cells decide at once.
        if (seen.add(each.cell() + "/" + each.epoch() + "." + each.sequence())) {
          found.add(each);
          untilMs = each.nowMs();
        }
      }
      rows = Rows.decisions(found, limit, nowMs);
      if (more.size() < asked) {
        break;
      }
    }
    return rows;
  }
}
