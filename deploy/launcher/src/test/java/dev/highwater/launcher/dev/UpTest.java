package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.client.HighwaterClient;
import dev.highwater.launcher.Main;
import dev.highwater.model.CellSnapshot;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Goal: members and agents are processes that live and die apart: the loss of the deciding member
 * is survived, and nothing is left running when who started them has ended, whatever ended it.
 */
class UpTest {
  private static final long WAIT_S = 120;
  private static final Pattern MEMBER =
      Pattern.compile("  Member \\d    (http://\\S+)   process (\\d+)   cluster \\S+   id (\\S+)");

  @TempDir Path folder;

  private record Member(HighwaterClient client, ProcessHandle process, String id) {}

  private static List<Member> members(DevProcess up, int count) throws InterruptedException {
    List<Member> members = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      Matcher row = MEMBER.matcher(up.await("  Member " + i + " .*"));
      assertThat(row.matches()).isTrue();
      members.add(
          new Member(
              new HighwaterClient(URI.create(row.group(1))),
              ProcessHandle.of(Long.parseLong(row.group(2))).orElseThrow(),
              row.group(3)));
    }
    return members;
  }

  @Test
  void killedOwnerIsFollowedByAnotherMemberAndUsersAreServed() throws Exception {
    Path recorded = folder.resolve("recorded");
    Path report = folder.resolve("night.json");
    try (DevProcess up =
        DevProcess.start(
            "up",
            DevTest.NIGHT.toString(),
            "--members",
            "3",
            "--port",
            "0",
            "--data",
            folder.resolve("data").toString(),
            "--record",
            recorded.toString(),
            "--report",
            report.toString())) {
      List<Member> members = members(up, 3);
      up.await("Scheduler +3 members +cell local \\(epoch \\d+\\)");
      up.await("Ready in ");
      up.await("users +come now");
      CellSnapshot before = snapshot(members.get(0));
      Member owner =
          members.stream()
              .filter(each -> each.id().equals(before.owner()))
              .findFirst()
              .orElseThrow();
      Member other = members.stream().filter(each -> !each.equals(owner)).findFirst().orElseThrow();
      await("users are served", () -> snapshot(other).services().get(0).servedPerSecond() > 100);

      await(
          "the owner keeps a minute",
          () -> !other.client().minutes("local", 0, Long.MAX_VALUE).items().isEmpty());

      owner.process().destroyForcibly();
      long killedNanos = System.nanoTime();

      await("another decides", () -> snapshot(other).epoch() > before.epoch());
      long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedNanos);
      System.out.println("up: another member's snapshot came " + tookMs + " ms after the kill");
      assertThat(snapshot(other).owner()).isNotEqualTo(owner.id());
      up.await("member +\\d has ended, 2 are left");
      up.await("owner +local is decided by " + snapshot(other).owner());
      long ticks = snapshot(other).ticksTotal();
      await(
          "decisions go on and users are served",
          () ->
              snapshot(other).ticksTotal() > ticks + 3
                  && snapshot(other).services().get(0).servedPerSecond() > 100);

      up.interrupt();
      up.exit();
      assertThat(up.said()).contains("web/site").contains("audit violations 0");
      for (Member member : members) {
        assertThat(member.process().isAlive()).isFalse();
      }
    }
    // What each of the owners recorded is one night, up to what the killed one had decided last.
    assertThat(run("replay", recorded.toString()))
        .startsWith("0 ")
        .contains("every decision is the same");
    String told = run("report", recorded.toString(), "--json", "-");
    assertThat(told).startsWith("0 ");
    assertHappened(told, report);
    // Without the recordings and all who decided and served, the store tells the same night.
    try (DevProcess again =
        DevProcess.start("scheduler", "--port", "0", "--data", folder.resolve("data").toString())) {
      String api = again.await("API +(http://127.0.0.1:\\d+)");
      again.await("Ready in ");
      String kept = run("report", "--from-live", api, "--json", "-");
      assertThat(kept).startsWith("0 ");
      assertHappened(kept, report);
      assertThat(new ObjectMapper().readTree(kept.substring(2)).path("gaps"))
          .as("the killed owner's minute")
          .isNotEmpty();
      again.interrupt();
      again.exit();
    }
  }

  private static void assertHappened(String told, Path report) throws IOException {
    JsonNode happened =
        new ObjectMapper().readTree(told.substring(2)).path("policies").elements().next();
    assertThat(happened.path("requests").asDouble())
        .isCloseTo(requests(report), withinPercentage(5));
    assertThat(happened.path("auditViolations").asInt()).isZero();
  }

  private static double requests(Path report) throws IOException {
    return new ObjectMapper().readTree(report.toFile()).findValue("requests").asDouble();
  }

  @Test
  void nothingIsLeftRunningWhenItIsKilled() throws Exception {
    try (DevProcess up =
        DevProcess.start("up", DevTest.NIGHT.toString(), "--members", "1", "--port", "0")) {
      List<Member> members = members(up, 1);
      up.await("users +come now");
      List<ProcessHandle> children = up.descendants();
      assertThat(children).hasSize(2).contains(members.get(0).process());

      up.kill();

      await("every child ends", () -> children.stream().noneMatch(ProcessHandle::isAlive));
    }
  }

  @Test
  void agentsAndMembersOfTheirOwnFindEachOther() throws Exception {
    String data = folder.resolve("shared").toString();
    try (DevProcess first = DevProcess.start("scheduler", "--port", "0", "--data", data)) {
      String api = first.await("API +(http://127.0.0.1:\\d+)");
      String cluster = first.await("Cluster +(127.0.0.1:\\d+)");
      first.await("Ready in ");
      assertThat(run("dev", "--port", "0", "--data", data))
          .as("one cluster to a folder")
          .contains("is used by another highwater");
      try (DevProcess second =
              DevProcess.start("scheduler", "--port", "0", "--data", data, "--join", cluster);
          DevProcess agents =
              DevProcess.start(
                  "agent",
                  DevTest.NIGHT.toString(),
                  "--join",
                  api.replace("http://", ""),
                  "--for",
                  "4s")) {
        second.await("Ready in ");
        assertThat(agents.exit()).as(agents.said()).isZero();
        assertThat(agents.said()).contains("Everything that the scenario expects holds.");
        assertThat(first.said()).doesNotContain("ERROR").doesNotContain("SEVERE");
        second.interrupt();
        second.exit();
      }
      first.interrupt();
      first.exit();
    }
  }

  @Test
  void recordingsOfAnotherNightAreKeptAndApart() throws Exception {
    Path other = Files.createDirectory(folder.resolve("other"));
    Path recording = Files.writeString(other.resolve("member-3.jsonl"), "precious");
    assertThat(run("up", "--port", "0", "--record", other.toString()))
        .contains("holds member-3.jsonl; name a new folder")
        .hasLineCount(1);
    assertThat(recording).hasContent("precious");
    assertThat(run("up", "--port", "0", "--record", recording.toString()))
        .contains("is no folder and cannot be made one; name another")
        .hasLineCount(1);
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of("scheduler", "give --data DIR"),
        Arguments.of("scheduler --data x --store-url y", "give --data DIR"),
        Arguments.of("scheduler --data x --port many", "--port"),
        Arguments.of("scheduler --data x --cluster-port 0", "--cluster-port must be 1 to 65535"),
        Arguments.of("scheduler --data x --join example.org", "--join must be an IPv4 address"),
        Arguments.of("scheduler --data x --join 8.8.8.8", "loopback or private"),
        Arguments.of("scheduler --data x --join 10.0.0.1", "give both on loopback"),
        Arguments.of("scheduler --data x --cluster-host 10.255.255.254", "address of this host"),
        Arguments.of("scheduler --data x --keep-journal 7", "'--keep-journal': must be a time"),
        Arguments.of("scheduler --data x --keep-minutes 59m", "must be 1h to 400d: 59m"),
        Arguments.of("scheduler --store-url mysql:x", "must begin with jdbc:postgresql:"),
        Arguments.of("scheduler --nonsense", "Unknown option"),
        Arguments.of("agent", "--join"),
        Arguments.of("agent --join 10.0.0.1:8080", "--join must be 127.0.0.1:PORT"),
        Arguments.of("agent NIGHT --join 127.0.0.1:1 --cell west", "--cell must be one of local"),
        Arguments.of("agent --join 127.0.0.1:1 --users-at noon", "--users-at must be"),
        Arguments.of("up no-such.yaml", "no-such.yaml: no such file"),
        Arguments.of("up --members 0", "--members must be 1 to 9"),
        Arguments.of("up --members 3 --port 65535", "--port must be 0 to 65532"),
        Arguments.of("up NIGHT --policy oracle", "can only be rehearsed"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakeIsOneLine(String arguments, String told) {
    String[] words = arguments.replace("NIGHT", DevTest.NIGHT.toString()).split(" ");
    String said = run(words);
    assertThat(said).startsWith("2 ").contains(told);
    assertThat(Path.of("x")).as("nothing is begun").doesNotExist();
    assertThat(said.strip().lines()).hasSize(1);
  }

  /** Exit code and all that is said; for what ends at once. */
  private static String run(String... arguments) {
    StringWriter said = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(said));
    command.setErr(new PrintWriter(said));
    int exit = command.execute(arguments);
    return exit + " " + said;
  }

  private static CellSnapshot snapshot(Member member) {
    return member.client().snapshots().get(0);
  }

  private static void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }
}
