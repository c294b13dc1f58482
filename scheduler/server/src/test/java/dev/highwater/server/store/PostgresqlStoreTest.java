package dev.highwater.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The store's promises on PostgreSQL: the same tests as on SQLite, and a lost connection. */
class PostgresqlStoreTest {
  private static @Nullable TemporaryPostgresql server;

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> programs = TemporaryPostgresql.programs();
    if (programs.isEmpty()) {
      System.out.println("SKIPPED PostgresqlStoreTest: PostgreSQL is not installed");
    }
    assumeTrue(programs.isPresent(), "PostgreSQL is not installed");
    server = TemporaryPostgresql.start(programs.get());
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  private static StoreLocation database() throws Exception {
    return Objects.requireNonNull(server).database();
  }

  @Nested
  class Specs extends SpecTableTest {
    @Override
    StoreLocation location(Path directory) throws Exception {
      return database();
    }
  }

  @Nested
  class Journals extends JournalTest {
    @Override
    StoreLocation location(Path directory) throws Exception {
      return database();
    }
  }

  @Test
  void storeAnswersAgainAfterItsConnectionsWereCut() throws Exception {
    try (Store store = Store.open(database())) {
      store.epochs().takeOver("east", 0, "a", "");
      JournalRecord first = new JournalRecord(1, 1, 1, 0, 0, "one", "");
      assertThat(store.journal().append("east", first)).isEqualTo(Journal.Append.ACKNOWLEDGED);
      Objects.requireNonNull(server).cutConnections();

      JournalRecord second = new JournalRecord(2, 1, 1, 0, 0, "two", "");
      Journal.Append answer = null;
      for (int attempt = 0; answer == null && attempt < 10; attempt++) {
        try {
          answer = store.journal().append("east", second);
        } catch (StoreUnavailableException e) {
          // As the control loop does: the same append again.
          assertThat(e).hasMessageContaining("append");
        }
      }
      assertThat(answer).isEqualTo(Journal.Append.ACKNOWLEDGED);
      assertThat(store.journal().readAfter("east", 0, 10)).containsExactly(first, second);
    }
  }
}
