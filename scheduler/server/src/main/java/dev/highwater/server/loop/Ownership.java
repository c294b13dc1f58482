package dev.highwater.server.loop;

import dev.highwater.model.Cell;
import dev.highwater.server.session.CellDirectory;
import dev.highwater.server.store.CellEpoch;
import dev.highwater.server.store.SpecRow;
import dev.highwater.server.store.Store;
import dev.highwater.server.store.StoreUnavailableException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides for which cells this member tries to become the owner.
 *
 * <p>Goals: every cell has one deciding owner; a killed one is replaced within 3 s, a hung one
 * within 10 s; members share the cells.
 *
 * <p>Hard rules: the epoch row in the store alone says who owns a cell. The member set and its
 * rendezvous order only say who should try first; being wrong about them costs a needless take-over
 * and never a decision by two.
 *
 * <p>Algorithm: a poll reads every epoch row. An owner moves the row's beat at least once a second.
 * If the beat stands still, members try in rendezvous order, each {@link #TURN_MS} after the one
 * before it; a cell that nobody owns or that its owner released is tried at once. A living owner is
 * replaced by the first in order only once the member set has been the same for {@link
 * #SETTLED_MS}. When the store did not answer, silence is counted afresh, because then no owner
 * could have moved its beat. When this member itself was held, both are, because it knows neither
 * what owners did meanwhile nor who was put out: it would take a cell back from whom just took over
 * for it.
 *
 * <p>The routes between cells are one more thing to own, under a name that no cell may have.
 *
 * <p>Source: shard ownership in Temporal's history service. Stepped by one thread; the directory
 * may be asked from any.
 */
public final class Ownership implements CellDirectory, AutoCloseable {
  /** Kind of the specs that name the cells. */
  public static final String CELL_KIND = "cell";

  /**
   * Of an owner that the cluster does not see: one and a half times the time between two beats, so
   * that a tick that is half a second late is not taken for death.
   */
  static final long SILENT_MS = 1_500;

  /** An owner that the cluster still sees may just be slow: a full pause of 3 s and its beat. */
  static final long SILENT_MEMBER_MS = 5_000;

  /** The next in order waits so much longer, so that it sees the other's take-over first. */
  static final long TURN_MS = 2_000;

  static final long SETTLED_MS = 10_000;
  private static final long POLL_MS = 250;
  private static final int CELLS_MAX = 1_000;
  private static final Logger LOG = LoggerFactory.getLogger(Ownership.class);

  private final Store store;
  private final String self;
  private final Supplier<String> address;
  private final Supplier<List<String>> members;
  private final LoopStarter starter;
  private final LongSupplier clockMs;
  private final List<Consumer<String>> goneListeners = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread created = new Thread(task, "highwater-ownership");
            created.setDaemon(true);
            return created;
          });
  private final Map<String, CellLoop> loops = new ConcurrentHashMap<>();
  private final Map<String, Seen> seen = new TreeMap<>();
  private volatile Map<String, CellEpoch> epochs = Map.of();
  private List<String> membersBefore = List.of();
  private long membersSinceMs;
  private long polledMs = Long.MAX_VALUE;
  private volatile boolean storeAnswered = true;
  private volatile boolean routed;
  private @Nullable ScheduledFuture<?> polling;

  /** Begins to decide for a cell that was just taken over; returns at once. */
  @FunctionalInterface
  public interface LoopStarter {
    /** Starts the loop. */
    CellLoop start(CellEpoch taken);
  }

  /** When this member last saw an owner's row move. */
  private record Seen(long epoch, long beat, long atMs) {}

  /**
   * Creates the duty; nothing happens until {@link #start}.
   *
   * @param self id of this member, unique per life of the process
   * @param address where agents reach it, {@code host:port}; asked at each take-over
   * @param members polled for the ids of living members
   * @param clockMs milliseconds that never go back, from any origin
   */
  public Ownership(
      Store store,
      String self,
      Supplier<String> address,
      Supplier<List<String>> members,
      LoopStarter starter,
      LongSupplier clockMs) {
    this.store = store;
    this.self = self;
    this.address = address;
    this.members = members;
    this.starter = starter;
    this.clockMs = clockMs;
  }

  /** Tells on the polling thread, which must not be blocked, of each cell that was deleted. */
  public void onGone(Consumer<String> listener) {
    goneListeners.add(listener);
  }

  /** Polls from now on, on its own thread. */
  public void start() {
    polling = thread.scheduleWithFixedDelay(this::stepSafely, 0, POLL_MS, TimeUnit.MILLISECONDS);
  }

  private void stepSafely() {
    try {
      step();
    } catch (RuntimeException e) {
      LOG.error("ownership poll failed; it is tried again", e);
    }
  }

  /** One poll. */
  void step() {
    try {
      List<CellEpoch> rows = store.epochs().list();
      List<SpecRow> cells = store.specs().list(CELL_KIND, "", CELLS_MAX);
      if (!storeAnswered) {
        storeAnswered = true;
        seen.clear();
        LOG.info("store answers again");
      }
      step(rows, cells);
    } catch (StoreUnavailableException e) {
      if (storeAnswered) {
        storeAnswered = false;
        LOG.warn("store does not answer; owners keep their cells: {}", e.getMessage());
      }
    }
  }

  private void step(List<CellEpoch> rows, List<SpecRow> cells) throws StoreUnavailableException {
    Map<String, CellEpoch> byCell = new TreeMap<>();
    rows.forEach(row -> byCell.put(row.cell(), row));
    Map<String, CellEpoch> wanted = new TreeMap<>();
    for (SpecRow cell : cells) {
      String name = cell.key().name();
      wanted.put(name, byCell.getOrDefault(name, new CellEpoch(name, 0, "", "", 0, 0)));
    }
    Set<String> gone = new TreeSet<>(epochs.keySet());
    gone.removeAll(wanted.keySet());
    epochs = Collections.unmodifiableMap(new TreeMap<>(wanted));
    // Once there were several cells, their users must be brought back to the last one.
    routed = wanted.size() > 1 || byCell.containsKey(Cell.ROUTES);
    if (routed) {
      wanted.put(
          Cell.ROUTES,
          byCell.getOrDefault(Cell.ROUTES, new CellEpoch(Cell.ROUTES, 0, "", "", 0, 0)));
    }
    long nowMs = clockMs.getAsLong();
    List<String> living = members.get();
    // No shorter pause costs a member its cells, so after one it has missed nothing.
    boolean held = nowMs - polledMs > SILENT_MEMBER_MS;
    polledMs = nowMs;
    if (held) {
      seen.clear();
    }
    if (held || !living.equals(membersBefore)) {
      membersBefore = living;
      membersSinceMs = nowMs;
    }
    for (CellEpoch row : wanted.values()) {
      Seen before = seen.get(row.cell());
      if (before == null || before.epoch() != row.epoch() || before.beat() != row.beat()) {
        before = new Seen(row.epoch(), row.beat(), nowMs);
        seen.put(row.cell(), before);
      }
      if (!deciding(row) && shouldTry(row, living, nowMs - before.atMs(), nowMs)) {
        take(row);
      }
    }
    for (CellLoop loop : List.copyOf(loops.values())) {
      CellEpoch row = wanted.get(loop.cell());
      if (row == null || !loop.deciding() || loop.epoch() < row.epoch()) {
        loops.remove(loop.cell(), loop);
        loop.close();
      }
    }
    // Last, so that what a loop of this member said at its end came before.
    gone.forEach(cell -> goneListeners.forEach(listener -> listener.accept(cell)));
  }

  private boolean deciding(CellEpoch row) {
    CellLoop loop = loops.get(row.cell());
    return loop != null && loop.deciding() && loop.epoch() >= row.epoch();
  }

  private boolean shouldTry(CellEpoch row, List<String> living, long silentMs, long nowMs) {
    if (!living.contains(self)) {
      return false; // this member is closing or was put out of the cluster
    }
    int rank = Rendezvous.rank(row.cell(), self, living);
    long turnMs = rank * TURN_MS;
    if (row.owner().isEmpty()) {
      return silentMs >= turnMs;
    }
    // Its own row without a loop: the loop ended by a defect, and a pause keeps that from spinning.
    if (row.owner().equals(self) || !living.contains(row.owner())) {
      return silentMs >= SILENT_MS + turnMs;
    }
    boolean settled = rank == 0 && nowMs - membersSinceMs >= SETTLED_MS;
    return settled || silentMs >= SILENT_MEMBER_MS + turnMs;
  }

  private void take(CellEpoch row) throws StoreUnavailableException {
    CellEpoch taken =
        store.epochs().takeOver(row.cell(), row.epoch(), self, address.get()).orElse(null);
    if (taken == null) {
      return; // somebody else was first; the next poll sees who
    }
    LOG.info(
        "cell taken over cell={} epoch={} before={} position={}",
        taken.cell(),
        taken.epoch(),
        row.owner().isEmpty() ? "nobody" : row.owner(),
        taken.position());
    CellLoop before = loops.put(taken.cell(), starter.start(taken));
    if (before != null) {
      before.close();
    }
  }

  @Override
  public @Nullable OwnedCell owned(String cell) {
    CellLoop loop = loops.get(cell);
    return loop == null || !loop.deciding()
        ? null
        : new OwnedCell(cell, loop.epoch(), loop.inbox());
  }

  @Override
  public @Nullable String ownerAddress(String cell) {
    CellEpoch row = epochs.get(cell);
    return row == null || row.owner().isEmpty() || row.owner().equals(self)
        ? null
        : row.ownerAddress();
  }

  /** Epoch rows of every declared cell as of the last poll, by name; epoch 0 = no owner yet. */
  public Map<String, CellEpoch> epochs() {
    return epochs;
  }

  /** Whether there are routes between cells, decided by one member like a cell. */
  public boolean routed() {
    return routed;
  }

  /** The cells that this member decides for now, and the routes if it decides them. */
  public List<CellLoop> loops() {
    return loops.values().stream().filter(CellLoop::deciding).toList();
  }

  /** Whether the last poll reached the store. */
  public boolean storeAnswered() {
    return storeAnswered;
  }

  @Override
  public void close() {
    if (polling != null) {
      polling.cancel(false);
    }
    thread.shutdown();
    try {
      thread.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loops.values().forEach(loop -> loop.inbox().close()); // all end at the same time
    loops.values().forEach(CellLoop::close);
    loops.clear();
  }
}
