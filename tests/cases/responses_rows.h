/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of responses.h. */

RESPONSE("length", OK "Content-Length: 5\r\n", 200, BODY, .remaining = 5)
RESPONSE("length of 0", OK "Content-Length: 0\r\n", 200, START)
RESPONSE("chunked", OK "Transfer-Encoding: chunked\r\n", 200, CHUNK_SIZE)
RESPONSE("neither", OK "Server: nginx\r\n", 200, UNTIL_CLOSE)
RESPONSE("no field at all", OK, 200, UNTIL_CLOSE)
RESPONSE("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n", 200, BODY, .remaining = 5)
RESPONSE("HTTP/1.0, neither", "HTTP/1.0 200 OK\r\n", 200, UNTIL_CLOSE)
RESPONSE("no reason, with its space", "HTTP/1.1 200 \r\nContent-Length: 5\r\n", 200, BODY,
	 .remaining = 5)
RESPONSE("no reason, without its space", "HTTP/1.1 200\r\nContent-Length: 5\r\n", 200, BODY,
	 .remaining = 5)
RESPONSE("reason in UTF-8", "HTTP/1.1 404 Pas trouv\xc3\xa9\r\nContent-Length: 5\r\n", 404, BODY,
	 .remaining = 5)
RESPONSE("nginx",
	 OK "Server: nginx/1.22.1\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\nContent-Type: "
	    "text/html\r\nContent-Length: 615\r\nConnection: keep-alive\r\nETag: "
	    "\"6391\"\r\nAccept-Ranges: bytes\r\n",
	 200, BODY, .remaining = 615)
RESPONSE("100", "HTTP/1.1 100 Continue\r\n", 100, START)
RESPONSE("103", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n", 103, START)
RESPONSE("101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n", 101, PINNED,
	 .reason = SHUNT_REASON_UPGRADE)
RESPONSE("204", "HTTP/1.1 204 No Content\r\n", 204, START)
RESPONSE("204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n", 204, START)
RESPONSE("304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n", 304, START)
RESPONSE("304 with chunks", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n", 304,
	 START)
RESPONSE("205 with a length", "HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n", 205, BODY,
	 .remaining = 5)
RESPONSE("to HEAD, with a length", OK "Content-Length: 5\r\n", 200, START, TO_HEAD)
RESPONSE("to HEAD, with chunks", OK "Transfer-Encoding: chunked\r\n", 200, START, TO_HEAD)
RESPONSE("to HEAD, neither", OK, 200, START, TO_HEAD)
RESPONSE("to HEAD, 404", "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n", 404, START, TO_HEAD)
RESPONSE("404", "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n", 404, BODY, .remaining = 9)
RESPONSE("503 of our own",
	 "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 7\r\nconnection: close\r\n", 503,
	 BODY, .remaining = 7)
RESPONSE("marker in a response", OK "x-shunt-context: evil\r\nContent-Length: 1\r\n", 200, BODY,
	 .remaining = 1)
RESPONSE("length in upper case", OK "CONTENT-LENGTH:5\r\n", 200, BODY, .remaining = 5)
RESPONSE("fields of the same length", OK "Content-Langth: 5\r\nTransfer-Decoding: chunked\r\n", 200,
	 UNTIL_CLOSE)
RESPONSE("what no field is, is skipped", OK "A\r\n b\r\n: c\r\nContent-Length: 5\r\n", 200, BODY,
	 .remaining = 5)
RESPONSE("length behind a space is none", OK " Content-Length: 5\r\n", 200, UNTIL_CLOSE)
RESPONSE("length behind a bare LF is none", OK "A: b\nContent-Length: 5\r\n", 200, UNTIL_CLOSE)
RESPONSE("length behind NUL is none", OK "A: \0Content-Length: 5\r\n", 200, UNTIL_CLOSE)
RESPONSE("64 fields", OK TIMES64("Set-Cookie: a=b\r\n") "Content-Length: 5\r\n", 200, BODY,
	 .remaining = 5)
RESPONSE("126 fields", OK TIMES63("a: b\r\nc: d\r\n") "Content-Length: 5\r\n", 200, BODY,
	 .remaining = 5)
RESPONSE("999", "HTTP/1.1 999 \r\nContent-Length: 0\r\n", 999, START)

REFUSED("length twice", BAD_LENGTH, OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\n")
REFUSED("length and chunks", BAD_TRANSFER_ENCODING,
	OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")
REFUSED("length without a colon", BAD_FIELD, OK "Content-Length 5\r\n\r\n")
REFUSED("space before the colon", BAD_FIELD, OK "Content-Length : 5\r\n\r\n")
REFUSED("length empty", BAD_LENGTH, OK "Content-Length:\r\n\r\n")
REFUSED("length listed", BAD_LENGTH, OK "Content-Length: 5, 5\r\n\r\n")
REFUSED("bare CR", BAD_LINE_END, OK "A: b\rc\r\n\r\n")
REFUSED("chunked in HTTP/1.0", BAD_TRANSFER_ENCODING,
	"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
REFUSED("gzip, chunked", BAD_TRANSFER_ENCODING, OK "Transfer-Encoding: gzip, chunked\r\n\r\n")
REFUSED("HTTP/2.0", NOT_HTTP, "HTTP/2.0 200 OK\r\n\r\n")
REFUSED("ICY", NOT_HTTP, "ICY 200 OK\r\n\r\n")
REFUSED("two digits", NOT_HTTP, "HTTP/1.1 20 OK\r\n\r\n")
REFUSED("four digits", NOT_HTTP, "HTTP/1.1 2000 OK\r\n\r\n")
REFUSED("letters", NOT_HTTP, "HTTP/1.1 2xx OK\r\n\r\n")
REFUSED("no status", NOT_HTTP, "HTTP/1.1\r\n\r\n")
REFUSED("two spaces", NOT_HTTP, "HTTP/1.1  200 OK\r\n\r\n")
REFUSED("a request", NOT_HTTP, "GET / HTTP/1.1\r\n\r\n")
REFUSED("empty line first", NOT_HTTP, "\r\nHTTP/1.1 200 OK\r\n\r\n")
REFUSED("HTML", NOT_HTTP, "<html>\r\n\r\n")

PARTIAL("status line", "HTTP/1.1 200 OK")
PARTIAL("no empty line", OK "Content-Length: 5\r\n")
PARTIAL("last line end is missing", OK "Content-Length: 5\r\n\r")
