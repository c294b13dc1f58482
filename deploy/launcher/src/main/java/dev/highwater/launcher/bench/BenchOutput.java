package dev.highwater.launcher.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.highwater.launcher.rehearse.OutputFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a benchmark's figures go: lines for people, or JSON. */
final class BenchOutput {
  @Option(
      names = "--json",
      converter = OutputFile.OrStandardOutput.class,
      paramLabel = "FILE|-",
      description =
          "Write the figures as JSON; '-' is standard output, which then holds nothing else.")
  @Nullable String json;

  void write(ObjectNode figures, PrintWriter out) throws IOException {
    if (json != null && json.equals("-")) {
      out.println(figures.toPrettyString());
    } else {
      if (json != null) {
        Files.writeString(Path.of(json), figures.toPrettyString() + "\n");
      }
      lines(figures, "", out);
    }
    out.flush();
  }

  private static void lines(JsonNode node, String path, PrintWriter out) {
    if (node.isValueNode()) {
      out.printf("%-28s %s%n", path, node.asText());
      return;
    }
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        lines(node.get(i), path + "[" + i + "]", out);
      }
      return;
    }
    for (Iterator<Map.Entry<String, JsonNode>> it = node.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      lines(field.getValue(), path.isEmpty() ? field.getKey() : path + "." + field.getKey(), out);
    }
  }

  /**
   * Heap in use once garbage is gone.
   *
   * @param bench whose state is in use while the heap is measured
   */
  static double heapMib(Object bench) {
    try {
      Runtime runtime = Runtime.getRuntime();
      for (int i = 0; i < 3; i++) {
        runtime.gc();
      }
      return (runtime.totalMemory() - runtime.freeMemory()) / 1_048_576.0;
    } finally {
      Reference.reachabilityFence(bench);
    }
  }
}
