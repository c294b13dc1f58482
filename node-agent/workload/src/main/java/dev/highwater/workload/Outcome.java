package dev.highwater.workload;

import java.util.List;

/** How an attempt ended at a replica. The order is fixed: tallies are indexed by it. */
public enum Outcome {
  /** Answered within the service's SLO latency. */
  SERVED(0),
  /** Answered before the client gave up, but later than the SLO latency. */
  LATE(1),
  /** The client gave up before an answer, waiting or in service. */
  TIMED_OUT(2),
  /** Lost in a crash, or sent to a replica that was not there. */
  FAILED(3),
  /** Refused at once because the replica's queue was full. */
  REJECTED(4);

  /** All outcomes in order; an immutable list instead of a copied array per call. */
  public static final List<Outcome> ALL = List.of(values());

  /** Number of outcomes. */
  public static final int COUNT = ALL.size();

  /** Place in a tally, 0..COUNT-1. */
  final int index;

  Outcome(int index) {
    this.index = index;
  }
}
