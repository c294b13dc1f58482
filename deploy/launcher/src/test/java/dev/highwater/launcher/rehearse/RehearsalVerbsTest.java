package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.launcher.Main;
import dev.highwater.rehearsal.Figures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Goal: the verbs say what came of a night, and what is wrong with what they were given. */
class RehearsalVerbsTest {
  private static final Path SCENARIOS = Path.of("../scenarios");
  private static final String NIGHT = SCENARIOS.resolve("peak-night.yaml").toString();
  private static final String REPLAY = SCENARIOS.resolve("replay.yaml").toString();

  @TempDir Path folder;

  private record Ran(int exit, String out, String err) {}

  private static Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    int exit = command.execute(arguments);
    return new Ran(exit, out.toString(), err.toString());
  }

  private Path series(String... samples) throws IOException {
    Path file = folder.resolve("series.csv");
    Files.writeString(file, "t_seconds,rate\n" + String.join("\n", samples) + "\n");
    return file;
  }

  @Test
  void everyShippedScenarioIsGood() throws IOException {
    try (var files = Files.list(SCENARIOS)) {
      List<String> names =
          files.map(Path::toString).filter(name -> name.endsWith(".yaml")).sorted().toList();
      assertThat(names).contains(NIGHT, REPLAY);
      for (String name : names) {
        Ran ran = run("validate", name);
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out()).contains(": good,");
      }
    }
  }

  @Test
  void thePeakNightHoldsUnderItsPolicyAndItsControlMisses() {
    Ran slo = run("rehearse", NIGHT);
    assertThat(slo.exit()).as(slo.out() + slo.err()).isZero();
    assertThat(slo.out()).contains("All expectations of the scenario hold.");

    Ran fixed = run("rehearse", NIGHT, "--policy", "fixed");
    assertThat(fixed.exit()).isEqualTo(1);
    assertThat(fixed.out()).contains("missed: shop/gateway violation ratio");
  }

  @Test
  void jsonOnStandardOutputIsAllThereIs() throws IOException {
    Ran ran = run("rehearse", NIGHT, "--for", "20", "--compare", "hpa,fixed", "--json", "-");
    JsonNode json = new ObjectMapper().readTree(ran.out());
    assertThat(json.path("seed").asLong()).isEqualTo(11);
    assertThat(json.path("fidelity").asText()).isEqualTo("request");
    assertThat(json.path("wallSeconds").asDouble()).isPositive();
    assertThat(json.path("simulatedRequests").asLong()).isPositive();
    assertThat(json.path("sloViolationFloor").asDouble()).isBetween(0.0, 0.01);
    assertThat(json.path("policies").size()).isEqualTo(3);
    for (String policy : List.of("slo", "hpa", "fixed")) {
      JsonNode of = json.path("policies").path(policy);
      assertThat(of.path("decisionLogSha256").asText()).hasSize(64);
      assertThat(of.path("requests").asLong()).isPositive();
      for (String field :
          List.of(
              "violations",
              "sloViolationRatio",
              "sloViolationMinutes",
              "p50Ms",
              "p99Ms",
              "p999Ms",
              "replicaHours",
              "nodeHours",
              "cost",
              "adaptations")) {
        assertThat(of.path(field).isNumber()).as(policy + " " + field).isTrue();
      }
    }
  }

  @Test
  void aReportHoldsTheNumbersOfTheJson() throws IOException {
    Path page = folder.resolve("night.html");
    Ran ran =
        run(
            "rehearse",
            NIGHT,
            "--for",
            "70",
            "--compare",
            "fixed",
            "--json",
            "-",
            "--report",
            page.toString());
    assertThat(ran.err()).isEmpty();
    JsonNode json = new ObjectMapper().readTree(ran.out());
    String html = Files.readString(page);

    String open = "<script type='application/json' id='result'>";
    int from = html.indexOf(open) + open.length();
    assertThat(new ObjectMapper().readTree(html.substring(from, html.indexOf("</script>", from))))
        .isEqualTo(json);
    for (String policy : List.of("slo", "fixed")) {
      JsonNode of = json.path("policies").path(policy);
      assertThat(html)
          .contains(">" + Figures.grouped(of.path("violations").asLong()) + "</td>")
          .contains(of.path("decisionLogSha256").asText().substring(0, 12));
    }
    assertThat(html).contains("ran a second time with nothing declared").contains("--for 70");
  }

  @Test
  void hashesDoNotDependOnTheNumberOfThreads() throws IOException {
    List<JsonNode> both = List.of(policies("--threads", "1"), policies("--threads", "3"));
    for (String policy : List.of("slo", "hpa", "fixed")) {
      assertThat(both.get(0).path(policy).path("decisionLogSha256").asText()).hasSize(64);
      assertThat(both.get(0).path(policy)).isEqualTo(both.get(1).path(policy));
    }
  }

  private static JsonNode policies(String... more) throws IOException {
    String[] arguments = {
      "rehearse", NIGHT, "--for", "30", "--compare", "hpa,fixed", "--json", "-"
    };
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return new ObjectMapper().readTree(run(all).out()).path("policies");
  }

  @Test
  void aJournalReplaysToTheSameHashAndAnAlteredOneShowsItsFirstDifference() throws IOException {
    Path journal = folder.resolve("night.journal");
    Ran ran = run("rehearse", NIGHT, "--for", "30", "--journal", journal.toString(), "--json", "-");
    String hash =
        new ObjectMapper()
            .readTree(ran.out())
            .path("policies")
            .path("slo")
            .path("decisionLogSha256")
            .asText();

    Ran same = run("replay", journal.toString());
    assertThat(same.exit()).as(same.err()).isZero();
    assertThat(same.out()).contains("local  " + hash).contains("42 inputs replayed");

    String text = Files.readString(journal);
    assertThat(text).contains("\"firstAttempts\":");
    int at = text.indexOf("\"firstAttempts\":", text.length() / 2);
    Files.writeString(
        journal, text.substring(0, at) + "\"firstAttempts\":9" + text.substring(at + 16));
    Ran other = run("replay", journal.toString());
    assertThat(other.exit()).isEqualTo(1);
    assertThat(other.err()).contains("first difference at input");
  }

  @Test
  void aRecordedSeriesIsScaledToThePeakAndCutToItsPart() throws IOException {
    Path file = series("0,10", "60,20", "120,40", "180,20", "240,10");
    Ran ran =
        run(
            "rehearse",
            REPLAY,
            "--trace",
            "web/site=" + file,
            "--peak-replicas",
            "10",
            "--from",
            "60",
            "--for",
            "120",
            "--policy",
            "slo",
            "--compare",
            "fixed",
            "--json",
            "-");
    JsonNode json = new ObjectMapper().readTree(ran.out());
    // 20 -> 40 -> 20 over two minutes has a mean of 30; the peak of 40 is 10 x 8 / 0.04 x 0.8.
    double expected = 120 * 30.0 / 40 * 1_600;
    assertThat(json.path("policies").path("slo").path("requests").asDouble())
        .isBetween(expected * 0.98, expected * 1.02);
    assertThat(json.path("durationSeconds").asLong()).isEqualTo(120);
    assertThat(json.path("fidelity").asText()).isEqualTo("sampled");
  }

  @Test
  void aRecordedSeriesEndsTheRunWhereItEnds() throws IOException {
    Path file = series("0,10", "60,20", "120,10");
    Ran ran =
        run(
            "rehearse",
            REPLAY,
            "--trace",
            "web/site=" + file,
            "--peak-replicas",
            "4",
            "--json",
            "-");
    JsonNode json = new ObjectMapper().readTree(ran.out());
    assertThat(json.path("durationSeconds").asLong()).isEqualTo(120);
  }

  @Test
  void mistakesOfTheCommandLineAreOneLineEach() throws IOException {
    Path good = series("0,1", "60,2", "120,3");
    String trace = "web/site=" + good;
    assertRefused("no service web/shop", "--trace", "web/shop=" + good);
    assertRefused("not both", "--trace", trace, "--peak-replicas", "2", "--trace-scale", "3");
    assertRefused("must be slo, hpa", "--policy", "best");
    assertRefused("must be request, sampled or fluid", "--fidelity", "exact");
    assertRefused("from must leave at least two samples", "--trace", trace, "--from", "120");
    assertRefused("--declare must be like", "--trace", trace, "--declare", "at");
    assertRefused("peak must be a rate", "--trace", trace, "--declare", "at=5,peak=-1");

    Ran uneven = run("rehearse", REPLAY, "--trace", "web/site=" + series("0,1", "60,2", "130,3"));
    assertThat(uneven.exit()).isEqualTo(2);
    assertThat(uneven.err().strip().lines()).hasSize(1);
    assertThat(uneven.err()).contains("line 4").contains("evenly spaced");
    Ran negative =
        run("rehearse", REPLAY, "--trace", "web/site=" + series("0,1", "60,-2", "120,3"));
    assertThat(negative.err()).contains("line 3");
    Ran empty = run("rehearse", REPLAY, "--trace", "web/site=" + series());
    assertThat(empty.exit()).isEqualTo(2);
    assertThat(empty.err().strip().lines()).hasSize(1);
    assertThat(empty.err()).contains("line ");
    Ran absent = run("rehearse", folder.resolve("none.yaml").toString());
    assertThat(absent.exit()).isEqualTo(2);
    assertThat(absent.err()).contains("no such file");
  }

  private static void assertRefused(String words, String... options) {
    String[] all = new String[options.length + 2];
    all[0] = "rehearse";
    all[1] = REPLAY;
    System.arraycopy(options, 0, all, 2, options.length);
    Ran ran = run(all);
    assertThat(ran.exit()).as(String.join(" ", all)).isEqualTo(2);
    assertThat(ran.err().lines().findFirst().orElse("")).contains(words);
  }
}
