package dev.highwater.rehearsal.scenario;

import dev.highwater.kernel.policy.PolicyName;
import dev.highwater.kernel.state.PoolFilter;
import dev.highwater.model.Cell;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.NodePool;
import dev.highwater.model.PeakEvent;
import dev.highwater.model.Purchase;
import dev.highwater.model.Quota;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand.FaultKind;
import dev.highwater.model.Tenant;
import dev.highwater.model.json.ModelJson;
import dev.highwater.workload.NodeNames;
import dev.highwater.workload.TrafficSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds what is wrong between the parts of a scenario, also when some of them could not be read: it
 * then says nothing that one of those could answer. For one scenario and one thread.
 */
final class ScenarioCheck {
  private final Scenario scenario;
  private final YamlRecords records;
  private final Map<String, Cell> cells = new TreeMap<>();
  private final Map<ServiceId, Service> services = new TreeMap<>();
  private final Map<ServiceId, Integer> loadIndex = new TreeMap<>();

  ScenarioCheck(Scenario scenario, YamlRecords records) {
    this.scenario = scenario;
    this.records = records;
  }

  void run() {
    cells();
    pools();
    startNodes();
    tenants();
    services();
    loads();
    events();
    surgesAndFaults();
    expectations();
    tails();
  }

  private void cells() {
    if (scenario.cells().isEmpty() && !records.isShortened("cells")) {
      records.mistake("cells", "at least one cell is needed, add '- name: local'");
    }
    for (int i = 0; i < scenario.cells().size(); i++) {
      Cell cell = scenario.cells().get(i);
      if (cells.put(cell.name(), cell) != null) {
        records.mistake(
            records.element("cells", i) + ".name", "is given twice, rename one: " + cell.name());
      }
    }
  }

  private void pools() {
    TreeSet<String> keys = new TreeSet<>();
    for (int i = 0; i < scenario.pools().size(); i++) {
      NodePool pool = scenario.pools().get(i);
      cellExists(records.element("pools", i) + ".cell", pool.cell());
      if (!keys.add(pool.key())) {
        records.mistake(
            records.element("pools", i) + ".name", "is given twice, rename one: " + pool.key());
      }
    }
  }

  private void startNodes() {
    TreeSet<String> given = new TreeSet<>();
    for (int i = 0; i < scenario.startNodes().size(); i++) {
      StartNodes start = scenario.startNodes().get(i);
      String path = records.element("startNodes", i);
      NodePool pool = null;
      for (NodePool candidate : scenario.pools()) {
        pool = candidate.key().equals(start.pool()) ? candidate : pool;
      }
      if (pool == null) {
        if (!records.isShortened("pools")) {
          records.mistake(path + ".pool", "no pool " + start.pool() + ", write CELL/POOL");
        }
      } else if (start.nodes() > pool.nodesMax()) {
        records.mistake(
            path + ".nodes",
            "must not exceed nodesMax of " + start.pool() + " (" + pool.nodesMax() + ")");
      }
      if (!given.add(start.pool())) {
        records.mistake(path + ".pool", "is given twice, join them: " + start.pool());
      }
    }
  }

  private void tenants() {
    TreeSet<String> names = new TreeSet<>();
    Map<String, Resources> nominal = new TreeMap<>();
    for (int i = 0; i < scenario.tenants().size(); i++) {
      Tenant tenant = scenario.tenants().get(i);
      if (!names.add(tenant.name())) {
        records.mistake(
            records.element("tenants", i) + ".name",
            "is given twice, rename one: " + tenant.name());
      }
      for (int j = 0; j < tenant.quotas().size(); j++) {
        Quota quota = tenant.quotas().get(j);
        String path = records.element(records.element("tenants", i) + ".quotas", j);
        cellExists(path + ".cell", quota.cell());
        Resources sum = nominal.merge(quota.cell(), quota.nominal(), Resources::plus);
        Resources whole = largest(quota.cell());
        if (cells.containsKey(quota.cell())
            && !records.isShortened("pools")
            && !sum.fitsIn(whole)) {
          records.mistake(
              path + ".nominal",
              "nominal quotas up to here exceed cell "
                  + quota.cell()
                  + " with all its nodes, lower them or raise nodesMax");
        }
      }
    }
  }

  private Resources largest(String cell) {
    Resources sum = Resources.NONE;
    for (NodePool pool : scenario.pools()) {
      if (pool.cell().equals(cell)) {
        sum = sum.plus(pool.shape().times(pool.nodesMax()));
      }
    }
    return sum;
  }

  private void services() {
    if (scenario.services().isEmpty() && !records.isShortened("services")) {
      records.mistake("services", "at least one service is needed");
    }
    TreeSet<String> tenants = new TreeSet<>();
    scenario.tenants().forEach(tenant -> tenants.add(tenant.name()));
    for (int i = 0; i < scenario.services().size(); i++) {
      Service service = scenario.services().get(i);
      String path = records.element("services", i);
      if (services.put(service.id(), service) != null) {
        records.mistake(path + ".name", "is given twice, rename one: " + service.id());
      }
      if (!tenants.contains(service.tenant()) && !records.isShortened("tenants")) {
        records.mistake(path + ".tenant", "no tenant " + service.tenant() + ", add it to tenants");
      }
      for (int j = 0; j < service.cells().size(); j++) {
        cellExists(records.element(path + ".cells", j), service.cells().get(j));
      }
      policy(path, service);
      home(path, service);
    }
  }

  private void policy(String path, Service service) {
    try {
      PolicyName.check(service);
    } catch (InvalidInputException e) {
      records.mistake(path + "." + e.field(), e.remedy() + ", not " + e.value());
    }
  }

  private void home(String path, Service service) {
    boolean cell = false;
    boolean node = false;
    for (Cell candidate : scenario.cells()) {
      if (service.mayRunIn(candidate)) {
        cell = true;
        for (NodePool pool : scenario.pools()) {
          node |=
              pool.cell().equals(candidate.name())
                  && pool.nodesMax() > 0
                  && PoolFilter.accepts(pool, service);
        }
      }
    }
    if (records.isShortened("cells") || (cell && records.isShortened("pools"))) {
      return;
    }
    if (!cell) {
      records.mistake(
          path,
          "service "
              + service.id()
              + " has no cell it may live in, widen its cells or residency, or add a cell");
    } else if (!node) {
      records.mistake(
          path,
          "service "
              + service.id()
              + " fits no node of the cells it may live in, lower its resources, accept the taints"
              + " and labels of a pool, or add a pool");
    }
  }

  private void loads() {
    for (int i = 0; i < scenario.loads().size(); i++) {
      Load load = scenario.loads().get(i);
      String path = records.element("loads", i);
      serviceExists(path + ".service", load.service());
      if (loadIndex.put(load.service(), i) != null) {
        records.mistake(path + ".service", "has two loads, join them: " + load.service());
      }
      Service loaded = services.get(load.service());
      if (load.sameShardRatio() > 0 && loaded != null && loaded.capacity().serialShards() == 1) {
        records.mistake(
            path + ".sameShardRatio",
            "needs a serial step with shards, give " + load.service() + " capacity.serialShards");
      }
      for (int j = 0; j < load.calls().size(); j++) {
        serviceExists(
            records.element(path + ".calls", j) + ".service", load.calls().get(j).service());
      }
      TrafficSpec.CloseUp closeUp = load.closeUp();
      if (closeUp != null) {
        inside(path + ".closeUp.start", closeUp.startMs());
      }
      for (int j = 0; j < load.crowds().size(); j++) {
        inside(records.element(path + ".crowds", j) + ".start", load.crowds().get(j).startMs());
      }
    }
    for (int i = 0; i < scenario.loads().size(); i++) {
      stock(records.element("loads", i), scenario.loads().get(i));
    }
    List<ServiceId> done = new ArrayList<>();
    for (ServiceId service : loadIndex.keySet()) {
      cycle(service, new ArrayList<>(), done);
    }
  }

  /** What is sold out in one place must not be on sale in another. */
  private void stock(String path, Load load) {
    Service seller = services.get(load.service());
    if (load.stock() != null && seller != null) {
      List<String> homes =
          scenario.cells().stream().filter(seller::mayRunIn).map(Cell::name).toList();
      if (homes.size() > 1) {
        records.mistake(
            path + ".stock",
            "is kept in one cell, but "
                + load.service()
                + " may run in "
                + String.join(", ", homes)
                + ": name one under its cells");
      }
    }
    ServiceId of = load.requery() == null ? null : load.requery().stockOf();
    if (of == null) {
      return;
    }
    Integer index = loadIndex.get(of);
    boolean stocked =
        index == null
            ? records.isShortened("loads")
            : scenario.loads().get(index).stock() != null
                || records.isGiven(records.element("loads", index) + ".stock");
    if (!stocked) {
      records.mistake(
          path + ".requery.stockOf", of + " has no stock, give its load one or name another");
    }
  }

  private void cycle(ServiceId service, List<ServiceId> path, List<ServiceId> done) {
    int seen = path.indexOf(service);
    if (seen >= 0) {
      StringBuilder round = new StringBuilder();
      for (ServiceId step : path.subList(seen, path.size())) {
        round.append(step).append(" -> ");
      }
      records.mistake(
          records.element("loads", loadIndex.getOrDefault(path.get(path.size() - 1), 0)) + ".calls",
          "the call graph has a cycle, remove one call of " + round + service);
      return;
    }
    Integer index = loadIndex.get(service);
    if (index == null || done.contains(service)) {
      return;
    }
    path.add(service);
    for (TrafficSpec.Call call : scenario.loads().get(index).calls()) {
      cycle(call.service(), path, done);
    }
    path.remove(path.size() - 1);
    done.add(service);
  }

  private void events() {
    TreeSet<String> names = new TreeSet<>();
    for (int i = 0; i < scenario.events().size(); i++) {
      PeakEvent event = scenario.events().get(i);
      String path = records.element("events", i);
      if (!names.add(event.name())) {
        records.mistake(path + ".name", "is given twice, rename one: " + event.name());
      }
      inside(path + ".start", event.startMs());
      for (int j = 0; j < event.loads().size(); j++) {
        serviceExists(
            records.element(path + ".loads", j) + ".service", event.loads().get(j).service());
      }
    }
  }

  private void surgesAndFaults() {
    for (int i = 0; i < scenario.surges().size(); i++) {
      TimedSurge surge = scenario.surges().get(i);
      serviceExists(records.element("surges", i) + ".service", surge.service());
      inside(records.element("surges", i) + ".start", surge.startMs());
    }
    for (int i = 0; i < scenario.faults().size(); i++) {
      TimedFault fault = scenario.faults().get(i);
      String path = records.element("faults", i);
      cellExists(path + ".cell", fault.cell());
      inside(path + ".start", fault.startMs());
      boolean rehearsed = fault.fault().rehearsedOnly();
      if ((fault.fault() == FaultKind.SLOW_BOOTS || rehearsed) && fault.durationMs() == 0) {
        records.mistake(
            path + ".duration", "is required for " + name(fault) + ", such as duration: 2m");
      }
      target(path + ".target", fault);
      if ((fault.fault() == FaultKind.STALE_REPORTS) != (fault.lagMs() > 0)) {
        records.mistake(path + ".lag", "belongs to stale-reports, such as lag: 5s, and only to it");
      }
    }
  }

  /** A fault hits what its kind hits, and nothing else by a name that happens to be the same. */
  private void target(String path, TimedFault fault) {
    if (!fault.fault().ofCell()) {
      if (cells.containsKey(fault.cell()) && !records.isShortened("pools")) {
        nodes(path, fault);
      }
    } else if (!fault.target().equals(fault.cell())) {
      records.mistake(path, "must be " + fault.cell() + ", " + name(fault) + " hits a whole cell");
    }
  }

  private void nodes(String path, TimedFault fault) {
    boolean spot = fault.fault() == FaultKind.SPOT_LOSS;
    TreeSet<String> zones = new TreeSet<>();
    NodePool some = null;
    boolean node = false;
    for (NodePool pool : scenario.pools()) {
      if (pool.cell().equals(fault.cell()) && (!spot || pool.purchase() == Purchase.SPOT)) {
        some = some == null ? pool : some;
        zones.addAll(pool.zones());
        node |= NodeNames.mayBe(pool, fault.target());
      }
    }
    boolean zone = zones.contains(fault.target());
    boolean any = node || zone || fault.target().equals(fault.cell());
    if (some == null) {
      records.mistake(path, "no " + (spot ? "spot " : "") + "pool in cell " + fault.cell());
    } else if (fault.fault() == FaultKind.ZONE_CRASH && !zone) {
      records.mistake(
          path, "no zone " + fault.target() + ", use one of " + String.join(", ", zones));
    } else if (fault.fault() == FaultKind.NODE_CRASH ? !node : !any) {
      records.mistake(
          path,
          "no pool has nodes called "
              + fault.target()
              + ", write CELL-POOL-NUMBER such as "
              + NodeNames.of(some, 0)
              + (fault.fault() == FaultKind.NODE_CRASH ? "" : ", a zone, or the cell"));
    }
  }

  private static String name(TimedFault fault) {
    return ModelJson.toTree(fault.fault()).asText();
  }

  private void expectations() {
    List<Expectation.ServiceBound> bounds = scenario.expect().services();
    for (int i = 0; i < bounds.size(); i++) {
      serviceExists(records.element("expect.services", i) + ".service", bounds.get(i).service());
    }
  }

  private void tails() {
    TreeSet<String> patterns = new TreeSet<>();
    long tenants = scenario.tenants().size();
    long serviceCount = services.size();
    for (int i = 0; i < scenario.tails().size(); i++) {
      Tail tail = scenario.tails().get(i);
      String path = records.element("tails", i);
      Tenant pattern = null;
      for (Tenant tenant : scenario.tenants()) {
        pattern = tenant.name().equals(tail.tenant()) ? tenant : pattern;
      }
      if (pattern == null) {
        if (!records.isShortened("tenants")) {
          records.mistake(path + ".tenant", "no tenant " + tail.tenant() + ", add it to tenants");
        }
      } else if (!pattern.quotas().isEmpty()) {
        records.mistake(
            path + ".tenant",
            "tenants of a tail borrow what they use, remove the quotas of " + tail.tenant());
      }
      if (!patterns.add(tail.tenant())) {
        records.mistake(path + ".tenant", "has two tails, join them: " + tail.tenant());
      }
      if (tail.name(tail.tenants()).length() > Limits.NAME_LENGTH_MAX) {
        records.mistake(path + ".tenant", "is too long to be numbered, shorten it");
      }
      long each = services.keySet().stream().filter(s -> s.tenant().equals(tail.tenant())).count();
      tenants += tail.tenants() - 1;
      serviceCount += each * (tail.active() - 1);
      most(path + ".tenants", "tenants", tenants, Scenario.TENANTS_MAX);
      most(path + ".active", "services", serviceCount, Scenario.SERVICES_MAX);
    }
    for (int i = 0; i < scenario.events().size(); i++) {
      for (int j = 0; j < scenario.events().get(i).loads().size(); j++) {
        ServiceId service = scenario.events().get(i).loads().get(j).service();
        noPattern(
            records.element(records.element("events", i) + ".loads", j) + ".service",
            service,
            patterns);
      }
    }
    for (int i = 0; i < scenario.surges().size(); i++) {
      noPattern(
          records.element("surges", i) + ".service", scenario.surges().get(i).service(), patterns);
    }
    for (int i = 0; i < scenario.expect().services().size(); i++) {
      ServiceId service = scenario.expect().services().get(i).service();
      noPattern(records.element("expect.services", i) + ".service", service, patterns);
    }
  }

  private void most(String path, String what, long is, int max) {
    if (is > max) {
      records.mistake(
          path, "gives " + is + " " + what + ", lower it to at most " + max + " in all");
    }
  }

  private void noPattern(String path, ServiceId service, Set<String> patterns) {
    if (patterns.contains(service.tenant())) {
      records.mistake(
          path,
          service
              + " is the pattern of a tail, name a service of another tenant (all services"
              + " together are bounded by expect.violationRatioMax)");
    }
  }

  private void inside(String path, long startMs) {
    if (startMs >= scenario.durationMs()) {
      records.mistake(
          path,
          "lies outside the run of "
              + TimeSpan.write(scenario.durationMs())
              + ", start earlier or lengthen duration");
    }
  }

  private void cellExists(String path, String cell) {
    if (!cells.containsKey(cell) && !records.isShortened("cells")) {
      records.mistake(path, "no cell " + cell + ", add it to cells or correct the name");
    }
  }

  private void serviceExists(String path, ServiceId service) {
    if (!services.containsKey(service) && !records.isShortened("services")) {
      records.mistake(path, "no service " + service + ", add it to services or correct the name");
    }
  }
}
