package dev.highwater.rehearsal;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers as people read them; for output only. Stateless. */
public final class Figures {
  private static final MathContext FOUR_DIGITS = new MathContext(4, RoundingMode.HALF_EVEN);

  private Figures() {}

  /** Four significant digits without an exponent, such as {@code 0.01234} or {@code 123400}. */
  public static String plain(double value) {
    if (Double.isNaN(value)) {
      return "-";
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(FOUR_DIGITS);
    return (rounded.scale() > 0 ? rounded.stripTrailingZeros() : rounded).toPlainString();
  }

  /** A whole number in full, such as {@code 1,943,709}, any other by four digits. */
  public static String number(double value) {
    long whole = Math.round(value);
    return whole == value ? grouped(whole) : plain(value);
  }

  /** A fixed number of decimals, such as {@code 12.50}. */
  public static String fixed(double value, int decimals) {
    return Double.isNaN(value)
        ? "-"
        : new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
  }

  /** A whole number with commas, such as {@code 1,234,567}. */
  public static String grouped(long value) {
    String digits = Long.toString(Math.abs(value));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < digits.length(); i++) {
      if (i > 0 && (digits.length() - i) % 3 == 0) {
        text.append(',');
      }
      text.append(digits.charAt(i));
    }
    return value < 0 ? "-" + text : text.toString();
  }
}
