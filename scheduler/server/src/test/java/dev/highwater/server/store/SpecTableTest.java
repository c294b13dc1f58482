package dev.highwater.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpecTableTest {
  private static final AuditEntry ENTRY = new AuditEntry(1_000, "root", "put", "tenant", "");
  private static final SpecKey SHOP = new SpecKey("tenant", "shop");
  private static final SpecKey RAIL = new SpecKey("tenant", "rail");

  private StoreLocation location;
  private Store store;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    location = location(directory);
    store = Store.open(location);
  }

  /** Where the store of one test is; another kind of store runs the same tests. */
  StoreLocation location(Path directory) throws Exception {
    return StoreLocation.directory(directory);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void secondWriterWithTheSameVersionLoses() throws Exception {
    long version = put(SHOP, SpecEdit.ABSENT, "{\"v\":1}").resourceVersion();
    put(SHOP, version, "{\"v\":2}");

    SpecWrite late = store.specs().write(List.of(SpecEdit.put(SHOP, version, 1, "{}")), ENTRY);

    assertThat(late).isInstanceOf(SpecWrite.Conflict.class);
    assertThat(store.specs().find(SHOP).orElseThrow().body()).isEqualTo("{\"v\":2}");
  }

  @Test
  void batchIsWrittenWholeOrNotAtAll() throws Exception {
    put(RAIL, SpecEdit.ABSENT, "{}");
    long before = store.specs().revision();

    SpecWrite outcome =
        store
            .specs()
            .write(
                List.of(
                    SpecEdit.put(SHOP, SpecEdit.ABSENT, 1, "{}"),
                    SpecEdit.put(RAIL, SpecEdit.ABSENT, 1, "{}")),
                ENTRY);

    assertThat(outcome).isInstanceOf(SpecWrite.Conflict.class);
    assertThat(((SpecWrite.Conflict) outcome).edit().key()).isEqualTo(RAIL);
    assertThat(store.specs().find(SHOP)).isEmpty();
    assertThat(store.specs().revision()).isEqualTo(before);
    assertThat(store.audit().newest(10)).hasSize(1);
  }

  @Test
  void deletionIsAChangeThatOwnersSee() throws Exception {
    SpecRow row = put(SHOP, SpecEdit.ABSENT, "{}");
    store.specs().write(List.of(SpecEdit.delete(SHOP, row.resourceVersion())), ENTRY);

    assertThat(store.specs().list("tenant", "", 10)).isEmpty();
    List<SpecRow> changes = store.specs().changesAfter(row.revision(), 10);
    assertThat(changes).singleElement().matches(SpecRow::deleted);
    SpecRow again = put(SHOP, SpecEdit.ABSENT, "{}");
    assertThat(again.deleted()).isFalse();
    assertThat(again.resourceVersion()).as("a name's versions are never used twice").isEqualTo(3);
  }

  @Test
  void deletingWhatDoesNotExistIsAConflict() throws Exception {
    SpecWrite outcome = store.specs().write(List.of(SpecEdit.delete(SHOP, SpecEdit.ANY)), ENTRY);
    assertThat(outcome).isInstanceOf(SpecWrite.Conflict.class);
  }

  @Test
  void readerOfChangesMissesNoWriteOfConcurrentWriters() throws Exception {
    int writers = 4;
    int writes = 50;
    TreeSet<Long> seen = new TreeSet<>();
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try (Store other = Store.open(location)) {
      List<Callable<Void>> work = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        Store through = writer % 2 == 0 ? store : other;
        int id = writer;
        work.add(
            () -> {
              for (int i = 0; i < writes; i++) {
                SpecKey key = new SpecKey("tenant", id + "-" + i);
                through.specs().write(List.of(SpecEdit.put(key, 0, 1, "{}")), ENTRY);
              }
              return null;
            });
      }
      List<Future<Void>> running = work.stream().map(threads::submit).toList();
      long revision = 0;
      while (seen.size() < writers * writes) {
        boolean allWritten = running.stream().allMatch(Future::isDone); // asked before the read
        List<SpecRow> rows = other.specs().changesAfter(revision, 7);
        for (SpecRow row : rows) {
          assertThat(row.revision()).isGreaterThan(revision);
          revision = row.revision();
          seen.add(revision);
        }
        if (rows.isEmpty() && allWritten) {
          break;
        }
      }
      for (Future<Void> each : running) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(seen).hasSize(writers * writes);
    assertThat(store.audit().newest(1_000)).hasSize(writers * writes);
  }

  private SpecRow put(SpecKey key, long expected, String body) throws StoreUnavailableException {
    SpecWrite outcome = store.specs().write(List.of(SpecEdit.put(key, expected, 1, body)), ENTRY);
    assertThat(outcome).isInstanceOf(SpecWrite.Written.class);
    return ((SpecWrite.Written) outcome).rows().get(0);
  }
}
