package dev.highwater.launcher.rehearse;

import dev.highwater.rehearsal.scenario.ScenarioEdit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What is varied between runs beside the policy: values of the scenario, and the seed. */
final class SweepOptions {
  @Option(
      names = "--sweep",
      paramLabel = "PATH=A,B,...",
      description =
          "Run the night once with each value of a field of the scenario, checked as 'validate'"
              + " would, such as services.shop/gateway.scaling.stabilisation=30s,60s. Given several"
              + " times: every combination.")
  List<String> sweeps = new ArrayList<>();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "Run each with N seeds, from the scenario's own on, and tell means with their 95 %%"
              + " confidence interval by Student's t.")
  @Nullable Integer seeds;

  int seedCount() {
    int count = seeds == null ? 1 : seeds;
    if (count < 1 || count > Runs.RUNS_MAX) {
      throw new TypeConversionException("--seeds must be 1 to " + Runs.RUNS_MAX + ": " + count);
    }
    return count;
  }

  /** Every combination of the swept values; one empty list when nothing is swept. */
  List<List<ScenarioEdit>> combinations() {
    List<List<ScenarioEdit>> all = new ArrayList<>(List.of(List.of()));
    for (String sweep : sweeps) {
      int equals = sweep.indexOf('=');
      if (equals < 1 || equals == sweep.length() - 1) {
        throw new TypeConversionException(
            "--sweep must be like seed=1,2,3 or services.shop/gateway.scaling.policy=slo,hpa, not "
                + sweep);
      }
      String path = sweep.substring(0, equals).strip();
      List<List<ScenarioEdit>> more = new ArrayList<>();
      for (List<ScenarioEdit> before : all) {
        for (String value : values(sweep.substring(equals + 1))) {
          List<ScenarioEdit> edits = new ArrayList<>(before);
          edits.add(new ScenarioEdit(path, value));
          more.add(edits);
        }
      }
      all = more;
      if (all.size() > Runs.RUNS_MAX) {
        throw new TypeConversionException(
            "--sweep: at most " + Runs.RUNS_MAX + " combinations, these are " + all.size());
      }
    }
    return all;
  }

  /** Parts between commas, of which those inside brackets are none. */
  private static List<String> values(String text) {
    List<String> values = new ArrayList<>();
    int depth = 0;
    int begin = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? ',' : text.charAt(i);
      if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth--;
      } else if (c == ',' && (depth <= 0 || i == text.length())) {
        values.add(text.substring(begin, i).strip());
        begin = i + 1;
      }
    }
    return values;
  }
}
