package dev.highwater.launcher.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.launcher.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class OpenbBenchCommandTest {
  @TempDir Path folder;

  private static JsonNode run(String... arguments) throws Exception {
    StringWriter out = new StringWriter();
    CommandLine commandLine = Main.commandLine().setOut(new PrintWriter(out));
    assertThat(commandLine.execute(arguments)).isZero();
    return new ObjectMapper().readTree(out.toString());
  }

  @Test
  void openbPrintsMeanAndSpread() throws Exception {
    Path nodes =
        Files.writeString(
            folder.resolve("nodes.csv"),
            "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,4,G\n");
    Path pods =
        Files.writeString(
            folder.resolve("pods.csv"),
            "name,cpu_milli,memory_mib,num_gpu,gpu_milli\np0,1000,1024,1,1000\np1,1000,1024,1,500\n");
    JsonNode json =
        run(
            "bench",
            "openb",
            "--nodes",
            nodes.toString(),
            "--pods",
            pods.toString(),
            "--seeds",
            "3",
            "--json",
            "-");
    assertThat(json.get("gpuAllocationRatio").get("mean").asDouble()).isBetween(75.0, 100.0);
  }

  @Test
  void brokenListIsOneLine() throws Exception {
    Path broken = Files.writeString(folder.resolve("nodes.csv"), "header\nn0,many\n");
    StringWriter err = new StringWriter();
    int code =
        Main.commandLine()
            .setErr(new PrintWriter(err))
            .execute("bench", "openb", "--nodes", broken.toString(), "--pods", broken.toString());
    assertThat(code).isNotZero();
    assertThat(err.toString()).contains("line 2");
  }
}
