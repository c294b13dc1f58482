package dev.highwater.model;

import org.jspecify.annotations.Nullable;

/**
 * An error as HTTP answers it (RFC 9457, {@code application/problem+json}). Immutable.
 *
 * @param type {@code urn:highwater:problem:<code>}
 * @param field path of the field that is wrong, or null
 * @param value what was given there, or null
 * @param remedy what to do, or null
 */
public record Problem(
    String type,
    String title,
    int status,
    String detail,
    ErrorCode code,
    @Nullable String field,
    @Nullable String value,
    @Nullable String remedy) {}
