package dev.highwater.rehearsal.report;

import dev.highwater.model.Cell;
import dev.highwater.model.Quota;
import dev.highwater.model.Tenant;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.Series;
import dev.highwater.rehearsal.report.Chronicle.CellRecord;
import dev.highwater.rehearsal.report.Chronicle.PoolRecord;
import dev.highwater.rehearsal.report.Chronicle.TenantRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Nodes and reserved capacity by cell, pool and tenant, and what they cost. Immutable. */
record CapacityTold(Report.Subject subject) {
  private static final int CELLS_MAX = 20;
  private static final int POOLS_MAX = 20;

  String capacity() {
    Html out = new Html();
    Moments moments = Moments.of(subject);
    int drawn = 0;
    for (Cell cell : subject.scenario().cells()) {
      CellRecord record = subject.chronicle().cells().get(cell.name());
      if (record == null || drawn++ == CELLS_MAX) {
        break;
      }
      cell(out, cell, record, moments);
    }
    if (subject.scenario().cells().size() > CELLS_MAX) {
      note(out, "The first " + CELLS_MAX + " of " + subject.scenario().cells().size() + " cells.");
    }
    return out.toString();
  }

  private void cell(Html out, Cell cell, CellRecord record, Moments moments) {
    double seconds = subject.seconds();
    out.raw("<h3>").text("Cell " + cell.name() + ", " + cell.region() + ", ");
    out.text(Words.lower(cell.ownership())).raw("</h3>\n").raw(moments.html(seconds));
    List<Map.Entry<String, TenantRecord>> tenants = new ArrayList<>(record.tenants.entrySet());
    tenants.sort(
        Comparator.comparingDouble(
                (Map.Entry<String, TenantRecord> e) -> -e.getValue().cores.highest())
            .thenComparing(Map.Entry::getKey));
    Chart chart = new Chart("Reserved cores by tenant", seconds).tall().moments(moments);
    Stack.draw(
        chart, tenants.stream().map(e -> Map.entry(e.getKey(), e.getValue().cores)).toList());
    Series has = has(cell);
    if (has.size() > 0) {
      chart.steps("ready nodes", "needed", has);
    }
    out.raw(chart.html()).raw("<div class='pair'>");
    int pools = 0;
    for (PoolRecord pool : subject.chronicle().pools().values()) {
      if (pool.spec.cell().equals(cell.name()) && pools++ < POOLS_MAX) {
        out.raw(
            new Chart("Nodes of " + pool.spec.key(), seconds)
                .moments(moments)
                .steps("booting or ready", "offered", pool.there)
                .steps("target", "target", pool.target)
                .steps("ready", "ready", pool.ready)
                .html());
      }
    }
    out.raw("</div>\n");
    if (pools > POOLS_MAX) {
      note(out, "The first " + POOLS_MAX + " of " + pools + " pools.");
    }
  }

  /** Cores of all ready nodes of a cell. */
  private Series has(Cell cell) {
    double[] sum = new double[0];
    double step = 1;
    for (PoolRecord pool : subject.chronicle().pools().values()) {
      if (pool.spec.cell().equals(cell.name())) {
        step = pool.ready.stepSeconds();
        sum = sum.length == 0 ? new double[pool.ready.size()] : sum;
        for (int t = 0; t < Math.min(sum.length, pool.ready.size()); t++) {
          sum[t] += pool.ready.mean(t) * pool.spec.shape().cpuMilli() / 1e3;
        }
      }
    }
    Series has = new Series(sum.length, step, Chart.STEPS_MAX);
    for (double cores : sum) {
      has.add(cores);
    }
    return has;
  }

  String money() {
    Html out = new Html();
    out.tableHead(
        "By pool",
        "pool",
        "node-hours",
        "price",
        "cost",
        "of it reserved",
        "reserved %",
        "nodes at most");
    double sum = 0;
    for (PoolRecord pool : subject.chronicle().pools().values()) {
      sum += pool.cost;
      out.row(
          pool.spec.key(),
          Figures.fixed(pool.nodeHours, 2),
          Figures.plain(pool.spec.pricePerHour()),
          Words.money(pool.cost),
          Words.money(pool.reservedCost),
          Figures.fixed(pool.cost == 0 ? Double.NaN : 100 * pool.reservedCost / pool.cost, 1),
          Words.amount(pool.there.highest()));
    }
    out.tableEnd();
    tenants(out, sum);
    events(out);
    note(
        out,
        "A replica costs the largest share that it takes of its node (processors, memory, devices);"
            + " the rest is room that was warm, booting or not filled. An event costs what its"
            + " services cost above what they did when its time began. Money has the unit of the"
            + " pools' prices.");
    return out.toString();
  }

  private void tenants(Html out, double sum) {
    SortedMap<String, Double> cost = subject.own().costByTenant();
    SortedMap<String, Double> most = new TreeMap<>();
    SortedMap<String, Double> above = new TreeMap<>();
    subject
        .chronicle()
        .cells()
        .forEach(
            (cell, record) ->
                record.tenants.forEach(
                    (tenant, own) -> {
                      double peak = Math.max(0, own.cores.highest());
                      most.merge(tenant, peak, Double::sum);
                      above.merge(
                          tenant, Math.max(0, peak - nominalCores(tenant, cell)), Double::sum);
                    }));
    out.tableHead(
        "By tenant",
        "tenant",
        "cost",
        "share %",
        "cores at most",
        "above its nominal quota by at most");
    List<String> names = new ArrayList<>(cost.keySet());
    names.sort(
        Comparator.comparingDouble((String name) -> -cost.getOrDefault(name, 0.0))
            .thenComparing(Comparator.naturalOrder()));
    double reserved = 0;
    for (double one : cost.values()) {
      reserved += one;
    }
    for (String name : Asked.some(names)) {
      double own = cost.getOrDefault(name, 0.0);
      out.row(
          name,
          Words.money(own),
          Figures.fixed(sum == 0 ? Double.NaN : 100 * own / sum, 1),
          Words.amount(most.getOrDefault(name, 0.0)),
          Words.amount(above.getOrDefault(name, 0.0)));
    }
    out.row(
        "nobody (spare room)",
        Words.money(sum - reserved),
        Figures.fixed(sum == 0 ? Double.NaN : 100 * (sum - reserved) / sum, 1),
        "",
        "");
    out.row("all", Words.money(sum), "100", "", "");
    out.tableEnd();
    if (names.size() > Asked.ROWS_MAX) {
      note(out, "The dearest " + Asked.ROWS_MAX + " of " + Figures.grouped(names.size()) + ".");
    }
  }

  private void events(Html out) {
    SortedMap<String, Double> cost = subject.own().costByEvent();
    if (!cost.isEmpty()) {
      out.tableHead("By declared event", "event", "cost", "share %");
      cost.forEach(
          (event, money) ->
              out.row(
                  event, Words.money(money), Figures.fixed(100 * money / subject.own().cost(), 1)));
      out.tableEnd();
    }
  }

  private double nominalCores(String name, String cell) {
    for (Tenant tenant : subject.scenario().tenants()) {
      if (tenant.name().equals(name)) {
        for (Quota quota : tenant.quotas()) {
          if (quota.cell().equals(cell)) {
            return quota.nominal().cpuMilli() / 1e3;
          }
        }
        return 0;
      }
    }
    return 0;
  }

  private static void note(Html out, String text) {
    out.raw("<p class='note'>").text(text).raw("</p>\n");
  }
}
