package dev.highwater.cli;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Every verb of the {@code highwater} command that talks to a running server. The launcher adds
 * them beside its own. Stateless.
 */
public final class ClientVerbs {
  private static final URI SERVER_DEFAULT = URI.create("http://127.0.0.1:8080");

  private ClientVerbs() {}

  /**
   * Adds the verbs as subcommands, and makes wrong usage of any verb of the command, also of those
   * that are not ours, one line on standard error and exit code 2.
   */
  public static void addTo(CommandLine root) {
    verbs().forEach(root::addSubcommand);
    root.getCommandSpec()
        .addOption(
            OptionSpec.builder("--server")
                .paramLabel("URL")
                .type(URI.class)
                .description(
                    "Where the server is, for the verbs that ask one; also after the verb.")
                .build());
    root.setParameterExceptionHandler(ClientVerbs::tellUsage);
  }

  /**
   * The server that a verb asks when none is named after it: the one named before it, else that of
   * the environment, else the default.
   */
  public static URI serverOf(CommandSpec verb) {
    ParseResult before = verb.root().commandLine().getParseResult();
    return before.hasMatchedOption("--server")
        ? before.matchedOptionValue("--server", SERVER_DEFAULT)
        : Optional.ofNullable(System.getenv("HIGHWATER_SERVER"))
            .map(URI::create)
            .orElse(SERVER_DEFAULT);
  }

  private static Map<String, Object> verbs() {
    Map<String, Object> verbs = new LinkedHashMap<>();
    verbs.put("status", new StatusVerb());
    verbs.put("get", new GetVerb());
    verbs.put("describe", new DescribeVerb());
    verbs.put("explain", new ExplainVerb());
    verbs.put("watch", new WatchVerb());
    verbs.put("plan", new PlanVerb());
    verbs.put("apply", new ApplyVerb());
    verbs.put("delete", new DeleteVerb());
    verbs.put("pause", new PauseVerb());
    verbs.put("override", new OverrideVerb());
    verbs.put("resume", new ResumeVerb());
    verbs.put("cordon", new CordonVerbs.Cordon());
    verbs.put("drain", new CordonVerbs.Drain());
    verbs.put("uncordon", new CordonVerbs.Uncordon());
    verbs.put("event", new EventGroup());
    verbs.put("surge", new SurgeVerb());
    verbs.put("fault", new FaultGroup());
    return verbs;
  }

  /** One line, with the way to help. */
  private static int tellUsage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    command
        .getErr()
        .println(
            "highwater: "
                + e.getMessage()
                + " (see `"
                + command.getCommandSpec().qualifiedName()
                + " --help`)");
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }
}
