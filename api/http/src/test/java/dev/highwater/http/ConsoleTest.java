package dev.highwater.http;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.highwater.http.testing.Chromium;
import dev.highwater.http.testing.FakeControlPlane;
import dev.highwater.http.testing.SampleNight;
import dev.highwater.model.Cell;
import dev.highwater.model.Cordon;
import dev.highwater.model.Decision;
import dev.highwater.model.Explanation.MovesView;
import dev.highwater.model.Explanation.PoolExplained;
import dev.highwater.model.Fact;
import dev.highwater.model.ManualOverride;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Goal: the console shows what is published, as it is published, in a real browser, and what it
 * starts is started. Each test leaves a screenshot in {@code target/console}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleTest {
  private static final Path SHOTS = Path.of("target", "console");
  private static final int NOW_S = 450;

  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private Vertx vertx;
  private Chromium chromium;
  private Browser browser;
  private FakeControlPlane world;
  private SampleNight night;
  private HttpApi api;

  @BeforeAll
  void startBrowser() {
    chromium = Chromium.start("console");
    browser = chromium.browser();
    vertx = Vertx.vertx();
  }

  @AfterAll
  void stopBrowser() throws Exception {
    if (chromium != null) {
      chromium.close();
      vertx.close().await(20, TimeUnit.SECONDS);
    }
  }

  @BeforeEach
  void startNight() throws Exception {
    complaints.clear();
    world = new FakeControlPlane();
    night = new SampleNight(1_795_478_400_000L);
    night.specs().forEach(world::with);
    start(0);
    for (int second = 0; second <= NOW_S; second++) {
      world.publish(night.snapshot(second));
      if (second % 7 == 0 || second > 400) {
        world.publish(night.decision(second));
      }
    }
  }

  @AfterEach
  void stopNight() throws Exception {
    vertx.undeploy(api.deploymentID()).await(20, TimeUnit.SECONDS);
  }

  @Test
  void showsEveryServiceWithItsFiguresAndCharts() {
    try (BrowserContext context = open(1440, 1200, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);

      assertThat(page.locator("article.service")).hasCount(5);
      Locator order = page.locator("article[data-service='shop/order']");
      assertThat(order.locator(".figures")).containsText("offered");
      assertThat(order.locator("canvas")).hasCount(3);
      assertThat(page.locator("#sum-slo")).hasText(Pattern.compile("\\d / 5"));
      assertThat(page.locator("#link")).hasText("live");
      assertThat(page.locator("#clock")).containsText("UTC");
      assertThat(page.locator("#owner"))
          .containsText(Pattern.compile("/h, cost \\d+\\.\\d\\d since 00:00:00 UTC"));
      // A chart with data has more than the background on its canvas.
      int painted =
          (Integer)
              order.evaluate(
                  "row => [...row.querySelectorAll('canvas')].filter(c => c.getContext('2d')"
                      + ".getImageData(0, 0, c.width, c.height).data.some(v => v !== 0)).length");
      assertThat(painted).isEqualTo(3);
      shoot(page, "light");
    }
    assertThat(complaints).isEmpty();
  }

  @Test
  void deletedCellIsOfferedNoLonger() {
    try (BrowserContext context = open(1440, 1200, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);
      assertThat(page.locator("#cell option")).hasCount(1);
      for (String cell : new String[] {"a-10", "a-2"}) {
        world.with(Cell.named(cell));
        world.publish(StreamTest.named(cell, night.snapshot(NOW_S)));
      }
      assertThat(page.locator("#cell option"))
          .hasText(new String[] {"a-2", "a-10", SampleNight.CELL});
      assertThat(page.locator("#cell")).hasValue(SampleNight.CELL);

      world.gone(SampleNight.CELL);

      assertThat(page.locator("#cell option")).hasText(new String[] {"a-2", "a-10"});
      assertThat(page.locator("#cell")).hasValue("a-2");
      assertThat(page.locator("article.service")).hasCount(5);
    }
    assertThat(complaints).isEmpty();
  }

  @Test
  void showsNodesEventsAndDecisionsWithTheirReasons() {
    try (BrowserContext context = open(1440, 1200, ColorScheme.DARK)) {
      Page page = context.pages().get(0);

      assertThat(page.locator("#nodes .grid .node:not(.booting)"))
          .hasCount(night.snapshot(NOW_S).nodes().size());
      assertThat(page.locator(".event").first()).containsText("flash-sale");
      assertThat(page.locator(".event").first()).containsText("T+00:30");
      assertThat(page.locator("#next-event")).hasText("T−39:30");
      Locator first = page.locator("#decisions tbody tr").first();
      assertThat(first.locator(".wish.won")).hasText("calendar");
      assertThat(first.locator(".reason")).containsText("flash-sale peaks at 6500/s");
      assertThat(first.locator(".losers")).containsText("reactive");
      assertThat(page.locator("#decisions .refusal").first()).containsText("3 pending");
      assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
      shoot(page, "dark");
    }
    assertThat(complaints).isEmpty();
  }

  /** The console has the words of the other readers, not words of its own. */
  @Test
  void movesThatWouldEmptyNodesAreShownWithWhatTheyCostAndSave() {
    try (BrowserContext context = open(1440, 1200, ColorScheme.LIGHT)) {
      Locator first = context.pages().get(0).locator("#decisions tbody tr").first();
      int second = NOW_S;
      for (MovesView moves :
          List.of(
              moves(List.of("standard-3", "standard-4"), 0.0125, false),
              moves(List.of("standard-3"), 1.5, true),
              moves(List.of(), 0, false))) {
        second++;
        world.publish(
            new Decision(
                SampleNight.CELL,
                3,
                second,
                night.decision(second).nowMs(),
                List.of(new Fact.MovesProposed("east/standard", moves.nodes())),
                List.of(),
                List.of(
                    new PoolExplained(
                        "east/standard", 18, 18, 16, 0, 0, 0, 2, "replicas there are", moves))));
        assertThat(first).containsText("pool east/standard");
        assertThat(first.locator(".reason")).hasText(moves.phrase());
      }
    }
    assertThat(complaints).isEmpty();
  }

  private static MovesView moves(List<String> nodes, double bootCost, boolean carriedOut) {
    return new MovesView(
        nodes,
        new TreeMap<>(Map.of("shop/cart", nodes.size())),
        bootCost,
        3.0 * nodes.size(),
        carriedOut,
        "why");
  }

  @Test
  void whoHoldsAServiceUntilWhenAndWhyIsShown() {
    long nowMs = night.snapshot(NOW_S).nowMs();
    ManualOverride word =
        new ManualOverride(ManualOverride.Kind.PAUSE, 0, nowMs + 90_000, "deploying 4.2", "kim");
    try (BrowserContext context = open(1280, 900, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);
      Locator held = page.locator("article[data-service='shop/order'] .held");
      assertThat(held).isHidden();

      world.publish(SampleNight.held(night.snapshot(NOW_S), "shop/order", word));
      world.publish(SampleNight.held(night.decision(NOW_S + 1), word));

      assertThat(held).hasText("paused by kim, ends in 01:30: deploying 4.2");
      assertThat(page.locator("#decisions tbody tr").first().locator(".reason"))
          .containsText("manual paused by kim");
      shoot(page, "held");
      world.publish(SampleNight.held(night.snapshot(NOW_S + 90), "shop/order", word));
      assertThat(held).hasText("paused by kim, ended: deploying 4.2");
    }
    assertThat(complaints).isEmpty();
  }

  @Test
  void whoClosedANodeAndWhyIsShown() {
    Cordon cordon = new Cordon(SampleNight.CELL, "standard-1", false, "disk errors", "kim");
    try (BrowserContext context = open(1280, 900, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);

      world.publish(SampleNight.cordoned(night.snapshot(NOW_S), cordon));

      assertThat(page.locator("#nodes .grid .node.cordoned"))
          .hasAttribute(
              "title",
              Pattern.compile("standard-1, zone b, cordoned: .*; cordoned by kim: disk errors"));
      page.locator("#nodes")
          .screenshot(new Locator.ScreenshotOptions().setPath(SHOTS.resolve("cordoned.png")));
    }
    assertThat(complaints).isEmpty();
  }

  @Test
  void followsTheStreamAndCountsDown() {
    try (BrowserContext context = open(1280, 900, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);
      assertThat(page.locator("#next-event")).hasText("T−39:30");

      world.publish(night.decision(NOW_S)); // says again what the page has already
      world.publish(night.snapshot(NOW_S + 3));
      world.publish(night.decision(NOW_S + 4));

      assertThat(page.locator("#next-event")).hasText("T−39:27");
      assertThat(page.locator("#decisions tbody tr td").first())
          .hasAttribute("title", "decision 3." + (NOW_S + 4));
      assertThat(page.locator("#decisions td[title='decision 3." + NOW_S + "']")).hasCount(1);
    }
    assertThat(complaints).isEmpty();
  }

  @Test
  void startsASurgeAndTellsARefusal() {
    try (BrowserContext context = open(1280, 900, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);
      page.locator("#surge [name=service]").selectOption("rail/query");
      page.locator("#surge [name=factor]").fill("4.5");
      page.locator("#surge [name=seconds]").fill("30");

      page.locator("#surge button").click();

      assertThat(page.locator("#surge-answer"))
          .hasText("rail/query at 4.5 times its load for 30 s");
      assertThat(world.simulated())
          .containsExactly(
              new SimulationCommand.Surge(
                  new ServiceId("rail", "query"), 4.5, 2_000, 30_000, 5_000));

      world.breakWith(new UnavailableException("no front door is connected", "wait for one"));
      page.locator("#surge button").click();

      assertThat(page.locator("#surge-answer"))
          .hasText("no front door is connected (wait for one)");
    }
  }

  @Test
  void reconnectsWhenTheServerComesBack() throws Exception {
    try (BrowserContext context = open(1280, 900, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);
      assertThat(page.locator("#link")).hasText("live");
      int port = api.port();

      vertx.undeploy(api.deploymentID()).await(20, TimeUnit.SECONDS);
      assertThat(page.locator("#link")).containsText("no connection");
      start(port);
      world.publish(night.snapshot(NOW_S + 9));

      assertThat(page.locator("#link")).hasText("live");
      assertThat(page.locator("#next-event")).hasText("T−39:21");
    }
  }

  @Test
  void fitsAPhone() {
    try (BrowserContext context = open(390, 844, ColorScheme.DARK)) {
      Page page = context.pages().get(0);

      assertThat(page.locator("article.service")).hasCount(5);
      int width = (Integer) page.evaluate("document.documentElement.scrollWidth");
      assertThat(width).isLessThanOrEqualTo(390);
      assertThat(page.locator("#link")).hasText("live");
      boolean whole =
          (Boolean) page.locator("#link").evaluate("link => link.scrollWidth <= link.clientWidth");
      assertThat(whole).as("the state of the link is read in full").isTrue();
      page.setViewportSize(390, 1_600);
      page.screenshot(new Page.ScreenshotOptions().setPath(SHOTS.resolve("phone.png")));
      page.evaluate("document.getElementById('events-title').scrollIntoView()");
      page.screenshot(new Page.ScreenshotOptions().setPath(SHOTS.resolve("phone-lower.png")));
    }
    assertThat(complaints).isEmpty();
  }

  @Test
  void switchesThemeAndRemembers() {
    try (BrowserContext context = open(1280, 900, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);
      assertThat(page.locator("html")).hasAttribute("data-theme", "light");

      page.locator("#theme").click();
      page.reload();

      assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
    }
    assertThat(complaints).isEmpty();
  }

  @Test
  void filtersServices() {
    try (BrowserContext context = open(1280, 900, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);

      page.locator("#filter").fill("rail/");

      assertThat(page.locator("article.service")).hasCount(3);
      assertThat(page.locator("#services-count")).hasText("3 of 5");
    }
    assertThat(complaints).isEmpty();
  }

  private void start(int port) throws Exception {
    api = new HttpApi(world, HttpSettings.DEFAULT.withPort(port));
    vertx.deployVerticle(api).await(20, TimeUnit.SECONDS);
  }

  /** Opens the console; whatever the page complains of or fetches from elsewhere is recorded. */
  private BrowserContext open(int width, int height, ColorScheme scheme) {
    BrowserContext context =
        browser.newContext(
            new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(scheme));
    Page page = context.newPage();
    String origin = "http://127.0.0.1:" + api.port() + "/";
    page.onConsoleMessage(
        message -> {
          if (message.type().equals("error")) {
            complaints.add(message.text());
          }
        });
    page.onPageError(complaints::add);
    page.onRequest(
        request -> {
          if (!request.url().startsWith(origin)) {
            complaints.add("fetched from elsewhere: " + request.url());
          }
        });
    page.navigate(origin);
    assertThat(page.locator("article.service").first()).isVisible();
    assertThat(page.locator("#decisions tbody tr").first()).isVisible();
    return context;
  }

  private static void shoot(Page page, String name) {
    page.screenshot(
        new Page.ScreenshotOptions().setFullPage(true).setPath(SHOTS.resolve(name + ".png")));
  }
}
