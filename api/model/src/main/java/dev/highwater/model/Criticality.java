package dev.highwater.model;

/** What is refused first when capacity is short; the first constant is kept longest. */
public enum Criticality {
  CRITICAL,
  NORMAL,
  SHEDDABLE
}
