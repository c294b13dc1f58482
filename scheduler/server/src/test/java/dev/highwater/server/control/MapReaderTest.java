package dev.highwater.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.http.UnavailableException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/** Goal: a shared map that hangs costs its readers one limit, and shows them the past meanwhile. */
class MapReaderTest {
  private static final long LIMIT_MS = 20;

  /** Reads that were asked for; each is answered when the test runs it. */
  private final Deque<Runnable> asked = new ArrayDeque<>();

  private boolean hanging;
  private boolean broken;
  private String held = "old";
  private final MapReader<String> reader =
      new MapReader<>("test", this::source, this::execute, LIMIT_MS);

  private String source() {
    if (broken) {
      throw new IllegalStateException("not running");
    }
    return held;
  }

  private void execute(Runnable read) {
    if (hanging) {
      asked.add(read);
    } else {
      read.run();
    }
  }

  @Test
  void givesWhatTheMapHoldsNow() {
    assertThat(reader.read()).isEqualTo("old");
    held = "new";
    assertThat(reader.read()).isEqualTo("new");
  }

  @Test
  void mapThatHangsIsAskedOnceAndThePastIsGiven() {
    reader.read();
    hanging = true;
    held = "new";
    assertThat(reader.read()).isEqualTo("old");
    assertThat(reader.read()).isEqualTo("old");
    assertThat(asked).hasSize(1);

    hanging = false;
    asked.remove().run();
    assertThat(reader.read()).isEqualTo("new");
  }

  @Test
  void mapThatHangsTwiceIsWaitedForTwice() {
    reader.read();
    hanging = true;
    reader.read();
    hanging = false;
    asked.remove().run();
    reader.read();
    held = "new";
    hanging = true;
    assertThat(reader.read()).isEqualTo("old");
    assertThat(asked).hasSize(1);
  }

  @Test
  void mapThatWasNeverReadIsSaidToBeUnavailable() {
    hanging = true;
    assertThatThrownBy(reader::read)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("test does not answer");
  }

  @Test
  void mapThatFailsIsAskedAgainEachTime() {
    reader.read();
    broken = true;
    assertThat(reader.read()).isEqualTo("old");
    broken = false;
    held = "new";
    assertThat(reader.read()).isEqualTo("new");
  }
}
