package dev.highwater.server.control;

import dev.highwater.http.DecisionQuery;
import dev.highwater.model.Decision;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.ServiceId;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.view.DatedExplanation;
import dev.highwater.server.store.JournalRecord;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Looks back into the journals, so that decisions and their reasons outlive every member. Commands
 * are not kept there: they follow from the facts. Thread-safe; blocks for the store.
 */
final class DecisionHistory {
  /** Records read for one question that name what is asked about; chosen by us. */
  static final int RECORDS_MAX = 4_000;

  private static final int BATCH = 200;

  private static final Comparator<Decision> NEWEST_FIRST =
      Comparator.comparingLong(Decision::nowMs)
          .thenComparingLong(Decision::epoch)
          .thenComparingLong(Decision::sequence)
          .reversed();

  private final Store store;

  DecisionHistory(Store store) {
    this.store = store;
  }

  List<Decision> decisions(Collection<String> cells, DecisionQuery query)
      throws StoreUnavailableException {
    List<Decision> found = new ArrayList<>();
    for (String cell : cells) {
      if (query.cell() == null || query.cell().equals(cell)) {
        ServiceId service = query.service();
        find(
            cell,
            atMs(query.atMs()),
            query.limit(),
            service == null ? "" : quoted(service),
            decision -> service == null || mentions(decision, service),
            found);
      }
    }
    Long atMs = query.atMs();
    if (found.isEmpty() && atMs != null) {
      requireKept(query.cell() == null ? cells : List.of(query.cell()), atMs);
    }
    found.sort(NEWEST_FIRST);
    return List.copyOf(found.subList(0, Math.min(found.size(), query.limit())));
  }

  /** The last explanation of a service at or before a time, or null if none is found. */
  @Nullable DatedExplanation explain(String cell, ServiceId service, @Nullable Long atMs)
      throws StoreUnavailableException {
    List<Decision> found = new ArrayList<>();
    find(
        cell,
        atMs(atMs),
        1,
        quoted(service),
        decision -> explained(decision, service) != null,
        found);
    if (found.isEmpty()) {
      return null;
    }
    Decision decision = found.get(0);
    ServiceExplained explanation = explained(decision, service);
    return explanation == null ? null : dated(decision, explanation);
  }

  /**
   * Refuses a time before the journals begin, so that "nothing was decided" and "that is not kept
   * any more" are told apart.
   */
  void requireKept(Collection<String> cells, long atMs) throws StoreUnavailableException {
    long beginsMs = Long.MAX_VALUE;
    String earliest = "";
    for (String cell : cells) {
      for (JournalRecord first : store.journal().readAfter(cell, 0, 1)) {
        if (first.position() == 1 || first.nowMs() <= atMs) {
          return;
        }
        if (first.nowMs() < beginsMs) {
          beginsMs = first.nowMs();
          earliest = cell;
        }
      }
    }
    if (!earliest.isEmpty()) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "at",
          Instant.ofEpochMilli(atMs),
          "must be "
              + Instant.ofEpochMilli(beginsMs)
              + " or later: the journal of cell "
              + earliest
              + " begins there, what is older was dropped");
    }
  }

  static DatedExplanation dated(Decision decision, ServiceExplained explanation) {
    return new DatedExplanation(
        decision.cell(), decision.epoch(), decision.sequence(), decision.nowMs(), explanation);
  }

  private static long atMs(@Nullable Long atMs) {
    return atMs == null ? Long.MAX_VALUE : atMs;
  }

  /** How a service stands in a record; the store need not hand out records without this text. */
  private static String quoted(ServiceId service) {
    return "\"" + service + "\"";
  }

  private void find(
      String cell,
      long atMs,
      int limit,
      String text,
      Predicate<Decision> wanted,
      List<Decision> found)
      throws StoreUnavailableException {
    long position = Long.MAX_VALUE;
    int matches = 0;
    for (int looked = 0; looked < RECORDS_MAX && matches < limit; looked += BATCH) {
      List<JournalRecord> records = store.journal().readBefore(cell, text, position, atMs, BATCH);
      for (JournalRecord record : records) {
        position = record.position();
        if (matches < limit) {
          Decision decision = read(record);
          if (wanted.test(decision)) {
            found.add(decision);
            matches++;
          }
        }
      }
      if (records.size() < BATCH) {
        return;
      }
    }
  }

  private static Decision read(JournalRecord record) {
    Decision facts = ModelJson.read(record.facts(), Decision.class);
    Decision reasons = ModelJson.read(record.reasons(), Decision.class);
    return new Decision(
        facts.cell(),
        facts.epoch(),
        facts.sequence(),
        facts.nowMs(),
        facts.facts(),
        List.of(),
        reasons.explanations());
  }

  private static boolean mentions(Decision decision, ServiceId service) {
    String text = quoted(service);
    return decision.facts().stream().anyMatch(fact -> ModelJson.write(fact).contains(text))
        || explained(decision, service) != null;
  }

  private static @Nullable ServiceExplained explained(Decision decision, ServiceId service) {
    for (Explanation explanation : decision.explanations()) {
      if (explanation instanceof ServiceExplained e && e.service().equals(service)) {
        return e;
      }
    }
    return null;
  }
}
