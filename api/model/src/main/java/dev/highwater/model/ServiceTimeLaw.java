package dev.highwater.model;

/** Distribution of the time that a replica works on one request. */
public enum ServiceTimeLaw {
  DETERMINISTIC,
  EXPONENTIAL,
  LOGNORMAL
}
