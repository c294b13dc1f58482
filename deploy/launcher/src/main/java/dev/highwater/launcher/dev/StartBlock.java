package dev.highwater.launcher.dev;

import dev.highwater.model.NodePool;
import dev.highwater.model.Resources;
import dev.highwater.model.Service;
import dev.highwater.model.Tenant;
import dev.highwater.rehearsal.scenario.OtherFidelity;
import dev.highwater.rehearsal.scenario.TimedFault;
import dev.highwater.workload.Fidelity;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is said once everything stands. Immutable.
 *
 * @param headline what runs here, in one line; null if that was said already
 * @param members who decides, such as {@code 1 member on 127.0.0.1:5701}
 * @param cells each with its epoch, such as {@code local (epoch 1)}
 * @param nodes ready now
 * @param pools as declared
 */
record StartBlock(
    @Nullable String headline,
    String members,
    List<String> cells,
    int nodes,
    Resources capacity,
    List<NodePool> pools,
    List<Tenant> tenants,
    List<Service> services,
    List<URI> apis,
    Path log,
    long readyMs,
    LivePlan plan,
    long usersInMs) {
  private static final int WIDTH = 100;

  void print(PrintWriter out) {
    if (headline != null) {
      out.println("Highwater " + LiveRun.version() + "   " + headline);
      out.println();
    }
    row(
        out,
        "Scheduler",
        members + "   " + (cells.size() == 1 ? "cell " : "cells ") + String.join(", ", cells));
    row(
        out,
        "Nodes",
        nodes
            + " agents, each with a socket of its own: "
            + capacity.cpuMilli() / 1_000
            + " cores, "
            + capacity.memoryMib() / 1_024
            + " GiB"
            + poolBounds());
    String label = "Tenants";
    for (Tenant tenant : tenants.subList(0, Math.min(Display.ROWS_MAX, tenants.size()))) {
      for (String line : wrapped(tenant.name(), servicesOf(tenant))) {
        row(out, label, line);
        label = "";
      }
    }
    // A target lists a thousand of what is declared, the scenario knows of all that it declares.
    int more = Math.max(tenants.size(), plan.scenario().tenants().size()) - Display.ROWS_MAX;
    if (more > 0) {
      row(out, label, "and " + Display.count(more) + " more");
    }
    for (URI api : apis) {
      row(out, api.equals(apis.get(0)) ? "API" : "", api + "      Metrics   " + api + "/metrics");
    }
    row(out, "Console", apis.get(0) + "/");
    row(out, "Log", log.toString());
    out.println();
    String ready =
        String.format(
            Locale.ROOT,
            "Ready in %s.  Users come in %s: %s, %s, seed %d, policy %s%s.",
            Display.seconds(readyMs),
            Display.seconds(usersInMs),
            plan.scenario().name(),
            Display.span(plan.scenario().durationMs()),
            plan.scenario().seed(),
            plan.policy() == null ? "as declared" : plan.policy(),
            fidelity());
    out.println(ready);
    List<String> rehearsedOnly = rehearsedOnly();
    if (!rehearsedOnly.isEmpty()) {
      out.println(
          "Not carried out live, only rehearsed: " + String.join(", ", rehearsedOnly) + ".");
    }
    out.println("Try next:");
    Service first = services.isEmpty() ? null : services.get(0);
    tip(out, "status" + server(), "one screen: nodes, services, events");
    if (first != null) {
      tip(out, "explain " + first.id() + server(), "why it has the replicas it has");
    }
    tip(
        out,
        "rehearse " + plan.scenarioFile() + " --compare hpa,fixed",
        "the same night in seconds");
    out.println("Ctrl-C stops everything.");
    out.println();
    out.flush();
  }

  /**
   * Faults of this scenario that strike who decides; a live member is killed or cut off instead.
   */
  private List<String> rehearsedOnly() {
    List<String> faults = new ArrayList<>();
    for (TimedFault fault : plan.scenario().faults()) {
      if (fault.fault().rehearsedOnly()) {
        faults.add(
            Display.code(fault.fault())
                + " of "
                + fault.cell()
                + " at "
                + Display.span(fault.startMs()));
      }
    }
    return faults;
  }

  /** Said where not every request is drawn. */
  private String fidelity() {
    String fidelity = OtherFidelity.inWords(plan.scenario());
    return fidelity.equals(Display.code(Fidelity.REQUEST)) ? "" : ", fidelity " + fidelity;
  }

  private String server() {
    URI first = apis.get(0);
    return first.getPort() == 8080 ? "" : " --server " + first;
  }

  private String poolBounds() {
    List<String> bounds = new ArrayList<>();
    for (NodePool pool : pools) {
      bounds.add(pool.key() + " " + pool.nodesMin() + " to " + pool.nodesMax());
    }
    return "   (" + String.join(", ", bounds) + ")";
  }

  private List<String> servicesOf(Tenant tenant) {
    List<String> parts = new ArrayList<>();
    for (Service service : services) {
      if (service.tenant().equals(tenant.name())) {
        parts.add(
            service.name()
                + " "
                + service.scaling().replicasMin()
                + " to "
                + service.scaling().replicasMax());
      }
    }
    return parts.isEmpty() ? List.of("no services yet") : parts;
  }

  private static List<String> wrapped(String head, List<String> parts) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(head + " (");
    for (int i = 0; i < parts.size(); i++) {
      if (line.length() + parts.get(i).length() > WIDTH - 16) {
        lines.add(line.toString().stripTrailing());
        line = new StringBuilder(" ".repeat(head.length() + 2));
      }
      line.append(parts.get(i)).append(i + 1 < parts.size() ? ", " : "");
    }
    lines.add(line + ")");
    return lines;
  }

  private static void row(PrintWriter out, String label, String text) {
    out.println("  " + label + " ".repeat(Math.max(1, 12 - label.length())) + text);
  }

  private static void tip(PrintWriter out, String command, String what) {
    String line = "  deploy/highwater " + command;
    out.println(line + " ".repeat(Math.max(3, 62 - line.length())) + what);
  }
}
