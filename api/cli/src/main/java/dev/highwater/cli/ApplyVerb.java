package dev.highwater.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.highwater.client.HighwaterClient;
import dev.highwater.client.ProblemException;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecChange;
import dev.highwater.model.SpecKind;
import dev.highwater.model.json.ModelJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
      "The file has lists named cells, pools, tenants, services and events, each optional:",
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
  private static final int FILE_BYTES_MAX = 16 << 20;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      required = true,
      description = "The file; - reads standard input.")
  String file;

  @Override
  int run(HighwaterClient client) {
    // Everything is read before anything is sent, so that a mistake in the file changes nothing.
    List<Spec> specs = read(text());
    for (Spec wanted : specs) {
      SpecKind kind = SpecKind.of(wanted);
      SpecChange current = current(client, kind, wanted.key());
      String name = Types.one(kind) + "/" + wanted.key();
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
    return DONE;
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

  /** Reads specs in the order in which they refer to one another. */
  static List<Spec> read(String text) {
    JsonNode root;
    try {
      root = ModelJson.mapper(new YAMLFactory()).readTree(text);
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          ErrorCode.MALFORMED,
          "",
          e.getOriginalMessage().lines().findFirst().orElse(""),
          "is neither YAML nor JSON, line " + line(e));
    }
    if (!root.isObject() || root.isEmpty()) {
      throw new InvalidInputException(
          ErrorCode.MISSING_FIELD,
          "",
          null,
          "must have lists named cells, pools, tenants, services or events");
    }
    for (var section : root.properties()) {
      if (Types.kind(section.getKey()) == null || !section.getKey().endsWith("s")) {
        throw new InvalidInputException(
            ErrorCode.UNKNOWN_FIELD,
            section.getKey(),
            section.getValue().getNodeType(),
            "is unknown here, use cells, pools, tenants, services or events");
      }
    }
    List<Spec> specs = new ArrayList<>();
    for (SpecKind kind : SpecKind.values()) {
      String section = Types.one(kind) + "s";
      JsonNode list = root.path(section);
      if (!list.isMissingNode() && !list.isNull() && !list.isArray()) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE, section, list.getNodeType(), "must be a list");
      }
      for (int i = 0; i < list.size(); i++) {
        try {
          specs.add(ModelJson.read(list.get(i), kind.type()));
        } catch (InvalidInputException e) {
          throw e.under(section + "[" + i + "]");
        }
      }
    }
    return specs;
  }

  private static String line(JsonProcessingException e) {
    return e.getLocation() == null ? "unknown" : String.valueOf(e.getLocation().getLineNr());
  }

  private String text() {
    try {
      byte[] bytes =
          file.equals("-")
              ? System.in.readNBytes(FILE_BYTES_MAX + 1)
              : Files.size(Path.of(file)) > FILE_BYTES_MAX
                  ? new byte[FILE_BYTES_MAX + 1]
                  : Files.readAllBytes(Path.of(file));
      if (bytes.length > FILE_BYTES_MAX) {
        throw new InvalidInputException(
            ErrorCode.TOO_LARGE, "file", file, "must have at most 16 MiB");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new InvalidInputException(
          ErrorCode.NOT_FOUND,
          "file",
          file,
          "cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }
}
