// SPDX-License-Identifier: Apache-2.0
// Node's http.Agent, kept alive, 4 sockets: agent.mjs URL COUNT. See clients.t.
import http from "node:http";

const [url, count] = [process.argv[2], Number(process.argv[3])];
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

function one(i) {
	const context = ["", "x", "y"][i % 3];
	const headers = context ? { "X-Shunt-Context": context } : {};

	return new Promise((resolve, reject) => {
		const request = http.request(url, { agent, headers, timeout: 10000 }, (answer) => {
			let text = "";

			answer.on("data", (piece) => (text += piece));
			answer.on("end", () => {
				console.log(answer.statusCode, context || "-", text.split(/\s/)[0]);
				resolve();
			});
		});

		request.on("error", reject);
		request.end();
	});
}

for (let i = 0; i < count; i += 8)
	await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((j) => one(i + j)));
agent.destroy();
