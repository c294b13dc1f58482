package dev.highwater.server.session;

import dev.highwater.model.Observation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What agents said since the owner's last tick. Filled by event loops, emptied by the cell's one
 * thread, which sleeps here until something that matters has arrived. Thread-safe; only {@link
 * #await} blocks.
 *
 * <p>Bounded: reports carry totals, so when an owner cannot empty it (the store is down), an older
 * report of the same sender is dropped for a newer one.
 */
public final class CellInbox {
  /** Chosen by us: ten seconds of reports of the largest cell that one member is measured for. */
  static final int CAPACITY = 100_000;

  private final Deque<Observation> waiting = new ArrayDeque<>();
  private boolean urgent;
  private long oldestNanos;
  private long wokenNanos;
  private boolean closed;
  private long droppedTotal;

  /**
   * Adds an observation. A front door's report wakes the owner, and so does a node that comes or
   * goes: pending replicas need not wait for the next report, nor lost ones.
   */
  public synchronized void add(Observation observation) {
    if (closed) {
      return;
    }
    if (waiting.isEmpty()) {
      oldestNanos = System.nanoTime();
    }
    waiting.add(observation);
    if (waiting.size() > CAPACITY) {
      shrink();
    }
    if (observation instanceof Observation.FrontDoorReport
        || (observation instanceof Observation.CellReport report && report.lost())
        || observation instanceof Observation.NodeConnected
        || observation instanceof Observation.NodeDisconnected) {
      wake();
    }
  }

  /** Wakes the owner although no agent said anything: a spec changed. */
  public synchronized void wake() {
    if (!urgent) {
      wokenNanos = System.nanoTime();
    }
    urgent = true;
    notifyAll();
  }

  /** Wakes the owner for the last time; nothing is accepted any more. */
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Whether {@link #close} was called. */
  public synchronized boolean closed() {
    return closed;
  }

  /** Observations that were dropped because nobody took them, since start. */
  public synchronized long droppedTotal() {
    return droppedTotal;
  }

  /** Observations waiting now. */
  public synchronized int size() {
    return waiting.size();
  }

  /** Sleeps until something urgent arrived, the inbox was closed, or {@code waitMs} are over. */
  public synchronized void await(long waitMs) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    while (!urgent && !closed) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (leftMs <= 0) {
        return;
      }
      wait(leftMs);
    }
  }

  /**
   * What was waiting.
   *
   * @param observations in order of arrival
   * @param sinceNanos {@link System#nanoTime} at which the first thing came that the owner should
   *     answer: a front door's report, a node that came or went, or a changed spec, else the oldest
   *     observation; now if nothing came
   */
  public record Batch(List<Observation> observations, long sinceNanos) {
    /** Copies the list. */
    public Batch {
      observations = List.copyOf(observations);
    }
  }

  /** Takes everything. */
  public synchronized Batch drain() {
    long sinceNanos = urgent ? wokenNanos : waiting.isEmpty() ? System.nanoTime() : oldestNanos;
    urgent = false;
    Batch batch = new Batch(List.copyOf(waiting), sinceNanos);
    waiting.clear();
    return batch;
  }

  private void shrink() {
    Set<String> newer = new HashSet<>();
    List<Observation> kept = new ArrayList<>();
    for (Iterator<Observation> i = waiting.descendingIterator(); i.hasNext(); ) {
      Observation observation = i.next();
      String sender = reporter(observation);
      if (sender == null || newer.add(sender)) {
        kept.add(observation);
      }
    }
    // More senders than room: the oldest go, so that the next thousands need no further look.
    int room = Math.min(kept.size(), CAPACITY / 2);
    Collections.reverse(kept);
    droppedTotal += waiting.size() - room;
    waiting.clear();
    waiting.addAll(kept.subList(kept.size() - room, kept.size()));
  }

  /** Who sent a report that a newer one replaces; null for what must not be skipped. */
  private static @Nullable String reporter(Observation observation) {
    if (observation instanceof Observation.NodeReport report) {
      return "node " + report.node();
    }
    if (observation instanceof Observation.HostReport report) {
      return "host " + report.host();
    }
    if (observation instanceof Observation.CellReport report) {
      return "cell " + report.cell();
    }
    if (observation instanceof Observation.UserShares) {
      return "routes";
    }
    return observation instanceof Observation.FrontDoorReport ? "front door" : null;
  }
}
