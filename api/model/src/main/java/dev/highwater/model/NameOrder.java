package dev.highwater.model;

import java.util.Comparator;

/**
 * The order of names as people read them: numbers in them count as numbers, so that {@code
 * general-2} comes before {@code general-10}. For what is shown; keys that are stored or decided
 * with stay in the order of their characters. Stateless.
 *
 * <p>Total: names that differ only in leading zeros come in the order of their characters.
 */
public final class NameOrder implements Comparator<String> {
  /** The only one. */
  public static final NameOrder AS_READ = new NameOrder();

  private NameOrder() {}

  @Override
  public int compare(String one, String other) {
    int i = 0;
    int j = 0;
    while (i < one.length() && j < other.length()) {
      if (!digit(one.charAt(i)) || !digit(other.charAt(j))) {
        int byCharacter = Character.compare(one.charAt(i++), other.charAt(j++));
        if (byCharacter != 0) {
          return byCharacter;
        }
        continue;
      }
      int from = afterZeros(one, i);
      int otherFrom = afterZeros(other, j);
      i = afterDigits(one, from);
      j = afterDigits(other, otherFrom);
      // Without leading zeros the longer number is the greater one, and any length is compared.
      int byLength = Integer.compare(i - from, j - otherFrom);
      int byNumber =
          byLength != 0
              ? byLength
              : one.substring(from, i).compareTo(other.substring(otherFrom, j));
      if (byNumber != 0) {
        return byNumber;
      }
    }
    int byRest = Integer.compare(one.length() - i, other.length() - j);
    return byRest != 0 ? byRest : one.compareTo(other);
  }

  private static int afterZeros(String text, int from) {
    int i = from;
    while (i < text.length() && text.charAt(i) == '0') {
      i++;
    }
    return i;
  }

  private static int afterDigits(String text, int from) {
    int i = from;
    while (i < text.length() && digit(text.charAt(i))) {
      i++;
    }
    return i;
  }

  private static boolean digit(char c) {
    return c >= '0' && c <= '9';
  }
}
