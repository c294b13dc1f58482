package dev.highwater.rehearsal.report;

import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.report.Chronicle.Squeeze;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Who got less than was asked for, and by what: admission, quota, room, preemption. Immutable. */
record Squeezed(Report.Subject subject) {
  String html() {
    List<Map.Entry<ServiceId, Squeeze>> all = new ArrayList<>();
    for (Map.Entry<ServiceId, Squeeze> entry : subject.chronicle().squeezes().entrySet()) {
      if (entry.getValue().happened()) {
        all.add(entry);
      }
    }
    Html out = new Html();
    if (all.isEmpty()) {
      out.element(
          "p",
          "Nobody: no attempt was refused at a front door, no replica waited for quota or for room,"
              + " none was preempted or lost with its node.");
      return out.toString();
    }
    all.sort(
        Comparator.comparingLong((Map.Entry<ServiceId, Squeeze> e) -> -weight(e.getValue()))
            .thenComparing(Map.Entry::getKey));
    out.tableHead(
        "Under " + subject.own().policy(),
        "service",
        "rejected",
        "shed",
        "gave up waiting",
        "s short of quota",
        "replicas withheld at most",
        "s short of room",
        "replicas pending at most",
        "preempted",
        "reclaimed",
        "lost with nodes");
    for (Map.Entry<ServiceId, Squeeze> entry : Asked.some(all)) {
      Squeeze squeeze = entry.getValue();
      long[] refused = squeeze.refused();
      out.row(
          entry.getKey().toString(),
          some(refused[0]),
          some(refused[1]),
          some(refused[2]),
          some(squeeze.quotaSeconds),
          some(squeeze.quotaWithheld),
          some(squeeze.pendingSeconds),
          some(squeeze.pendingMost),
          some(squeeze.preempted),
          some(squeeze.reclaimed),
          some(squeeze.lost));
    }
    out.tableEnd();
    out.raw("<p class='note'>").text("Rejected, shed and given up are attempts at the front door.");
    for (Map.Entry<ServiceId, Squeeze> entry : Asked.some(all)) {
      if (!entry.getValue().pendingBecause.isEmpty()) {
        out.text(" " + entry.getKey() + " at its worst: ");
        out.text(entry.getValue().pendingBecause + ".");
      }
    }
    out.raw("</p>");
    return out.toString();
  }

  /** What orders the table: refused users first, then replicas times time. */
  private static long weight(Squeeze squeeze) {
    long[] refused = squeeze.refused();
    return refused[0]
        + refused[1]
        + refused[2]
        + squeeze.quotaSeconds * squeeze.quotaWithheld
        + squeeze.pendingSeconds * squeeze.pendingMost
        + squeeze.preempted
        + squeeze.reclaimed
        + squeeze.lost;
  }

  private static String some(long n) {
    return n == 0 ? "–" : Figures.grouped(n);
  }
}
