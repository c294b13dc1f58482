package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.highwater.model.SpecKind;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: what an agent cannot reach is told in the words of its own command. */
class RemoteMembersTest {
  @Test
  void nobodyWhoListensIsToldWithTheOptionThatTheVerbHas() {
    try (RemoteMembers members =
        new RemoteMembers(List.of(URI.create("http://127.0.0.1:1")), Duration.ZERO)) {
      assertThatThrownBy(() -> members.declared(SpecKind.CELL))
          .isInstanceOf(CannotRunException.class)
          .hasMessageContaining("start one with `highwater scheduler`")
          .hasMessageContaining("--join")
          .hasMessageNotContaining("--server");
    }
  }
}
