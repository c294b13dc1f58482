package dev.highwater.http;

import dev.highwater.model.ErrorCode;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Problem;
import dev.highwater.model.json.ModelJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.validation.SchemaValidationException;
import io.vertx.openapi.validation.ValidatorException;
import java.lang.System.Logger;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Turns what went wrong into problem documents (RFC 9457). Stateless. */
final class Problems {
  private static final Logger LOG = System.getLogger(Problems.class.getName());
  private static final String PARAMETER = "The value of ";

  private Problems() {}

  /**
   * Answers a failed request; what is no operating error is logged as a defect.
   *
   * @param bodyType record that the request's body should be, or null
   */
  static void answerFailure(RoutingContext context, @Nullable Class<?> bodyType) {
    Throwable failure = context.failure();
    Problem problem =
        failure == null ? of(context.statusCode(), context) : of(failure, context, bodyType);
    if (problem.code() == ErrorCode.INTERNAL) {
      LOG.log(
          Logger.Level.ERROR,
          "request failed method="
              + context.request().method()
              + " path="
              + context.normalizedPath(),
          failure);
    }
    answer(context, problem);
  }

  static void answer(RoutingContext context, Problem problem) {
    if (context.response().ended() || context.response().headWritten()) {
      context.response().reset();
      return;
    }
    if (problem.status() == 503) {
      context.response().putHeader("Retry-After", "1");
    }
    context
        .response()
        .setStatusCode(problem.status())
        .putHeader("Content-Type", "application/problem+json")
        .end(Buffer.buffer(ModelJson.writeBytes(problem)));
  }

  static Problem of(
      int status,
      ErrorCode code,
      String detail,
      @Nullable String field,
      @Nullable String value,
      @Nullable String remedy) {
    String name = code.name().toLowerCase(Locale.ROOT).replace('_', '-');
    String words = name.replace('-', ' ');
    return new Problem(
        "urn:highwater:problem:" + name,
        Character.toUpperCase(words.charAt(0)) + words.substring(1),
        status,
        detail,
        code,
        field,
        value,
        remedy);
  }

  static Problem of(InvalidInputException refusal) {
    return of(
        statusOf(refusal.code()),
        refusal.code(),
        String.valueOf(refusal.getMessage()),
        refusal.field().isEmpty() ? null : refusal.field(),
        refusal.value(),
        refusal.remedy());
  }

  private static Problem of(
      Throwable failure, RoutingContext context, @Nullable Class<?> bodyType) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidInputException refusal) {
        return of(refusal);
      }
      if (cause instanceof UnavailableException unavailable) {
        return of(
            503,
            ErrorCode.UNAVAILABLE,
            String.valueOf(unavailable.getMessage()),
            null,
            null,
            unavailable.remedy());
      }
      if (cause instanceof ValidatorException invalid) {
        return of(invalid, context, bodyType);
      }
    }
    return of(context.statusCode(), context);
  }

  /** Words a status that has no more to tell. */
  static Problem of(int status, RoutingContext context) {
    String path = context.normalizedPath();
    return switch (status) {
      case 400 ->
          of(
              400,
              ErrorCode.MALFORMED,
              "the request cannot be read",
              null,
              null,
              "see /openapi.yaml");
      case 404 ->
          of(
              404,
              ErrorCode.NOT_FOUND,
              "there is nothing at " + path,
              null,
              path,
              "see /openapi.yaml");
      case 405 ->
          of(
              405,
              ErrorCode.UNSUPPORTED,
              context.request().method() + " is not possible on " + path,
              null,
              context.request().method().name(),
              "see /openapi.yaml");
      case 413 ->
          of(
              413,
              ErrorCode.TOO_LARGE,
              "the body is larger than this API accepts",
              null,
              context.request().getHeader("Content-Length"),
              "send less at once");
      case 415 ->
          of(
              415,
              ErrorCode.UNSUPPORTED,
              "the body must be JSON",
              "Content-Type",
              context.request().getHeader("Content-Type"),
              "send Content-Type: application/json");
      default ->
          of(
              500,
              ErrorCode.INTERNAL,
              "a defect of this server; its log has more",
              null,
              null,
              null);
    };
  }

  private static Problem of(
      ValidatorException invalid, RoutingContext context, @Nullable Class<?> bodyType) {
    if (invalid instanceof SchemaValidationException mismatch) {
      return of(mismatch, context, bodyType);
    }
    return switch (invalid.type()) {
      case MISSING_REQUIRED_PARAMETER ->
          of(
              400,
              ErrorCode.MISSING_FIELD,
              String.valueOf(invalid.getMessage()),
              null,
              null,
              "see /openapi.yaml");
      case UNSUPPORTED_VALUE_FORMAT -> of(415, context);
      default ->
          of(
              400,
              ErrorCode.MALFORMED,
              String.valueOf(invalid.getMessage()),
              null,
              null,
              "correct the syntax");
    };
  }

  /**
   * Words a mismatch with a schema. The codec knows the same rules and words them better, with path
   * and remedy; the schema's own words are for what only the schema refuses.
   */
  private static Problem of(
      SchemaValidationException mismatch, RoutingContext context, @Nullable Class<?> bodyType) {
    String said = String.valueOf(mismatch.getMessage());
    if (!said.contains("request body")) {
      // "The value of query parameter limit is invalid. Reason: 0 is less than 1"
      String name = said.substring(PARAMETER.length()).split(" ")[2];
      String given = context.request().getParam(name);
      return of(
          400,
          ErrorCode.INVALID_VALUE,
          name + " is refused, " + said.substring(said.indexOf("Reason: ") + 8),
          name,
          given == null ? context.request().getHeader(name) : given,
          "see /openapi.yaml");
    }
    if (bodyType != null) {
      try {
        ModelJson.read(context.body().buffer().getBytes(), bodyType);
      } catch (InvalidInputException refusal) {
        return of(refusal);
      }
    }
    return of(400, ErrorCode.INVALID_VALUE, said, null, null, "see /openapi.yaml");
  }

  private static int statusOf(ErrorCode code) {
    return switch (code) {
      case MALFORMED, UNKNOWN_FIELD, MISSING_FIELD, INVALID_VALUE, PROTOCOL_VERSION -> 400;
      case UNAUTHENTICATED -> 401;
      case FORBIDDEN_ORIGIN, FORBIDDEN -> 403;
      case NOT_FOUND -> 404;
      case UNSUPPORTED -> 405;
      case ALREADY_EXISTS, IN_USE -> 409;
      case VERSION_CONFLICT -> 412;
      case TOO_LARGE -> 413;
      case UNRESOLVED_REFERENCE -> 422;
      case INTERNAL -> 500;
      case UNAVAILABLE -> 503;
    };
  }
}
