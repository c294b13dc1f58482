package dev.highwater.rehearsal.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Explanation.MovesView;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Fact;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: a report tells what moves would cost and save, each once, and what was done first. */
class MovesTest {
  private static final String POOL = "east/standard";

  private static Decision look(int second, boolean news, int nodes, boolean carriedOut) {
    List<String> named = IntStream.range(0, nodes).mapToObj(i -> "standard-" + i).toList();
    MovesView view =
        new MovesView(
            named, new TreeMap<>(Map.of("shop/cart", nodes)), 0.25, 3.0 * nodes, carriedOut, "why");
    return new Decision(
        "east",
        1,
        second,
        second * 1_000L,
        news ? List.of(new Fact.MovesProposed(POOL, named)) : List.of(),
        List.of(),
        List.of(new PoolExplained(POOL, 9, 9, 9, 0, 0, 0, 0, "", view)));
  }

  @Test
  void whatWasDoneAndWhatSavesMostIsToldOnce() {
    Moves moves = new Moves();
    assertThat(moves.html(0)).isEmpty();
    for (int i = 1; i <= 6; i++) {
      moves.add(look(60 * i, true, i, false));
      moves.add(look(60 * i + 15, false, i, false));
    }
    moves.add(look(500, true, 1, true));
    moves.add(look(515, true, 0, false));

    String html = moves.html(0);

    assertThat(html)
        .contains("7 proposals, of which 1 carried out")
        .containsSubsequence(
            "8:20</td><td>saves 3.00/h for 0.25: 1 replica leaves 1 node; why",
            "6:00</td><td>could save 18.00/h for 0.25: 6 replicas leave 6 nodes; not done",
            "could save 15.00/h",
            "could save 12.00/h",
            "could save 9.00/h")
        .containsOnlyOnce("could save 18.00/h")
        .doesNotContain("could save 6.00/h", "any more");
  }
}
