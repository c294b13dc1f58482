package dev.highwater.rehearsal.report;

/**
 * Text of a page. Whatever comes from a scenario or a decision goes through {@link #text}, so that
 * no name can become markup. For one thread.
 */
final class Html {
  private final StringBuilder page = new StringBuilder(1 << 12);

  /** Adds markup that this package wrote itself. */
  Html raw(String markup) {
    page.append(markup);
    return this;
  }

  /** Adds text of any origin. */
  Html text(String text) {
    page.append(escaped(text));
    return this;
  }

  /** Adds an element without attributes that holds text only. */
  Html element(String tag, String text) {
    return raw("<" + tag + ">").text(text).raw("</" + tag + ">\n");
  }

  /** Opens a table whose columns have these names; the first is a row's name. */
  Html tableHead(String caption, String... columns) {
    return head("scroll", caption, columns);
  }

  /** Opens a table that holds words rather than numbers. */
  Html wordsHead(String caption, String... columns) {
    return head("scroll words", caption, columns);
  }

  private Html head(String kind, String caption, String... columns) {
    raw("<div class='" + kind + "'><table><caption>").text(caption).raw("</caption><thead><tr>");
    for (String column : columns) {
      raw("<th scope='col'>").text(column).raw("</th>");
    }
    return raw("</tr></thead><tbody>\n");
  }

  /** Adds a row: its name, then its cells. */
  Html row(String name, String... cells) {
    raw("<tr><th scope='row'>").text(name).raw("</th>");
    for (String cell : cells) {
      raw("<td>").text(cell).raw("</td>");
    }
    return raw("</tr>\n");
  }

  Html tableEnd() {
    return raw("</tbody></table></div>\n");
  }

  @Override
  public String toString() {
    return page.toString();
  }

  /** The text with everything escaped that ends text or an attribute's value. */
  static String escaped(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        default -> safe.append(c < ' ' && c != '\n' && c != '\t' ? '\ufffd' : c);
      }
    }
    return safe.toString();
  }
}
