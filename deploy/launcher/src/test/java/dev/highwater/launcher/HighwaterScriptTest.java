package dev.highwater.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: the script builds what is stale and nothing else, starts what it built, and says in one
 * line what it misses.
 *
 * <p>It runs in a small copy of the tree, with a java that prints its arguments and a Maven that
 * writes a line per module and a jar.
 */
class HighwaterScriptTest {
  private static final Path SCRIPT =
      Path.of(System.getProperty("highwater.root"), "deploy/highwater");

  @TempDir private Path folder;
  private Path root;
  private Path source;
  private Path bin;
  private Path jdk;

  @BeforeEach
  void makeTree() throws IOException {
    root = folder.resolve("house");
    Files.createDirectories(root.resolve("deploy"));
    Files.copy(SCRIPT, root.resolve("deploy/highwater"));
    Files.writeString(root.resolve("pom.xml"), "");
    Files.createDirectories(root.resolve("deploy/launcher/src/main"));
    Files.writeString(root.resolve("deploy/launcher/pom.xml"), "");
    source = root.resolve("deploy/launcher/src/main/Main.java");
    Files.writeString(source, "");
    jdk = jdk("17.0.15");
    bin = Files.createDirectories(folder.resolve("bin"));
    executable(
        bin.resolve("mvn"),
        "echo x >>" + folder.resolve("builds"),
        "echo '[INFO] Building Highwater 0.1.0-SNAPSHOT   [1/3]'",
        "echo '[INFO] Building Highwater model 0.1.0-SNAPSHOT   [2/3]'",
        "echo '[INFO] Building Highwater launcher 0.1.0-SNAPSHOT   [3/3]'",
        "mkdir -p deploy/launcher/target/lib",
        "echo jar >deploy/launcher/target/lib/some.jar",
        "echo jar >deploy/launcher/target/highwater-launcher-0.1.0-SNAPSHOT.jar");
  }

  @Test
  void buildsOnceThenStarts() throws Exception {
    Run first = run("dev", "two words");
    assertThat(first.exit()).isZero();
    assertThat(first.err())
        .containsExactly("building highwater: model (1/2)", "building highwater: launcher (2/2)");
    assertThat(first.out()).endsWith("dev.highwater.launcher.Main", "dev", "two words");

    Run second = run("status");
    assertThat(second.err()).isEmpty();
    assertThat(second.out()).endsWith("dev.highwater.launcher.Main", "status");
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void startsTheJarsOfTheLastBuild() throws Exception {
    run();
    String before = classPath(run());
    touch(source);
    String after = classPath(run());
    assertThat(after).isNotEqualTo(before);
    for (String path : List.of(before, after)) { // what runs from the first build keeps its jars
      assertThat(Path.of(path.substring(0, path.length() - 2)))
          .isDirectoryContaining("glob:**/some.jar")
          .isDirectoryContaining("glob:**/highwater-launcher-*.jar");
    }
  }

  @Test
  void buildsAgainAfterAChange() throws Exception {
    run();
    touch(source);
    run();
    assertThat(builds()).as("a changed source").isEqualTo(2);
    touch(root.resolve("deploy/launcher/pom.xml"));
    run();
    assertThat(builds()).as("a changed pom").isEqualTo(3);
    Files.delete(source);
    touch(root.resolve("deploy/launcher/src/main")); // as the deletion did, but surely late enough
    run();
    assertThat(builds()).as("a removed source").isEqualTo(4);
    run();
    assertThat(builds()).as("no change").isEqualTo(4);
  }

  @Test
  void failedBuildShowsItsEndAndIsTriedAgain() throws Exception {
    executable(
        bin.resolve("mvn"),
        "for i in $(seq 100); do echo line $i; done",
        "echo the reason",
        "exit 3");
    for (int attempt = 0; attempt < 2; attempt++) {
      Run run = run("dev");
      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).hasSize(31).endsWith("the reason").doesNotContain("line 1");
      assertThat(run.err().get(0)).contains("the build failed").contains("build.log");
    }
  }

  @Test
  void startsThroughALinkFromAnyFolder() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("hw"), Path.of("house/deploy/highwater"));
    Path elsewhere = Files.createDirectories(folder.resolve("else where"));
    Path second = Files.createSymbolicLink(elsewhere.resolve("hw"), Path.of("../hw"));
    Run run = run(elsewhere, List.of(second.toString(), "rehearse", "mine.yaml"));
    assertThat(link).exists();
    assertThat(run.exit()).isZero();
    assertThat(run.out())
        .contains("in " + elsewhere.toRealPath())
        .contains("-Dhighwater.root=" + root.toRealPath())
        .endsWith("rehearse", "mine.yaml");
  }

  @Test
  void passesNewerFlagsToNewerVirtualMachinesOnly() throws Exception {
    String flag = "--sun-misc-unsafe-memory-access=allow";
    assertThat(run().out()).doesNotContain(flag).contains("java.se");
    jdk = jdk("25.0.3");
    assertThat(run().out()).contains(flag);
  }

  @Test
  void oldJavaIsRefusedInOneLine() throws Exception {
    for (String version : List.of("1.8.0_402", "11.0.2", "16")) {
      jdk = jdk(version);
      Run run = run("dev");
      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.err())
          .containsExactly(
              "highwater: needs Java 17 or newer, but "
                  + jdk
                  + "/bin/java is "
                  + version
                  + ". Set JAVA_HOME to a JDK 17 or newer.");
    }
  }

  @Test
  void missingJavaIsToldInOneLine() throws Exception {
    jdk = folder.resolve("nowhere");
    Run run = run("dev");
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).singleElement().asString().contains("JAVA_HOME is " + jdk);
  }

  @Test
  void missingMavenIsToldInOneLine() throws Exception {
    Files.delete(bin.resolve("mvn"));
    for (String command :
        List.of("bash", "cat", "dirname", "find", "head", "mkdir", "readlink", "sed")) {
      executable(bin.resolve(command), "exec " + onPath(command) + " \"$@\"");
    }
    Run run =
        run(folder, List.of(root.resolve("deploy/highwater").toString(), "dev"), bin.toString());
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err())
        .containsExactly(
            "highwater: needs Maven 3.8 or newer to build itself, but found no mvn on the PATH.");
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void twoStartsBuildOnce() throws Exception {
    Path gate = folder.resolve("gate");
    assertThat(new ProcessBuilder("mkfifo", gate.toString()).start().waitFor()).isZero();
    String maven = Files.readString(bin.resolve("mvn"));
    executable(bin.resolve("mvn"), "cat " + gate, maven); // builds once the gate is closed
    Process first = start(folder, command("one"), path());
    Process second;
    try (OutputStream building = Files.newOutputStream(gate)) { // open once the first one builds
      second = start(folder, command("two"), path());
      assertThat(second.errorReader(UTF_8).readLine())
          .isEqualTo("highwater: waiting for another start to finish its build");
      building.flush();
    }
    assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(first.exitValue() + second.exitValue()).isZero();
    assertThat(builds()).isEqualTo(1);
  }

  /** A JDK whose java tells this version, or prints where it is and its arguments. */
  private Path jdk(String version) throws IOException {
    Path home = folder.resolve("jdk-" + version);
    Files.createDirectories(home.resolve("bin"));
    executable(
        home.resolve("bin/java"),
        "if [ \"$1\" = -version ]; then echo 'openjdk version \""
            + version
            + "\" 2025' >&2; exit; fi",
        "echo \"in $PWD\"",
        "printf '%s\\n' \"$@\"");
    executable(home.resolve("bin/javac"), "");
    return home;
  }

  private static void executable(Path file, String... lines) throws IOException {
    Files.writeString(file, "#!" + onPath("bash") + "\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Sets a time after the last build, whatever the resolution of the file system's clock. */
  private void touch(Path file) throws IOException {
    FileTime built = Files.getLastModifiedTime(root.resolve("deploy/launcher/target/built"));
    Files.setLastModifiedTime(file, FileTime.fromMillis(built.toMillis() + 10));
  }

  private long builds() throws IOException {
    return Files.readAllLines(folder.resolve("builds")).size();
  }

  private static String classPath(Run run) {
    return run.out().get(run.out().indexOf("-cp") + 1);
  }

  private static Path onPath(String command) {
    return List.of(System.getenv("PATH").split(File.pathSeparator)).stream()
        .map(entry -> Path.of(entry, command))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }

  private List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(root.resolve("deploy/highwater").toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private String path() {
    return bin + File.pathSeparator + System.getenv("PATH");
  }

  private Run run(String... arguments) throws Exception {
    return run(folder, command(arguments));
  }

  private Run run(Path directory, List<String> command) throws Exception {
    return run(directory, command, path());
  }

  private Run run(Path directory, List<String> command, String path) throws Exception {
    Process process = start(directory, command, path);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(
        process.exitValue(),
        new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList(),
        new String(process.getErrorStream().readAllBytes(), UTF_8).lines().toList());
  }

  private Process start(Path directory, List<String> command, String path) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(Map.of("JAVA_HOME", jdk.toString(), "PATH", path));
    builder.environment().remove("HIGHWATER_JAVA_OPTS");
    return builder.start();
  }

  /** What a start printed and how it ended. */
  private record Run(int exit, List<String> out, List<String> err) {}
}
