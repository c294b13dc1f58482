package dev.highwater.launcher.dev;

import dev.highwater.launcher.rehearse.OutputFile;
import dev.highwater.launcher.rehearse.ScenarioFiles;
import dev.highwater.model.Cell;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the simulated nodes and users of a scenario, joined to members that run elsewhere. */
@Command(
    name = "agent",
    description = {
      "Run the simulated nodes and front doors of a scenario's cells, joined to running members: it"
          + " declares what of the scenario is not declared yet, lets users come, and shows what"
          + " happens as 'highwater dev' does.",
      "",
      "Each node and front door has a socket of its own, to whichever member owns its cell. While"
          + " none does, users are served on by the last orders."
    },
    footer = {
      "",
      "Exit code 0; with --for 1 when the scenario's expectations are missed; 2 when it cannot run.",
      "",
      "Examples:",
      "  highwater agent --join 127.0.0.1:8080",
      "  highwater agent deploy/scenarios/double-peak.yaml --join 127.0.0.1:8080,127.0.0.1:8081"
          + " --from 1h --for 5m"
    })
public final class AgentCommand extends LiveVerb {
  /** Name under which each cell's host and front door join. */
  private static final String HOST = "agent";

  private static final Pattern ADDRESS =
      Pattern.compile("(?:http://)?((?:127\\.0\\.0\\.1|localhost):\\d{1,5})/?");

  @Mixin ScenarioOptions options = new ScenarioOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "SCENARIO",
      description = "What happens (default: deploy/scenarios/peak-night.yaml).")
  @Nullable Path scenario;

  @Option(
      names = "--join",
      paramLabel = "ADDRESS",
      split = ",",
      required = true,
      description =
          "API of any members of this host, such as 127.0.0.1:8080, several by commas; one that is"
              + " lost is made up for by the others.")
  List<String> join = new ArrayList<>();

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      description =
          "Run the agents of this cell only; again for more. Calls to services of other cells are"
              + " lost then, and expectations are not checked (default: every cell).")
  List<String> cells = new ArrayList<>();

  @Option(
      names = "--users-at",
      paramLabel = "INSTANT",
      description =
          "Let users come at this time, such as 2026-11-29T20:00:00Z, so that agents of several"
              + " processes agree (default: once everything stands).")
  @Nullable String usersAt;

  @Option(
      names = "--log",
      converter = OutputFile.class,
      paramLabel = "FILE",
      description = "Log here (default: a file in the temporary folder).")
  @Nullable Path log;

  /** Given by who starts it as its child, and said the first line: when that one began. */
  @Option(names = "--child", hidden = true)
  @Nullable Long beganMs;

  @Override
  int run(PrintWriter out, StopRequest stop)
      throws CannotRunException,
          InterruptedException,
          ScenarioException,
          ScenarioFiles.UnreadableFileException {
    List<URI> apis = new ArrayList<>();
    for (String text : join) {
      Matcher matcher = ADDRESS.matcher(text.trim());
      if (!matcher.matches()) {
        throw wrong("--join must be 127.0.0.1:PORT, where a member's API is: " + text);
      }
      apis.add(URI.create("http://" + matcher.group(1)));
    }
    Long usersAtMs = usersAtMs();
    ScenarioOptions.Chosen chosen = options.read(scenario);
    Set<String> own = cells(chosen.plan().scenario());
    Path file =
        log != null
            ? log
            : Path.of(
                System.getProperty("java.io.tmpdir"),
                "highwater-agent-" + ProcessHandle.current().pid() + ".log");
    if (beganMs != null) {
      stop.alsoAtTheEndOfInput();
    }
    DevLog.to(file);
    LiveRun.Options run =
        new LiveRun.Options(
            chosen.plan(),
            chosen.traces(),
            own,
            HOST,
            options.chosenPolicy(),
            usersAtMs,
            options.report,
            options.ends(),
            beganMs != null ? null : "agents of a cluster that runs elsewhere, not for production",
            file,
            beganMs != null ? beganMs : ManagementFactory.getRuntimeMXBean().getStartTime());
    try (RemoteMembers members = new RemoteMembers(apis)) {
      return new LiveRun(run, members, out, stop).run();
    }
  }

  private @Nullable Long usersAtMs() {
    if (usersAt == null) {
      return null;
    }
    try {
      long ms = Instant.parse(usersAt).toEpochMilli();
      if (ms % 1_000 == 0) {
        return ms;
      }
    } catch (DateTimeParseException e) {
      // Told below.
    }
    throw wrong("--users-at must be a whole second such as 2026-11-29T20:00:00Z: " + usersAt);
  }

  private Set<String> cells(Scenario night) {
    Set<String> all = new LinkedHashSet<>();
    for (Cell cell : night.cells()) {
      all.add(cell.name());
    }
    for (String cell : cells) {
      if (!all.contains(cell)) {
        throw wrong("--cell must be one of " + String.join(", ", all) + ": " + cell);
      }
    }
    return cells.isEmpty() ? all : new LinkedHashSet<>(cells);
  }
}
