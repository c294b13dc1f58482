package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.SpecKind;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Removes what was declared. */
@Command(
    name = "delete",
    description = "Remove a tenant, service, cell, pool, event or cordon.",
    footer = {"", "Example:", "  highwater delete service shop/order --yes"})
final class DeleteVerb extends Verb {
  @Parameters(
      index = "0",
      paramLabel = "TYPE",
      description = "tenant, service, cell, pool, event, cordon.")
  String type;

  @Parameters(
      index = "1",
      paramLabel = "NAME",
      description = "Its name; TENANT/SERVICE, CELL/POOL, CELL/NODE.")
  String name;

  @Mixin Confirmation confirmation;

  @Option(
      names = "--if-version",
      paramLabel = "N",
      description = "Only if this is still its resource version.")
  @Nullable Long ifVersion;

  @Override
  int run(HighwaterClient client) {
    SpecKind kind = Types.kind(type);
    if (kind == null) {
      throw new ParameterException(
          spec.commandLine(), "TYPE must be tenant, service, cell, pool, event or cordon: " + type);
    }
    String key = Types.key(kind, name);
    confirmation.ask("Removing " + kind.word() + " " + key);
    client.delete(kind, key, ifVersion == null ? OptionalLong.empty() : OptionalLong.of(ifVersion));
    out().println(kind.word() + "/" + key + " removed");
    return DONE;
  }
}
