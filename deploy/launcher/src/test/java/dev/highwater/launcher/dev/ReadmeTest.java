package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.launcher.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Goal: README shows no command that does not work. Method: each line {@code $ ...} of it is run as
 * it stands, in its order, in a folder that looks like a checkout; what takes minutes is run for
 * seconds by {@link #SHORTER}, with README's own verbs, files and options.
 */
class ReadmeTest {
  private static final Path ROOT = Path.of(System.getProperty("highwater.root", "../.."));
  private static final String SCRIPT = "deploy/highwater ";

  /** What README's figures need and a test does not. */
  private static final List<Shorter> SHORTER =
      List.of(
          new Shorter("dev --for 3m", "dev --port 0 --for 12s"),
          new Shorter("up --members 3 --for 3m", "up --members 2 --port 0 --for 12s"),
          new Shorter("--peak-replicas 200", "--peak-replicas 20 --for 600"),
          new Shorter("--nodes 5000 --replicas 100000", "--nodes 500 --replicas 10000"),
          new Shorter("--nodes 5000 --replicas 115000", "--nodes 500 --replicas 11000"),
          new Shorter("bench tick", "bench tick --nodes 100 --services 20 --ticks 20"),
          new Shorter("bench simulation", "bench simulation --seconds 1"));

  /** A live night that is cut short differs from a rehearsal by more than a whole one. */
  private static final String MAY_MISS = "compare ";

  @TempDir Path checkout;

  private record Shorter(String shown, String run) {}

  @BeforeEach
  void lookLikeACheckout() throws IOException {
    Files.createSymbolicLink(
        checkout.resolve("deploy"), ROOT.resolve("deploy").toAbsolutePath().normalize());
  }

  private static List<String> commands() throws IOException {
    List<String> commands = new ArrayList<>();
    for (String line : Files.readAllLines(ROOT.resolve("README.md"))) {
      if (line.startsWith("$ ")) {
        commands.add(line.substring(2).trim());
      }
    }
    return commands;
  }

  /** The first two are what a newcomer types; the second is running now. */
  @Test
  void readmeBeginsWithTheTwoCommands() throws IOException {
    assertThat(commands()).startsWith("deploy/highwater dev", "mvn verify");
    assertThat(Files.readString(ROOT.resolve(".ci/run"))).contains("mvn -B -ntp verify");
  }

  @Test
  void everyOtherCommandWorksAsShown() throws Exception {
    List<String> rest = commands().subList(2, commands().size());
    assertThat(rest).isNotEmpty();
    try (DevProcess dev = DevProcess.startIn(checkout, List.of("dev", "--port", "0"))) {
      String server = dev.await("API +(http://127.0.0.1:\\d+)");
      dev.await("Ready in");
      for (String command : rest) {
        assertThat(command).startsWith(SCRIPT);
        String arguments = command.substring(SCRIPT.length());
        if (asksAServer(arguments)) {
          assertThat(ask(server, arguments)).as(command).isEmpty();
        } else {
          run(arguments);
        }
      }
    }
  }

  private static boolean asksAServer(String arguments) {
    return List.of(
            "status",
            "get",
            "describe",
            "explain",
            "surge",
            "fault",
            "event",
            "plan",
            "pause",
            "drain")
        .contains(arguments.split(" ")[0]);
  }

  /** Runs a verb against the live cluster; returns what is wrong. */
  private static String ask(String server, String arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int exit = line.execute((arguments + " --server " + server).split(" "));
    return exit == 0 && !out.toString().isBlank() ? "" : "exit " + exit + ": " + err;
  }

  private void run(String arguments) throws Exception {
    String shorter = arguments;
    for (Shorter each : SHORTER) {
      shorter = shorter.replace(each.shown(), each.run());
    }
    try (DevProcess process = DevProcess.startIn(checkout, List.of(shorter.split(" ")))) {
      int exit = process.exit();
      if (!arguments.startsWith(MAY_MISS) || exit > 1) {
        assertThat(exit).as("%s%n%s", arguments, process.said()).isZero();
      }
    }
  }
}
