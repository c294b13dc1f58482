package dev.highwater.rehearsal;

import dev.highwater.kernel.audit.Violation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What an auditor or a node's own guard found wrong: how much, and the first in words. For one
 * thread.
 */
final class AuditLog {
  private static final int MESSAGES_MAX = 10;

  private final List<String> messages = new ArrayList<>();
  private long count;

  /** Rules that an auditor saw broken by a decision on an input. */
  void add(String cell, long sequence, List<Violation> found) {
    for (Violation violation : found) {
      add(cell, sequence, violation.rule() + " " + violation.detail());
    }
  }

  void add(String cell, long sequence, String message) {
    count++;
    if (messages.size() < MESSAGES_MAX) {
      messages.add(cell + " input " + sequence + ": " + message);
    }
  }

  long count() {
    return count;
  }

  List<String> messages() {
    return Collections.unmodifiableList(messages);
  }
}
