package dev.highwater.kernel.provisioning;

/** What a replica without room is for, the most urgent first. */
enum Need {
  /** It is wanted now, and quota grants it. */
  WAITING,
  /** A declared event asks for it by the time that a node ordered now carries it. */
  CALENDAR,
  /** A forecast alone asks for it by that time. */
  FORECAST
}
