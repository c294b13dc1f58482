package dev.highwater.launcher.rehearse;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Media;
import dev.highwater.http.testing.Chromium;
import dev.highwater.launcher.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * Goal: the page of a rehearsal is read in a real browser as it is meant to be: on a screen, on a
 * phone, in the dark and in print, and it fetches nothing.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportPageTest {
  /** Five policies in a quiet minute, so that all are about equally dear. */
  private static final String POLICIES = "slo,hpa,fixed,static-peak,perfect-reactive";

  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private Chromium chromium;
  private Path file;

  @BeforeAll
  void rehearse(@TempDir Path folder) {
    chromium = Chromium.start("report");
    file = folder.resolve("night.html");
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(new StringWriter()));
    command.setErr(new PrintWriter(new StringWriter()));
    command.execute(
        "rehearse",
        Path.of("../scenarios/peak-night.yaml").toString(),
        "--for",
        "30",
        "--compare",
        POLICIES,
        "--report",
        file.toString());
    assertThat(Files.exists(file)).isTrue();
  }

  @AfterAll
  void stopBrowser() {
    if (chromium != null) {
      chromium.close();
    }
  }

  private BrowserContext open(int width, ColorScheme scheme) {
    complaints.clear();
    BrowserContext context =
        chromium
            .browser()
            .newContext(
                new Browser.NewContextOptions().setViewportSize(width, 900).setColorScheme(scheme));
    Page page = context.newPage();
    page.onPageError(complaints::add);
    page.onConsoleMessage(message -> complaints.add(message.text()));
    page.onRequest(
        request -> {
          if (!request.url().startsWith("file:")) {
            complaints.add("fetched: " + request.url());
          }
        });
    page.navigate(file.toUri().toString());
    return context;
  }

  @ParameterizedTest
  @CsvSource({"1200, false", "390, false", "1200, true", "700, true"})
  void nothingIsWiderThanThePageAndNoNameLiesOnAnother(int width, boolean print) {
    try (BrowserContext context = open(width, ColorScheme.LIGHT)) {
      Page page = context.pages().get(0);
      if (print) {
        page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));
      } else {
        assertThat((Integer) page.evaluate("document.documentElement.scrollWidth"))
            .isLessThanOrEqualTo(width);
      }
      List<Map<String, Object>> names = boxes(page, ".scatter .name");
      assertThat(names).hasSize(5);
      double titleEnds = number(boxes(page, "figure:has(.scatter) figcaption").get(0), "bottom");
      for (int i = 0; i < names.size(); i++) {
        assertThat(number(names.get(i), "top")).as("%s", names).isGreaterThan(titleEnds);
        for (int j = 0; j < i; j++) {
          assertThat(apart(names.get(i), names.get(j)))
              .as("%s and %s", names.get(i), names.get(j))
              .isTrue();
        }
      }
    }
    assertThat(complaints).isEmpty();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> boxes(Page page, String selector) {
    return (List<Map<String, Object>>)
        page.evalOnSelectorAll(
            selector,
            "all => all.map(e => { const b = e.getBoundingClientRect(); return {text:"
                + " e.textContent, left: b.left, right: b.right, top: b.top, bottom: b.bottom} })");
  }

  private static double number(Map<String, Object> box, String side) {
    return ((Number) Objects.requireNonNull(box.get(side))).doubleValue();
  }

  private static boolean apart(Map<String, Object> a, Map<String, Object> b) {
    return number(a, "right") <= number(b, "left")
        || number(b, "right") <= number(a, "left")
        || number(a, "bottom") <= number(b, "top")
        || number(b, "bottom") <= number(a, "top");
  }

  @Test
  void itIsDarkInTheDarkAndLightInTheLight() {
    for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
      try (BrowserContext context = open(1200, scheme)) {
        Page page = context.pages().get(0);
        String paper = (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
        int red = Integer.parseInt(paper.replaceAll("rgb\\((\\d+),.*", "$1"));
        assertThat(red < 64).as("%s: %s", scheme, paper).isEqualTo(scheme == ColorScheme.DARK);
      }
    }
  }

  @Test
  void itPrints() {
    try (BrowserContext context = open(1200, ColorScheme.DARK)) {
      byte[] pdf = context.pages().get(0).pdf();
      String text = new String(pdf, StandardCharsets.ISO_8859_1);
      assertThat(text).startsWith("%PDF-");
      assertThat(Pattern.compile("/Type\\s*/Page[^s]").matcher(text).results().count())
          .isBetween(3L, 20L);
    }
  }
}
