package dev.highwater.server.loop;

import dev.highwater.model.Decision;
import dev.highwater.model.Fact;
import dev.highwater.model.Input;
import dev.highwater.model.json.Recording;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what every cell of this member decided from to one file, so that it can be replayed. A
 * full disk ends the recording and nothing else. Thread-safe.
 */
public final class Recorder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);

  private final Path file;
  private final BufferedWriter out;
  private final Recording.Writer writer;
  private boolean writing = true;

  private Recorder(Path file, BufferedWriter out) {
    this.file = file;
    this.out = out;
    writer = new Recording.Writer(out);
  }

  /** Creates or empties {@code file}. */
  public static Recorder open(Path file) throws IOException {
    return new Recorder(file, Files.newBufferedWriter(file, StandardCharsets.UTF_8));
  }

  /** Something that writes. */
  private interface Line {
    void write() throws IOException;
  }

  /** A loop began; see {@link LoopOutputs#recordBegin}. */
  public synchronized void begin(String cell, List<Fact> facts, List<Input> observed) {
    write(() -> writer.begin(cell, true, facts, observed));
  }

  /** A loop decided. */
  public synchronized void step(Input input, Decision decision) {
    write(() -> writer.step(input, decision));
  }

  private void write(Line line) {
    if (!writing) {
      return;
    }
    try {
      line.write();
      out.flush(); // a member that is killed has recorded what it decided
    } catch (IOException e) {
      writing = false;
      LOG.error("recording ended file={} cause={}", file, e.getMessage());
    }
  }

  @Override
  public synchronized void close() {
    writing = false;
    try {
      out.close();
    } catch (IOException e) {
      LOG.error("recording incomplete file={} cause={}", file, e.getMessage());
    }
  }
}
