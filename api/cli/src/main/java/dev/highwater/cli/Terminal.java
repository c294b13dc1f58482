package dev.highwater.cli;

import java.io.Console;
import org.jspecify.annotations.Nullable;

/** The person before the screen, if there is one. Stateless. */
final class Terminal {
  private Terminal() {}

  /** Whether input and output are a terminal that can be drawn on. */
  static boolean isInteractive() {
    String kind = System.getenv("TERM");
    return console() != null && kind != null && !kind.equals("dumb");
  }

  /**
   * Asks a question.
   *
   * @return the answer, or null when nobody can be asked
   */
  static @Nullable String ask(String question) {
    Console console = console();
    return console == null ? null : console.readLine("%s", question);
  }

  /** From JDK 22 on there is a console without a terminal too, and only it can tell. */
  @SuppressWarnings("SystemConsoleNull")
  private static @Nullable Console console() {
    Console console = System.console();
    if (console == null) {
      return null;
    }
    try {
      boolean terminal = (Boolean) Console.class.getMethod("isTerminal").invoke(console);
      return terminal ? console : null;
    } catch (NoSuchMethodException e) {
      return console; // before JDK 22 a console is always a terminal
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }
}
