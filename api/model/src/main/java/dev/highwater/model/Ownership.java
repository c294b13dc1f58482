package dev.highwater.model;

/** Whose data centre a cell is: services bound to private cells never run in a public one. */
public enum Ownership {
  PRIVATE,
  PUBLIC
}
