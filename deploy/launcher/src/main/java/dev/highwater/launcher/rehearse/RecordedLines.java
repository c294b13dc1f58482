package dev.highwater.launcher.rehearse;

import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.InvalidInputException;
import dev.highwater.model.json.Recording;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Recordings of one or several members as one: their lines in the order of time, and of each cell
 * in the order of its owners, as far as the clocks of their hosts agree. A member that still runs
 * or was killed may have written only a part of its last line, which is left out. For one thread;
 * {@link #each} begins anew each time.
 *
 * <p>An epoch of a cell has one owner, and a later one has a greater number. Recordings that say
 * otherwise are of different nights, or one of them was named twice, and are refused: read as one
 * they would look like decisions that cannot be made again.
 */
final class RecordedLines {
  private static final String SUFFIX = ".jsonl";

  private final List<Path> files;
  private String where = "";

  /** Something that takes the lines one by one; whether to go on. */
  interface Taker {
    boolean take(String line);
  }

  /**
   * @param named recordings, and folders that hold nothing else under names that end in .jsonl
   */
  RecordedLines(List<Path> named) throws UnreadableFileException {
    List<Path> found = new ArrayList<>();
    for (Path path : named) {
      if (!Files.isDirectory(path)) {
        found.add(path);
        continue;
      }
      List<Path> held = held(path);
      if (held.isEmpty()) {
        throw new UnreadableFileException(path + ": holds no recording, no *" + SUFFIX);
      }
      found.addAll(held);
    }
    files = List.copyOf(found);
  }

  private static List<Path> held(Path folder) throws UnreadableFileException {
    try (Stream<Path> held = Files.list(folder)) {
      return held.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
  }

  /** Where the line stands that was given last: file and line. */
  String where() {
    return where;
  }

  /**
   * Gives every line to a taker until it wants no more.
   *
   * @return whether it took all
   */
  boolean each(Taker taker) throws UnreadableFileException {
    List<Source> open = new ArrayList<>();
    SortedMap<String, Owner> owners = new TreeMap<>();
    where = "";
    try {
      for (Path file : files) {
        open.add(new Source(file, files.size() > 1));
      }
      while (true) {
        Source next = null;
        for (Source source : open) {
          if (source.head() != null && (next == null || source.isBefore(next))) {
            next = source;
          }
        }
        if (next == null && where.isEmpty()) {
          throw new UnreadableFileException(names() + ": holds no input, nothing happened in it");
        }
        if (next == null) {
          return true;
        }
        follow(next, owners);
        if (!taken(next, taker)) {
          return false;
        }
      }
    } finally {
      open.forEach(Source::close);
    }
  }

  /** The files, for messages. */
  String names() {
    return String.join(", ", files.stream().map(Path::toString).toList());
  }

  /** Refuses a line of an owner who cannot have followed the one before. */
  private static void follow(Source source, SortedMap<String, Owner> owners)
      throws UnreadableFileException {
    Numbered line = source.head();
    if (line == null || line.moment.equals(Moment.NEVER)) {
      return;
    }
    Owner now = new Owner(line.moment.epoch, source);
    Owner before = owners.put(line.cell, now);
    if (before == null || before.equals(now) || before.epoch < now.epoch) {
      return;
    }
    throw new UnreadableFileException(
        source.file
            + ":"
            + line.number
            + ": epoch "
            + now.epoch
            + " of cell "
            + line.cell
            + " cannot follow epoch "
            + before.epoch
            + " in "
            + before.source.file
            + "; name the recordings of one night, each once");
  }

  private boolean taken(Source source, Taker taker) throws UnreadableFileException {
    Numbered line = source.take();
    where = source.file + ":" + line.number;
    try {
      return taker.take(line.text);
    } catch (InvalidInputException e) {
      throw new UnreadableFileException(where + ": " + e.getMessage());
    }
  }

  private static UnreadableFileException unreadable(Path file, IOException e) {
    String why =
        e instanceof NoSuchFileException
            ? "no such file"
            : e instanceof AccessDeniedException
                ? "no permission to read it"
                : e instanceof CharacterCodingException
                    ? "is not UTF-8 text"
                    : "cannot be read, " + e.getMessage();
    return new UnreadableFileException(file + ": " + why);
  }

  /** When a line counts: the time of its input. A header stands before its owner's first input. */
  private record Moment(long ms, long epoch) {
    static final Moment NEVER = new Moment(Long.MAX_VALUE, Long.MAX_VALUE);
    static final Comparator<Moment> ORDER =
        Comparator.comparingLong(Moment::ms).thenComparingLong(Moment::epoch);
  }

  private record Numbered(String text, int number, String cell, Moment moment) {}

  /** Who decided for a cell, and where it is recorded. */
  private record Owner(long epoch, Source source) {}

  /** One file, read as far ahead as its next line. */
  private static final class Source {
    final Path file;
    private final boolean ordered;
    private final BufferedReader reader;
    private final Deque<Numbered> ahead = new ArrayDeque<>();

    /** By cell, the headers of owners whose first input is still to come. */
    private final SortedMap<String, Numbered> beginning = new TreeMap<>();

    private int number;
    private boolean ended;

    Source(Path file, boolean ordered) throws UnreadableFileException {
      this.file = file;
      this.ordered = ordered;
      try {
        reader = Files.newBufferedReader(file);
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    }

    /** The next line; null after the last. */
    @Nullable Numbered head() throws UnreadableFileException {
      while (!ended && ahead.isEmpty()) {
        read();
      }
      return ahead.peekFirst();
    }

    Numbered take() throws UnreadableFileException {
      if (head() == null) {
        throw new IllegalStateException("no line is left in " + file);
      }
      return ahead.removeFirst();
    }

    boolean isBefore(Source other) throws UnreadableFileException {
      return Moment.ORDER.compare(moment(), other.moment()) < 0;
    }

    private Moment moment() throws UnreadableFileException {
      Numbered head = head();
      return head == null ? Moment.NEVER : head.moment;
    }

    private void read() throws UnreadableFileException {
      try {
        String line = reader.readLine();
        number++;
        if (line == null || (!reader.ready() && !line.endsWith("}"))) {
          ended = true;
          ahead.addAll(beginning.values());
        } else if (ordered && !line.isBlank()) {
          order(line);
        } else if (!line.isBlank()) {
          ahead.add(new Numbered(line, number, "", Moment.NEVER));
        }
      } catch (IOException e) {
        throw unreadable(file, e);
      } catch (InvalidInputException e) {
        throw new UnreadableFileException(file + ":" + number + ": " + e.getMessage());
      }
    }

    private void order(String text) {
      Recording.Line line = Recording.read(text);
      Recording.Header header = line.header();
      Recording.Step step = line.step();
      if (header != null) {
        beginning.put(header.cell(), new Numbered(text, number, header.cell(), Moment.NEVER));
      } else if (step != null) {
        Moment moment = new Moment(step.input().nowMs(), step.input().epoch());
        String cell = step.input().cell();
        Numbered begun = beginning.remove(cell);
        if (begun != null) {
          ahead.add(new Numbered(begun.text, begun.number, cell, moment));
        }
        ahead.add(new Numbered(text, number, cell, moment));
      }
    }

    void close() {
      try {
        reader.close();
      } catch (IOException e) {
        // It was read, and nothing was written.
      }
    }
  }
}
