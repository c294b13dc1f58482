package dev.highwater.model;

import org.jspecify.annotations.Nullable;

/**
 * Says that something given from outside is wrong: which field, which value, and what to do. One
 * exception for every edge, so that HTTP, CLI, scenario files and the agent protocol word it alike.
 * Immutable.
 */
public final class InvalidInputException extends IllegalArgumentException {
  private final ErrorCode code;
  private final String field;
  private final String value;
  private final String remedy;

  /**
   * @param field path of the field from the root of what was given, such as {@code
   *     scaling.replicasMin}; empty when the whole is meant
   * @param value what was given, as text; cut to 200 characters
   * @param remedy what to do, a phrase such as {@code must be >= 0}
   */
  public InvalidInputException(
      ErrorCode code, String field, @Nullable Object value, String remedy) {
    super(message(field, cut(value), remedy));
    this.code = code;
    this.field = field;
    this.value = cut(value);
    this.remedy = remedy;
  }

  /** Returns the same refusal with the field seen from one level further out. */
  public InvalidInputException under(String parent) {
    String joined =
        field.isEmpty() ? parent : field.startsWith("[") ? parent + field : parent + "." + field;
    return new InvalidInputException(code, joined, value, remedy);
  }

  /** The kind of mistake. */
  public ErrorCode code() {
    return code;
  }

  /** Path of the field; empty when the whole input is meant. */
  public String field() {
    return field;
  }

  /** What was given. */
  public String value() {
    return value;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }

  private static String cut(@Nullable Object value) {
    String text = String.valueOf(value);
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  private static String message(String field, String value, String remedy) {
    return (field.isEmpty() ? "input" : field) + " " + remedy + ": " + value;
  }
}
