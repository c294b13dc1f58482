package dev.highwater.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Goal: help is help and nothing else. */
class HelpTest {
  /** Texts of help are format strings: a lone percent sign makes picocli warn before it helps. */
  @Test
  void helpOfEveryVerbWarnsOfNothing() {
    ByteArrayOutputStream warnings = new ByteArrayOutputStream();
    StringWriter help = new StringWriter();
    PrintStream before = System.err;
    System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
    try {
      print(Main.commandLine(), new PrintWriter(help));
    } finally {
      System.setErr(before);
    }

    assertThat(warnings.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(help.toString()).contains("their 95 %", "within 5 % and");
  }

  private static void print(CommandLine command, PrintWriter out) {
    command.usage(out);
    command.getSubcommands().values().forEach(each -> print(each, out));
  }
}
