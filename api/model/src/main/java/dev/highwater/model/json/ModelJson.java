package dev.highwater.model.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBase;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.ResolvableDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.highwater.model.AgentMessage;
import dev.highwater.model.Command;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Explanation;
import dev.highwater.model.Fact;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Observation;
import dev.highwater.model.SchedulerMessage;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.Spec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes every record of the vocabulary as JSON.
 *
 * <p>Why one class: API, store, journal, agent protocol, recordings and scenario files must agree
 * on a single form. A sealed type's value carries its lower-case type as {@code kind}; enums are
 * lower case with hyphens; a {@link ServiceId} is {@code tenant/name}. Unknown fields are refused
 * with their path, absent fields take the defaults of {@link Defaults} or are refused as missing.
 *
 * <p>Thread-safe.
 */
public final class ModelJson {
  private static final List<Class<?>> SEALED_TYPES =
      List.of(
          AgentMessage.class,
          Command.class,
          Explanation.class,
          Fact.class,
          Observation.class,
          SchedulerMessage.class,
          SimulationCommand.class,
          Spec.class);

  private static final ObjectMapper MAPPER = mapper(new JsonFactory());

  /** What Jackson says of itself: a source that it does not show, its settings and our classes. */
  private static final Pattern OF_JACKSON =
      Pattern.compile(
          " \\(start marker at .*\\)| \\(but could if .*\\)| that contains type id \\(for subtype of .*\\)");

  private ModelJson() {}

  /** Returns a mapper of the same rules over another format, such as YAML. */
  public static ObjectMapper mapper(JsonFactory format) {
    MapperBuilder<?, ?> builder =
        JsonMapper.builder(format)
            .enable(MapperFeature.USE_BASE_TYPE_AS_DEFAULT_IMPL)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .serializationInclusion(JsonInclude.Include.NON_NULL);
    for (Class<?> type : SEALED_TYPES) {
      builder.addMixIn(type, ByKind.class);
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        builder.registerSubtypes(new NamedType(permitted, hyphenated(permitted.getSimpleName())));
      }
    }
    return builder.addModule(module()).build();
  }

  /** Writes a value on one line. */
  public static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a model value: " + value.getClass(), e);
    }
  }

  /** Writes a value as UTF-8. */
  public static byte[] writeBytes(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a model value: " + value.getClass(), e);
    }
  }

  /** Writes a value as a tree. */
  public static JsonNode toTree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /**
   * Reads a value.
   *
   * @throws InvalidInputException naming the field's path
   */
  public static <T> T read(String json, Class<T> type) {
    try {
      return MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw refusal(e);
    }
  }

  /**
   * Reads a value from UTF-8.
   *
   * @throws InvalidInputException naming the field's path
   */
  public static <T> T read(byte[] json, Class<T> type) {
    try {
      return MAPPER.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw refusal(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a value from a tree.
   *
   * @throws InvalidInputException naming the field's path
   */
  public static <T> T read(JsonNode tree, Class<T> type) {
    try {
      return MAPPER.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw refusal(e);
    }
  }

  /** Turns a reader's exception into a refusal that names the field's path. */
  public static InvalidInputException refusal(JsonProcessingException e) {
    String path = "";
    if (e instanceof JsonMappingException mapping) {
      StringBuilder joined = new StringBuilder();
      for (JsonMappingException.Reference step : mapping.getPath()) {
        if (step.getFieldName() == null) {
          joined.append('[').append(step.getIndex()).append(']');
        } else {
          joined.append(joined.isEmpty() ? "" : ".").append(step.getFieldName());
        }
      }
      path = joined.toString();
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidInputException refusal) {
        return path.isEmpty() ? refusal : refusal.under(path);
      }
    }
    if (e instanceof InvalidTypeIdException unknown) {
      return new InvalidInputException(
          ErrorCode.INVALID_VALUE, join(path, "kind"), unknown.getTypeId(), "is not a known kind");
    }
    if (e instanceof MismatchedInputException) {
      return new InvalidInputException(
          ErrorCode.INVALID_VALUE, path, firstLine(e), "has the wrong type");
    }
    return new InvalidInputException(
        ErrorCode.MALFORMED, path, firstLine(e), "cannot be read, correct the syntax");
  }

  /** {@code RunReplicas} and {@code RUN_REPLICAS} both become {@code run-replicas}. */
  static String hyphenated(String name) {
    boolean constant = name.equals(name.toUpperCase(Locale.ROOT));
    String spaced = constant ? name.replace('_', '-') : name.replaceAll("(?<=[a-z])(?=[A-Z])", "-");
    return spaced.toLowerCase(Locale.ROOT);
  }

  private static String join(String path, String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  private static String firstLine(JsonProcessingException e) {
    String line = e.getOriginalMessage().lines().findFirst().orElse("");
    return OF_JACKSON.matcher(line).replaceAll("");
  }

  private static SimpleModule module() {
    SimpleModule module = new SimpleModule("highwater-model");
    module.addSerializer(new ServiceIdWriter());
    module.addDeserializer(ServiceId.class, new ServiceIdReader());
    module.addSerializer(new EnumWriter());
    module.setDeserializerModifier(
        new BeanDeserializerModifier() {
          @Override
          public JsonDeserializer<?> modifyEnumDeserializer(
              DeserializationConfig config,
              JavaType type,
              BeanDescription description,
              JsonDeserializer<?> original) {
            return new EnumReader(type.getRawClass());
          }

          @Override
          public JsonDeserializer<?> modifyDeserializer(
              DeserializationConfig config,
              BeanDescription description,
              JsonDeserializer<?> original) {
            Class<?> type = description.getBeanClass();
            return type.isRecord() && original instanceof BeanDeserializerBase
                ? new RecordReader(type, original)
                : original;
          }
        });
    return module;
  }

  /** Puts the permitted type's name beside the fields of every value of a sealed type. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  private interface ByKind {}

  private static final class ServiceIdWriter extends StdSerializer<ServiceId> {
    private static final long serialVersionUID = 1L;

    ServiceIdWriter() {
      super(ServiceId.class);
    }

    @Override
    public void serialize(ServiceId value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(value.toString());
    }
  }

  private static final class ServiceIdReader extends StdDeserializer<ServiceId> {
    private static final long serialVersionUID = 1L;

    ServiceIdReader() {
      super(ServiceId.class);
    }

    @Override
    public ServiceId deserialize(JsonParser in, DeserializationContext context) throws IOException {
      try {
        return ServiceId.parse(in.getText());
      } catch (InvalidInputException e) {
        // The field is the one that holds the text, which Jackson's path names.
        throw JsonMappingException.from(
            in, e.getMessage(), new InvalidInputException(e.code(), "", e.value(), e.remedy()));
      }
    }
  }

  private static final class EnumWriter extends StdSerializer<Enum<?>> {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("unchecked") // Enum.class cannot be written with its own parameter
    EnumWriter() {
      super((Class<Enum<?>>) (Class<?>) Enum.class);
    }

    @Override
    public void serialize(Enum<?> value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(hyphenated(value.name()));
    }
  }

  private static final class EnumReader extends StdDeserializer<Enum<?>> {
    private static final long serialVersionUID = 1L;

    EnumReader(Class<?> type) {
      super(type);
    }

    @Override
    public Enum<?> deserialize(JsonParser in, DeserializationContext context) throws IOException {
      String text = in.getText();
      StringBuilder choices = new StringBuilder();
      for (Object constant : handledType().getEnumConstants()) {
        String name = hyphenated(((Enum<?>) constant).name());
        if (name.equals(text)) {
          return (Enum<?>) constant;
        }
        choices.append(choices.isEmpty() ? "" : ", ").append(name);
      }
      throw JsonMappingException.from(
          in,
          "not a constant",
          new InvalidInputException(
              ErrorCode.INVALID_VALUE, "", text, "must be one of " + choices));
    }
  }

  /** Merges defaults, refuses unknown and missing fields, and only then builds the record. */
  private static final class RecordReader extends StdDeserializer<Object>
      implements ResolvableDeserializer {
    private static final long serialVersionUID = 1L;
    private final transient RecordShape shape;
    private final JsonDeserializer<?> original;

    RecordReader(Class<?> type, JsonDeserializer<?> original) {
      super(type);
      this.shape = new RecordShape(type);
      this.original = original;
    }

    @Override
    public void resolve(DeserializationContext context) throws JsonMappingException {
      if (original instanceof ResolvableDeserializer r) {
        r.resolve(context);
      }
    }

    @Override
    public @Nullable Object deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      JsonNode tree = context.readTree(in);
      if (!(tree instanceof ObjectNode object)) {
        throw JsonMappingException.from(
            in,
            "not an object",
            new InvalidInputException(ErrorCode.INVALID_VALUE, "", tree, "must be an object"));
      }
      ObjectNode complete;
      try {
        complete = shape.complete(object);
      } catch (InvalidInputException e) {
        throw JsonMappingException.from(in, e.getMessage(), e);
      }
      try (JsonParser replay = complete.traverse(in.getCodec())) {
        replay.nextToken();
        return original.deserialize(replay, context);
      }
    }
  }
}
