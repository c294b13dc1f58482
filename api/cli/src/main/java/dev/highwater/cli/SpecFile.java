package dev.highwater.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Spec;
import dev.highwater.model.SpecKind;
import dev.highwater.model.json.ModelJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * A YAML or JSON file with lists named cells, pools, tenants, services, events and cordons, each
 * optional. Read as a whole, so that a mistake in it changes nothing. Stateless.
 */
final class SpecFile {
  private static final int BYTES_MAX = 16 << 20;

  private SpecFile() {}

  /**
   * Reads every spec, in the order in which they refer to one another.
   *
   * @param file its path; {@code -} reads standard input
   */
  static List<Spec> read(String file) {
    return parse(text(file));
  }

  private static List<Spec> parse(String text) {
    JsonNode root;
    try {
      LoaderOptions options = new LoaderOptions();
      options.setCodePointLimit(BYTES_MAX);
      root = ModelJson.mapper(YAMLFactory.builder().loaderOptions(options).build()).readTree(text);
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
          "must have lists named cells, pools, tenants, services, events or cordons");
    }
    for (var section : root.properties()) {
      if (Types.kind(section.getKey()) == null || !section.getKey().endsWith("s")) {
        throw new InvalidInputException(
            ErrorCode.UNKNOWN_FIELD,
            section.getKey(),
            section.getValue().getNodeType(),
            "is unknown here, use cells, pools, tenants, services, events or cordons");
      }
    }
    List<Spec> specs = new ArrayList<>();
    for (SpecKind kind : SpecKind.values()) {
      String section = kind.word() + "s";
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

  private static String text(String file) {
    try {
      byte[] bytes =
          file.equals("-")
              ? System.in.readNBytes(BYTES_MAX + 1)
              : Files.size(Path.of(file)) > BYTES_MAX
                  ? new byte[BYTES_MAX + 1]
                  : Files.readAllBytes(Path.of(file));
      if (bytes.length > BYTES_MAX) {
        throw new InvalidInputException(
            ErrorCode.TOO_LARGE, "file", file, "must have at most 16 MiB");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new InvalidInputException(
          ErrorCode.NOT_FOUND,
          "file",
          file,
          e instanceof NoSuchFileException
              ? "does not exist, name another or - for standard input"
              : "cannot be read (" + e.getMessage() + "), name a file of YAML or JSON");
    }
  }
}
