package dev.highwater.kernel.policy;

import dev.highwater.model.Explanation.Wish;
import dev.highwater.model.WishSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The wishes of one decision, at most one for each source, and which of them asks for most.
 *
 * <p>Equal wishes go to the source that stands first in {@link WishSource}, so that a replay names
 * the same winner. Reasons are rendered when the wishes are ranked, because most decisions are
 * never read. Confined to one decision.
 */
final class Wishes {
  private final Map<WishSource, Wanted> wanted = new EnumMap<>(WishSource.class);

  /** A source's wish; of two by the same source the larger stays. */
  void add(WishSource source, int replicas, Supplier<String> because) {
    Wanted before = wanted.get(source);
    if (before == null || replicas > before.replicas) {
      wanted.put(source, new Wanted(replicas, because));
    }
  }

  int most() {
    int most = 0;
    for (Wanted wish : wanted.values()) {
      most = Math.max(most, wish.replicas);
    }
    return most;
  }

  @Nullable WishSource winner() {
    WishSource winner = null;
    int most = -1;
    for (Map.Entry<WishSource, Wanted> wish : wanted.entrySet()) {
      if (wish.getValue().replicas > most) {
        most = wish.getValue().replicas;
        winner = wish.getKey();
      }
    }
    return winner;
  }

  /** Winner first, then by size, then by source. */
  List<Wish> ranked() {
    List<Wish> wishes = new ArrayList<>();
    int most = most();
    wanted.forEach(
        (source, wish) ->
            wishes.add(new Wish(source, wish.replicas, most - wish.replicas, wish.because.get())));
    wishes.sort((a, b) -> Integer.compare(b.replicas(), a.replicas())); // stable
    return wishes;
  }

  private record Wanted(int replicas, Supplier<String> because) {}
}
