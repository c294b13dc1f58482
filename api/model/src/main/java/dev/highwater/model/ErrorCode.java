package dev.highwater.model;

/**
 * The closed list of things that can be wrong with what somebody gave us. The lower-case,
 * hyphenated name is the stable {@code code} of a problem document, of a CLI message and of a
 * refused input. Immutable.
 */
public enum ErrorCode {
  /** The text is not JSON or YAML at all. */
  MALFORMED,
  /** A field that no record here has. */
  UNKNOWN_FIELD,
  /** A required field is absent. */
  MISSING_FIELD,
  /** A field has the wrong type or lies outside its written range. */
  INVALID_VALUE,
  /** More elements, bytes or characters than the written limit. */
  TOO_LARGE,
  /** The thing named does not exist. */
  NOT_FOUND,
  /** The thing exists already. */
  ALREADY_EXISTS,
  /** The resource version given is not the current one. */
  VERSION_CONFLICT,
  /** The thing is still used by another one. */
  IN_USE,
  /** A named reference (cell, tenant, service) does not resolve. */
  UNRESOLVED_REFERENCE,
  /** Host or Origin header not allowed. */
  FORBIDDEN_ORIGIN,
  /** No or a wrong token. */
  UNAUTHENTICATED,
  /** The token does not allow this. */
  FORBIDDEN,
  /** The method or media type is not supported here. */
  UNSUPPORTED,
  /** An agent speaks another protocol version. */
  PROTOCOL_VERSION,
  /** The store or the owner of a cell is not available now; nothing was changed. */
  UNAVAILABLE,
  /** A defect of ours. */
  INTERNAL
}
