package dev.highwater.rehearsal.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.model.Decision;
import dev.highwater.model.Explanation;
import dev.highwater.model.Input;
import dev.highwater.model.Observation;
import dev.highwater.model.Service;
import dev.highwater.model.ServiceId;
import dev.highwater.rehearsal.Figures;
import dev.highwater.rehearsal.PolicyChoice;
import dev.highwater.rehearsal.Rehearsal;
import dev.highwater.rehearsal.RunObserver;
import dev.highwater.rehearsal.RunResult;
import dev.highwater.rehearsal.ServiceResult;
import dev.highwater.rehearsal.Trial;
import dev.highwater.rehearsal.Variation;
import dev.highwater.rehearsal.scenario.Scenario;
import dev.highwater.rehearsal.scenario.ScenarioException;
import dev.highwater.rehearsal.scenario.ScenarioReader;
import dev.highwater.workload.Fidelity;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * Goal: a report is one page that needs nothing but itself, tells the numbers of the result, and
 * lets no name become markup.
 *
 * <p>The page is well-formed XML too, so that a parser that knows nothing of it reads it back.
 */
class ReportTest {
  private static final ServiceId GATEWAY = new ServiceId("shop", "gateway");

  private static final String HOSTILE = "</script><img src=x onerror='alert(1)'>&";

  private static final String NIGHT =
      """
      formatVersion: 1
      title: "%1$s"
      duration: 90s
      window: 200ms
      cells:
        - {name: local, region: east, jurisdiction: home}
      pools:
        - {cell: local, name: general, boot: 5s, nodesMin: 2, nodesMax: 12, pricePerHour: 0.5}
      tenants:
        - {name: shop, displayName: "%1$s"}
      services:
        - tenant: shop
          name: gateway
          resources: {cpuMilli: 4_000, memoryMib: 4_096}
          capacity: {meanService: 40ms, boot: {median: 3s, p99: 4s}}
          scaling: {replicasInitial: 2, replicasMax: 30}
        - {tenant: shop, name: order}
      loads:
        - service: shop/gateway
          basePerSecond: 150
          crowds:
            - {name: sale, start: 40s, rise: 2s, hold: 20s, decayHalfLife: 3s, peakPerSecond: 1_500}
          calls:
            - {service: shop/order, ratio: 0.2}
        - service: shop/order
      events:
        - name: sale
          start: 40s
          rise: 2s
          hold: 20s
          decayHalfLife: 3s
          loads:
            - {service: shop/gateway, peakPerSecond: 1_500}
      surges:
        - {service: shop/gateway, start: 75s, factor: 2, rise: 1s, hold: 5s, decayHalfLife: 1s}
      """
          .formatted(HOSTILE);

  private record Told(Report.Subject subject, String html) {}

  private static Told tell(Scenario scenario, boolean calendar) {
    return tell(scenario, calendar, RunObserver.NONE);
  }

  private static Told tell(Scenario scenario, boolean calendar, RunObserver watcher) {
    Chronicle chronicle = new Chronicle(scenario, watcher);
    List<RunResult> results = new ArrayList<>();
    results.add(run(scenario, "slo", chronicle));
    results.add(run(scenario, "fixed", RunObserver.NONE));
    RunResult without =
        calendar
            ? run(scenario.edit(draft -> draft.events = List.of()), "slo", RunObserver.NONE)
            : null;
    Report.Subject subject =
        new Report.Subject(
            List.of(
                new Variation(
                    List.of(),
                    scenario,
                    results.stream().map(r -> new Trial(r.policy(), List.of(r))).toList())),
            chronicle,
            0,
            without,
            "highwater rehearse " + HOSTILE,
            "2001-01-01T00:00:00Z",
            1.5,
            "{\"title\":\"" + HOSTILE + "\"}",
            null);
    return new Told(subject, Report.html(subject));
  }

  private static RunResult run(Scenario scenario, String policy, RunObserver observer) {
    return new Rehearsal(scenario, new TreeMap<>(), PolicyChoice.parse(policy), observer).run();
  }

  private static Told night() throws ScenarioException {
    return tell(ScenarioReader.read(NIGHT, "night.yaml"), true);
  }

  private static Document parse(String html)
      throws ParserConfigurationException, SAXException, IOException {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(html)));
  }

  private static List<Element> all(Document page, String tag) {
    List<Element> elements = new ArrayList<>();
    NodeList nodes = page.getElementsByTagName(tag);
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  /** A table's rows by name, cells by column. */
  private static SortedMap<String, SortedMap<String, String>> table(Document page, String caption) {
    for (Element table : all(page, "table")) {
      if (table.getElementsByTagName("caption").item(0).getTextContent().equals(caption)) {
        NodeList rows = table.getElementsByTagName("tr");
        NodeList columns = ((Element) rows.item(0)).getElementsByTagName("th");
        SortedMap<String, SortedMap<String, String>> read = new TreeMap<>();
        for (int r = 1; r < rows.getLength(); r++) {
          Element row = (Element) rows.item(r);
          NodeList cells = row.getElementsByTagName("td");
          SortedMap<String, String> values = new TreeMap<>();
          for (int c = 0; c < cells.getLength(); c++) {
            values.put(columns.item(c + 1).getTextContent(), cells.item(c).getTextContent());
          }
          read.put(row.getElementsByTagName("th").item(0).getTextContent(), values);
        }
        return read;
      }
    }
    throw new AssertionError("no table " + caption);
  }

  @Test
  void everySectionIsThereAndNothingIsFetched() throws Exception {
    Told told = night();
    Document page = parse(told.html());

    assertThat(all(page, "section").stream().map(section -> section.getAttribute("id")).toList())
        .containsExactly(
            "asked",
            "happened",
            "services",
            "capacity",
            "money",
            "squeezed",
            "comparison",
            "decisions",
            "without-calendar",
            "reading");
    for (Element section : all(page, "section")) {
      assertThat(section.getTextContent()).as(section.getAttribute("id")).hasSizeGreaterThan(60);
    }
    for (String outside : List.of("http:", "https:", "url(", "@import", "//")) {
      assertThat(told.html()).doesNotContain(outside);
    }
    for (String loading : List.of("img", "link", "iframe", "object", "base", "form")) {
      assertThat(all(page, loading)).as(loading).isEmpty();
    }
    for (Element link : all(page, "a")) {
      String target = link.getAttribute("href");
      assertThat(target).startsWith("#");
      assertThat(all(page, "section"))
          .anyMatch(section -> target.equals("#" + section.getAttribute("id")));
    }
    assertThat(all(page, "svg")).allMatch(svg -> !svg.getAttribute("aria-label").isBlank());
    assertThat(all(page, "svg")).hasSizeGreaterThan(10);
    assertThat(all(page, "article")).hasSizeBetween(3, 10);
    assertThat(told.html()).contains(">sale</span>").contains("surge × 2");
  }

  @Test
  void theNumbersAreThoseOfTheResult() throws Exception {
    Told told = night();
    Document page = parse(told.html());

    var policies = table(page, "All policies");
    assertThat(policies.keySet()).containsExactly("fixed", "slo");
    for (RunResult result : told.subject().results()) {
      assertThat(policies.get(result.policy()))
          .containsEntry("requests", Figures.grouped(result.requests()))
          .containsEntry("violations", Figures.grouped(result.violations()))
          .containsEntry("violations %", Figures.plain(100 * result.violationRatio()))
          .containsEntry("p99 ms", Figures.fixed(result.p99Ms(), 1))
          .containsEntry("replica-h", Figures.fixed(result.replicaHours(), 2))
          .containsEntry("node-h", Figures.fixed(result.nodeHours(), 2))
          .containsEntry("cost", Figures.fixed(result.cost(), 2))
          .containsEntry("decision log", result.decisionLogSha256().substring(0, 12));
    }
    var services = table(page, "slo, by service");
    for (ServiceResult service : told.subject().own().services()) {
      assertThat(services.get(service.service().toString()))
          .containsEntry("requests", Figures.grouped(service.requests()))
          .containsEntry("violations", Figures.grouped(service.violations()))
          .containsEntry("p99 ms", Figures.fixed(service.p99Ms(), 1))
          .containsEntry("replicas at most", Figures.grouped(service.replicasPeak()));
    }
    RunResult own = told.subject().own();
    assertThat(table(page, "By pool").get("local/general"))
        .containsEntry("cost", Figures.fixed(own.cost(), 2))
        .containsEntry("node-hours", Figures.fixed(own.nodeHours(), 2))
        .containsEntry("nodes at most", Figures.grouped(own.nodesPeak()));
    assertThat(table(page, "By tenant").get("all"))
        .containsEntry("cost", Figures.fixed(own.cost(), 2));
    RunResult without = told.subject().withoutCalendar();
    assertThat(without).isNotNull();
    assertThat(without.violations()).isGreaterThan(own.violations());
    assertThat(table(page, "With and without").get("violations"))
        .containsEntry("with the calendar", Figures.grouped(own.violations()))
        .containsEntry("without", Figures.grouped(without.violations()));
  }

  @Test
  void eachPolicyIsOneDot() throws Exception {
    Document page = parse(night().html());
    assertThat(all(page, "span"))
        .filteredOn(span -> span.getAttribute("class").startsWith("point "))
        .hasSize(2);
    assertThat(all(page, "span"))
        .filteredOn(span -> span.getAttribute("class").startsWith("name "))
        .extracting(Element::getTextContent)
        .containsExactlyInAnyOrder("slo", "fixed");
  }

  @Test
  void aLongPromiseIsToldInLongUnits() throws Exception {
    Scenario batch =
        ScenarioReader.read(
            NIGHT.replace("name: order}", "name: order, slo: {latency: 40m, quantile: 0.9}}"),
            "night.yaml");
    Document page = parse(tell(batch, false).html());
    assertThat(table(page, "Services").get("shop/order")).containsEntry("SLO", "90 % in 40 min");
    assertThat(table(page, "slo, by service").get("shop/order")).containsEntry("SLO", "40 min");
    assertThat(table(page, "slo, by service").get("shop/gateway")).containsEntry("SLO", "250 ms");
    assertThat(page.getDocumentElement().getTextContent()).doesNotContain("2400000");
  }

  /** Its services want more than the nodes hold: who is short of room is told, with why. */
  @Test
  void whoWasSqueezedHasARow() throws Exception {
    Scenario contested =
        ScenarioReader.read(
            NIGHT.replace("nodesMin: 2, nodesMax: 12", "nodesMin: 2, nodesMax: 2"), "night.yaml");
    Told told = tell(contested, false);
    Chronicle.Squeeze squeeze = told.subject().chronicle().squeezes().get(GATEWAY);
    assertThat(squeeze).isNotNull();
    assertThat(squeeze.pendingMost).isPositive();
    assertThat(squeeze.refused()[0]).isPositive();

    Document page = parse(told.html());
    assertThat(table(page, "Under slo").get("shop/gateway"))
        .containsEntry("replicas pending at most", Figures.grouped(squeeze.pendingMost))
        .containsEntry("s short of room", Figures.grouped(squeeze.pendingSeconds))
        .containsEntry("rejected", Figures.grouped(squeeze.refused()[0]));
    assertThat(page.getDocumentElement().getTextContent()).contains("shop/gateway at its worst: ");
  }

  /** All that stood on it when it crashed, by what nodes said of themselves. */
  @Test
  void whoLostReplicasWithANodeHasARow() throws Exception {
    Scenario crash =
        ScenarioReader.read(
            NIGHT
                + "faults: [{start: 50s, fault: node-crash, cell: local,"
                + " target: local-general-0}]\n",
            "night.yaml");
    SortedMap<ServiceId, Long> stood = new TreeMap<>();
    RunObserver watcher =
        new RunObserver() {
          @Override
          public void decided(Input input, Decision decision) {
            for (Observation said : input.observations()) {
              if (said instanceof Observation.NodeReport node
                  && node.node().equals("local-general-0")) {
                stood.clear();
                node.replicas().forEach(replica -> stood.merge(replica.service(), 1L, Long::sum));
              }
            }
          }
        };
    Told told = tell(crash, false, watcher);

    SortedMap<ServiceId, Long> lost = new TreeMap<>();
    told.subject()
        .chronicle()
        .squeezes()
        .forEach((service, squeeze) -> lost.put(service, squeeze.lost));
    lost.values().removeIf(count -> count == 0);
    assertThat(lost).isEqualTo(stood).isNotEmpty();
    assertThat(table(parse(told.html()), "Under slo").get("shop/gateway"))
        .containsEntry("lost with nodes", Figures.grouped(stood.getOrDefault(GATEWAY, 0L)));
  }

  /** Counted here a second time, from what the kernel explained. */
  @Test
  void theLargestDecisionsAreToldInOrder() throws Exception {
    Scenario scenario = ScenarioReader.read(NIGHT, "night.yaml");
    SortedMap<String, List<Double>> coresMoved = new TreeMap<>();
    RunObserver watcher =
        new RunObserver() {
          @Override
          public void decided(Input input, Decision decision) {
            if (input.nowMs() > scenario.startsAtMs()) {
              decision.explanations().forEach(this::explained);
            }
          }

          private void explained(Explanation explanation) {
            if (explanation instanceof Explanation.ServiceExplained e) {
              Service service = Objects.requireNonNull(scenario.service(e.service()));
              moved(
                  e.service().toString(),
                  e.target() - e.targetBefore(),
                  service.resources().cpuMilli());
            } else if (explanation instanceof Explanation.PoolExplained e) {
              long cores = scenario.pools().get(0).shape().cpuMilli();
              moved("pool " + e.pool(), e.target() - e.targetBefore(), cores);
            }
          }

          private void moved(String subject, int by, long cpuMilli) {
            coresMoved
                .computeIfAbsent(subject, name -> new ArrayList<>())
                .add(Math.abs(by) * cpuMilli / 1e3);
          }
        };
    Document page = parse(tell(scenario, false, watcher).html());

    List<Double> told = new ArrayList<>();
    SortedMap<String, Integer> bySubject = new TreeMap<>();
    for (Element article : all(page, "article")) {
      String head = article.getElementsByTagName("h3").item(0).getTextContent();
      String subject = head.substring(head.indexOf("  ") + 2, head.lastIndexOf(": "));
      String note = article.getElementsByTagName("p").item(0).getTextContent();
      double cores =
          Double.parseDouble(note.replaceAll(".*; ([0-9.,]+) cores .*", "$1").replace(",", ""));
      told.add(cores);
      bySubject.merge(subject, 1, Integer::sum);
      assertThat(coresMoved.get(subject)).as(head).contains(cores);
    }
    assertThat(told).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(told.get(0))
        .isEqualTo(
            coresMoved.values().stream()
                .flatMap(List::stream)
                .mapToDouble(Double::doubleValue)
                .max()
                .orElseThrow());
    // Each subject's largest is among them, unless it is smaller than all that is told.
    coresMoved.forEach(
        (subject, moves) -> {
          double most = moves.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
          if (most > told.get(told.size() - 1)) {
            assertThat(bySubject).as("%s moved %s", subject, most).containsKey(subject);
          }
        });
    assertThat(page.getDocumentElement().getTextContent())
        .contains("of one service or pool at most 3 while others have changes left");
  }

  @Test
  void aHostileNameStaysText() throws Exception {
    Told told = night();
    Document page = parse(told.html());
    String name = told.subject().scenario().tenants().get(0).displayName();
    assertThat(name).contains("<img src=x onerror='alert(1)'>");

    assertThat(told.html()).doesNotContain("<img");
    assertThat(table(page, "Tenants").get("shop")).containsEntry("name", name);
    assertThat(all(page, "p").get(0).getTextContent()).isEqualTo(name);
    assertThat(all(page, "footer").get(0).getTextContent()).contains(HOSTILE);
    assertThat(all(page, "script")).hasSize(2);
    for (Element element : all(page, "*")) {
      NamedNodeMap attributes = element.getAttributes();
      for (int i = 0; i < attributes.getLength(); i++) {
        assertThat(attributes.item(i).getNodeName()).doesNotStartWith("on");
      }
    }
  }

  @Test
  void theSameRunGivesTheSamePage() throws Exception {
    assertThat(night().html()).isEqualTo(night().html());
  }

  @Test
  void withoutEventsAndOtherPoliciesItSaysSo() throws Exception {
    Scenario quiet =
        ScenarioReader.read(NIGHT, "night.yaml")
            .edit(
                draft -> {
                  draft.events = List.of();
                  draft.surges = List.of();
                  draft.durationMs = 20_000;
                });
    Document page = parse(tell(quiet, false).html());

    assertThat(page.getDocumentElement().getTextContent())
        .contains("No event was declared.")
        .contains("no surge, no fault")
        .contains("Nothing was declared, so the run above is the run without a calendar.");
  }

  @Test
  void aFaultThatHitNothingIsToldSo() throws Exception {
    Scenario missed =
        ScenarioReader.read(
            NIGHT
                + "faults: [{start: 5s, fault: node-crash, cell: local, target: local-general-11},"
                + " {start: 6s, fault: node-crash, cell: local, target: local-general-0}]\n",
            "night.yaml");
    Document page = parse(tell(missed, false).html());

    assertThat(table(page, "Told to nobody: surges and faults"))
        .extractingByKey("0:05")
        .asString()
        .contains("node crash, which hit nothing");
    assertThat(table(page, "Told to nobody: surges and faults"))
        .extractingByKey("0:06")
        .asString()
        .doesNotContain("hit nothing");
    assertThat(all(page, "span").stream().map(Element::getTextContent))
        .contains("node crash local/local-general-11 hit nothing")
        .contains("node crash local/local-general-0");
  }

  @Test
  void aLongRunDrawsFewStepsAndKeepsItsPage() throws Exception {
    Scenario day =
        ScenarioReader.read(NIGHT, "night.yaml")
            .edit(
                draft -> {
                  draft.windowMs = 1_000;
                  draft.durationMs = 2 * 3_600_000L;
                  draft.fidelity = Fidelity.FLUID;
                });
    String html = tell(day, true).html();
    Document page = parse(html);

    int most = 0;
    for (Element path : all(page, "path")) {
      String values = path.getAttribute("data-v");
      most = Math.max(most, values.isEmpty() ? 0 : values.split(" ", -1).length);
    }
    assertThat(most).isBetween(200, Chart.STEPS_MAX);
    assertThat(html.length()).isLessThan(600_000);
    assertThat(page.getDocumentElement().getTextContent())
        .contains("the line is the mean of a step");
  }
}
