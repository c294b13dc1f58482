package dev.highwater.rehearsal.report;

import dev.highwater.model.Explanation.AdmissionView;
import dev.highwater.model.Explanation.Clamp;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.PlacementView;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.SharingView;
import dev.highwater.model.Explanation.Wish;
import dev.highwater.model.RefusalWords;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.report.Turns.Turn;
import java.util.ArrayList;
import java.util.List;

/** The most consequential decisions, each with its explanation as the kernel gave it. Immutable. */
record Decisions(Report.Subject subject) {
  private static final int TOLD = 10;
  private static final long RAMP_MS_MIN = 10_000;
  private static final int RAMPS_PER_RUN = 60;

  String html() {
    long gapMs = Math.max(RAMP_MS_MIN, subject.own().seconds() * 1_000 / RAMPS_PER_RUN);
    List<Turn> turns = subject.chronicle().turns().most(TOLD, gapMs);
    String moves = subject.chronicle().moves().html(subject.scenario().startsAtMs());
    Html out = new Html();
    if (turns.isEmpty()) {
      out.element("p", subject.own().policy() + " changed no target while users were there.");
      return out.raw(moves).toString();
    }
    out.element(
        "p",
        "The "
            + Words.count(turns.size(), "decision", "decisions")
            + " that moved most capacity, by the processors that a change of target asks for or"
            + " gives back. Of changes of one target in one direction within "
            + Words.span(gapMs)
            + " only the largest is told, and of one service or pool at most "
            + Turns.PER_SUBJECT_MAX
            + " while others have changes left.");
    int rank = 0;
    for (Turn turn : turns) {
      out.raw("<article class='turn'><b>" + ++rank + "</b><div>");
      if (turn.explanation() instanceof ServiceExplained service) {
        service(out, turn, service);
      } else if (turn.explanation() instanceof PoolExplained pool) {
        pool(out, turn, pool);
      }
      out.raw("</div></article>\n");
    }
    return out.raw(moves).toString();
  }

  private void head(Html out, Turn turn, int before, int after, String what) {
    out.raw("<h3>").text(Words.clock(turn.nowMs() - subject.scenario().startsAtMs()) + "  ");
    out.text(turn.subject() + ": " + before + " → " + after + " " + what).raw("</h3>");
    out.raw("<p class='note'>").text("Cell " + turn.cell() + ", epoch " + turn.epoch());
    out.text(", input " + turn.sequence() + "; " + Words.cores(turn.cpuMilli()) + " cores ");
    out.text(turn.direction() > 0 ? "asked for" : "given back").raw("</p>");
  }

  private void service(Html out, Turn turn, ServiceExplained e) {
    head(out, turn, e.targetBefore(), e.target(), "replicas, " + e.ready() + " ready");
    LoadView load = e.load();
    out.element(
        "p",
        "Offered "
            + Words.amount(load.offeredPerSecond())
            + "/s; expected "
            + Words.amount(load.forecastPerSecond())
            + "/s in "
            + Words.span(load.horizonMs())
            + ", when new capacity would be ready, and sized for "
            + Words.amount(load.upperPerSecond())
            + "/s (miss rate "
            + Figures.plain(load.coverageAlpha())
            + ")"
            + (load.nodeHorizonMs() > 0
                ? "; nodes ordered ahead for "
                    + Words.amount(load.nodeUpperPerSecond())
                    + "/s in "
                    + Words.span(load.nodeHorizonMs())
                : "")
            + ". One replica bears "
            + Words.amount(load.safeRatePerReplica())
            + "/s within the SLO"
            + (load.serviceTimeRatio() > 1
                ? ", since requests take "
                    + Figures.plain(load.serviceTimeRatio())
                    + " times as long as declared."
                : "."));
    out.wordsHead(
        "Wishes under policy " + e.policy(), "wish", "replicas", "below the winner", "because");
    for (Wish wish : e.wishes()) {
      out.raw(wish.source() == e.winner() ? "<tr class='won'>" : "<tr>");
      out.raw("<th scope='row'>").text(Words.lower(wish.source())).raw("</th><td>");
      out.raw(Integer.toString(wish.replicas())).raw("</td><td>");
      out.raw(wish.lostBy() == 0 ? "–" : Integer.toString(wish.lostBy()));
      out.raw("</td><td class='words'>").text(wish.because()).raw("</td></tr>");
    }
    out.tableEnd();
    List<String> after = new ArrayList<>();
    for (Clamp clamp : e.clamps()) {
      after.add(clamp.bound() + " made " + clamp.from() + " into " + clamp.to());
    }
    out.raw("<dl>");
    if (!after.isEmpty()) {
      item(out, "Bounds", String.join("; ", after));
    }
    SharingView sharing = e.sharing();
    if (sharing != null) {
      item(
          out,
          "Quota",
          sharing.because()
              + ": "
              + sharing.granted()
              + " of "
              + sharing.wanted()
              + " granted; the tenant used "
              + Words.resources(sharing.usedByTenant())
              + " of nominally "
              + Words.resources(sharing.nominal())
              + ", borrowed "
              + Words.resources(sharing.borrowed())
              + ", and may use at most "
              + (sharing.mostAllowed() == null
                  ? ""
                  : Words.resources(sharing.mostAllowed()) + " by its limit and ")
              + Words.resources(sharing.leftByOthers())
              + " by what others use or do not lend");
    }
    PlacementView placement = e.placement();
    if (placement != null) {
      String refusals = RefusalWords.of(placement.refusals());
      item(
          out,
          "Placement",
          placement.placed()
              + " of "
              + placement.requested()
              + " placed at once, "
              + placement.pending()
              + " pending"
              + (refusals.isEmpty() ? "" : ": " + refusals));
    }
    AdmissionView admission = e.admission();
    if (admission != null) {
      item(
          out,
          "Admission",
          rate(admission.ratePerSecond())
              + "; ready replicas bear "
              + rate(admission.readyCapacityPerSecond())
              + (admission.serialPerSecond() == Double.MAX_VALUE
                  ? ""
                  : ", the serial step " + rate(admission.serialPerSecond()))
              + (admission.shardPerSecond() == Double.MAX_VALUE
                  ? ""
                  : ", each of its shards " + rate(admission.shardPerSecond()))
              + (admission.retryRatio() == Double.MAX_VALUE
                  ? ""
                  : "; retries per first attempt: " + admission.retryRatio()));
    }
    out.raw("</dl>");
  }

  private void pool(Html out, Turn turn, PoolExplained e) {
    head(out, turn, e.targetBefore(), e.target(), "nodes");
    out.element("p", e.because());
    out.raw("<dl>");
    item(
        out,
        "Nodes",
        e.neededForPlaced()
            + " hold replicas, "
            + e.neededForPending()
            + " more for replicas that wait, "
            + e.neededForCalendar()
            + " for declared events, "
            + e.neededForForecast()
            + " ahead of the forecast, "
            + e.warm()
            + " warm");
    out.raw("</dl>");
  }

  private static String rate(double perSecond) {
    return perSecond == Double.MAX_VALUE ? "no limit" : Words.amount(perSecond) + "/s";
  }

  private static void item(Html out, String name, String text) {
    out.raw("<dt>").text(name).raw("</dt><dd>").text(text).raw("</dd>");
  }
}
