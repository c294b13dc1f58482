package dev.highwater.http.testing;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;

/**
 * Takes the picture of the console that the documents show, from a server that runs. Run its {@code
 * main} on the module's test class path, a minute after a peak.
 */
final class ConsoleShot {
  private ConsoleShot() {}

  /**
   * Writes the picture.
   *
   * @param arguments where the server is, and the file
   */
  public static void main(String[] arguments) {
    try (Chromium chromium = Chromium.start("console")) {
      Page page =
          chromium
              .browser()
              .newPage(
                  new Browser.NewPageOptions()
                      .setViewportSize(1440, 900)
                      .setColorScheme(ColorScheme.LIGHT));
      page.navigate(arguments[0]);
      page.locator("#span").selectOption("180");
      assertThat(page.locator("article.service canvas").last()).isVisible();
      assertThat(page.locator("#decisions tbody tr").first()).isVisible();
      page.screenshot(
          new Page.ScreenshotOptions().setFullPage(true).setPath(Path.of(arguments[1])));
    }
  }
}
