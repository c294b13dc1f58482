package dev.highwater.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: schedules mean what crontab(5) and KEDA's cron scaler mean, on the clock of their zone. */
class CronExpressionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 9 * * *       | UTC              | 2026-11-25T08:59:00Z      | 2026-11-25T09:00:00Z",
        "0 9 * * *       | UTC              | 2026-11-25T09:00:00Z      | 2026-11-26T09:00:00Z",
        "0 9 * * *       | Asia/Shanghai    | 2026-11-25T08:59:00Z      | 2026-11-26T01:00:00Z",
        "0 9 * * *       | +08:00           | 2026-11-25T08:59:00Z      | 2026-11-26T01:00:00Z",
        "*/15 * * * *    | UTC              | 2026-11-25T08:59:30Z      | 2026-11-25T09:00:00Z",
        "5/20 * * * *    | UTC              | 2026-11-25T08:46:00Z      | 2026-11-25T09:05:00Z",
        "10-40/10 1 * * *| UTC              | 2026-11-25T01:40:00Z      | 2026-11-26T01:10:00Z",
        "30 8 * * MON-FRI| UTC              | 2026-11-27T08:30:00Z      | 2026-11-30T08:30:00Z",
        "0 0 11 11 *     | Asia/Shanghai    | 2026-11-25T00:00:00Z      | 2027-11-10T16:00:00Z",
        "0 0 29 FEB *    | UTC              | 2026-01-01T00:00:00Z      | 2028-02-29T00:00:00Z",
        "0 0 * * 7       | UTC              | 2026-11-25T00:00:00Z      | 2026-11-29T00:00:00Z",
        // A day of the month and one of the week: either is enough.
        "0 0 13 * FRI    | UTC              | 2026-11-25T00:00:00Z      | 2026-11-27T00:00:00Z",
        "0 0 13 * FRI    | UTC              | 2026-12-12T00:00:00Z      | 2026-12-13T00:00:00Z",
        // Cases of robfig/cron's spec_test.go: the clock skips 2:00, and has 1:30 twice.
        "30 2 11 3 *     | America/New_York | 2012-03-11T00:00:00-05:00 | 2013-03-11T02:30:00-04:00",
        "0 * * * *       | America/New_York | 2012-03-11T01:00:00-05:00 | 2012-03-11T03:00:00-04:00",
        "30 1 * * *      | America/New_York | 2012-11-04T00:00:00-04:00 | 2012-11-04T01:30:00-04:00",
        "30 1 * * *      | America/New_York | 2012-11-04T01:45:00-04:00 | 2012-11-04T01:30:00-05:00",
      })
  void nextTimeIsTheFirstAfterwards(String text, String zone, String after, String next) {
    long ms = CronExpression.parse("start", text).nextMs(ZoneId.of(zone), ms(after));

    assertThat(Instant.ofEpochMilli(ms)).isEqualTo(Instant.ofEpochMilli(ms(next)));
  }

  private static long ms(String time) {
    return OffsetDateTime.parse(time).toInstant().toEpochMilli();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-1 * * * *",
        "a * * * *",
        "*/0 * * * *",
        "1,, * * * *",
        "0 0 30 2 *",
        "-1 * * * *",
        "* * * JANUARY *",
        "@daily"
      })
  void whatIsNoExpressionIsRefusedByName(String text) {
    assertThatThrownBy(() -> CronExpression.parse("start", text))
        .isInstanceOfSatisfying(
            InvalidInputException.class, refused -> assertThat(refused.field()).isEqualTo("start"));
  }

  @Test
  void floorHoldsFromAStartToTheEndThatFollows() {
    ScheduleFloor night = new ScheduleFloor("Asia/Shanghai", "0 22 * * *", "30 1 * * *", 40);
    List<String> held = new ArrayList<>();
    for (String time :
        List.of(
            "2026-11-10T21:59:59+08:00",
            "2026-11-10T22:00:00+08:00",
            "2026-11-11T01:29:59+08:00",
            "2026-11-11T01:30:00+08:00")) {
      long until = night.times().heldUntilMs(ms(time));
      held.add((until > 0 ? "held until " : "not until ") + Instant.ofEpochMilli(Math.abs(until)));
    }
    assertThat(held)
        .containsExactly(
            "not until 2026-11-10T14:00:00Z",
            "held until 2026-11-10T17:30:00Z",
            "held until 2026-11-10T17:30:00Z",
            "not until 2026-11-11T14:00:00Z");
  }

  @Test
  void floorNamesWhatIsWrong() {
    assertThatThrownBy(() -> new ScheduleFloor("Mars/Base", "0 9 * * *", "0 18 * * *", 1))
        .hasMessageStartingWith("timezone must be a time zone such as Asia/Shanghai");
    assertThatThrownBy(() -> new ScheduleFloor("UTC", "0 9 * * *", "0 9 * * *", 1))
        .hasMessageStartingWith("end must differ from start");
  }
}
