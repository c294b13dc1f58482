package dev.highwater.server.store;

/**
 * Who did what, for the audit log.
 *
 * @param atMs epoch ms
 * @param principal name of the token's holder
 * @param verb for example {@code put} or {@code inject}
 * @param subject what it was done to
 * @param detail free text, at most {@link #DETAIL_LENGTH_MAX} characters are kept
 */
public record AuditEntry(long atMs, String principal, String verb, String subject, String detail) {
  /** Chosen by us: long enough for a spec's summary, short enough that the log stays readable. */
  public static final int DETAIL_LENGTH_MAX = 2_000;

  /** Cuts the detail. */
  public AuditEntry {
    if (detail.length() > DETAIL_LENGTH_MAX) {
      detail = detail.substring(0, DETAIL_LENGTH_MAX);
    }
  }
}
