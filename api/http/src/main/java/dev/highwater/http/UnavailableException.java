package dev.highwater.http;

/**
 * Says that something which is needed does not answer now and that nothing was changed; answered as
 * 503. Immutable.
 */
public final class UnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final String remedy;

  /**
   * @param detail what does not answer
   * @param remedy what to do, a phrase such as {@code try again in a second}
   */
  public UnavailableException(String detail, String remedy) {
    super(detail);
    this.remedy = remedy;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }
}
