package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.client.ProblemException;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Declares everything that a file lists. */
@Command(
    name = "apply",
    description = "Declare or change everything that a YAML or JSON file lists.",
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
      "Example:",
      "  highwater apply -f night.yaml"
    })
final class ApplyVerb extends Verb {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      required = true,
      description = "The file; - reads standard input.")
  String file;

  @Override
  int run(HighwaterClient client) {
    // Everything is read before anything is sent, so that a mistake in the file changes nothing.
    List<Spec> specs = SpecFile.read(file);
    for (Spec wanted : specs) {
      String name = SpecKind.of(wanted).word() + "/" + wanted.key();
      try {
        apply(client, wanted, name);
      } catch (ProblemException e) {
        // What stands before it in the file is done and was told, line by line.
        throw new RefusedException(name + ": " + e.getMessage());
      }
    }
    return DONE;
  }

  private void apply(HighwaterClient client, Spec wanted, String name) {
    SpecChange current = current(client, SpecKind.of(wanted), wanted.key());
    if (current == null) {
      client.create(wanted);
      out().println(name + " declared");
    } else if (wanted.equals(current.spec())) {
      out().println(name + " unchanged");
    } else {
      SpecChange stored = client.put(wanted, OptionalLong.of(current.resourceVersion()));
      out().println(name + " changed to version " + stored.resourceVersion());
    }
  }

  private static @Nullable SpecChange current(HighwaterClient client, SpecKind kind, String key) {
    try {
      return client.spec(kind, key);
    } catch (ProblemException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }
}
