// SPDX-License-Identifier: Apache-2.0
// Reads what tests/differential/streams writes, and compares it with Node's own parser, llhttp, in
// its strict mode: where a request begins for us, where its head and its body end, they do for it.
// It may refuse what we take, for what has no part in framing; such refusals are counted.
import { createInterface } from 'node:readline';

const { HTTPParser } = process.binding('http_parser');
const HEADER_BYTES_MAX = 1 << 20;

// Why llhttp may refuse what we take: none of it says where a message ends. `where` is what it had
// not found yet; `retry` makes bytes of the same length that it must agree on instead.
const HARMLESS = [
	// of methods it knows a list, and PRI is none
	{ code: 'HPE_INVALID_METHOD' },
	{ code: 'HPE_INVALID_VERSION', reason: /HTTP\/2 Connection Preface/ },
	// characters of targets, of fields' names and values, and of chunk extensions
	{ code: 'HPE_INVALID_URL' },
	{ code: 'HPE_INVALID_HEADER_TOKEN' },
	{ code: 'HPE_STRICT', reason: /chunk extension/ },
	// tabs around the value of a framing field (RFC 9110, 5.5)
	{ code: 'HPE_INVALID_CONTENT_LENGTH', where: 'head', retry: without_tabs },
	{ code: 'HPE_INVALID_TRANSFER_ENCODING', retry: without_tabs },
];

function rename(bytes, from, to) {
	return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}

/* Renames what one version of llhttp or another takes for framing, and HTTP does not: Proxy-Connection,
 * and fields of trailers, which come when the body has ended (RFC 9110, 6.5.1). */
function without_other_framing(bytes, ours) {
	const copy = rename(bytes, /proxy-connection/gi, 'other-connection');

	for (const { head, end } of ours.filter((request) => request.end))
		rename(copy.subarray(head, end), /connection|content-length|transfer-encoding/gi,
			(whole) => `x${whole.slice(1)}`).copy(copy, head);
	return copy;
}

function without_tabs(bytes) {
	return bytes.map((byte) => (byte === 9 ? 32 : byte));
}

/* The requests that llhttp finds, and its error, if there is one. */
function read(bytes) {
	const parser = new HTTPParser();
	const requests = [];
	let at = 0;

	parser.initialize(HTTPParser.REQUEST, {}, HEADER_BYTES_MAX, 0);
	parser[HTTPParser.kOnMessageBegin] = () => {
		requests.push({ start: at, head: 0, end: 0 });
	};
	parser[HTTPParser.kOnHeaders] = () => {};
	parser[HTTPParser.kOnHeadersComplete] = () => {
		requests.at(-1).head = at + 1;
		return 0;
	};
	parser[HTTPParser.kOnBody] = () => {};
	parser[HTTPParser.kOnMessageComplete] = () => {
		requests.at(-1).end = at + 1;
	};
	let error = null;
	for (; at < bytes.length && !error; at++) {
		const result = parser.execute(bytes.subarray(at, at + 1));
		if (result instanceof Error)
			error = result;
	}
	parser.close();
	return { requests, error };
}

/* Whether llhttp's error, before it has found `where`, is harmless. */
function is_harmless(error, where, ours, bytes) {
	return HARMLESS.some((one) => {
		if (one.code !== error.code || (one.where && one.where !== where)
			|| (one.reason && !one.reason.test(error.reason)))
			return false;
		if (!one.retry)
			return true;
		const other = one.retry(bytes, ours);
		return !other.equals(bytes) && !compare(ours, other).difference;
	});
}

/* Where the two differ, or why llhttp refuses harmlessly. Neither: they agree. */
function compare(ours, bytes) {
	const { requests, error } = read(bytes);

	for (const [i, mine] of ours.entries()) {
		for (const what of ['start', 'head', 'end']) {
			const its = requests[i]?.[what];

			if (its === mine[what] || (what === 'end' && !mine.end))
				continue;
			if (error && !its && is_harmless(error, what, ours, bytes))
				return { refusal: `${error.code} (${error.reason})` };
			return { difference: `${what} of request ${i} at ${mine[what]}, llhttp: `
				+ (error && !its ? `${error.code} (${error.reason})` : its) };
		}
	}
	return {};
}

const sets = [
	{ name: 'row of the tables', count: 0, requests: 0, differences: [] },
	{ name: 'mutation', count: 0, requests: 0, differences: [] },
];
const refusals = new Map();

for await (const line of createInterface({ input: process.stdin })) {
	const [name, hex, ...spans] = line.split('\t');
	const ours = spans.map((span) => {
		const [start, head, end] = span.split('-').map(Number);
		return { start, head, end };
	});
	const set = sets[name ? 0 : 1];
	const bytes = Buffer.from(hex, 'hex');
	const { difference, refusal } = compare(ours, without_other_framing(bytes, ours));

	set.count++;
	set.requests += ours.length;
	if (difference)
		set.differences.push({ name, difference, bytes });
	if (refusal)
		refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
}

console.log(`1..${sets.length}`);
sets.forEach((set, i) => {
	const good = set.count && !set.differences.length;
	console.log(`${good ? 'ok' : 'not ok'} ${i + 1} - llhttp ${process.versions.llhttp} agrees on `
		+ `each ${set.name}: ${set.count}, ${set.requests} requests`);
	for (const { name, difference, bytes } of set.differences.slice(0, 20))
		console.log(`# ${name}: ${difference}: ${JSON.stringify(bytes.toString('latin1'))}`);
});
for (const [refusal, count] of refusals)
	console.log(`# refused by llhttp alone: ${refusal}, ${count} streams`);
