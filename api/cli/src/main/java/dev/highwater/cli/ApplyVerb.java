package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Spec;
import dev.highwater.model.view.Bundle;
import dev.highwater.model.view.BundleApplied;
import dev.highwater.model.view.BundleApplied.AppliedSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Declares everything that a file lists. */
@Command(
    name = "apply",
    description = {
      "Declare or change everything that a YAML or JSON file lists: all of it, or nothing.",
      "",
      "What is refused is named, and then nothing is changed. At most 5000 specs and 4 MiB."
    },
    footer = {
      "",
      "The file has lists named cells, pools, tenants, services, events and cordons, each optional:",
      "  tenants:",
      "    - name: shop",
      "  services:",
      "    - tenant: shop",
      "      name: order",
      "      scaling: {replicasMin: 2}",
      "",
      "Examples:",
      "  highwater apply -f night.yaml",
      "  highwater apply -f night.yaml --dry-run"
    })
final class ApplyVerb extends Verb {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      required = true,
      description = "The file; - reads standard input.")
  String file;

  @Option(
      names = "--dry-run",
      description = "Check everything and say what would be done, and do nothing.")
  boolean dryRun;

  @Option(names = "-o", paramLabel = "json", description = "json: every row, stable.")
  @Nullable String format;

  @Override
  int run(HighwaterClient client) {
    Output output = output(format);
    List<Spec> specs = SpecFile.read(file);
    if (specs.isEmpty() || specs.size() > Bundle.ITEMS_MAX) {
      throw new InvalidInputException(
          specs.isEmpty() ? ErrorCode.MISSING_FIELD : ErrorCode.TOO_LARGE,
          "file",
          specs.size() + " specs",
          "must list 1 to " + Bundle.ITEMS_MAX + " specs; what is more goes into another file");
    }
    BundleApplied applied = client.apply(Bundle.of(specs, dryRun));
    if (output == Output.JSON) {
      printJson(applied);
      return DONE;
    }
    for (AppliedSpec each : applied.items()) {
      String name = each.row().kind().word() + "/" + each.row().key();
      out().println(name + " " + words(each) + Words.then(each.operator()));
    }
    return DONE;
  }

  private String words(AppliedSpec each) {
    String version = "version " + each.row().resourceVersion();
    return switch (each.action()) {
      case CREATE -> dryRun ? "would be declared" : "declared";
      case CHANGE -> (dryRun ? "would change to " : "changed to ") + version;
      case NONE -> "unchanged";
      case DELETE -> throw new AssertionError(each); // a bundle removes nothing
    };
  }
}
