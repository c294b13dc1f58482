package dev.highwater.server.metrics;

/** Why a journal append failed. */
public enum AppendFailure {
  /** Another member owns the cell now; the loop ends. */
  FENCED,
  /** The store gave no answer; the append is repeated. */
  UNANSWERED
}
