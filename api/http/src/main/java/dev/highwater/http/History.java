package dev.highwater.http;

import dev.highwater.model.CellSnapshot;
import dev.highwater.model.CellSnapshot.ServiceStatus;
import dev.highwater.model.ServiceId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

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

  private static final int FIGURES = 6;

  private final SortedMap<String, CellHistory> cells = new TreeMap<>();
  private int services;

  void add(CellSnapshot snapshot) {
    cells.computeIfAbsent(snapshot.cell(), cell -> new CellHistory()).add(snapshot);
  }

  /** Writes what happened in a cell in the last seconds before its last point. */
  JsonObject read(String cell, int seconds) {
    CellHistory history = cells.get(cell);
    JsonObject out = new JsonObject().put("cell", cell);
    return history == null
        ? out.put("atMs", new JsonArray()).put("services", new JsonArray())
        : history.write(out, seconds);
  }

  /** Rings of one cell; index {@code i} of every ring is the same moment. */
  private final class CellHistory {
    private final long[] atMs = new long[POINTS_MAX];
    private final SortedMap<ServiceId, float[][]> series = new TreeMap<>();
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
      }
      atMs[newest] = snapshot.nowMs();
      for (ServiceStatus status : snapshot.services()) {
        float[][] figures = series.get(status.service());
        if (figures == null) {
          if (services == SERVICES_MAX) {
            continue; // the console still charts it from the moment it is opened
          }
          services++;
          figures = new float[FIGURES][POINTS_MAX];
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
    }

    JsonObject write(JsonObject out, int seconds) {
      int first = size;
      while (first > 0 && at(first - 1) > atMs[newest] - seconds * 1_000L) {
        first--;
      }
      JsonArray times = new JsonArray();
      for (int i = first; i < size; i++) {
        times.add(at(i));
      }
      JsonArray all = new JsonArray();
      for (var entry : series.entrySet()) {
        float[][] figures = entry.getValue();
        all.add(
            new JsonObject()
                .put("service", entry.getKey().toString())
                .put("offeredPerSecond", points(figures[0], first))
                .put("servedPerSecond", points(figures[1], first))
                .put("refusedPerSecond", points(figures[2], first))
                .put("target", points(figures[3], first))
                .put("ready", points(figures[4], first))
                .put("p99Ms", points(figures[5], first)));
      }
      return out.put("atMs", times).put("services", all);
    }

    private JsonArray points(float[] ring, int first) {
      JsonArray points = new JsonArray();
      for (int i = first; i < size; i++) {
        float value = ring[slot(i)];
        if (Float.isNaN(value)) {
          points.addNull();
        } else {
          points.add(Math.round(value * 1_000d) / 1_000d);
        }
      }
      return points;
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
