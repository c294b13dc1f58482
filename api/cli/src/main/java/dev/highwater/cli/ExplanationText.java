package dev.highwater.cli;

import dev.highwater.model.Explanation.AdmissionView;
import dev.highwater.model.Explanation.Clamp;
import dev.highwater.model.Explanation.LoadView;
import dev.highwater.model.Explanation.PlacementView;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.SharingView;
import dev.highwater.model.Explanation.TradeView;
import dev.highwater.model.Explanation.Wish;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.RefusalWords;
import dev.highwater.model.Resources;
import dev.highwater.model.view.DatedExplanation;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** An explanation as text, rendered from the value that the journal keeps. Stateless. */
final class ExplanationText {
  private ExplanationText() {}

  static void print(DatedExplanation dated, PrintWriter out) {
    ServiceExplained e = dated.explanation();
    out.printf(
        "%s in %s: %s, %d ready (decision %d.%d at %s UTC, policy %s)%n",
        e.service(),
        dated.cell(),
        e.targetBefore() == e.target()
            ? "stays at " + e.target() + " replicas"
            : e.targetBefore() + " -> " + e.target() + " replicas",
        e.ready(),
        dated.epoch(),
        dated.sequence(),
        Words.clock(dated.nowMs()),
        e.policy());
    out.println("  load       " + load(e.load()));
    String label = "wishes";
    for (Wish wish : e.wishes()) {
      out.printf(
          "  %-10s %-10s %6d  %-9s  %s%n",
          label, Words.of(wish.source()), wish.replicas(), rank(wish, e), wish.because());
      label = "";
    }
    for (Clamp clamp : e.clamps()) {
      out.printf("  %-10s %s: %d -> %d%n", "then", clamp.bound(), clamp.from(), clamp.to());
    }
    if (e.override() != null) {
      out.println("  operator   " + operator(e.override(), dated.nowMs()));
    }
    if (e.sharing() != null) {
      out.println("  quota      " + sharing(e.sharing()));
      TradeView trade = e.sharing().trade();
      if (trade != null) {
        out.println("  trade      " + trade(trade));
      }
    }
    if (e.placement() != null) {
      out.println("  placing    " + placement(e.placement()));
    }
    if (e.admission() != null) {
      out.println("  admission  " + admission(e.admission()));
    }
    out.println("  cost       " + Words.money(e.costPerHour()) + "/h");
  }

  /** An operator's word, with the time that it still had. */
  static String operator(ManualOverride word, long nowMs) {
    return word.phrase() + " (" + Words.span(word.expiresAtMs() - nowMs) + " left)";
  }

  /** Where a bound or an operator put the wishes aside, the highest of them did not win. */
  private static String rank(Wish wish, ServiceExplained e) {
    if (wish.source() == e.winner()) {
      return "wins";
    }
    if (wish.lostBy() > 0) {
      return wish.lostBy() + " below";
    }
    boolean won = e.wishes().stream().anyMatch(each -> each.source() == e.winner());
    return won ? "as high" : "highest";
  }

  private static String load(LoadView load) {
    return String.format(
        Locale.ROOT,
        "%s/s offered; %s/s expected in %s, sized for %s/s (miss rate %.4f)%s; one replica bears %s/s%s",
        Words.rate(load.offeredPerSecond()),
        Words.rate(load.forecastPerSecond()),
        Words.span(load.horizonMs()),
        Words.rate(load.upperPerSecond()),
        load.coverageAlpha(),
        load.nodeHorizonMs() > 0
            ? String.format(
                Locale.ROOT,
                "; nodes ordered ahead for %s/s in %s",
                Words.rate(load.nodeUpperPerSecond()),
                Words.span(load.nodeHorizonMs()))
            : "",
        Words.rate(load.safeRatePerReplica()),
        load.serviceTimeRatio() > 1
            ? String.format(
                Locale.ROOT,
                ", requests take %.2f times as long as declared",
                load.serviceTimeRatio())
            : "");
  }

  private static String sharing(SharingView sharing) {
    return String.format(
        Locale.ROOT,
        "%d wanted, %d granted: %s (nominal %s, used %s, borrowed %s; at most %s%s by what others use or do not lend)",
        sharing.wanted(),
        sharing.granted(),
        sharing.because(),
        resources(sharing.nominal()),
        resources(sharing.usedByTenant()),
        resources(sharing.borrowed()),
        sharing.mostAllowed() == null ? "" : resources(sharing.mostAllowed()) + " by its limit, ",
        resources(sharing.leftByOthers()));
  }

  private static String scores(PlacementView placement) {
    if (placement.scores().isEmpty()) {
      return "";
    }
    List<String> scores =
        placement.scores().entrySet().stream()
            .map(each -> each.getKey() + " " + String.format(Locale.ROOT, "%.2f", each.getValue()))
            .toList();
    return " (" + String.join(", ", scores) + ")";
  }

  private static String trade(TradeView trade) {
    return String.format(
        Locale.ROOT,
        "%d replicas refused by the budget would cost %s/h and avoid %s violations/s: %s for one unit"
            + " of money",
        trade.refused(),
        Words.money(trade.pricePerHour()),
        Words.rate(trade.violationsPerSecond()),
        Words.rate(trade.violationsPerMoney()));
  }

  private static String placement(PlacementView placement) {
    String text =
        placement.requested()
            + " asked for, "
            + placement.placed()
            + " placed, "
            + placement.pending()
            + " pending"
            + scores(placement);
    if (placement.refusals().isEmpty()) {
      return text;
    }
    return text + ": " + RefusalWords.of(placement.refusals());
  }

  private static String admission(AdmissionView admission) {
    String rate = Words.rate(admission.ratePerSecond());
    String serial = Words.rate(admission.serialPerSecond());
    String shard = Words.rate(admission.shardPerSecond());
    return (rate.equals("none") ? "no limit" : "at most " + rate + "/s")
        + "; ready replicas bear "
        + Words.rate(admission.readyCapacityPerSecond())
        + "/s"
        + (serial.equals("none") ? "" : ", the serial step " + serial + "/s")
        + (shard.equals("none") ? "" : ", each of its shards " + shard + "/s")
        + retries(admission.retryRatio());
  }

  private static String retries(double ratio) {
    String each = Words.rate(ratio);
    return each.equals("none") ? "" : "; " + each + " retries per first attempt";
  }

  private static String resources(Resources amount) {
    return Words.rate(amount.cpuMilli() / 1_000.0)
        + " cpu "
        + Words.rate(amount.memoryMib() / 1_024.0)
        + "Gi"
        + (amount.gpuMilli() == 0 ? "" : " " + Words.rate(amount.gpuMilli() / 1_000.0) + " gpu");
  }
}
