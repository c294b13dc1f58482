package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.launcher.Main;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.Trial;
import dev.highwater.rehearsal.Variation;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
  void thePlanOfVeryManyServicesIsOneThatApplyTakes() throws IOException {
    Path tail = SCENARIOS.resolve("tail-874k.yaml");
    Path plan = folder.resolve("plan.json");
    Ran ran = run("rehearse", "" + tail, "--for", "2", "--fidelity", "fluid", "--plan", "" + plan);
    assertThat(ran.err()).isEmpty();
    assertThat(new ObjectMapper().readTree(plan.toFile()).path("services").size()).isEqualTo(2_000);
    assertThat(run("apply", "-f", "" + plan, "--server", "http://127.0.0.1:1").err())
        .as("the file is read and sent, to nobody")
        .contains("http://127.0.0.1:1");

    Path longer = folder.resolve("longer.yaml");
    Files.writeString(longer, Files.readString(tail).replace("active: 2_000", "active: 6_000"));
    Ran refused = run("rehearse", "" + longer, "--plan", "" + folder.resolve("none.json"));
    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.err()).contains("--plan: the scenario has 6000 services", "5000 at most");
  }

  @Test
  void moneyIsToldByServiceTenantAndEvent() throws IOException {
    Ran ran = run("rehearse", NIGHT, "--json", "-");
    JsonNode slo = new ObjectMapper().readTree(ran.out()).path("policies").path("slo");
    JsonNode tenants = slo.path("costByTenant");
    double shop = 0;
    for (String name : List.of("gateway", "order", "payment")) {
      shop += slo.path("services").path("shop/" + name).path("cost").asDouble();
    }
    assertThat(shop).isPositive().isCloseTo(tenants.path("shop").asDouble(), withPercentage(1e-6));
    assertThat(tenants.path("shop").asDouble() + tenants.path("rail").asDouble())
        .as("nodes that are not full cost somebody's money and are no tenant's")
        .isBetween(0.6 * slo.path("cost").asDouble(), slo.path("cost").asDouble());
    assertThat(slo.path("costByEvent").path("flash-sale").asDouble())
        .isPositive()
        .isLessThan(tenants.path("shop").asDouble());
  }

  @Test
  void aFaultThatHitNothingIsTold() throws IOException {
    Path scenario = folder.resolve("night.yaml");
    Path result = folder.resolve("result.json");
    Files.writeString(
        scenario,
        Files.readString(Path.of(NIGHT))
            + "\nfaults:\n"
            + "  - {start: 5s, fault: node-crash, cell: local, target: local-general-59}\n");
    Ran ran = run("rehearse", "" + scenario, "--for", "20", "--json", "" + result);
    assertThat(ran.out()).contains("hit nothing: node-crash of local/local-general-59 at 5s");
    assertThat(
            new ObjectMapper()
                .readTree(result.toFile())
                .findValue("faultsThatHitNothing")
                .get(0)
                .asText())
        .isEqualTo("node-crash of local/local-general-59 at 5s");
  }

  @Test
  void comparisonTellsWhatTheDearerPolicyBuys() {
    Ran ran = run("rehearse", NIGHT, "--for", "70", "--compare", "fixed");

    assertThat(ran.out())
        .containsPattern(
            "slo avoids [0-9,]+ violations of fixed for [0-9.]+ more: [0-9,]+ for one unit of money");
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
  void resultsDoNotDependOnTheNumberOfThreads() throws IOException {
    String[] runs = {
      "--compare",
      "hpa,fixed",
      "--seeds",
      "2",
      "--sweep",
      "services.shop/gateway.slo.latency=200ms,300ms"
    };
    JsonNode one = rehearsed(runs, "--threads", "1").path("rows");
    JsonNode three = rehearsed(runs, "--threads", "3").path("rows");
    assertThat(one).hasSize(2).isEqualTo(three);
    for (String policy : List.of("slo", "hpa", "fixed")) {
      assertThat(one.get(0).path("policies").path(policy).path("decisionLogSha256").asText())
          .hasSize(64);
    }
  }

  private static JsonNode rehearsed(String[] runs, String... more) throws IOException {
    List<String> all = new ArrayList<>(List.of("rehearse", NIGHT, "--for", "20", "--json", "-"));
    all.addAll(List.of(runs));
    all.addAll(List.of(more));
    Ran ran = run(all.toArray(String[]::new));
    return new ObjectMapper().readTree(ran.out());
  }

  @Test
  void aSweepIsTheSameAsTheFileWrittenSo() throws IOException {
    Path scenario = folder.resolve("night.yaml");
    Files.writeString(scenario, Files.readString(Path.of(NIGHT)).replace("seed: 11", "seed: 12"));
    Ran written = run("rehearse", scenario.toString(), "--for", "20", "--json", "-");
    JsonNode rows = rehearsed(new String[] {"--sweep", "seed=11,12"}).path("rows");
    assertThat(rows.get(1).path("values").path("seed").asText()).isEqualTo("12");
    assertThat(rows.get(1).path("policies").path("slo").path("decisionLogSha256"))
        .isEqualTo(
            new ObjectMapper()
                .readTree(written.out())
                .path("policies")
                .path("slo")
                .path("decisionLogSha256"));
    assertThat(rows.get(0).path("policies")).isNotEqualTo(rows.get(1).path("policies"));
  }

  @Test
  void seedsGiveMeansWithTheirConfidence() throws IOException {
    String[] three = {"--seeds", "3"};
    JsonNode of = rehearsed(three).path("policies").path("slo");
    double sum = 0;
    for (int seed = 11; seed < 14; seed++) {
      JsonNode one = rehearsed(new String[] {"--seed", Integer.toString(seed)});
      sum += one.path("policies").path("slo").path("p99Ms").asDouble();
    }
    assertThat(of.path("seeds").path("count").asInt()).isEqualTo(3);
    assertThat(of.path("seeds").path("p99Ms").path("mean").asDouble())
        .isCloseTo(sum / 3, org.assertj.core.api.Assertions.within(1e-9));
    assertThat(of.path("seeds").path("p99Ms").path("halfWidth").asDouble()).isPositive();

    Ran table = run("rehearse", NIGHT, "--for", "20", "--seeds", "3");
    assertThat(table.out()).contains("Student's t (2 degrees of freedom: 4.303)").contains(" ± ");
  }

  @Test
  void aStoppedCommandTellsWhatWasRun() {
    StringWriter out = new StringWriter();
    Progress stopped = new Progress(new PrintWriter(out));
    stopped.stop();
    var night = assertDoesNotThrow(() -> ScenarioFiles.read(Path.of(NIGHT)));
    var policy = PolicyChoice.ofScenario(night.scenario().services());
    Runs.Run run = new Runs.Run(night, policy, true, stopped.watch(180_000));
    List<Optional<RunResult>> results = Runs.all(List.of(run, run), 2, stopped);

    assertThat(results.get(1)).isEmpty();
    RunResult first = results.get(0).orElseThrow();
    assertThat(first.complete()).isFalse();
    assertThat(first.seconds()).isEqualTo(1);
    new Rehearsed(
            List.of(
                new Variation(
                    List.of(), night.scenario(), List.of(new Trial("slo", List.of(first))))),
            1,
            1)
        .table(new PrintWriter(out));
    assertThat(out.toString())
        .contains("stopped early, results are partial")
        .contains("slo (partial)")
        .contains("1 run was not begun")
        .contains("expectations are not judged");
  }

  @Test
  void aPartialRunIsNeitherJudgedNorComparedWithOneThatCameToItsEnd() {
    Progress stopped = new Progress(new PrintWriter(new StringWriter()));
    stopped.stop();
    var night = assertDoesNotThrow(() -> ScenarioFiles.read(Path.of(NIGHT)));
    RunResult partial = new RunOf(night, "slo").until(stopped);
    RunResult whole =
        new RunOf(night, "fixed").until(new Progress(new PrintWriter(new StringWriter())));
    assertThat(partial.misses()).isEmpty();
    assertThat(whole.misses()).isNotEmpty();

    assertThat(told(night, partial, whole))
        .contains("slo and fixed are not compared")
        .contains("Stopped early: expectations are not judged.")
        .doesNotContain("would miss")
        .doesNotContain("avoids");
    assertThat(told(night, whole, partial))
        .contains("fixed and slo are not compared")
        .contains("missed: shop/gateway violation ratio");
  }

  private record RunOf(ScenarioFiles.Loaded night, String policy) {
    RunResult until(Progress progress) {
      Runs.Run run = new Runs.Run(night, PolicyChoice.parse(policy), true, progress.watch(180_000));
      return Runs.all(List.of(run), 1, progress).get(0).orElseThrow();
    }
  }

  private static String told(ScenarioFiles.Loaded night, RunResult... results) {
    StringWriter out = new StringWriter();
    List<Trial> trials =
        Stream.of(results).map(result -> new Trial(result.policy(), List.of(result))).toList();
    new Rehearsed(List.of(new Variation(List.of(), night.scenario(), trials)), 0, 1)
        .table(new PrintWriter(out));
    return out.toString();
  }

  @Test
  void everySweptValueIsCheckedBeforeAnythingRuns() {
    Ran ran =
        run("rehearse", NIGHT, "--sweep", "services.shop/gateway.scaling.stabilisation=30s,60");
    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err())
        .contains("with --sweep [services.shop/gateway.scaling.stabilisation=60]")
        .contains("unit missing");
    assertRefused("--sweep must be like", "--sweep", "seed");
    assertRefused("--seeds must be 1 to 1000", "--seeds", "0");
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
  void aRecordingOfAHeaderAloneIsNotTheSame() throws IOException {
    Path night = folder.resolve("all.journal");
    run("rehearse", NIGHT, "--for", "5", "--journal", night.toString(), "--json", "-");
    Path recordings = Files.createDirectory(folder.resolve("recordings"));
    Path header = recordings.resolve("member.jsonl");
    Files.writeString(header, Files.readAllLines(night).get(0) + "\n");

    for (Path named : List.of(header, recordings)) {
      Ran ran = run("replay", named.toString());
      assertThat(ran.exit()).isEqualTo(2);
      assertThat(ran.out()).isEmpty();
      assertThat(ran.err()).contains(header + ": nothing was recorded after the header");
    }
  }

  /** A rehearsal's own journal, told as if it had been lived: every figure must come out again. */
  @ParameterizedTest
  @ValueSource(strings = {"peak-night", "residency", "wrong-calendar"})
  void whatIsToldFromAJournalIsWhatWasMeasured(String scenario) throws IOException {
    Path journal = folder.resolve("night.journal");
    Path predicted = folder.resolve("predicted.json");
    String night = SCENARIOS.resolve(scenario + ".yaml").toString();
    run("rehearse", night, "--journal", "" + journal, "--json", "" + predicted);

    Path page = folder.resolve("night.html");
    Ran ran =
        run(
            "report",
            "" + journal,
            "--against",
            "" + predicted,
            "--json",
            "-",
            "--html",
            "" + page);
    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(Files.readString(page).contains("Users by cell"))
        .as("where users went is told where there is a choice")
        .isEqualTo(scenario.equals("residency"));
    JsonNode figures = new ObjectMapper().readTree(ran.out()).path("predicted");
    List<String> known = new ArrayList<>();
    for (JsonNode figure : figures) {
      String name = figure.path("figure").asText();
      double happened = figure.path("happened").asDouble();
      // Reports inside a rehearsal carry no latencies, for it measures them itself.
      if (!figure.path("happened").isNull()) {
        assertThat(happened)
            .as(name)
            .isCloseTo(figure.path("predicted").asDouble(), withPercentage(1e-6));
        known.add(name);
      }
    }
    assertThat(known).contains("requests", "violations", "nodeHours", "cost", "replicaHours");
  }

  @Test
  void anEventIsToldFromAMinuteBeforeIt() throws IOException {
    Path journal = folder.resolve("night.journal");
    Path page = folder.resolve("night.html");
    run("rehearse", NIGHT, "--journal", "" + journal);

    Ran ran = run("report", "" + journal, "--event", "ticket-release", "--html", "" + page);
    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(ran.out()).containsPattern("rail/query ready when ticket-release began +21\\n");
    assertThat(Files.readString(page))
        .contains("Predicted against happened", "Nothing was rehearsed before")
        .doesNotContain("Without the calendar");

    Ran unknown = run("report", "" + journal, "--event", "no-such");
    assertThat(unknown.exit()).isEqualTo(2);
    assertThat(unknown.err()).contains("--event: no event no-such was declared");
    Ran noPrediction = run("report", "" + journal, "--against", "" + page);
    assertThat(noPrediction.exit()).isEqualTo(2);
    assertThat(noPrediction.err()).contains("night.html is no JSON");
    Ran folderAgainst = run("report", "" + journal, "--against", "" + folder);
    assertThat(folderAgainst.exit()).isEqualTo(2);
    assertThat(folderAgainst.err()).contains(folder + ": cannot be read").hasLineCount(1);
    Ran early = run("report", "" + journal, "--until", "1999-01-01T00:00:00Z");
    assertThat(early.exit()).isEqualTo(2);
    assertThat(early.err()).contains("must hold a second of the recording");
    Ran begun = run("report", "" + Files.writeString(folder.resolve("begun"), "{"));
    assertThat(begun.exit()).isEqualTo(2);
    assertThat(begun.err()).contains("holds no input").hasLineCount(1);
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
    assertRefused("must be on or off", "--admission", "maybe");
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
