package dev.highwater.cli;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.EventStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Explanation.PlacementView;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Explanation.ServiceExplained;
import dev.highwater.model.Explanation.ServiceRouted;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.RefusalWords;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SpecChange;
import dev.highwater.model.Tenant;
import dev.highwater.model.view.CellNode;
import dev.highwater.model.view.DatedRoute;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The tables of the verbs, one method each. Stateless. */
final class Rows {
  /** So that a row fits into 120 columns; {@code explain} tells all. */
  private static final int WHY_LENGTH_MAX = 64;

  private Rows() {}

  static Table tenants(List<SpecChange> tenants, List<SpecChange> services) {
    Table table = new Table("NAME", "COHORT", "WEIGHT", "PRIORITY", "SERVICES", "VERSION");
    for (SpecChange each : tenants) {
      if (each.spec() instanceof Tenant tenant) {
        long own =
            services.stream()
                .filter(service -> service.key().startsWith(tenant.name() + "/"))
                .count();
        table.row(
            tenant.name(),
            tenant.cohort(),
            Words.rate(tenant.weight()),
            String.valueOf(tenant.priority()),
            String.valueOf(own),
            String.valueOf(each.resourceVersion()));
      }
    }
    return table;
  }

  /** One row per service and cell; a declared service that no cell shows yet has dashes. */
  static Table services(List<CellSnapshot> snapshots, List<SpecChange> declared, boolean wide) {
    Table table =
        wide
            ? new Table(
                "NAME",
                "CELL",
                "POLICY",
                "OFFERED",
                "SERVED",
                "REFUSED",
                "TARGET",
                "READY",
                "BOOTING",
                "PENDING",
                "BUSY",
                "P50",
                "P99",
                "SLO",
                "LATE",
                "ADMITS",
                "FORECAST",
                "COST/H",
                "COST",
                "WINNER",
                "HELD")
            : new Table(
                "NAME", "CELL", "OFFERED", "SERVED", "TARGET", "READY", "P99", "SLO", "WINNER",
                "HELD");
    Map<ServiceId, SpecChange> unseen = new TreeMap<>();
    declared.forEach(each -> unseen.put(ServiceId.parse(each.key()), each));
    for (CellSnapshot cell : snapshots) {
      for (ServiceStatus status : cell.services()) {
        unseen.remove(status.service());
        table.row(wide ? wide(cell, status) : narrow(cell, status));
      }
    }
    unseen.forEach(
        (id, each) -> {
          if (each.spec() instanceof Service service) {
            String slo = Words.millis(service.slo().latencyMs());
            table.row(
                wide
                    ? new String[] {
                      id.toString(),
                      "-",
                      service.scaling().policy(),
                      "-",
                      "-",
                      "-",
                      "-",
                      "-",
                      "-",
                      "-",
                      "-",
                      "-",
                      "-",
                      slo,
                      "-",
                      "-",
                      "-",
                      "-",
                      "-",
                      "-",
                      "-"
                    }
                    : new String[] {id.toString(), "-", "-", "-", "-", "-", "-", slo, "-", "-"});
          }
        });
    return table;
  }

  private static String[] narrow(CellSnapshot cell, ServiceStatus status) {
    return new String[] {
      status.service().toString(),
      cell.cell(),
      Words.rate(status.offeredPerSecond()),
      Words.rate(status.servedPerSecond()),
      String.valueOf(status.target()),
      String.valueOf(status.ready()),
      Words.millis(status.p99Ms()),
      Words.millis(status.sloLatencyMs()),
      Words.of(status.winner()),
      held(status, cell.nowMs())
    };
  }

  private static String[] wide(CellSnapshot cell, ServiceStatus status) {
    return new String[] {
      status.service().toString(),
      cell.cell(),
      status.policy(),
      Words.rate(status.offeredPerSecond()),
      Words.rate(status.servedPerSecond()),
      Words.rate(status.refusedPerSecond()),
      String.valueOf(status.target()),
      String.valueOf(status.ready()),
      String.valueOf(status.booting()),
      String.valueOf(status.pending()),
      Words.percent(status.utilisationRatio()),
      Words.millis(status.p50Ms()),
      Words.millis(status.p99Ms()),
      Words.millis(status.sloLatencyMs()),
      Words.percent(status.violationRatio()),
      Words.rate(status.admissionPerSecond()),
      Words.rate(status.forecastPerSecond()),
      Words.money(status.costPerHour()),
      Words.money(status.costTotal()),
      Words.of(status.winner()),
      held(status, cell.nowMs())
    };
  }

  /** An operator's word and the time that it has left. */
  private static String held(ServiceStatus status, long nowMs) {
    ManualOverride word = status.override();
    return word == null ? "-" : word.words() + ", " + Words.span(word.expiresAtMs() - nowMs);
  }

  static Table cells(List<SpecChange> cells, List<CellSnapshot> snapshots) {
    Table table =
        new Table("NAME", "REGION", "OWNERSHIP", "OWNER", "EPOCH", "NODES", "COST/H", "SEEN");
    long nowMs = Verb.nowMs(snapshots);
    for (SpecChange each : cells) {
      if (each.spec() instanceof dev.highwater.model.Cell cell) {
        CellSnapshot seen =
            snapshots.stream()
                .filter(snapshot -> snapshot.cell().equals(cell.name()))
                .findFirst()
                .orElse(null);
        table.row(
            cell.name(),
            cell.region(),
            Words.of(cell.ownership()),
            seen == null ? "-" : Words.member(seen.owner()),
            seen == null ? "-" : String.valueOf(seen.epoch()),
            seen == null ? "-" : String.valueOf(seen.nodes().size()),
            seen == null ? "-" : Words.money(seen.costPerHour()),
            seen == null ? "-" : Words.span(nowMs - seen.nowMs()) + " ago");
      }
    }
    return table;
  }

  static Table pools(List<SpecChange> pools, List<CellSnapshot> snapshots) {
    Table table =
        new Table("NAME", "CPU", "MEMORY", "PRICE/H", "MIN", "MAX", "TARGET", "READY", "BOOTING");
    for (SpecChange each : pools) {
      if (each.spec() instanceof NodePool pool) {
        CellSnapshot.PoolStatus seen =
            snapshots.stream()
                .filter(snapshot -> snapshot.cell().equals(pool.cell()))
                .flatMap(snapshot -> snapshot.pools().stream())
                .filter(
                    status -> status.pool().equals(pool.key()) || status.pool().equals(pool.name()))
                .findFirst()
                .orElse(null);
        table.row(
            pool.key(),
            cores(pool.shape().cpuMilli()),
            gib(pool.shape().memoryMib()),
            Words.money(pool.pricePerHour()),
            String.valueOf(pool.nodesMin()),
            String.valueOf(pool.nodesMax()),
            seen == null ? "-" : String.valueOf(seen.target()),
            seen == null ? "-" : String.valueOf(seen.ready()),
            seen == null ? "-" : String.valueOf(seen.booting()));
      }
    }
    return table;
  }

  static Table nodes(List<CellNode> nodes, long nowMs, boolean wide) {
    Table table =
        wide
            ? new Table(
                "NAME",
                "POOL",
                "ZONE",
                "STATE",
                "REPLICAS",
                "CPU",
                "OF",
                "MEMORY",
                "OF ",
                "SEEN",
                "CORDON")
            : new Table("NAME", "POOL", "ZONE", "STATE", "REPLICAS", "BOOKED", "SEEN", "CORDON");
    for (CellNode each : nodes) {
      Resources total = each.node().total();
      Resources booked = each.node().allocated();
      String name = each.cell() + "/" + each.node().node();
      String seen = Words.span(nowMs - each.node().lastReportMs()) + " ago";
      String state = Words.of(each.node().state());
      String cordon = each.node().cordon() == null ? "-" : each.node().cordon().phrase();
      String replicas = String.valueOf(each.node().replicas());
      if (wide) {
        table.row(
            name,
            each.node().pool(),
            each.node().zone(),
            state,
            replicas,
            cores(booked.cpuMilli()),
            cores(total.cpuMilli()),
            gib(booked.memoryMib()),
            gib(total.memoryMib()),
            seen,
            cordon);
      } else {
        double share = total.cpuMilli() == 0 ? 0 : (double) booked.cpuMilli() / total.cpuMilli();
        table.row(
            name,
            each.node().pool(),
            each.node().zone(),
            state,
            replicas,
            Words.percent(share),
            seen,
            cut(cordon));
      }
    }
    return table;
  }

  static Table cordons(List<SpecChange> cordons, List<CellNode> nodes) {
    Table table = new Table("NAME", "NODE", "REPLICAS", "CORDON");
    for (SpecChange each : cordons) {
      if (each.spec() instanceof Cordon cordon) {
        CellNode node =
            nodes.stream()
                .filter(seen -> each.key().equals(seen.cell() + "/" + seen.node().node()))
                .findFirst()
                .orElse(null);
        table.row(
            each.key(),
            node == null ? "gone" : Words.of(node.node().state()),
            node == null ? "-" : String.valueOf(node.node().replicas()),
            cordon.phrase());
      }
    }
    return table;
  }

  static Table routes(List<DatedRoute> routes) {
    Table table =
        new Table("SERVICE", "CELL", "USERS", "AHEAD", "WHY", "LOAD/s", "READY/s", "MOST/s");
    for (DatedRoute each : routes) {
      for (Explanation.CellRouted cell : each.route().cells()) {
        table.row(
            each.route().service().toString(),
            cell.cell(),
            Words.percent(cell.share()),
            Words.percent(cell.shareAhead()),
            Words.of(cell.reason()),
            Words.rate(cell.offeredPerSecond()),
            Words.rate(cell.readyPerSecond()),
            Words.rate(cell.mostPerSecond()));
      }
    }
    return table;
  }

  static Table events(List<SpecChange> events, List<CellSnapshot> snapshots) {
    Table table = new Table("NAME", "PHASE", "RISE", "HOLD", "LOADS", "STARTS", "WHEN");
    long nowMs = Verb.nowMs(snapshots);
    for (SpecChange each : events) {
      if (each.spec() instanceof PeakEvent event) {
        String phase =
            snapshots.stream()
                .flatMap(snapshot -> snapshot.events().stream())
                .filter(status -> status.name().equals(event.name()))
                .map(EventStatus::phase)
                .map(Words::of)
                .findFirst()
                .orElse("-");
        String loads =
            event.loads().isEmpty()
                ? "-"
                : event.loads().get(0).service()
                    + " "
                    + Words.rate(event.loads().get(0).peakPerSecond())
                    + "/s"
                    + (event.loads().size() == 1 ? "" : " +" + (event.loads().size() - 1));
        table.row(
            event.name(),
            phase,
            Words.span(event.riseMs()),
            Words.span(event.holdMs()),
            loads,
            Words.clock(event.startMs()),
            Words.countdown(event.startMs(), nowMs));
      }
    }
    return table;
  }

  /**
   * One row per explained change, newest first. What a tick only says again, no change and as many
   * pending as the time before, is left out.
   */
  static Table decisions(List<Decision> decisions, int limit, long nowMs) {
    Table table = new Table("NAME", "WHAT", "CHANGE", "WINNER", "WHY", "AGE");
    int rows = 0;
    for (int i = 0; i < decisions.size(); i++) {
      Decision decision = decisions.get(i);
      for (Explanation explanation : decision.explanations()) {
        if (explanation instanceof ServiceExplained service
            && repeats(service, decisions.subList(i + 1, decisions.size()))) {
          continue;
        }
        if (rows++ == limit) {
          return table;
        }
        String name = decision.epoch() + "." + decision.sequence();
        String age = Words.span(nowMs - decision.nowMs());
        if (explanation instanceof ServiceExplained service) {
          table.row(
              name,
              service.service().toString(),
              service.targetBefore() + " -> " + service.target(),
              Words.of(service.winner()),
              cut(why(service)),
              age);
        } else if (explanation instanceof ServiceRouted route) {
          table.row(
              name,
              "users of " + route.service(),
              shares(route),
              "-",
              cut(
                  Words.rate(route.offeredPerSecond())
                      + "/s now, at most "
                      + Words.rate(route.aheadPerSecond())
                      + "/s ahead"),
              age);
        } else if (explanation instanceof PoolExplained pool) {
          table.row(
              name,
              "pool " + pool.pool(),
              pool.targetBefore() + " -> " + pool.target(),
              "-",
              cut(pool.because()),
              age);
        }
      }
    }
    return table;
  }

  /** Where a service's users go, such as {@code east 80%, west 20%}. */
  static String shares(ServiceRouted route) {
    return route.cells().stream()
        .filter(cell -> cell.share() > 0)
        .map(cell -> cell.cell() + " " + Words.percent(cell.share()))
        .collect(Collectors.joining(", "));
  }

  private static boolean repeats(ServiceExplained service, List<Decision> older) {
    if (service.target() != service.targetBefore()) {
      return false;
    }
    for (Decision decision : older) {
      for (Explanation explanation : decision.explanations()) {
        if (explanation instanceof ServiceExplained before
            && before.service().equals(service.service())) {
          return pendingCount(before) == pendingCount(service)
              && Objects.equals(before.override(), service.override());
        }
      }
    }
    return false;
  }

  private static String cut(String text) {
    return text.length() <= WHY_LENGTH_MAX ? text : text.substring(0, WHY_LENGTH_MAX - 3) + "...";
  }

  private static int pendingCount(ServiceExplained service) {
    return service.placement() == null ? 0 : service.placement().pending();
  }

  /** Where the number stays, what waits is the news, and comes before the cut. */
  private static String why(ServiceExplained service) {
    String pending = pending(service);
    if (pending.isEmpty()) {
      return service.because();
    }
    return service.target() == service.targetBefore()
        ? pending + "; " + service.because()
        : service.because() + "; " + pending;
  }

  private static String pending(ServiceExplained service) {
    PlacementView placement = service.placement();
    if (placement == null || placement.pending() == 0) {
      return "";
    }
    String refusals = RefusalWords.of(placement.refusals());
    return placement.pending() + " pending" + (refusals.isEmpty() ? "" : ": " + refusals);
  }

  private static String cores(long cpuMilli) {
    return Words.rate(cpuMilli / 1_000.0);
  }

  private static String gib(long memoryMib) {
    return Words.rate(memoryMib / 1_024.0) + "Gi";
  }
}
