package dev.highwater.model.view;

import dev.highwater.model.Decision;
import java.util.List;

/** Decisions, newest first. Immutable. */
public record DecisionList(List<Decision> items) {
  public DecisionList {
    items = List.copyOf(items);
  }
}
