package dev.highwater.rehearsal;

import dev.highwater.kernel.Kernel;
import dev.highwater.kernel.route.RouteState;
import dev.highwater.kernel.route.Router;
import dev.highwater.kernel.state.CellState;
import dev.highwater.model.Cell;
import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Input;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import dev.highwater.model.json.ModelJson;
import dev.highwater.model.json.Recording;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes the decisions of a recording again, line by line, compares, and tells an observer of them.
 * For one thread.
 */
public final class Replay {
  private static final int DIFFERENCE_LENGTH_MAX = 4_000;

  private final SortedMap<String, Kernel> kernels = new TreeMap<>();
  private final SortedMap<String, CellState> states = new TreeMap<>();
  private final Router router = new Router();
  private @Nullable RouteState routes;
  private final SortedMap<String, Digest> digests = new TreeMap<>();
  private final SortedMap<String, String> hashes = new TreeMap<>();
  private final RunObserver observer;
  private long steps;
  private String difference = "";

  public Replay() {
    this(RunObserver.NONE);
  }

  /** Tells {@code observer} what was decided, once it was decided again. */
  public Replay(RunObserver observer) {
    this.observer = observer;
  }

  /**
   * Takes the next line.
   *
   * @return whether this build decides the same
   * @throws InvalidInputException when the line is no part of a recording
   */
  public boolean take(String line) {
    Recording.Line read = Recording.read(line);
    Recording.Header header = read.header();
    if (header != null && header.cell().equals(Cell.ROUTES)) {
      RouteState state = new RouteState();
      header.facts().forEach(state::evolve);
      routes = state;
      return begun(header);
    }
    if (header != null) {
      Kernel kernel = header.admission() ? new Kernel() : Kernel.withoutAdmission();
      kernels.put(header.cell(), kernel);
      states.put(
          header.cell(),
          Owner.begun(
              kernel, header.cell(), header.facts(), Limits.list("", header.observed(), 100_000)));
      return begun(header);
    }
    Recording.Step step = read.step();
    if (step == null) {
      throw new AssertionError("a line holds a header or a step");
    }
    return step(step.input(), step.sha256());
  }

  private boolean begun(Recording.Header header) {
    digests.put(header.cell(), new Digest());
    observer.begun(
        header.cell(),
        header.admission(),
        header.facts(),
        Limits.list("", header.observed(), 100_000));
    return true;
  }

  private boolean step(Input input, String recorded) {
    Digest digest = digests.get(input.cell());
    Decision decision = decide(input);
    if (digest == null || decision == null) {
      throw new InvalidInputException(
          ErrorCode.INVALID_VALUE, "input.cell", input.cell(), "has no header before this input");
    }
    String hash = digest.addDecision(decision).hex();
    hashes.put(input.cell(), hash);
    steps++;
    observer.decided(input, decision);
    if (hash.equals(recorded)) {
      return true;
    }
    String decided = ModelJson.write(decision);
    difference =
        "first difference at input "
            + input.sequence()
            + " of cell "
            + input.cell()
            + ": recorded hash "
            + recorded
            + ", now "
            + hash
            + "; decided now: "
            + (decided.length() <= DIFFERENCE_LENGTH_MAX
                ? decided
                : decided.substring(0, DIFFERENCE_LENGTH_MAX) + "...");
    return false;
  }

  /** Decides and takes the decision in; null when the cell has not begun. */
  private @Nullable Decision decide(Input input) {
    RouteState between = routes;
    if (input.cell().equals(Cell.ROUTES) && between != null) {
      Decision decision = router.step(between, input);
      Router.evolve(between, decision);
      return decision;
    }
    CellState state = states.get(input.cell());
    Kernel kernel = kernels.get(input.cell());
    if (state == null || kernel == null) {
      return null;
    }
    Decision decision = kernel.step(state, input);
    Kernel.evolve(state, decision);
    return decision;
  }

  /** Where this build first decided otherwise, in words; empty before that. */
  public String difference() {
    return difference;
  }

  /** State of a cell after the last line; null before its header. */
  @Nullable CellState state(String cell) {
    return states.get(cell);
  }

  /** Inputs taken. */
  public long steps() {
    return steps;
  }

  /** Hash of the decisions since its last header, by cell. */
  public SortedMap<String, String> cells() {
    return Collections.unmodifiableSortedMap(hashes);
  }
}
