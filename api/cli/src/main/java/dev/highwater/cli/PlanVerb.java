package dev.highwater.cli;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.SpecKind;
import dev.highwater.model.view.Plan;
import dev.highwater.model.view.PlanRequest;
import dev.highwater.model.view.PlanSpan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Shows what a change would do, without doing it. */
@Command(
    name = "plan",
    description = {
      "Show what applying a YAML or JSON file, or removing what is declared, would do, by the same"
          + " checks and the same kernel.",
      "Nothing is done. Exit code 1 when the change, or a part of it, would be refused."
    },
    footer = {
      "",
      "Examples:",
      "  highwater plan -f night.yaml && highwater apply -f night.yaml",
      "  highwater plan -f night.yaml --for 10m",
      "  highwater plan --delete event/flash-sale --delete service/shop/order"
    })
final class PlanVerb extends Verb {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "The file, as for apply; - reads standard input.")
  @Nullable String file;

  @Option(
      names = "--delete",
      paramLabel = "TYPE/NAME",
      description =
          "Something to remove, after what the file declares: service/TENANT/SERVICE, tenant/NAME,"
              + " pool/CELL/POOL, cell/NAME, event/NAME or cordon/CELL/NODE; repeatable, in this"
              + " order.")
  List<String> deletes = new ArrayList<>();

  @Option(
      names = "--for",
      paramLabel = "SPAN",
      description =
          "Look ahead for so long besides, at most 1h: the load of now goes on, declared events come"
              + " as declared, nodes and replicas boot as slowly as 1 %% of them do.")
  @Nullable String span;

  @Option(names = "-o", paramLabel = "json", description = "json: everything, stable.")
  @Nullable String format;

  @Override
  int run(HighwaterClient client) {
    Output output = output(format);
    if (file == null && deletes.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Give -f FILE, --delete TYPE/NAME, or both: what shall change?");
    }
    long forMs = span == null ? 0 : Words.spanMs("--for", span);
    if (forMs > PlanSpan.FOR_MS_MAX) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE,
          "--for",
          span,
          "must be at most " + Words.span(PlanSpan.FOR_MS_MAX));
    }
    PlanRequest request =
        new PlanRequest(
            file == null ? List.of() : SpecFile.read(file),
            deletes.stream().map(this::removal).toList(),
            forMs);
    Plan plan = client.plan(request);
    if (output == Output.JSON) {
      printJson(plan);
    } else {
      PlanText.print(plan, out());
    }
    return plan.refused() ? REFUSED : DONE;
  }

  private PlanRequest.Removal removal(String text) {
    int slash = text.indexOf('/');
    SpecKind kind = slash < 0 ? null : Types.kind(text.substring(0, slash));
    if (kind == null || slash + 1 == text.length()) {
      throw new ParameterException(
          spec.commandLine(),
          "--delete must be tenant/NAME, service/TENANT/SERVICE, cell/NAME, pool/CELL/POOL,"
              + " event/NAME or cordon/CELL/NODE: "
              + text);
    }
    return new PlanRequest.Removal(kind, Types.key(kind, text.substring(slash + 1)));
  }
}
