package dev.highwater.launcher.dev;

import dev.highwater.http.HttpSettings;
import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.server.MemberSettings;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts a whole live cluster in this process and lets a scenario happen to it. */
@Command(
    name = "dev",
    description = {
      "Run a whole cluster in this process: scheduler, API, console, and simulated nodes and users"
          + " that join over real sockets.",
      "",
      "After the start block one line is printed for each change of state:",
      "  target    replicas of a service, and the wish that won      admit   users are kept out",
      "  nodes     nodes of a pool     joined, released, lost, silent, speaks",
      "  pending   replicas without room, and what refused them      placed  all have room",
      "  slo       p99 crossed its bound, or is within it again      event   phase of an event",
      "  surge     load that nobody declared                         fault   something breaks",
      "  owner, cordon, refused, audit"
    },
    footer = {
      "",
      "Exit code 0; with --for 1 when the scenario's expectations are missed; 2 when it cannot run.",
      "",
      "Examples:",
      "  highwater dev",
      "  highwater dev --for 3m --report night.json && highwater compare night.json",
      "  highwater dev --data var --port 8081 --policy hpa",
      "  highwater dev --scenario deploy/scenarios/singles-day-2016.yaml --from 54m --for 9m"
    })
public final class DevCommand extends LiveVerb {
  /** Name under which each cell's host and front door join. */
  private static final String HOST = "dev";

  @Mixin ScenarioOptions options = new ScenarioOptions();

  @Mixin JournalOptions journal = new JournalOptions();

  @Option(
      names = "--scenario",
      paramLabel = "FILE",
      description = "What happens (default: deploy/scenarios/peak-night.yaml).")
  @Nullable Path scenario;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port of API and console on 127.0.0.1; 0 takes a free one (default: 8080).")
  int port;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Keep what is declared and decided here; what is declared there already stays as it is"
              + " (default: a temporary folder that is deleted at the end).")
  @Nullable Path data;

  @Override
  int run(PrintWriter out, StopRequest stop)
      throws CannotRunException,
          InterruptedException,
          ScenarioException,
          ScenarioFiles.UnreadableFileException {
    ScenarioOptions.Chosen chosen = options.read(scenario);
    PolicyChoice policy = options.chosenPolicy();
    OwnMember.requireFreePort(port);
    try (DataFolder folder = DataFolder.alone(data)) {
      Path log =
          folder.isTemporary()
              ? Path.of(
                  System.getProperty("java.io.tmpdir"),
                  "highwater-dev-" + ProcessHandle.current().pid() + ".log")
              : folder.path().resolve("dev.log");
      DevLog.to(log);
      MemberSettings settings =
          journal.in(
              MemberSettings.loopback(
                  "dev-" + UUID.randomUUID(), HttpSettings.DEFAULT.withPort(port), folder.path()));
      Set<String> cells = new LinkedHashSet<>();
      chosen.plan().scenario().cells().forEach(cell -> cells.add(cell.name()));
      LiveRun.Options run =
          new LiveRun.Options(
              chosen.plan(),
              chosen.traces(),
              cells,
              HOST,
              policy,
              null,
              options.report,
              options.ends(),
              "dev mode: 1 process, "
                  + (folder.isTemporary()
                      ? "state in a temporary folder, lost at the end"
                      : "state kept in " + folder.path())
                  + ", not for production",
              log,
              ManagementFactory.getRuntimeMXBean().getStartTime());
      try (OwnMember member = OwnMember.start(settings)) {
        return new LiveRun(run, member, out, stop).run();
      }
    }
  }
}
