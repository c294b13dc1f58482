package dev.highwater.cli;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Every verb of the {@code highwater} command that talks to a running server. The launcher adds
 * them beside its own. Stateless.
 */
public final class ClientVerbs {
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
