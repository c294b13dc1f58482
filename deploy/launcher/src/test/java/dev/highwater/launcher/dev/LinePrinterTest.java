package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Goal: whoever says a line never waits for whoever reads it. */
@Timeout(30)
class LinePrinterTest {
  @Test
  void everythingSaidIsPrintedInOrderAtTheEnd() throws InterruptedException {
    StringWriter out = new StringWriter();
    LinePrinter printer = new LinePrinter(new PrintWriter(out));
    for (int i = 0; i < 100; i++) {
      printer.print("line " + i);
    }
    printer.end();
    assertThat(out.toString().lines()).hasSize(100).startsWith("line 0").endsWith("line 99");
  }

  @Test
  void aReaderThatHoldsTheTerminalHoldsNobodyElse() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch printing = new CountDownLatch(1);
    StringWriter out = new StringWriter();
    LinePrinter printer =
        new LinePrinter(
            new PrintWriter(out) {
              @Override
              public void println(String line) {
                printing.countDown();
                try {
                  held.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                super.println(line);
              }
            });
    printer.print("first");
    printing.await();
    for (int i = 0; i < LinePrinter.BEHIND_MAX + 3; i++) {
      printer.print("more");
    }
    held.countDown();
    printer.end();
    assertThat(out.toString().lines())
        .hasSize(1 + LinePrinter.BEHIND_MAX + 1)
        .endsWith("... 3 lines left out, because nobody read them in time");
  }
}
