package dev.highwater.launcher.rehearse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.highwater.launcher.rehearse.ScenarioFiles.UnreadableFileException;
import dev.highwater.model.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One series as a Prometheus recorded it, evenly spaced, by its HTTP API ({@code
 * /api/v1/query_range}). Immutable.
 *
 * @param from moment of the first sample
 * @param stepMs between two samples
 * @param rates requests per second
 * @param filled samples that were missing and continue the one before
 */
record PrometheusSeries(Instant from, long stepMs, List<Double> rates, int filled) {
  /** Samples that Prometheus gives for one series at most. */
  private static final long SAMPLES_MAX = 11_000;

  /** Far above the answer for that many samples. */
  private static final int BODY_BYTES_MAX = 16 << 20;

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Steps to choose from, in seconds: the smallest that gives no more samples than allowed. */
  private static final long[] STEPS = {
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400
  };

  PrometheusSeries {
    rates = List.copyOf(rates);
  }

  /**
   * Asks a Prometheus.
   *
   * @throws UnreadableFileException in one line, when there is no answer or it is not one series of
   *     rates
   */
  static PrometheusSeries fetch(URI url, String query, Instant from, Instant to)
      throws UnreadableFileException {
    long stepSeconds = step(Duration.between(from, to).toSeconds());
    String base = url.toString().replaceFirst("/+$", "");
    if (!base.startsWith("http://") && !base.startsWith("https://")) {
      throw wrong(url, "must begin with http:// or https://");
    }
    URI ask =
        URI.create(
            base
                + "/api/v1/query_range?query="
                + URLEncoder.encode(query, StandardCharsets.UTF_8)
                + "&start="
                + from.getEpochSecond()
                + "&end="
                + to.getEpochSecond()
                + "&step="
                + stepSeconds);
    HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    JsonNode answer;
    try {
      HttpResponse<InputStream> response =
          http.send(
              HttpRequest.newBuilder(ask).timeout(TIMEOUT).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      byte[] body;
      try (InputStream in = response.body()) {
        body = in.readNBytes(BODY_BYTES_MAX + 1);
      }
      if (body.length > BODY_BYTES_MAX) {
        throw wrong(url, "answers with more than 16 MiB, ask for one series");
      }
      answer = new ObjectMapper().readTree(body);
    } catch (JsonProcessingException e) {
      throw wrong(url, "does not answer like a Prometheus, correct the address");
    } catch (IOException e) {
      String cause = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw wrong(url, "does not answer: " + cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw wrong(url, "was not waited for");
    }
    return read(url, answer, from.getEpochSecond(), stepSeconds);
  }

  private static long step(long seconds) throws UnreadableFileException {
    for (long step : STEPS) {
      if (seconds / step < SAMPLES_MAX) {
        return step;
      }
    }
    throw new UnreadableFileException("prometheus: the range is longer than any series we replay");
  }

  private static PrometheusSeries read(URI url, JsonNode answer, long start, long step)
      throws UnreadableFileException {
    if (!answer.path("status").asText().equals("success")) {
      String error = answer.path("error").asText("");
      throw wrong(url, error.isEmpty() ? "does not answer like a Prometheus" : "refuses: " + error);
    }
    JsonNode result = answer.path("data").path("result");
    if (result.isEmpty()) {
      throw wrong(url, "has nothing for that query in that range");
    }
    if (result.size() > 1) {
      throw wrong(
          url, "has " + result.size() + " series for that query, make it one, such as sum(...)");
    }
    List<Double> rates = new ArrayList<>();
    long first = 0;
    int filled = 0;
    for (JsonNode sample : result.get(0).path("values")) {
      long index = Math.round((sample.path(0).asDouble() - start) / step);
      double rate = number(sample.path(1).asText());
      if (Double.isNaN(rate)) {
        continue;
      }
      if (!(rate >= 0 && rate <= Limits.RATE_MAX) || index < 0 || index > SAMPLES_MAX) {
        throw wrong(url, "has a value that is no rate of requests: " + sample);
      }
      if (rates.isEmpty()) {
        first = index;
      }
      while (rates.size() < index - first) {
        rates.add(rates.get(rates.size() - 1));
        filled++;
      }
      rates.add(rate);
    }
    if (rates.size() < 2) {
      throw wrong(url, "has less than two samples for that query in that range");
    }
    return new PrometheusSeries(
        Instant.ofEpochSecond(start + first * step), step * 1_000, rates, filled);
  }

  /** NaN when it is not known; Prometheus writes {@code NaN}, {@code +Inf} and numbers. */
  private static double number(String text) {
    try {
      return Double.parseDouble(text.replace("Inf", "Infinity"));
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private static UnreadableFileException wrong(URI url, String message) {
    return new UnreadableFileException("prometheus: " + url + " " + message);
  }

  /** In the form that {@code --trace} reads. */
  List<String> csv() {
    List<String> lines = new ArrayList<>();
    lines.add("t_seconds,rate");
    for (int i = 0; i < rates.size(); i++) {
      lines.add(i * stepMs / 1_000 + "," + rates.get(i));
    }
    return lines;
  }
}
