// SPDX-License-Identifier: Apache-2.0
// Node's fetch, 6 at a time over its pool: fetch.mjs URL COUNT. See clients.t.
const [url, count] = [process.argv[2], Number(process.argv[3])];

async function one(i) {
	const context = ["", "x", "y"][i % 3];
	const post = i % 4 === 3 ? { method: "POST", body: "b".repeat(5000) } : {};
	const headers = context ? { baggage: `a=b, shunt-context=${context}` } : {};
	const answer = await fetch(url, { ...post, headers, signal: AbortSignal.timeout(10000) });
	const [server] = (await answer.text()).split(/\s/);

	console.log(answer.status, context || "-", server);
}

for (let i = 0; i < count; i += 6)
	await Promise.all([0, 1, 2, 3, 4, 5].map((j) => one(i + j)));
