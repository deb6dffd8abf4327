// SPDX-License-Identifier: Apache-2.0
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Java's HttpClient as it comes, which offers HTTP/2 by Upgrade: Pool.java URL COUNT. See clients.t. */
class Pool {
	private static final String[] CONTEXTS = {"", "x", "y"};

	public static void main(String[] arguments) throws Exception {
		HttpClient client = HttpClient.newHttpClient();

		for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
			String context = CONTEXTS[i % 3];
			HttpRequest.Builder builder =
				HttpRequest.newBuilder(URI.create(arguments[0])).timeout(Duration.ofSeconds(10));

			if (!context.isEmpty())
				builder.header("tracestate", "a=b,shunt=" + context);
			if (i % 4 == 3)
				builder.POST(HttpRequest.BodyPublishers.ofString("b".repeat(5000)));
			var answer = client.send(builder.build(), BodyHandlers.ofString());
			System.out.println(answer.statusCode() + " " + (context.isEmpty() ? "-" : context) + " "
				+ answer.body().split("\\s")[0]);
		}
	}
}
