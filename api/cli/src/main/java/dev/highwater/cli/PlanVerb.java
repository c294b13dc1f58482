package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.view.Plan;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what a file would do, without doing it. */
@Command(
    name = "plan",
    description = {
      "Show what applying a YAML or JSON file would do, by the same checks and the same kernel.",
      "Nothing is done. Exit code 1 when the change, or a part of it, would be refused."
    },
    footer = {"", "Example:", "  highwater plan -f night.yaml && highwater apply -f night.yaml"})
final class PlanVerb extends Verb {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      required = true,
      description = "The file, as for apply; - reads standard input.")
  String file;

  @Option(names = "-o", paramLabel = "json", description = "json: everything, stable.")
  @Nullable String format;

  @Override
  int run(HighwaterClient client) {
    Output output = output(format);
    Plan plan = client.plan(SpecFile.read(file));
    if (output == Output.JSON) {
      printJson(plan);
    } else {
      PlanText.print(plan, out());
    }
    return plan.refused() ? REFUSED : DONE;
  }
}
