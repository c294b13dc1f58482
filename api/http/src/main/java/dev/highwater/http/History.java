package dev.highwater.http;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.PoolStatus;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.ServiceId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The last half hour of every service, one point a second, so that a console that is opened late
 * shows charts at once.
 *
 * <p>Soft: it begins with the member's start and ends with it. Touched only on the API's event
 * loop.
 */
final class History {
  /** Points kept: half an hour at one a second; the longest span that the console offers. */
  static final int POINTS_MAX = 1_800;

  /** Services kept over all cells; chosen by us: 43 KB each, 17 MB in all. */
  static final int SERVICES_MAX = 400;

  /** A tick that follows sooner than this replaces the point before it. */
  private static final long STEP_MIN_MS = 900;

  /** Pools kept over all cells; chosen by us: 7 KB each. */
  static final int POOLS_MAX = 400;

  /** Services in one answer; the console shows no more. The next ones are asked for. */
  static final int EXCERPT_SERVICES_MAX = 40;

  private static final List<String> FIGURES =
      List.of(
          "offeredPerSecond", "servedPerSecond", "refusedPerSecond", "target", "ready", "p99Ms");

  private final SortedMap<String, CellHistory> cells = new TreeMap<>();
  private int services;
  private int pools;

  void add(CellSnapshot snapshot) {
    cells.computeIfAbsent(snapshot.cell(), cell -> new CellHistory()).add(snapshot);
  }

  /** The cell is not declared any more; its services make room for others. */
  void forget(String cell) {
    CellHistory gone = cells.remove(cell);
    if (gone != null) {
      services -= gone.series.size();
      pools -= gone.nodes.size();
    }
  }

  /**
   * Copies what happened in a cell in the last seconds before its last point. The copy is quick; to
   * write it as JSON is not, and is for a worker.
   *
   * @param after services follow this one; null begins with the first
   */
  Excerpt read(String cell, int seconds, @Nullable ServiceId after) {
    CellHistory history = cells.get(cell);
    return history == null
        ? new Excerpt(cell, new long[0], new TreeMap<>(), new TreeMap<>(), null)
        : history.read(cell, seconds, after);
  }

  /**
   * A part of a cell's history. Nobody changes the arrays after it was made, so any thread may
   * read.
   */
  static final class Excerpt {
    private final String cell;

    /** Epoch milliseconds, oldest first. */
    private final long[] atMs;

    /** Figures in the order of {@link #FIGURES}, each as long as {@code atMs}; NaN is unknown. */
    private final SortedMap<ServiceId, float[][]> series;

    /** Ready nodes by pool key, each as long as {@code atMs}; NaN is unknown. */
    private final SortedMap<String, float[]> nodes;

    /** The last service of this excerpt when more follow it. */
    private final @Nullable ServiceId next;

    Excerpt(
        String cell,
        long[] atMs,
        SortedMap<ServiceId, float[][]> series,
        SortedMap<String, float[]> nodes,
        @Nullable ServiceId next) {
      this.cell = cell;
      this.atMs = atMs;
      this.series = series;
      this.nodes = nodes;
      this.next = next;
    }

    long[] atMs() {
      return atMs;
    }

    SortedMap<ServiceId, float[][]> series() {
      return series;
    }

    JsonObject toJson() {
      JsonArray times = new JsonArray();
      for (long at : atMs) {
        times.add(at);
      }
      JsonArray services = new JsonArray();
      series.forEach(
          (service, figures) -> {
            JsonObject one = new JsonObject().put("service", service.toString());
            for (int i = 0; i < figures.length; i++) {
              one.put(FIGURES.get(i), points(figures[i]));
            }
            services.add(one);
          });
      JsonArray pools = new JsonArray();
      nodes.forEach(
          (pool, ready) ->
              pools.add(new JsonObject().put("pool", pool).put("ready", points(ready))));
      JsonObject json =
          new JsonObject()
              .put("cell", cell)
              .put("atMs", times)
              .put("services", services)
              .put("pools", pools);
      return next == null ? json : json.put("next", next.toString());
    }

    private static JsonArray points(float[] values) {
      JsonArray points = new JsonArray();
      for (float value : values) {
        if (Float.isNaN(value)) {
          points.addNull();
        } else {
          points.add(Math.round(value * 1_000d) / 1_000d);
        }
      }
      return points;
    }
  }

  /** Rings of one cell; index {@code i} of every ring is the same moment. */
  private final class CellHistory {
    private final long[] atMs = new long[POINTS_MAX];
    private final NavigableMap<ServiceId, float[][]> series = new TreeMap<>();
    private final SortedMap<String, float[]> nodes = new TreeMap<>();
    private int size;
    private int newest = -1;

    void add(CellSnapshot snapshot) {
      if (size == 0 || snapshot.nowMs() - atMs[newest] >= STEP_MIN_MS) {
        newest = (newest + 1) % POINTS_MAX;
        size = Math.min(size + 1, POINTS_MAX);
        for (float[][] figures : series.values()) {
          for (float[] ring : figures) {
            ring[newest] = Float.NaN;
          }
        }
        for (float[] ring : nodes.values()) {
          ring[newest] = Float.NaN;
        }
      }
      atMs[newest] = snapshot.nowMs();
      for (ServiceStatus status : snapshot.services()) {
        float[][] figures = series.get(status.service());
        if (figures == null) {
          if (services == SERVICES_MAX) {
            continue; // the console still charts it from the moment it is opened
          }
          services++;
          figures = new float[FIGURES.size()][POINTS_MAX];
          for (float[] ring : figures) {
            Arrays.fill(ring, Float.NaN);
          }
          series.put(status.service(), figures);
        }
        figures[0][newest] = (float) status.offeredPerSecond();
        figures[1][newest] = (float) status.servedPerSecond();
        figures[2][newest] = (float) status.refusedPerSecond();
        figures[3][newest] = status.target();
        figures[4][newest] = status.ready();
        figures[5][newest] = (float) status.p99Ms();
      }
      for (PoolStatus status : snapshot.pools()) {
        float[] ring = nodes.get(status.pool());
        if (ring == null) {
          if (pools == POOLS_MAX) {
            continue;
          }
          pools++;
          ring = new float[POINTS_MAX];
          Arrays.fill(ring, Float.NaN);
          nodes.put(status.pool(), ring);
        }
        ring[newest] = status.ready();
      }
    }

    Excerpt read(String cell, int seconds, @Nullable ServiceId after) {
      int first = first(seconds);
      long[] times = new long[size - first];
      for (int i = first; i < size; i++) {
        times[i - first] = at(i);
      }
      SortedMap<ServiceId, float[][]> copies = new TreeMap<>();
      ServiceId next = null;
      var rest = after == null ? series : series.tailMap(after, false);
      for (var entry : rest.entrySet()) {
        if (copies.size() == EXCERPT_SERVICES_MAX) {
          next = copies.lastKey();
          break;
        }
        float[][] figures = new float[FIGURES.size()][];
        for (int figure = 0; figure < figures.length; figure++) {
          figures[figure] = since(first, entry.getValue()[figure]);
        }
        copies.put(entry.getKey(), figures);
      }
      SortedMap<String, float[]> ready = new TreeMap<>();
      nodes.forEach((pool, ring) -> ready.put(pool, since(first, ring)));
      return new Excerpt(cell, times, copies, ready, next);
    }

    /** Index, from the oldest on, of the first point within the last seconds. */
    private int first(int seconds) {
      int first = size;
      while (first > 0 && at(first - 1) > atMs[newest] - seconds * 1_000L) {
        first--;
      }
      return first;
    }

    private float[] since(int first, float[] ring) {
      float[] values = new float[size - first];
      for (int i = first; i < size; i++) {
        values[i - first] = ring[slot(i)];
      }
      return values;
    }

    private long at(int i) {
      return atMs[slot(i)];
    }

    /** Ring index of the {@code i}-th oldest point. */
    private int slot(int i) {
      return Math.floorMod(newest - size + 1 + i, POINTS_MAX);
    }
  }
}
