package dev.highwater.model;

/** Who asks for a number of replicas. */
public enum WishSource {
  /** The number before the first report. */
  INITIAL,
  /** What the load of this moment needs. */
  REACTIVE,
  /** What the forecast at the horizon needs. */
  FORECAST,
  /** What a declared event needs. */
  CALENDAR,
  /** A time-of-day floor. */
  SCHEDULE,
  /** An operator's word. */
  MANUAL,
  /** Users who will be sent to this cell because others are full or lost. */
  ROUTE,
  /** A surge that is under way. */
  PANIC,
  /** A metric target beside the SLO. */
  METRIC,
  /** The bounds of the spec. */
  BOUNDS,
  /** Scale-in waits: stabilisation, delayed-off, flap budget, outage rule, missing reports. */
  HOLD
}
