package dev.highwater.launcher.house.trespass.attic.util;

/** Lives in no room, and its name says nothing. */
final class ThingManager {
  private ThingManager() {}
}
