package dev.highwater.model.view;

import java.util.List;

/** One explanation per cell that the service runs in, in order of the cells' names. Immutable. */
public record ExplanationList(List<DatedExplanation> items) {
  public ExplanationList {
    items = List.copyOf(items);
  }
}
