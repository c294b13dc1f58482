package dev.highwater.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: a write that was acknowledged is there after the process was killed without warning.
 * Method: a process of its own writes and says so line by line; it is killed in the middle, and
 * another store is opened on what it left.
 */
class StoreSurvivesKillTest {
  private static final int KILL_AFTER = 40;

  /** The writing process: prints each number after its spec and journal record are acknowledged. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws Exception {
      try (Store store = Store.open(StoreLocation.directory(Path.of(arguments[0])))) {
        store.epochs().takeOver("east", 0, "writer", "");
        AuditEntry entry = new AuditEntry(0, "root", "put", "tenant", "");
        for (int i = 1; ; i++) {
          store
              .specs()
              .write(List.of(SpecEdit.put(new SpecKey("tenant", "t" + i), 0, 1, "{}")), entry);
          store.journal().append("east", new JournalRecord(i, 1, 1, i, i, "fact " + i, ""));
          System.out.println(i);
        }
      }
    }
  }

  @Test
  void acknowledgedWritesSurviveKill9(@TempDir Path directory) throws Exception {
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int acknowledged = 0;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (line != null) {
        acknowledged = Integer.parseInt(line);
        if (acknowledged == KILL_AFTER) {
          writer.toHandle().destroyForcibly(); // the process's own method would close the pipe
        }
        line = lines.readLine();
      }
    }
    assertThat(writer.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(acknowledged).isGreaterThanOrEqualTo(KILL_AFTER);

    try (Store store = Store.open(StoreLocation.directory(directory))) {
      assertThat(store.specs().list("tenant", "", 100_000))
          .hasSizeGreaterThanOrEqualTo(acknowledged);
      List<JournalRecord> journal = store.journal().readAfter("east", 0, 100_000);
      assertThat(journal).hasSizeGreaterThanOrEqualTo(acknowledged);
      assertThat(journal.get(acknowledged - 1).facts()).isEqualTo("fact " + acknowledged);
      long next = store.epochs().takeOver("east", 1, "successor", "").orElseThrow().position() + 1;
      assertThat(
              store.journal().append("east", new JournalRecord(next, 2, 1, 0, 0, "successor", "")))
          .isEqualTo(Journal.Append.ACKNOWLEDGED);
    }
  }
}
