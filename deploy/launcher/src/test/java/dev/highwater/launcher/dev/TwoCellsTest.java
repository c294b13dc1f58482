package dev.highwater.launcher.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.highwater.client.HighwaterClient;
import dev.highwater.model.CellSnapshot;
import dev.highwater.model.Explanation.CellRouted;
import dev.highwater.model.Explanation.RouteReason;
import dev.highwater.model.ServiceId;
import dev.highwater.model.SimulationCommand;
import dev.highwater.model.SimulationCommand.FaultKind;
import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * Goal: two cells on one member, over real sockets: the routes reach the front doors, calls cross
 * from cell to cell, and a lost cell's users are served elsewhere until it is back.
 */
class TwoCellsTest {
  private static final ServiceId SITE = new ServiceId("web", "site");
  private static final ServiceId LEDGER = new ServiceId("web", "ledger");
  private static final long WAIT_S = 120;

  @Test
  void aLostCellsUsersAreServedElsewhere() throws Exception {
    Path scenario =
        Path.of(
            URI.create(
                Objects.requireNonNull(TwoCellsTest.class.getResource("/two-cells.yaml"))
                    .toString()));
    try (DevProcess dev =
        DevProcess.start("dev", "--port", "0", "--scenario", scenario.toString())) {
      HighwaterClient client =
          new HighwaterClient(URI.create(dev.await("API +(http://127.0.0.1:\\d+)")));
      dev.await("users +come now");
      await(
          "half of the users in each cell",
          () -> offered(client, "east", SITE) > 100 && offered(client, "west", SITE) > 100);
      assertThat(share(client, "east")).isBetween(0.4, 0.6);
      await(
          "calls of the western site reach the eastern ledger",
          () -> offered(client, "east", LEDGER) > 0.4 * 300);

      client.simulate(new SimulationCommand.Fault(FaultKind.CELL_LOSS, "west", "west", 10_000));

      await("nobody is sent to the lost cell", () -> share(client, "west") == 0);
      await("all are served in the other", () -> served(client, "east") > 270);
      assertThat(routed(client, "west").reason()).isEqualTo(RouteReason.LOST);
      await("they come back", () -> share(client, "west") > 0.3 && served(client, "west") > 60);
      assertThat(client.decisions(SITE, null, 1_000))
          .as("the routes' journal holds why")
          .anyMatch(decision -> decision.cell().equals("routes"));
      for (CellSnapshot snapshot : client.snapshots()) {
        assertThat(snapshot.auditViolationsTotal()).isZero();
      }
      dev.interrupt();
      dev.exit();
    }
  }

  private static CellRouted routed(HighwaterClient client, String cell) {
    return client.routes().stream()
        .filter(each -> each.route().service().equals(SITE))
        .flatMap(each -> each.route().cells().stream())
        .filter(each -> each.cell().equals(cell))
        .findFirst()
        .orElseThrow();
  }

  private static double share(HighwaterClient client, String cell) {
    return routed(client, cell).share();
  }

  private static CellSnapshot.ServiceStatus status(
      HighwaterClient client, String cell, ServiceId service) {
    return client.snapshots().stream()
        .filter(each -> each.cell().equals(cell))
        .flatMap(each -> each.services().stream())
        .filter(each -> each.service().equals(service))
        .findFirst()
        .orElseThrow();
  }

  private static double offered(HighwaterClient client, String cell, ServiceId service) {
    return status(client, cell, service).offeredPerSecond();
  }

  private static double served(HighwaterClient client, String cell) {
    return status(client, cell, SITE).servedPerSecond();
  }

  private static void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }
}
