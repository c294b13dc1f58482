package dev.highwater.model.json;

import dev.highwater.model.Decision;
import dev.highwater.model.Digest;
import dev.highwater.model.ErrorCode;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.Limits;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A recording of everything that owners of cells decided from, as JSON lines, so that the same
 * decisions can be made again anywhere and compared.
 *
 * <p>A line is a {@link Header}, where a cell's owner began, or a {@link Step}, one input. Steps of
 * several cells may alternate; a second header of a cell means that another owner took over.
 */
public final class Recording {
  /** The format that this build writes and reads. */
  public static final int FORMAT_VERSION = 1;

  /** Inputs that a header may hold: more than the quarter of an hour that owners keep. */
  private static final int OBSERVED_MAX = 100_000;

  private Recording() {}

  /**
   * Where an owner of a cell began.
   *
   * @param admission whether the owner tells front doors a rate; only a rehearsal may not
   * @param facts that make the state it began with, its own {@link Fact.EpochBegun} last
   * @param observed what it learned anew of the load before that last fact; absent means nothing
   */
  public record Header(
      int formatVersion,
      String cell,
      boolean admission,
      List<Fact> facts,
      @Nullable List<Input> observed) {
    public Header {
      Limits.range("formatVersion", formatVersion, FORMAT_VERSION, FORMAT_VERSION);
      Limits.name("cell", cell);
      facts = List.copyOf(facts);
      observed = Limits.list("observed", observed, OBSERVED_MAX);
    }
  }

  /**
   * One input and what came of it.
   *
   * @param sha256 of all decisions of the cell since its header, this one included
   */
  public record Step(Input input, String sha256) {}

  /** One line: exactly one of the two is not null. */
  public record Line(@Nullable Header header, @Nullable Step step) {
    public Line {
      if ((header == null) == (step == null)) {
        throw new InvalidInputException(
            ErrorCode.INVALID_VALUE, "", "a line", "must hold either a header or a step");
      }
    }
  }

  /** Reads one line. */
  public static Line read(String line) {
    return ModelJson.read(line, Line.class);
  }

  /** Writes a recording. For one thread, or under its owner's lock. */
  public static final class Writer {
    private final Appendable out;
    private final Map<String, Digest> digests = new TreeMap<>();

    /** Writes to {@code out}, which stays the caller's to flush and close. */
    public Writer(Appendable out) {
      this.out = out;
    }

    /** An owner begins to decide for a cell, with or without admission, and what it relearned. */
    public void begin(String cell, boolean admission, List<Fact> facts, List<Input> observed)
        throws IOException {
      digests.put(cell, new Digest());
      line(new Line(new Header(FORMAT_VERSION, cell, admission, facts, observed), null));
    }

    /**
     * An owner decided; its cell must have begun.
     *
     * @return the hash of all decisions of the cell so far
     */
    public String step(Input input, Decision decision) throws IOException {
      Digest digest = digests.get(input.cell());
      if (digest == null) {
        throw new IllegalStateException("no owner of " + input.cell() + " has begun");
      }
      String sha256 = digest.addDecision(decision).hex();
      line(new Line(null, new Step(input, sha256)));
      return sha256;
    }

    private void line(Line line) throws IOException {
      out.append(ModelJson.write(line)).append('\n');
    }
  }
}
