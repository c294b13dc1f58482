package dev.highwater.launcher.dev;

import java.io.IOException;
import java.nio.file.Path;
import java.util.logging.ConsoleHandler;
import java.util.logging.FileHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Sends what libraries and members log to one place, so that the terminal shows changes of state.
 */
final class DevLog {
  private static final int BYTES_MAX = 20_000_000;

  /** Held, because the JDK forgets the level of a logger that nobody holds. */
  private static final Logger HAZELCAST = Logger.getLogger("com.hazelcast");

  private DevLog() {}

  /** Logs to standard error from now on, one line for each. */
  static void toStandardError() {
    plain();
    Handler handler = new ConsoleHandler();
    handler.setFormatter(new SimpleFormatter());
    Logger.getLogger("").addHandler(handler);
  }

  private static void plain() {
    System.setProperty(
        "java.util.logging.SimpleFormatter.format", "%1$tF %1$tT.%1$tL %4$s %3$s %5$s%6$s%n");
    System.setProperty("hazelcast.logging.type", "slf4j");
    LogManager.getLogManager().reset();
    HAZELCAST.setLevel(Level.WARNING);
  }

  /** Logs to a file from now on, and nowhere else. */
  static void to(Path file) throws CannotRunException {
    plain();
    try {
      Handler handler = new FileHandler(file.toString(), BYTES_MAX, 1, false);
      handler.setFormatter(new SimpleFormatter());
      Logger.getLogger("").addHandler(handler);
    } catch (IOException e) {
      throw new CannotRunException("cannot write the log " + file + ": " + e.getMessage(), e);
    }
  }
}
